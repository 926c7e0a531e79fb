"""A picture of working memory: accuracy and spikes against delay."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ..atomic import replacing
from ..plot import EXCITATORY_COLOUR, INHIBITORY_COLOUR, STYLE
from .working_memory import DELAYS, Keeper, Recall

COLOURS = {Keeper.ASTROCYTES: EXCITATORY_COLOUR, Keeper.NOTHING: "#999999",
           Keeper.FIRING: INHIBITORY_COLOUR}
LINEAR_UP_TO = DELAYS[1]
TICKS = (0, 4, 16, 64, 256, 768)


def plot_recall(recalls: dict[Keeper, Recall], path: Path) -> None:
    """Draw accuracy and spikes of working memories against delay into a PNG file."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 4), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        for keeper, recall in recalls.items():
            delays = recall.task.delays
            left.plot(delays, recall.accuracy, marker="o", markersize=4, color=COLOURS[keeper],
                      label=keeper.value)
            right.plot(delays, recall.spikes.mean(axis=0), marker="o", markersize=4,
                       color=COLOURS[keeper], label=keeper.value)
        left.axhline(0.5, color="#999999", linewidth=0.8, linestyle=":")
        left.set(ylim=(0.45, 1.03), ylabel="accuracy", title="recall from a fragment")
        right.set(yscale="log", ylabel="spikes of a trial", title="spikes, the energy proxy")
        for axes in (left, right):
            axes.set_xscale("symlog", linthresh=LINEAR_UP_TO)
            axes.set(xlim=(-1, DELAYS[-1] * 1.15), xlabel="silent delay, time constants of a "
                     "membrane")
            axes.set_xticks(TICKS, [str(tick) for tick in TICKS], minor=False)
            axes.xaxis.set_minor_locator(NullLocator())
        left.legend(loc="lower left")
        with replacing(path) as temporary:
            figure.savefig(temporary, format="png", dpi=120)
