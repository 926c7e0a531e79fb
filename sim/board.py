"""Virtual board: the compiled gateware behind a pseudo-terminal.

A program opens the pseudo-terminal as it would open the serial port of a real board.

Run: python -m sim.board
"""

import argparse
import dataclasses
import logging
import os
import select
import signal
import stat
import sys
import tty
from contextlib import contextmanager, suppress
from pathlib import Path

from boards.virtual import VIRTUAL
from golden.arch.frames import SILENCE_BYTES

from .compiled import CompiledSimulation, compiled
from .design import Design
from .errors import SimError

BATCH_CYCLES = 500
"""Cycles between two looks at the pseudo-terminal: a fraction of a millisecond, a dozen bytes."""

IDLE_SECONDS = 0.05
"""Wait for bytes between two batches while nothing happens."""

QUEUE_BYTES = 4096
"""Bytes read ahead of the line; a client that writes more has to wait, as at a real port."""

UNREAD_BYTES = 1 << 16
"""Bytes kept for a client that doesn't read; what comes after them is lost, as at a real port."""


class Board:
    """A simulated design with ports `rx`, `tx` and `busy` behind a pseudo-terminal.

    Time runs as fast as it can while something happens and for as long afterwards as the line may
    take to time out; then it nearly stands still.

    Parameters
    ----------
    simulation : CompiledSimulation
        The design.
    divisor : int
        Clock cycles of one bit on its line.

    Attributes
    ----------
    path : str
        Name of the pseudo-terminal.
    """

    def __init__(self, simulation: CompiledSimulation, divisor: int):
        self._simulation = simulation
        self._linger = 2 * SILENCE_BYTES * 10 * divisor
        # The slave stays open, or the master would fail whenever a client closes it.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)

    def serve(self, until: int | None = None) -> None:
        """Carry bytes between pseudo-terminal and design until the end of file `until`, if any."""
        simulation, master = self._simulation, self._master
        unread = bytearray()
        active_cycle = simulation.cycles
        while True:
            if simulation.active or simulation.get("busy"):
                active_cycle = simulation.cycles
            awake = simulation.cycles - active_cycle < self._linger
            inputs = [] if until is None else [until]
            if simulation.pending < QUEUE_BYTES:
                inputs.append(master)
            readable, writable, _ = select.select(inputs, [master] if unread else [], [],
                                                  0 if awake else IDLE_SECONDS)
            if until in readable and not os.read(until, 4096):
                return
            if master in readable:
                simulation.push(os.read(master, QUEUE_BYTES - simulation.pending))
            simulation.run(BATCH_CYCLES)
            unread += simulation.pull()
            if unread and (writable or awake):
                with suppress(BlockingIOError):
                    del unread[:os.write(master, unread)]
                del unread[UNREAD_BYTES:]


@contextmanager
def linked(path: str | None, target: str):
    """Keep a symbolic link at `path` to `target`, if a path is given."""
    if path is None:
        yield
        return
    try:
        if os.path.islink(path) and not os.path.exists(path):
            os.unlink(path)  # left behind by a board that was killed
        os.symlink(target, path)
    except OSError as error:
        raise SimError(f"board: can't make the link {path} ({error.strerror}); name a path that "
                       "doesn't exist") from None
    try:
        yield
    finally:
        with suppress(OSError):
            if os.readlink(path) == target:
                os.unlink(path)


def run_board(design: Design, link: str | None = None) -> None:
    """Serve a virtual board until the process is told to end; print its name when it is ready.

    It ends by SIGTERM, by SIGINT, or, if standard input is a pipe, when that is closed: so a board
    doesn't outlive the program that started it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        board = Board(compiled(design), design.params.divisor)
        with linked(link, board.path):
            print(f"board on {board.path}", flush=True)
            board.serve(until=_stdin_if_pipe())


def _stdin_if_pipe() -> int | None:
    try:
        return 0 if stat.S_ISFIFO(os.fstat(0).st_mode) else None
    except OSError:  # it is closed
        return None


def main(arguments: list[str] | None = None, component: str = "hdl.top:Tripartite") -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sim.board", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Start a virtual board and print the name of its pseudo-terminal.")
    for field in dataclasses.fields(VIRTUAL):
        parser.add_argument("--" + field.name.replace("_", "-"), type=int, metavar="N",
                            default=getattr(VIRTUAL, field.name), help="build parameter")
    parser.add_argument("--link", type=Path, metavar="PATH", help="also make a symbolic link to it")
    options = vars(parser.parse_args(arguments))
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    link = options.pop("link")
    try:
        run_board(Design(component, dataclasses.replace(VIRTUAL, **options)), link)
    except (SimError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
