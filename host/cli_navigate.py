"""The command that lets agents find their way."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boards.virtual import VIRTUAL

from .atomic import make_folder, replacing
from .console import out, print_table
from .fit import fitting_params
from .image import Image
from .open import BAUD, open_device
from .verify import VerifiedDevice

if TYPE_CHECKING:
    from .device import Device
    from .navigation.agents import Network
    from .navigation.harness import Figures

SEEDS, SEEDS_ON_BOARD = 500, 3
SHOWN_FIRST = "astro"
"""The agent whose run is drawn, if it is among those that were asked for."""

HEADINGS = ("agent", "ep 1 [95 %]", "done @2n", "@4n", "ep 2", "late [95 %]", "done", "mean/BFS",
            "all steps", "ticks")


class Ablation(StrEnum):
    """What can be taken away from the network."""

    DESTINATION = "destination"


def navigate(
    world: Annotated[str, typer.Option(
        metavar="WORLD", help="open, maze, braided or rooms and the cells of a side, such as "
        "maze10; open10p30 has 30 % obstacles; or an environment of minigrid, such as "
        "MiniGrid-FourRooms-v0.")] = "open10",
    episodes: Annotated[int, typer.Option(min=1, max=1000, help="Episodes of a seed.")] = 10,
    seeds: Annotated[int | None, typer.Option(
        min=1, max=100_000, help=f"Seeds, each a world of its own; {SEEDS} by default, "
        f"{SEEDS_ON_BOARD} on a board.")] = None,
    agents: Annotated[list[str] | None, typer.Option(
        "--agent", metavar="AGENT", help="Only this agent; may be repeated.")] = None,
    offset: Annotated[int, typer.Option("--seed-offset", min=0, max=1 << 40,
                                        help="The first seed.")] = 0,
    ablate: Annotated[Ablation | None, typer.Option(
        help="destination: suppress by the place a synapse leaves, not by the one it leads "
        "to.")] = None,
    roam: Annotated[int, typer.Option(
        min=0, max=100, help="Steps without reward before the first episode, times the free "
        "cells; of networks.")] = 0,
    cap: Annotated[int, typer.Option(
        min=1, max=100_000, help="Most steps of an episode, times the free cells.")] = 4,
    crossbar: Annotated[bool, typer.Option(
        "--crossbar", help="Networks keep what they learn in memristors, with the three options "
        "below.")] = False,
    levels: Annotated[int | None, typer.Option(min=2, max=256, help="Levels of a memristor; 32 by "
                                               "default.")] = None,
    variation: Annotated[int | None, typer.Option(min=0, max=50, help="From cell to cell, percent; "
                                                  "10 by default.")] = None,
    stuck: Annotated[int | None, typer.Option(min=0, max=100, help="Stuck cells, percent; 10 by "
                                              "default.")] = None,
    board: Annotated[str | None, typer.Option(
        metavar="WHERE", help="Run the network on golden, virtual, or a serial port, spike by "
        "spike, and compare every step, and the spikes and calcium of a board with the golden "
        "model's.")] = None,
    baud: Annotated[int, typer.Option(help="Bits per second of a serial port.")] = BAUD,
    folder: Annotated[Path | None, typer.Option(
        "--out", "-o", help="Folder for the files; by default build/navigate/WORLD, and none with "
        "--json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print an object for each agent, a line "
                                          "each.")] = False,
):
    """Let agents find their way in unknown worlds.

    A table of medians over seeds: steps of the first episode, of the second, and of the late ones
    (from the sixth on); parts that reach the goal; steps over those of the shortest path. A failed
    episode counts as its most steps. Writes figures.json, and trail.png and run.gif of one seed.

    Example: [b]tripartite navigate --world maze10 --episodes 10 --seeds 500[/]
    """
    from .navigation.agents import AGENTS, Network, agent_of
    from .navigation.errands import Errands
    from .navigation.foreign import kind_of
    from .navigation.harness import figures
    from .navigation.memory import Memory
    from .navigation.on_device import on_device
    from .navigation.picture import animate_run, plot_run

    if board is not None and not board:
        raise typer.BadParameter("--board must be golden, virtual or a serial port, not ''")
    given = {name: value for name, value in (("levels", levels), ("variation", variation),
                                             ("stuck", stuck)) if value is not None}
    if given and not crossbar:
        raise typer.BadParameter(f"--{next(iter(given))} is for memristors; add --crossbar")
    if board and crossbar:
        raise typer.BadParameter("--board runs networks with digital weights; leave out "
                                 "--crossbar")
    kind = kind_of(world)
    names = agents or ([SHOWN_FIRST] if board else list(AGENTS))
    memory = Memory(**given) if crossbar else None
    chosen = {name: agent_of(name, by_source=ablate is Ablation.DESTINATION, roam=roam,
                             memory=memory) for name in names}
    networks = {name: agent for name, agent in chosen.items() if isinstance(agent, Network)}
    if board and len(networks) < len(chosen):
        other = next(name for name in chosen if name not in networks)
        raise typer.BadParameter(f"--board runs networks, and {other} is none")
    if folder is None and not as_json:
        folder = Path("build", "navigate", kind.name)
    if folder:
        make_folder(folder)
    errands = Errands.of(kind, seeds or (SEEDS_ON_BOARD if board else SEEDS), episodes,
                         offset=offset, cap=cap)
    if board:
        device = _device_for(board, kind.size, baud)
        outcomes = {name: on_device(agent, errands, device) for name, agent in networks.items()}
    else:
        outcomes = {name: agent.run(errands) for name, agent in chosen.items()}
    found = [figures(name, errands, outcome) for name, outcome in outcomes.items()]

    told = [one.as_dict() | {"ablated": ablate if one.agent in networks else None}
            for one in found]
    if as_json:
        for one in told:
            print(json.dumps(one))
    else:
        out.print(f"{kind.name}: {found[0].cells:g} cells, shortest path {found[0].bfs_median:g} "
                  f"steps (medians); {len(errands.seeds)} seeds from {offset}"
                  + (f"; networks without {ablate}" if ablate else ""), markup=False)
        print_table(HEADINGS, _rows(found))
        if ablate and networks:
            out.print(_what_must_fall(networks), markup=False)
    if board and not as_json:
        out.print(f"on {board}: {sum(int(o.steps.sum()) for o in outcomes.values()):,} steps, "
                  "each as in the compiled network" + (
                      "" if board == "golden" else
                      ", every spike and all calcium as in the golden model"))
    if folder is None:
        return
    with replacing(folder / "figures.json") as temporary:
        temporary.write_text(json.dumps(told, indent=1) + "\n")
    files = ["figures.json"]
    if networks:
        name = SHOWN_FIRST if SHOWN_FIRST in networks else next(iter(networks))
        shown, one = networks[name], errands.only(0)
        outcome = shown.retrace(one, outcomes[name].steps[:1])
        brain, title = shown.brain_for(int(one.free[0])), _title(name, shown)
        plot_run(one, outcome, brain, title, folder / "trail.png")
        animate_run(one, outcome, brain, title, folder / "run.gif")
        files += ["trail.png", "run.gif"]
    if not as_json:
        out.print(f"{folder}: {', '.join(files)}", markup=False)


def _device_for(board: str, size: int, baud: int) -> "Callable[[], Device]":
    """Return a function that opens a device large enough for worlds of a size."""
    from .navigation.network import pool_of
    from .navigation.rules import Brain

    chosen = {}
    if board == "virtual":
        pool = pool_of(size, Brain())
        needed = fitting_params(pool, VIRTUAL.tiles)
        chosen = {name: value for name, value in needed.items() if value > getattr(VIRTUAL, name)}
        Image(pool, dataclasses.replace(VIRTUAL, **chosen))  # fits, before a board is compiled

    def open_one() -> "Device":
        device = open_device(board, verify=False, baud=baud, **chosen)
        return device if board == "golden" else VerifiedDevice(device, every_run=False)

    return open_one


def _what_must_fall(networks: "dict[str, Network]") -> str:
    """Return how to read the table of networks without suppression by destination."""
    from .navigation.rules import Learning

    idle = [name for name, one in networks.items() if one.brain.learning == Learning.NONE]
    return ("what must fall to the random walk is episode 1"
            + f", and all episodes of {', '.join(idle)}" * bool(idle)
            + "; later, networks that learn use what they have learned, since learning goes on")


def _title(name: str, network: "Network") -> str:
    """Return what a network is called in a picture, with all that it was changed in."""
    title = name
    if network.by_source:
        title += f", without {Ablation.DESTINATION}"
    if memory := network.memory:
        title += (f", in memristors ({memory.levels} levels, {memory.variation} % variation, "
                  f"{memory.stuck} % stuck)")
    if network.roam:
        title += f", after {network.roam} n steps without reward"
    return title


def _rows(found: "list[Figures]") -> Iterator[list[str]]:
    """Yield the lines of the table."""
    for one in found:
        low, high = one.first_interval
        late_low, late_high = one.late_interval
        yield [one.agent, f"{one.first_median:g} [{low:.0f}, {high:.0f}]",
               f"{one.first_done_2n:.1%}", f"{one.first_done_4n:.1%}", f"{one.second_median:g}",
               f"{one.late_median:g} [{late_low:.0f}, {late_high:.0f}]", f"{one.late_done:.2%}",
               f"{one.late_over_bfs:.3f}", f"{one.steps_total:g}",
               f"{one.race_ticks:.1f}" if one.race_ticks else ""]
