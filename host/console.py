"""How the command line prints."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console

out = Console(soft_wrap=True, highlight=False)
"""Where results go: one line each, however narrow the terminal."""


wide = Console(width=200, highlight=False)
"""Where tables with long cells go, which are not to be cut off."""


def print_rows(rows: dict[str, Any]) -> None:
    """Print names and values in two columns."""
    width = max(map(len, rows)) + 2
    for name, value in rows.items():
        out.print(f"{name:{width}}{value}", markup=False)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below headings, the first column to the left and the others to the right.

    Nothing is wrapped or cut off, so that it can be read in a file, too.
    """
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for number, line in enumerate(lines):
        cells = [f"{cell:<{width}}" if column == 0 else f"{cell:>{width}}"
                 for column, (cell, width) in enumerate(zip(line, widths, strict=True))]
        out.print("  ".join(cells).rstrip(), markup=False, style=None if number else "bold")
