"""From a board to its bitstream.

`Amaranth <https://amaranth-lang.org>`_ writes netlist and constraints, Yosys maps the netlist to
the cells of the chip, nextpnr places and routes them, once for each seed, and a packer writes the
result of the best seed as a bitstream. All of them come from PyPI; neither dates nor paths get
into their outputs, so that the same sources make the same bytes.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from .board import Board
from .errors import BuildError, TimingError
from .remedies import fit_message, timing_message
from .report import Report, Routed, last_error, parse_report
from .tools import run, tool_version
from .top import BoardTop

SEEDS = (1, 2, 3)

REPORT = "report.json"

WORK = "work"
"""Folder, beside the bitstream, for what is made on the way to it, logs included."""

PLAN = "build_top.json"
"""Commands of the build, in `WORK`."""

COLLISIONS = "setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:CLK_ENABLE=1 %i"
"""Yosys command: what is read in the cycle in which it is written is never relied upon, so no logic
has to be spent on making it the old word."""

Step = Callable[[str], AbstractContextManager[object]]
"""Called with the name of a step; the step is what is done in its context."""


def build(board: Board, folder: Path, seeds: Sequence[int] = SEEDS, *, jobs: int = 1,
          step: Step = nullcontext) -> Report:
    """Build a bitstream.

    The bitstream and `REPORT` appear in `folder` if all is well, and replace those that are there.

    Parameters
    ----------
    board : Board
        The board.
    folder : Path
        Folder to build in; its subfolder `WORK`, if it is that of a former build, is emptied first.
    seeds : sequence of int
        Seeds of place and route.
    jobs : int
        Seeds to run at the same time.
    step : callable
        To show the progress; called from several threads if there are several jobs.

    Returns
    -------
    Report
        As it has been written.

    Raises
    ------
    TimingError
        If no seed reaches the clock of the core.
    BuildError
        If the design does not fit, or a tool fails; if the folder holds other things. A seed with
        which it can't be routed is left out as long as there are others.
    """
    work = folder / WORK
    if work.exists() and any(work.iterdir()) and not (work / PLAN).exists():
        raise BuildError(f"{work}: holds files that are not of a build, and would be removed; "
                         "choose another folder with --output")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with step("netlist"):
        plan = prepare(board)
        plan.extract(work)
    synthesis, place, pack = json.loads(plan.files[PLAN])["commands"]

    with step("synthesis"):
        log = work / "yosys.log"
        if not run(synthesis, work, log.name):
            raise BuildError(f"{board.name}: can't be synthesised: {last_error(log.read_text())}; "
                             f"see {log}")
    if board.floorplan:
        board.floorplan.apply(work / "top.json")

    def place_with(seed: int) -> Routed | BuildError:
        with step(f"place and route, seed {seed}"):
            try:
                return _place(board, place, work, seed)
            except BuildError as error:
                return error

    with ThreadPoolExecutor(jobs) as pool:
        outcomes = list(pool.map(place_with, seeds))
    routed = [outcome for outcome in outcomes if isinstance(outcome, Routed)]
    if not routed:
        raise next(outcome for outcome in outcomes if isinstance(outcome, BuildError))

    best = max(routed, key=lambda outcome: outcome.fmax_mhz)
    report = _report(board, work, routed, best)
    if best.fmax_mhz * 1e6 < board.clock_hz:
        raise TimingError(f"{timing_message(board, report)}; see {work / _folder_of(best.seed)}",
                          report)
    with step("bitstream"):
        at = work / _folder_of(best.seed)
        log = at / "pack.log"
        if not run(pack, at, log.name):
            raise BuildError(f"{board.name}: {pack[0]} failed; see {log}")
        bitstream = folder / f"{board.name}{board.family.suffix}"
        (at / f"top{board.family.suffix}").replace(bitstream)
        report = replace(report, bitstream=str(bitstream),
                         sha256=hashlib.sha256(bitstream.read_bytes()).hexdigest())
        report.write(work / REPORT)
        (work / REPORT).replace(folder / REPORT)
    return report


def prepare(board: Board):
    """Return netlist, scripts and commands, as files that a folder can be filled with."""
    script = "\n".join([COLLISIONS, board.overrides.get("script_after_read", "")])
    return board.platform().prepare(BoardTop(board), "top", emit_src=False,
                                    **{**board.overrides, "script_after_read": script})


def _folder_of(seed: int) -> str:
    return f"seed{seed}"


def _place(board: Board, command: Sequence[str], work: Path, seed: int) -> Routed:
    """Place and route in a folder of its own, since the names of the outputs are fixed."""
    at = work / _folder_of(seed)
    at.mkdir()
    for argument in command:
        if (source := work / argument.rpartition("=")[-1]).is_file():
            shutil.copy(source, at)
    report = at / "nextpnr.json"
    if not run([*command, "--seed", str(seed), "--freq", f"{board.clock_hz / 1e6:g}",
                "--timing-allow-fail", "--report", report.name], at, "nextpnr.log"):
        log = next(log for log in (at / "top.tim", at / "nextpnr.log") if log.exists())
        raise BuildError(f"{fit_message(board, log.read_text())}; see {log}")
    return parse_report(seed, json.loads(report.read_text()), board.clock_hz)


def _report(board: Board, work: Path, routed: Sequence[Routed], best: Routed) -> Report:
    counts = board.family.count(best.utilization)
    if board.family.flip_flop:
        netlist = (work / "top.json").read_text()
        counts["ff"] = netlist.count(f'"type": "{board.family.flip_flop}'), counts["lut"][1]
    return Report(
        board=board.name,
        chip=board.chip,
        neurons=board.params.neurons,
        synapses=board.params.synapses,
        tiles=board.params.tiles,
        clock_mhz=board.clock_hz / 1e6,
        baud=board.baud,
        seeds=[outcome.seed for outcome in routed],
        fmax_mhz=[round(outcome.fmax_mhz, 2) for outcome in routed],
        used={resource: used for resource, (used, _) in counts.items()},
        available={resource: available for resource, (_, available) in counts.items()},
        critical_path=best.path,
        tools={"amaranth": version("amaranth"),
               **{tool: tool_version(tool) for tool in board.family.tools}},
    )
