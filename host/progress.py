"""Progress of what takes longer than a moment, on a terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

LONG = 2.0
"""Seconds that a task must be expected to take to be shown."""

LOOK_AFTER = 0.3
"""Seconds after which the rate is known well enough to tell."""


@contextmanager
def progress(title: str, total: int, unit: str = "ticks") -> Iterator[Callable[[int], None]]:
    """Show rate and time left of a task that is going to take longer than two seconds.

    Nothing is shown if the standard error stream is not a terminal.

    Parameters
    ----------
    title : str
        What is being done.
    total : int
        Units of work.
    unit : str
        Name of the unit.

    Yields
    ------
    callable
        To be called with the number of units done since the last call.
    """
    if not sys.stderr.isatty():
        yield lambda amount: None
        return

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )
    task = bar.add_task(title, total=total, rate="")
    start = time.monotonic()
    done, shown = 0, False

    def advance(amount: int):
        nonlocal done, shown
        done += amount
        elapsed = time.monotonic() - start
        if not shown and elapsed > LOOK_AFTER and elapsed / max(done, 1) * total > LONG:
            shown = True
            bar.start()
        if shown:
            bar.update(task, completed=done, rate=f"{done / elapsed:,.0f} {unit}/s")

    try:
        yield advance
    finally:
        if shown:
            bar.stop()


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Show that something of unknown length goes on; nothing if there is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(title):
        yield
