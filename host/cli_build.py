"""The commands for boards: from the gateware to a board that runs it."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from .cli_pool import PoolFile
from .console import out, wide
from .errors import FileError, TripartiteError
from .files import read_any_pool
from .fit import limits, notes
from .progress import waiting

if TYPE_CHECKING:
    from boards.board import Board
    from boards.build import Step
    from boards.report import Report

BUILDS = Path("build")
"""Folder of the folders of the boards."""

README = Path(__file__).parents[1] / "README.md"
SEED_MAX = 2**31 - 1
"""What nextpnr takes."""

MARKERS = ("<!-- boards: written by `tripartite build --all --table` -->\n", "<!-- /boards -->")
"""What the board table stands between."""

BoardName = Annotated[str, typer.Argument(metavar="BOARD", help="Name of a board; [b]tripartite "
                                          "build[/] lists them.")]


def build(
    name: Annotated[str | None, typer.Argument(metavar="BOARD", help="Board to build for; without "
                                               "one, the boards are listed.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Build for all boards.")] = False,
    seeds: Annotated[str, typer.Option(metavar="LIST", help="Seeds of place and route.")] = "1,2,3",
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Seeds to run at the same "
                                      "time.")] = os.cpu_count() or 1,
    folder: Annotated[Path | None, typer.Option(
        "--output", "-o", metavar="FOLDER", help="Folder to build in; by default build/BOARD. With "
        "--all, a folder for one folder per board.")] = None,
    table: Annotated[bool, typer.Option("--table", help="Print the table of all boards, and write "
                                        "it to the README.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as an object, also if "
                                          "the design is too slow; with --all or --table, a list "
                                          "of them.")] = False,
):
    """Make the bitstream of a board, and report what it takes and how fast it is.

    Nothing needs to be installed or set up beforehand. The bitstream and report.json appear in the
    folder when all is well; logs are in its subfolder [b]work[/].

    Example: [b]tripartite build icebreaker[/]
    """
    from boards.catalogue import BOARDS
    from boards.errors import BuildError, TimingError
    from boards.table import read_reports

    if name and (every or table):
        raise typer.BadParameter("name a board, or choose --all or --table")
    if not (name or every or table):
        _list_boards(as_json)
        return
    numbers = _parse_seeds(seeds)
    if name:
        folders = {_find(name): folder or BUILDS / name}
    else:
        folders = {board: (folder or BUILDS) / board.name for board in BOARDS.values()}
    reports, failures = [], []
    if table and not every:
        with _told_in_one_line():
            reports += read_reports(folders).values()
    else:
        for board, place in folders.items():
            try:
                reports.append(_build(board, place, numbers, jobs, as_json))
            except TimingError as error:
                reports.append(error.report)
                failures.append(str(error))
            except BuildError as error:
                failures.append(str(error))
    if as_json:
        found = [report.as_dict() for report in reports]
        if not name or found:
            print(json.dumps(found[0] if name else found))
    if failures:
        raise TripartiteError("; ".join(failures))
    if table:
        _write_table(dict(zip(folders, reports, strict=True)), as_json)


def flash(
    name: BoardName,
    bitstream: Annotated[Path | None, typer.Option(
        "--file", metavar="FILE", help="Bitstream; by default the one in build/BOARD.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Also keep it over power-off, in the flash "
                                       "memory of the board.")] = False,
):
    """Load a bitstream into a board, with openFPGALoader.

    Example: [b]tripartite flash ulx3s_85f && tripartite info /dev/ttyUSB0[/]
    """
    from boards.loader import load

    board = _find(name)
    bitstream = bitstream or BUILDS / board.name / f"{board.name}{board.family.suffix}"
    with _told_in_one_line():
        load(board, bitstream, keep=keep)


def fit(
    pool_file: PoolFile,
    name: Annotated[str, typer.Option("--board", metavar="BOARD", help="Board.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False,
):
    """Tell whether a pool fits a board, and if not, what is too large and what can be done.

    Ends with status 1 if it doesn't fit.

    Example: [b]tripartite fit first.pool --board icebreaker[/]
    """
    from boards.catalogue import BOARDS

    board = _find(name)
    pool = read_any_pool(pool_file)
    found = limits(pool, board.params)
    fits = all(limit.fits for limit in found)
    others = [other.name for other in BOARDS.values()
              if all(limit.fits for limit in limits(pool, other.params))]
    if as_json:
        print(json.dumps({
            "fits": fits, "board": board.name, "pool": str(pool_file),
            "limits": [{"limit": limit.limit, "needed": limit.needed,
                        "available": limit.available, "fits": limit.fits,
                        "remedy": "" if limit.fits else limit.remedy} for limit in found],
            "notes": notes(pool), "boards": others}))
    else:
        out.print(f"{pool_file} {'fits' if fits else 'does not fit'} {board.title}", markup=False)
        rows = Table("", "needed", "available", "", box=None)
        for limit in found:
            rows.add_row(limit.limit, f"{limit.needed:,}", f"{limit.available:,}",
                         "fits" if limit.fits else limit.remedy)
        wide.print(rows)
        for note in notes(pool):
            out.print(note, markup=False)
        if not fits:
            out.print(f"It fits {', '.join(others) or 'none of the boards'}.")
    if not fits:
        raise typer.Exit(1)


def verilog(
    name: BoardName,
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write "
                                         "to.")],
):
    """Write the core of a board as plain Verilog, with its register map and protocol.

    Example: [b]tripartite verilog icebreaker -o verilog[/]
    """
    from boards.verilog import write_verilog

    board = _find(name)
    with waiting(f"{board.name}: Verilog"):
        paths = write_verilog(board, folder)
    for path in paths:
        out.print(str(path), markup=False)


def _find(name: str) -> "Board":
    from boards.catalogue import BOARDS

    if name not in BOARDS:
        raise typer.BadParameter(f"BOARD must be one of {', '.join(BOARDS)}, not {name!r}")
    return BOARDS[name]


def _parse_seeds(text: str) -> list[int]:
    try:
        seeds = [int(seed) for seed in text.split(",")]
    except ValueError:
        seeds = []
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) > SEED_MAX:
        raise typer.BadParameter(f"--seeds must be different integers 0..{SEED_MAX}, separated by "
                                 f"commas, not {text!r}")
    return seeds


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Turn what can go wrong with boards into what the command line tells."""
    from boards.errors import BuildError

    try:
        yield
    except BuildError as error:
        raise TripartiteError(str(error)) from None


def _build(board: "Board", folder: Path, seeds: list[int], jobs: int, quiet: bool) -> "Report":
    from boards.build import build as build_board
    from boards.errors import TimingError

    try:
        with _steps(board.name) as step:
            report = build_board(board, folder, seeds, jobs=jobs, step=step)
    except TimingError as error:
        if not quiet:
            _print_report(board, error.report)
        raise
    if not quiet:
        _print_report(board, report)
    return report


@contextmanager
def _steps(title: str) -> Iterator["Step"]:
    """Yield what shows the steps of a build: as they go on a terminal, as they end elsewhere."""
    console = Console(stderr=True)
    bars = Progress(SpinnerColumn(finished_text="*"), TextColumn("{task.description}"),
                    TimeElapsedColumn(), console=console, disable=not console.is_terminal)

    @contextmanager
    def step(name: str) -> Iterator[None]:
        start = time.monotonic()
        task = bars.add_task(f"{title}: {name}", total=1)
        yield
        bars.advance(task)
        if not console.is_terminal:
            print(f"{title}: {name}, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

    with bars:
        yield step


def _print_report(board: "Board", report: "Report") -> None:
    from boards.family import RESOURCES

    out.print(f"{board.title}: {report.neurons:,} neurons, {report.synapses:,} synapses, "
              f"{report.tiles} tiles at {report.clock_mhz:g} MHz")
    rows = Table("", "used", "of", "", box=None)
    for column in rows.columns[1:]:
        column.justify = "right"
    for resource, title in RESOURCES.items():
        if total := report.available.get(resource):
            used = report.used[resource]
            rows.add_row(title, f"{used:,}", f"{total:,}", f"{used / total:.0%}")
    wide.print(rows)
    rates = ", ".join(f"{rate:.2f}" for rate in report.fmax_mhz)
    out.print(f"Fmax {report.median_mhz:.2f} MHz, the median of {rates} MHz (seeds "
              f"{', '.join(map(str, report.seeds))}); needed {report.clock_mhz:g} MHz")
    out.print(f"critical path: {report.critical_path}", markup=False)
    out.print(", ".join(f"{tool}: {version}" for tool, version in report.tools.items()))
    if report.bitstream:
        out.print(f"{report.bitstream}, sha256 {report.sha256}", markup=False)


def _list_boards(as_json: bool) -> None:
    from boards.catalogue import BOARDS

    if as_json:
        print(json.dumps(list(BOARDS)))
        return
    rows = Table("board", "", "chip", "neurons", "synapses", "tiles", "crossbar", "astrocytes",
                 "MHz", "baud", box=None)
    for board in BOARDS.values():
        params = board.params
        block = f"{params.block_rows} x {params.block_columns}" if params.block_rows else ""
        rows.add_row(board.name, board.title, board.chip, f"{params.neurons:,}",
                     f"{params.synapses:,}", str(params.tiles), block,
                     str(params.astrocytes or ""), f"{board.clock_hz / 1e6:g}", f"{board.baud:,}")
    wide.print(rows)


def _write_table(reports: "dict[Board, Report]", quiet: bool) -> None:
    from boards.table import board_table

    table = board_table(reports)
    if not quiet:
        out.print(table, markup=False)
    text = README.read_text(encoding="utf-8") if README.exists() else ""
    head, marker, rest = text.partition(MARKERS[0])
    _, end, tail = rest.partition(MARKERS[1])
    if not (marker and end):
        raise FileError(f"{README}: there is no place for the table, between the lines "
                        f"{MARKERS[0].strip()} and {MARKERS[1]}; add them")
    README.write_text(f"{head}{marker}{table}\n{end}{tail}", encoding="utf-8")
