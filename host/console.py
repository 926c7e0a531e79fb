"""How the command line prints."""

from typing import Any

from rich.console import Console

out = Console(soft_wrap=True, highlight=False)
"""Where results go: one line each, however narrow the terminal."""


def print_rows(rows: dict[str, Any]) -> None:
    """Print names and values in two columns."""
    width = max(map(len, rows)) + 2
    for name, value in rows.items():
        out.print(f"{name:{width}}{value}", markup=False)
