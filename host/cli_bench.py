"""The benchmark on the command line."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import typer

from golden.arch.params import CoreParams
from golden.arch.registers import COUNTERS

from .bench_tables import (
    Result,
    beside_peers,
    line_rows,
    print_json,
    print_line,
    print_peers,
    print_result,
)
from .cli_build import BUILDS
from .core import Core
from .errors import DeviceError
from .fit import fitting_params
from .link import Link
from .open import BAUD
from .progress import progress, waiting
from .serial_port import SerialTransport
from .virtual import VirtualBoard

NEURONS_PER_TILE = 512
"""Neurons of a tile of a core of one's own, unless told otherwise."""

CYCLES_PER_UPDATE = 4
"""Cycles for each neuron and synapse of a tick after which a simulation is given up."""

OWN = "Core of one's own"

Subject = tuple[Result, Core, dict[int, int]]
"""A core to be measured, and the neurons of the network of each fan-out."""


def bench(
    boards: Annotated[list[str] | None, typer.Option(
        "--board", metavar="BOARD", help="A board whose core to simulate; may be repeated; by "
        "default all.")] = None,
    fan_outs: Annotated[list[int] | None, typer.Option(
        "--fan-out", min=1, help="Targets of each neuron; may be repeated; by default 16, 32, 64 "
        "and 128, where they fit.")] = None,
    firings: Annotated[list[str] | None, typer.Option(
        "--firing", metavar="PERCENT", help="Neurons that fire in each tick, in percent, or "
        "[b]free[/]; may be repeated; by default 1, 5, 20 and free.")] = None,
    ticks: Annotated[int, typer.Option(min=1, help="Ticks of each measurement.")] = 50,
    tiles: Annotated[int | None, typer.Option(
        min=1, max=16, help="Tiles of the core.", rich_help_panel=OWN)] = None,
    neurons: Annotated[int | None, typer.Option(
        min=1, max=65536, help="Neurons of the pool; also with --on.", rich_help_panel=OWN)] = None,
    where: Annotated[str | None, typer.Option(
        "--on", metavar="WHERE", help="Measure a board: a serial port, or virtual.")] = None,
    baud: Annotated[int, typer.Option(help="Bits per second of a serial port.")] = BAUD,
    peers: Annotated[bool, typer.Option(
        "--peers", help="Show other public cores beside, each at its best; by default at fan-out "
        "64 and 20 percent.")] = False,
    link: Annotated[bool, typer.Option(
        "--link", help="Measure the line alone: which part of it carries commands and "
        "reports.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
):
    """Measure how many cycles a tick takes, and how near that is to what is possible.

    Runs the gateware of each board in a compiled simulation, on random pools of several fan-outs
    and activities; reads its own counters; and compares spikes, events and the whole state with
    the golden model. Seconds are by the clock that `tripartite build` reports, else by the one that
    the board is made for. See docs/benchmark.md.

    Example: [b]tripartite bench --tiles 4 --neurons 1024 --fan-out 64 --firing 20[/]
    """
    own = where is None and (tiles or neurons) is not None
    if (boards and (own or where)) or (tiles and where):
        raise typer.BadParameter("choose one of --board, --on and --tiles: they name the core to "
                                 "be measured")
    if peers and link:
        raise typer.BadParameter("choose one of --peers and --link")
    if link and (boards or own or fan_outs or firings):
        raise typer.BadParameter("--link measures the line, of the virtual board or of --on PORT, "
                                 "and not a core: leave --board, --tiles, --neurons, --fan-out "
                                 "and --firing out")
    percents = [_parse_firing(text) for text in firings or []]
    with _told_in_one_line():
        if link:
            rows = _measure_line(where, baud)
            print_json(rows) if as_json else print_line(rows)
            return
        if peers:
            fan_outs, percents = fan_outs or [64], percents or [20.0]
        if own:
            subjects = _own_core(tiles or 1, neurons, fan_outs, ticks)
        elif where is None:
            subjects = _cores_of_boards(boards, fan_outs, ticks)
        else:
            subjects = _board(where, baud, neurons, fan_outs)
        results = []
        for result, core, networks in subjects:
            _measure(result, core, networks, percents, ticks)
            results.append(result)
            if not (as_json or peers):
                print_result(result)
        if peers:
            rows = beside_peers(results)
            print_json(rows) if as_json else print_peers(rows)
        elif as_json:
            print_json([row for result in results for row in result.rows()])
        elif not own:
            print_line(_measure_line(where, baud))


def _parse_firing(text: str) -> float | None:
    """Return percents, or None for ``"free"``."""
    with suppress(ValueError):
        if text == "free":
            return None
        if 0 <= float(text) <= 100:
            return float(text)
    raise typer.BadParameter(f"--firing must be 0..100 percent, or free, not {text!r}")


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Turn what goes wrong in a simulation into what the command line tells."""
    from sim.errors import SimError

    try:
        yield
    except SimError as error:
        raise DeviceError(str(error)) from None


def _own_core(tiles: int, neurons: int | None, fan_outs: list[int] | None,
              ticks: int) -> Iterator[Subject]:
    """Yield a simulated core that the networks just fit."""
    from sim.workloads import random_network

    neurons = neurons or NEURONS_PER_TILE * tiles
    title = f"{tiles} tile{'s' * (tiles > 1)}"
    networks = _networks(title, fan_outs, lambda fan_out: neurons)
    largest = random_network(neurons, max(networks))
    params = replace(CoreParams(), **fitting_params(largest, tiles))
    yield Result(title=title), _simulated_core(title, params, ticks), networks


def _cores_of_boards(names: list[str] | None, fan_outs: list[int] | None,
                     ticks: int) -> Iterator[Subject]:
    """Yield the simulated core of each board, with the clock of its build if there is one."""
    from boards.build import REPORT
    from boards.catalogue import BOARDS
    from boards.report import Report
    from sim.workloads import fitting_neurons

    for name in names or BOARDS:
        if name not in BOARDS:
            raise typer.BadParameter(f"--board must be one of {', '.join(BOARDS)}, not {name!r}")
    for name in names or BOARDS:
        board = BOARDS[name]
        result = Result(title=board.title, clock_mhz=board.clock_hz / 1e6,
                        clock="to be met; not built yet")
        if (path := BUILDS / name / REPORT).exists():
            report = Report.read(path)
            result.clock_mhz = report.median_mhz
            result.clock = f"median of {len(report.seeds)} place-and-route seeds"
        networks = _networks(board.title, fan_outs, partial(fitting_neurons, board.params))
        yield result, _simulated_core(board.title, board.params, ticks), networks


def _networks(title: str, fan_outs: list[int] | None,
              neurons: Callable[[int], int]) -> dict[int, int]:
    """Return the neurons of the network of each fan-out that fits.

    Raises
    ------
    DeviceError
        If one that was asked for doesn't fit, or none does.
    """
    from sim.bench import FAN_OUTS

    networks = {fan_out: neurons(fan_out) for fan_out in fan_outs or FAN_OUTS}
    fitting = {fan_out: size for fan_out, size in networks.items() if size >= fan_out}
    if not fitting or (fan_outs and fitting != networks):
        raise DeviceError(f"{title}: a fan-out of {min(networks.keys() - fitting.keys())} does not "
                          "fit, since all targets of a neuron differ; choose a smaller --fan-out")
    return fitting


def _simulated_core(title: str, params: CoreParams, ticks: int) -> Core:
    from sim.streams import PATIENCE_CYCLES, StreamLink

    patience = PATIENCE_CYCLES + ticks * CYCLES_PER_UPDATE * (params.neurons + params.synapses)
    with waiting(f"{title}: compiling the simulation (once)"):
        return Core(StreamLink(params, patience))


def _board(where: str, baud: int, neurons: int | None,
           fan_outs: list[int] | None) -> Iterator[Subject]:
    """Yield the core of a board, whose clock follows from its line."""
    from sim.workloads import fitting_neurons

    with _core_at(where, baud) as (result, core):
        yield result, core, _networks(
            where, fan_outs,
            lambda fan_out: neurons or fitting_neurons(core.params, fan_out))


@contextmanager
def _core_at(where: str, baud: int) -> Iterator[tuple[Result, Core]]:
    """Open a board."""
    with ExitStack() as stack:
        title, clock = where, f"{baud:,} baud by the board's divisor"
        if where == "virtual":
            from boards.virtual import CLOCK_HZ, VIRTUAL

            board = VirtualBoard()
            stack.callback(board.close)
            where, baud = board.path, CLOCK_HZ // VIRTUAL.divisor
            clock = "that it stands for"
        link = Link(SerialTransport(where, baud))
        stack.callback(link.close)
        core = Core(link)
        yield Result(title=title, clock_mhz=baud * core.params.divisor / 1e6, clock=clock), core


def _measure_line(where: str | None, baud: int) -> list[dict[str, Any]]:
    """Measure the line of a board, or that of a simulated one, and return the rows."""
    from sim.line_use import line_uses

    if where is not None:
        with _core_at(where, baud) as (result, core):
            assert result.clock_mhz
            return line_rows(line_uses(core), result.clock_mhz * 1e6 / core.params.divisor)
    from boards.virtual import CLOCK_HZ, VIRTUAL
    from sim.simulated_board import SimulatedBoard

    with waiting("compiling the simulation of the line (once)"):
        board = SimulatedBoard(VIRTUAL)
    return line_rows(line_uses(Core(Link(board, clock=board.clock))), CLOCK_HZ / VIRTUAL.divisor)


def _measure(result: Result, core: Core, networks: dict[int, int],
             percents: list[float | None], ticks: int) -> None:
    """Measure a core on all networks and with all activities."""
    from sim.bench import FIRINGS, measure, read_registers

    percents = percents or list(FIRINGS)
    with progress(result.title, len(networks) * len(percents), "pools") as advance:
        for measurement in measure(core, networks, percents, ticks):
            result.measurements.append(measurement)
            advance(1)
    registers = read_registers(core)
    result.counters = {counter.name: registers[counter.name] for counter in COUNTERS}
