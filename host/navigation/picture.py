"""Pictures of one run: trails, calcium, and the agent on its way."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numba import njit
from PIL import Image

from ..atomic import replacing
from ..plot import EXCITATORY_COLOUR, INHIBITORY_COLOUR, INK, STYLE
from .environment import WALL, image_of
from .errands import Errands, Outcome
from .rules import Brain
from .worlds import EAST, SOUTH, World

GOAL_COLOUR = "#edae49"
CALCIUM_MAP = "Blues"
TRAIL_MAX = 20_000
"""Cells of an episode that are drawn at most; more are a blot."""

SCALE, SCALE_LARGE, LARGE = 16, 8, 20
"""Pixels of a cell of the animation: in worlds up to 20 cells of a side, and in larger ones."""

FRAMES_MAX = 600
EPISODES_MAX = 20
"""Episodes of the animation at most, so that each has 30 frames or all of its steps."""

FRAME_MS, REST_MS = 70, 420
"""How long a frame is shown, and the last one of an episode."""

SHADES = 253
DARK, GOLD, RED = range(SHADES, SHADES + 3)
PALETTE = np.concatenate([np.linspace((255, 255, 255), (31, 111, 139), SHADES),
                          [(51, 51, 51), (237, 174, 73), (209, 73, 91)]]).astype(np.uint8)
"""Colours of the animation: shades of calcium, walls, the goal, the agent."""


def episodes_of(outcome: Outcome, run: int) -> list[np.ndarray]:
    """Return the cells of each episode of a run, from its start on, without what was roamed before.

    The trail of the run must be whole.
    """
    ends = np.cumsum(outcome.steps[run] + 1)
    trail = outcome.trails[run]
    return np.split(trail[trail >= 0][-ends[-1]:], ends[:-1])


@njit(cache=True)
def calcium_at(trail, at, cells, brain):
    """Return the calcium of each cell before some steps of an episode, shape (k, cells), uint16.

    As `golden.arch.astrocytes.calcium_after` has it; each cell a domain.

    Parameters
    ----------
    trail : ndarray of int64
        Cells of the episode.
    at : ndarray of int64, shape (k,)
        Numbers of the steps, ascending.
    cells : int
        Cells of the world.
    brain : Brain
        Settings of the network.
    """
    calcium = np.zeros(cells, np.int64)
    found = np.zeros((len(at), cells), np.uint16)
    step = 0
    for number in range(len(at)):
        while step < at[number]:
            for cell in range(cells):
                level = calcium[cell]
                calcium[cell] = max(level - max(1, level >> brain.decay_shift), 0)
            fed = trail[step]
            calcium[fed] = min(calcium[fed] + brain.influx, 65535)
            step += 1
        found[number] = calcium
    return found


def steps_shown(lengths: list[int]) -> list[np.ndarray]:
    """Return which steps of each episode are animated, `FRAMES_MAX` in all at most.

    All of the steps where they are few; of longer episodes as many as are left, evenly spread, the
    first and the last among them.

    Parameters
    ----------
    lengths : list of int
        Lengths of the episodes; only the first `EPISODES_MAX` are animated.
    """
    shown = np.array(lengths[:EPISODES_MAX])
    most = next(most for most in range(FRAMES_MAX, 0, -1)
                if np.minimum(shown, most).sum() <= FRAMES_MAX)
    return [np.linspace(0, length - 1, min(length, most)).round().astype(np.int64)
            for length in shown.tolist()]


def plot_run(errands: Errands, outcome: Outcome, brain: Brain, title: str, path: Path,
             run: int = 0) -> None:
    """Draw the first and the last episode of a run, and the calcium after the first, if it acts.

    Parameters
    ----------
    errands, outcome : Errands, Outcome
        What was done, and how, with its whole trails.
    brain : Brain
        Settings of the network.
    title : str
        Name of the agent, and what it was changed in.
    path : Path
        PNG file to write.
    run : int
        Which of the seeds.
    """
    world = errands.worlds[run]
    episodes = episodes_of(outcome, run)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(13, 4.8) if brain.alpha else (9, 4.8), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(f"{errands.kind.name}, seed {errands.seeds[run]}: {title}", fontsize=12,
                        fontweight="bold", x=0.01, ha="left")
        first, *middle, last = figure.subplots(1, 3 if brain.alpha else 2)
        for axes, number, colour in ((first, 0, INHIBITORY_COLOUR),
                                     (last, len(episodes) - 1, EXCITATORY_COLOUR)):
            trail = episodes[number]
            _draw_world(axes, world)
            _draw_trail(axes, world, trail[:TRAIL_MAX], colour)
            axes.set_title(f"episode {number + 1}: {len(trail) - 1:,} steps, "
                           f"shortest {errands.shortest[run, number]}"
                           + f"; the first {TRAIL_MAX:,} drawn" * (len(trail) > TRAIL_MAX),
                           loc="left", fontsize=10)
        for axes in middle:
            at_end = np.array([len(episodes[0]) - 1])
            calcium = calcium_at(episodes[0], at_end, world.size**2, brain)[0] / 65535
            calcium[world.passages == 0] = np.nan
            _draw_world(axes, world)
            image = axes.imshow(calcium.reshape(world.size, -1), cmap=CALCIUM_MAP, vmin=0, vmax=1)
            figure.colorbar(image, ax=axes, label="calcium", shrink=0.8)
            axes.set_title("calcium at its end", loc="left", fontsize=10)
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


def animate_run(errands: Errands, outcome: Outcome, brain: Brain, title: str, path: Path,
                run: int = 0) -> None:
    """Write an animated GIF of a run: the agent, its calcium if it acts, one episode after another.

    Parameters are those of `plot_run`; the title becomes the comment of the file.
    """
    world = errands.worlds[run]
    episodes = episodes_of(outcome, run)
    shown = steps_shown([len(trail) for trail in episodes])
    times = [time for steps in shown for time in [FRAME_MS] * (len(steps) - 1) + [REST_MS]]

    def frames() -> Iterator[Image.Image]:
        for trail, steps in zip(episodes, shown, strict=False):
            calcium = calcium_at(trail, steps, world.size**2, brain)
            for cell, levels in zip(trail[steps].tolist(), calcium, strict=True):
                frame = Image.fromarray(frame_of(world, cell, levels * bool(brain.alpha)))
                frame.putpalette(PALETTE.tobytes())
                yield frame

    first, *others = frames()
    with replacing(path) as temporary:
        first.save(temporary, format="GIF", save_all=True, append_images=others, duration=times,
                   loop=0, optimize=False, comment=title.encode())


def frame_of(world: World, cell: int, calcium: np.ndarray) -> np.ndarray:
    """Return one frame, shape (h, h), uint8, numbers in `PALETTE`; h = N * scale + 1."""
    scale = SCALE if world.size <= LARGE else SCALE_LARGE
    floor = (image_of(world, world.goal, scale) != WALL).any(axis=2)
    shade = calcium.reshape(world.size, -1).astype(np.int64) * (SHADES - 1) // 65535
    shade = np.pad(shade.repeat(scale, axis=0).repeat(scale, axis=1), ((1, 0), (1, 0)))
    frame = np.where(floor, shade, DARK).astype(np.uint8)
    for marked, mark in ((world.goal, GOLD), (cell, RED)):
        top, left = (index * scale + 1 for index in divmod(marked, world.size))
        rim, side = scale // 4, scale - 1
        frame[top + rim:top + side - rim, left + rim:left + side - rim] = mark
    return frame
