"""Pictures of one run: trails, calcium, and the agent on its way."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..atomic import replacing
from ..plot import EXCITATORY_COLOUR, INHIBITORY_COLOUR, INK, STYLE
from .errands import Errands, Outcome
from .rules import Brain
from .worlds import EAST, SOUTH, World

GOAL_COLOUR = "#edae49"
CALCIUM_MAP = "Blues"
SCALE = 16
"""Pixels of a cell of the animation."""

FRAMES_MAX = 600
FRAME_MS = 70
BLUE, RED, GOLD, DARK = (31, 111, 139), (209, 73, 91), (237, 174, 73), (51, 51, 51)


def episodes_of(outcome: Outcome, run: int) -> list[np.ndarray]:
    """Return the cells of each episode of a run, from its start on, as far as the trail goes."""
    ends = np.cumsum(outcome.steps[run] + 1)
    trail = outcome.trails[run]
    return [piece[piece >= 0] for piece in np.split(trail, ends)[:len(ends)] if (piece >= 0).any()]


def calcium_along(trail: np.ndarray, cells: int, brain: Brain) -> np.ndarray:
    """Return the calcium of each cell before each step of an episode, shape (len(trail), cells).

    As `golden.arch.astrocytes.calcium_after` has it, uint16; each cell a domain.
    """
    calcium = np.zeros(cells, np.int64)
    found = np.zeros((len(trail), cells), np.uint16)
    for step, cell in enumerate(trail):
        found[step] = calcium
        calcium = np.maximum(calcium - np.maximum(calcium >> brain.decay_shift, 1), 0)
        calcium[cell] = min(calcium[cell] + brain.influx, 65535)
    return found


def plot_run(errands: Errands, outcome: Outcome, brain: Brain, title: str, path: Path,
             run: int = 0) -> None:
    """Draw the first and the last episode of a run, and the calcium after the first.

    Parameters
    ----------
    errands, outcome : Errands, Outcome
        What was done, and how, with its trails.
    brain : Brain
        Settings of the network.
    title : str
        Name of the agent.
    path : Path
        PNG file to write.
    run : int
        Which of the seeds.
    """
    world = errands.worlds[run]
    episodes = episodes_of(outcome, run)
    calcium = calcium_along(episodes[0], world.size**2, brain)[-1].astype(float)
    calcium[world.passages == 0] = np.nan
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(13, 4.8), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(f"{errands.kind.name}, seed {errands.seeds[run]}: {title}", fontsize=12,
                        fontweight="bold", x=0.01, ha="left")
        first, middle, last = figure.subplots(1, 3)
        _draw_world(first, world)
        _draw_trail(first, world, episodes[0], INHIBITORY_COLOUR)
        _draw_world(middle, world)
        image = middle.imshow(calcium.reshape(world.size, -1) / 65535, cmap=CALCIUM_MAP,
                              vmin=0, vmax=1)
        figure.colorbar(image, ax=middle, label="calcium", shrink=0.8)
        _draw_world(last, world)
        _draw_trail(last, world, episodes[-1], EXCITATORY_COLOUR)
        for axes, text in ((first, f"episode 1: {len(episodes[0]) - 1} steps"),
                           (middle, "calcium at its end"),
                           (last, f"episode {len(episodes)}: {len(episodes[-1]) - 1} steps, "
                                  f"shortest {errands.shortest[run, len(episodes) - 1]}")):
            axes.set_title(text, loc="left", fontsize=10)
        with replacing(path) as temporary:
            figure.savefig(temporary, format="png", dpi=120)


def _draw_world(axes: Axes, world: World) -> None:
    size = world.size
    axes.set(xlim=(-0.55, size - 0.45), ylim=(size - 0.45, -0.55), aspect="equal", xticks=[],
             yticks=[])
    axes.spines[:].set_visible(False)
    for cell in range(size * size):
        row, column = divmod(cell, size)
        if not world.passages[cell]:
            axes.fill_between([column - 0.5, column + 0.5], row - 0.5, row + 0.5, color="#c8c8c8",
                              linewidth=0)
        if column + 1 < size and not world.passages[cell] >> EAST & 1:
            axes.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], color=INK, linewidth=1.4)
        if row + 1 < size and not world.passages[cell] >> SOUTH & 1:
            axes.plot([column - 0.5, column + 0.5], [row + 0.5] * 2, color=INK, linewidth=1.4)
    axes.plot([-0.5, size - 0.5, size - 0.5, -0.5, -0.5],
              [-0.5, -0.5, size - 0.5, size - 0.5, -0.5], color=INK, linewidth=1.4)
    row, column = divmod(world.goal, size)
    axes.plot(column, row, marker="*", color=GOAL_COLOUR, markersize=15, zorder=4)


def _draw_trail(axes: Axes, world: World, trail: np.ndarray, colour: str) -> None:
    row, column = np.divmod(trail, world.size)
    drift = np.linspace(-0.18, 0.18, len(trail))  # so that ways back and forth lie side by side
    axes.plot(column + drift, row + drift, color=colour, linewidth=1.3, alpha=0.85, zorder=3)
    axes.plot(column[0] + drift[0], row[0] + drift[0], marker="o", color=colour, markersize=7,
              zorder=4)


def animate_run(errands: Errands, outcome: Outcome, brain: Brain, path: Path, run: int = 0) -> None:
    """Write an animated GIF of a run: the agent, its calcium, episode after episode."""
    world = errands.worlds[run]
    frames = []
    for trail in episodes_of(outcome, run):
        for cell, calcium in zip(trail, calcium_along(trail, world.size**2, brain), strict=True):
            frames.append(Image.fromarray(frame_of(world, int(cell), calcium)))
        frames += frames[-1:] * 5  # rest at the end of an episode
        if len(frames) >= FRAMES_MAX:
            break
    with replacing(path) as temporary:
        frames[0].save(temporary, format="GIF", save_all=True, append_images=frames[1:FRAMES_MAX],
                       duration=FRAME_MS, loop=0, optimize=False)


def frame_of(world: World, cell: int, calcium: np.ndarray) -> np.ndarray:
    """Return one frame, shape (N * 16 + 1, N * 16 + 1, 3), uint8."""
    size = world.size * SCALE + 1
    frame = np.full((size, size, 3), DARK, np.uint8)
    for free in world.free.tolist():
        top, left = (index * SCALE + 1 for index in divmod(free, world.size))
        amount = calcium[free] / 65535
        colour = np.array(BLUE) * amount + 255 * (1 - amount)
        bottom, right = top + SCALE - 1, left + SCALE - 1
        frame[top:bottom, left:right] = colour
        if world.passages[free] >> EAST & 1:
            frame[top:bottom, right] = colour
        if world.passages[free] >> SOUTH & 1:
            frame[bottom, left:right] = colour
        for marked, mark in ((world.goal, GOLD), (cell, RED)):
            if free == marked:
                frame[top + 4:bottom - 4, left + 4:right - 4] = mark
    return frame
