"""The boards side by side, for the README."""

from collections.abc import Mapping
from pathlib import Path

from .board import Board
from .build import REPORT
from .errors import BuildError
from .report import Report

HEAD = ("board", "chip", "neurons", "plastic synapses", "tiles", "LUTs", "block RAMs",
        "multipliers", "clock, MHz", "Fmax, MHz")


def read_reports(folders: Mapping[Board, Path]) -> dict[Board, Report]:
    """Return the reports of boards that have been built.

    Parameters
    ----------
    folders : mapping of Board to Path
        Folder that each of them was built in.

    Raises
    ------
    BuildError
        If there is no report in a folder, or none of this version.
    """
    reports = {}
    for board, folder in folders.items():
        path = folder / REPORT
        if not path.exists():
            raise BuildError(f"{path}: there is no report; make it with tripartite build "
                             f"{board.name}")
        reports[board] = Report.read(path)
    return reports


def board_table(reports: Mapping[Board, Report]) -> str:
    """Return a Markdown table of boards."""
    lines = [HEAD, ("---", "---", *("--:",) * (len(HEAD) - 2)),
             *(_row(board, report) for board, report in reports.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(board: Board, report: Report) -> tuple[str, ...]:
    def share(resource: str) -> str:
        return f"{report.used[resource]:,} of {report.available[resource]:,}"

    memories = share("bram")
    if "spram" in report.available:
        memories += f", SPRAM {share('spram')}"
    return (board.title, board.chip, f"{report.neurons:,}", f"{report.synapses:,}",
            str(report.tiles), share("lut"), memories, share("dsp"), f"{report.clock_mhz:g}",
            f"{report.median_mhz:.1f}")
