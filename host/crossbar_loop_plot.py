"""A picture of the loop: what levels, variation and stuck cells leave of two demonstrations."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter, StrMethodFormatter

from .atomic import replacing
from .crossbar_loop import FINE, Case, Loop, Row
from .plot import EXCITATORY_COLOUR, INHIBITORY_COLOUR, INK, STYLE

SWEEPS: tuple[tuple[str, str, Callable[[Case], bool]], ...] = (
    ("levels", "levels of a cell", lambda case: bool(case.levels) and not case.drawn),
    ("variation", f"variation, at {FINE} levels",
     lambda case: case.levels == FINE and not case.stuck),
    ("stuck", f"stuck cells, at {FINE} levels",
     lambda case: case.levels == FINE and not case.variation),
)
"""Field of a case, title, and which cases belong to the panel."""

SERIES = (("digits_transferred", "transferred", EXCITATORY_COLOUR),
          ("digits_alike", "transferred, same winner", "#8fc0d0"),
          ("digits_learnt", "learnt in place", INHIBITORY_COLOUR))


def plot_loop(found: Loop, path: Path) -> None:
    """Draw the table into a PNG file."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 6.8), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(f"Digits ({found.taught} taught) and the learning demonstration on a "
                        "memristor crossbar", fontsize=12, fontweight="bold", x=0.01, ha="left")
        panels = figure.subplots(2, 3, sharey="row")
        for column, (name, title, belongs) in enumerate(SWEEPS):
            rows = [row for row in found.rows if belongs(row.case)]
            _draw_digits(panels[0, column], found, rows, name)
            _draw_demo(panels[1, column], found, rows, name)
            for axes in panels[:, column]:
                _scale(axes, name, rows)
            panels[0, column].set_title(f"Digits: {title}")
            panels[1, column].set_title(f"Demonstration: {title}")
        panels[0, 0].set_ylabel("part of the digits")
        panels[1, 0].set_ylabel("output spikes in 40 ticks")
        panels[0, 0].legend(loc="center right", bbox_to_anchor=(1, 0.68))
        panels[1, 2].legend(loc="lower right")
        with replacing(path) as temporary:
            figure.savefig(temporary, dpi=150, format="png")


def _draw_digits(axes: Axes, found: Loop, rows: list[Row], name: str):
    for figure, label, colour in SERIES:
        _draw_series(axes, rows, name, figure, label, colour)
    axes.axhline(found.ideal.digits_learnt, color=INK, linewidth=0.8, linestyle="--",
                 label="ideal, learning")
    axes.axhline(found.unpruned, color=INK, linewidth=0.8, linestyle=":",
                 label="ideal, learning, never pruned")
    axes.set_ylim(-0.03, 1.05)


def _draw_demo(axes: Axes, found: Loop, rows: list[Row], name: str):
    _draw_series(axes, rows, name, "demo_transferred", "transferred", EXCITATORY_COLOUR)
    _draw_series(axes, rows, name, "demo_learnt", "learnt in place", INHIBITORY_COLOUR)
    axes.axhline(found.ideal.demo_learnt, color=INK, linewidth=0.8, linestyle="--", label="ideal")
    axes.set_ylim(bottom=0)


def _draw_series(axes: Axes, rows: list[Row], name: str, figure: str, label: str, colour: str):
    """Draw the mean of a figure, and from its least to its largest."""
    at = [getattr(row.case, name) for row in rows]
    axes.plot(at, [getattr(row.mean, figure) for row in rows], color=colour, marker="o",
              markersize=4, linewidth=1.4, label=label)
    least, largest = zip(*(row.spread(figure) for row in rows), strict=True)
    axes.fill_between(at, least, largest, color=colour, alpha=0.2, linewidth=0)


def _scale(axes: Axes, name: str, rows: list[Row]):
    at = [getattr(row.case, name) for row in rows]
    if name == "levels":
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    else:
        axes.xaxis.set_major_formatter(PercentFormatter(1, 0))
    axes.xaxis.set_major_locator(FixedLocator(at))
    axes.xaxis.set_minor_locator(NullLocator())
