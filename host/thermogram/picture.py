"""A picture of a capsule: temperatures over time, and how strong everything is."""

import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from ..plot import GRID, INK, STYLE, TEMPERATURES
from .audit import is_capture
from .capsule import Capsule
from .delta import Delta
from .export import history_of
from .instant import Instant
from .pool import links_of
from .signal import Signal
from .temperature import Temperature

FIRST, LAST = np.datetime64("1000-01-01", "ms"), np.datetime64("8999-12-31", "ms")
NAMES = [temperature.name.lower() for temperature in Temperature]


def plot_capsule(capsule: Capsule, path: str | Path) -> None:
    """Draw a capsule into a picture file, whose suffix tells the format.

    Above, temperatures over time: of the synapses, if the deltas are captures of a pool, whose
    temperatures they carry; else of the entries that are there, from when they were last changed.
    Below, strengths: of each delta, at its time, and of each entry, in the colour of its
    temperature.
    """
    history = history_of(capsule)
    captures = [delta for delta in history if is_capture(delta)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 6), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(f"{capsule.name or 'capsule'}: {len(capsule.entries):,} entries, "
                        f"{len(history):,} deltas", fontsize=12, fontweight="bold", x=0.01,
                        ha="left")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.2, 1])
        if captures:
            above.set_title("Synapses by temperature")
            _draw_stack(above, *_synapses_over_time(captures))
        else:
            above.set_title("Entries by temperature, from when they were changed last")
            _draw_stack(above, *_entries_over_time(capsule))
        _draw_strengths(below, capsule, history)
        locator = AutoDateLocator()
        below.xaxis.set_major_locator(locator)
        below.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        below.set_xlabel("time (UTC)")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # drawn as boxes
            figure.savefig(path, dpi=150)


def _date(instant: Instant) -> np.datetime64:
    """Return an instant for an axis, which reaches from the year 1000 to 8999."""
    date = np.datetime64(instant.seconds * 1000 + instant.nanoseconds // 1_000_000, "ms")
    return min(max(date, FIRST), LAST)


def _synapses_over_time(captures: Iterable[Delta]) -> tuple[np.ndarray, np.ndarray]:
    """Return times, and the synapses at each temperature after them, shape (4, times)."""
    rows: dict[str, np.ndarray] = {}
    total = np.zeros(4, int)
    times, counts = [], []
    for delta in captures:
        row = np.bincount(links_of(delta)["maturity"] & 3, minlength=4)
        total = total - rows.get(delta.key, 0) + row
        rows[delta.key] = row
        if times and times[-1] == _date(delta.instant):
            counts[-1] = total
        else:
            times.append(_date(delta.instant))
            counts.append(total)
    return np.array(times), np.array(counts).T


def _entries_over_time(capsule: Capsule) -> tuple[np.ndarray, np.ndarray]:
    changed = [(_date(entry.updated_at), temperature) for temperature in Temperature
               for entry in capsule.entries.layer(temperature)]
    times = np.array(sorted({time for time, _ in changed}), "datetime64[ms]")
    found = Counter(changed)
    counts = [[found[time, temperature] for time in times] for temperature in Temperature]
    return times, np.cumsum(np.array(counts, int), axis=1)


def _draw_stack(axes: Axes, times: np.ndarray, counts: np.ndarray) -> None:
    if not len(times):
        axes.text(0.5, 0.5, "none yet", transform=axes.transAxes, ha="center", color=INK)
        return
    if len(times) == 1:  # a moment, which would have no width
        times = times[0] + np.array([-500, 500], "timedelta64[ms]")
        counts = np.repeat(counts, 2, axis=1)
    axes.stackplot(times, *counts, step="post", labels=NAMES,
                   colors=[TEMPERATURES[name] for name in NAMES])
    axes.set_ylim(0, max(1, counts.sum(axis=0).max()) * 1.05)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles, labels, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, borderpad=0,
                borderaxespad=0.3, handlelength=1, columnspacing=1)


def _draw_strengths(axes: Axes, capsule: Capsule, history: list[Delta]) -> None:
    axes.set_title("Strength of entries, and of deltas (grey)")
    if history:
        axes.scatter(np.array([_date(delta.instant) for delta in history]),
                     [_signed(delta.strength) for delta in history], s=9, color=GRID,
                     edgecolors="#999999", linewidths=0.4, label="delta")
    for temperature, name in zip(Temperature, NAMES, strict=True):
        if entries := capsule.entries.layer(temperature):
            axes.scatter(np.array([_date(entry.updated_at) for entry in entries]),
                         [_signed(entry.strength) for entry in entries], s=22,
                         color=TEMPERATURES[name], edgecolors="white", linewidths=0.5)
    axes.axhline(0, color="#999999", linewidth=0.8)
    axes.set_ylabel("polarity · magnitude")


def _signed(signal: Signal) -> int:
    return signal.polarity * signal.magnitude
