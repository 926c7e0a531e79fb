"""A picture of a run: who fired, how many, and what became of the synapses."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from golden.model.state import INHIBITORY

from .runfile import Run

EXCITATORY_COLOUR, INHIBITORY_COLOUR = "#1f6f8b", "#d1495b"
KINDS = (False, EXCITATORY_COLOUR), (True, INHIBITORY_COLOUR)
TEMPERATURES = {"hot": "#d1495b", "warm": "#edae49", "cool": "#8fc0d0", "cold": "#1f4e79"}
INK, GRID = "#333333", "#e4e4e4"

STYLE: dict[Any, Any] = {
    "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.edgecolor": "#999999", "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": GRID, "axes.axisbelow": True, "legend.frameon": False,
}

WINDOW = 200
"""Ticks of a raster; of a longer run, the first and the last so many are shown."""

MARK_POINTS = 125
"""Height of the marks of all neurons of a raster together, in points."""


def plot_run(run: Run, path: str | Path) -> None:
    """Draw a run into a picture file, whose suffix tells the format.

    From top to bottom: the spikes of the first and the last ticks; how many neurons fire in a
    tick, averaged; and, if the statistics of the pool were taken while it ran, the mean
    magnitude of its weights and the temperatures of its synapses.
    """
    history = [(done.tick, done.result) for done in run.operations if done.name == "stats"]
    has_history = len(history) > 1 and history[-1][0] > history[0][0]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 8.6 if has_history else 5.4), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(_title(run), fontsize=12, fontweight="bold", x=0.01, ha="left")
        heights = [3, 1.6, 1.6, 1.8] if has_history else [3, 1.6]
        rows = figure.add_gridspec(len(heights), 1, height_ratios=heights)
        _draw_rasters(figure, rows[0], run)
        rate = figure.add_subplot(rows[1])
        _draw_rate(rate, run)
        axes = [rate]
        if has_history:
            ticks = np.array([tick for tick, _ in history])
            axes += [figure.add_subplot(row, sharex=rate) for row in (rows[2], rows[3])]
            _draw_weights(axes[1], ticks, [stats for _, stats in history])
            _draw_temperatures(axes[2], ticks, [stats for _, stats in history])
        for upper in axes[:-1]:
            upper.tick_params(labelbottom=False)
        axes[-1].set_xlabel("tick")
        axes[-1].set_xlim(0, max(len(run.spikes), 1))
        figure.savefig(path, dpi=150)


def _title(run: Run) -> str:
    spikes = sum(len(fired) for fired in run.spikes)
    return (f"{run.before.name or 'pool'}: {run.before.n} neurons, {run.before.synapse_count:,} "
            f"synapses, {run.ticks:,} ticks, {spikes:,} spikes")


def _draw_rasters(figure: Figure, row: SubplotSpec, run: Run):
    length = len(run.spikes)
    if length <= 2 * WINDOW:
        windows = [(0, length, "Spikes")]
    else:
        windows = [(0, WINDOW, f"Spikes of the first {WINDOW} ticks"),
                   (length - WINDOW, length, f"Spikes of the last {WINDOW} ticks")]
    cells = row.subgridspec(1, len(windows), wspace=0.03)
    panels = cells.subplots(sharey=True, squeeze=False)[0]
    inhibitory = (run.before.flags & INHIBITORY) != 0
    size = max(1.0, min(12.0, MARK_POINTS / run.before.n)) ** 2
    for axes, (start, end, title) in zip(panels, windows, strict=True):
        tick = np.repeat(np.arange(start, end), [len(fired) for fired in run.spikes[start:end]])
        neuron = np.concatenate([np.zeros(0, int), *run.spikes[start:end]]).astype(int)
        for kind, colour in KINDS:
            shown = inhibitory[neuron] == kind
            axes.scatter(tick[shown], neuron[shown], s=size, marker="|", linewidths=1.1,
                         color=colour, rasterized=True)
        axes.set_title(title)
        axes.set_xlim(start - 1, end)
        axes.set_ylim(-1, run.before.n)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    panels[0].set_ylabel("neuron")
    panels[0].yaxis.set_major_locator(MaxNLocator(8, integer=True))
    panels[-1].legend(handles=[Patch(color=EXCITATORY_COLOUR, label="excitatory"),
                               Patch(color=INHIBITORY_COLOUR, label="inhibitory")],
                      loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderpad=0,
                      borderaxespad=0.3, handlelength=1, columnspacing=1)


def _draw_rate(axes: Axes, run: Run):
    """Draw the part of each kind of neurons that fires per tick, averaged over a percent."""
    inhibitory = (run.before.flags & INHIBITORY) != 0
    width = max(1, len(run.spikes) // 100)
    axes.set_title("Neurons that fire in a tick" + f", mean of {width} ticks" * (width > 1))
    for kind, colour in KINDS:
        members = np.count_nonzero(inhibitory == kind)
        if members and run.spikes:
            counts = np.array([np.count_nonzero(inhibitory[fired] == kind)
                               for fired in run.spikes])
            edges = np.arange(0, len(counts), width)
            spans = np.diff(np.append(edges, len(counts)))
            share = 100 * np.add.reduceat(counts, edges) / spans / members
            axes.stairs(share, np.append(edges, len(counts)), color=colour, linewidth=1.4,
                        baseline=None)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("%")


def _draw_weights(axes: Axes, ticks: np.ndarray, stats: list[dict]):
    mean = [one["weight_abs_sum"] / max(one["synapses"], 1) for one in stats]
    axes.set_title("Mean |weight|")
    axes.step(ticks, mean, where="post", color=INK, linewidth=1.6)
    axes.set_ylim(0, 132)
    axes.set_yticks([0, 32, 64, 96, 127])
    for at, offset in ((0, 4), (-1, -4)):
        axes.annotate(f"{mean[at]:.1f}", (ticks[at], mean[at]), (offset, -4),
                      textcoords="offset points", va="top",
                      ha="left" if offset > 0 else "right", fontweight="bold")


def _draw_temperatures(axes: Axes, ticks: np.ndarray, stats: list[dict]):
    counts = {name: np.array([one[name] for one in stats]) for name in TEMPERATURES}
    counts["hot"] = counts["hot"] + [one["dead"] for one in stats]  # dead is hot, with counter 0
    axes.set_title("Synapses by temperature")
    axes.stackplot(ticks, *counts.values(), colors=TEMPERATURES.values(), labels=counts,
                   step="post", linewidth=0)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="upper right", handlelength=1)
