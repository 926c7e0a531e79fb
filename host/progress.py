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

REFRESH = 0.1
"""Seconds between two looks at the progress."""


@contextmanager
def progress(title: str, total: int, unit: str = "ticks") -> Iterator[Callable[[int], None]]:
    """Show rate and time left of a task that is going to take longer than two seconds.

    Nothing is shown if the standard error stream is not a terminal, nor of a task within one that
    is shown.

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
    task = _Task(title, total, unit)
    try:
        yield task.advance
    finally:
        task.end()


class _Task:
    """A task that shows itself when it turns out to be long."""

    shown: "_Task | None" = None

    def __init__(self, title: str, total: int, unit: str):
        self.total = total
        self.unit = unit
        self.done = 0
        self.start = self.refreshed = time.monotonic()
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True)
        self.row = self.bar.add_task(title, total=total, rate="")

    def advance(self, amount: int):
        self.done += amount
        now = time.monotonic()
        if now - self.refreshed < REFRESH:
            return
        self.refreshed = now
        elapsed = now - self.start
        expected = elapsed / max(self.done, 1) * self.total
        if _Task.shown is None and elapsed > LOOK_AFTER and expected > LONG:
            _Task.shown = self
            self.bar.start()
        if _Task.shown is self:
            rate = f"{self.done / elapsed:,.0f} {self.unit}/s"
            self.bar.update(self.row, completed=self.done, rate=rate)

    def end(self):
        if _Task.shown is self:
            _Task.shown = None
            self.bar.stop()


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Show that something of unknown length goes on; nothing if there is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(title):
        yield
