"""A picture of a device of the crossbar: hysteresis, pulses, error, and IR drop."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from golden.model.crossbar.fidelity import DX_MAX, R_ON, TRAINS, WIRE
from golden.model.crossbar.vteam import hysteresis

from .atomic import replacing
from .crossbar_check import Check
from .plot import EXCITATORY_COLOUR, INHIBITORY_COLOUR, INK, STYLE

SHOWN = 300
"""Pulses of the pulse response."""

EVERY = 5
"""Of the twin, one dot for so many pulses."""

TRAIN_COLOURS = (EXCITATORY_COLOUR, INHIBITORY_COLOUR, "#edae49", "#8fc0d0")


def plot_check(found: Check, path: Path) -> None:
    """Draw a check into a PNG file."""
    device = found.device
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 7.6), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(f"{device.name}: VTEAM, window {device.window}, {device.resistance} R(w), "
                        f"{device.r_on:g} to {device.r_off:g} ohm", fontsize=12,
                        fontweight="bold", x=0.01, ha="left")
        panels = figure.subplots(2, 2)
        _draw_hysteresis(panels[0, 0], found)
        _draw_pulses(panels[0, 1], found)
        _draw_error(panels[1, 0], found)
        _draw_wires(panels[1, 1], found)
        with replacing(path) as temporary:
            figure.savefig(temporary, dpi=150, format="png")


def _draw_hysteresis(axes: Axes, found: Check):
    voltage, current, _ = hysteresis(found.device, points=120)
    scale, unit = _unit(float(np.abs(current).max()), "A")
    axes.plot(voltage, current * scale, color=EXCITATORY_COLOUR, linewidth=1.4)
    for threshold in (found.device.v_on, found.device.v_off):
        axes.axvline(threshold, color=INK, linewidth=0.8, linestyle=":")
    axes.set_title("Hysteresis, thresholds dotted")
    axes.set_xlabel("V")
    axes.set_ylabel(unit)


def _draw_pulses(axes: Axes, found: Check):
    middle = found.pulses.x.shape[2] // 2
    scale, unit = _unit(1 / found.device.r_on, "S")
    scale /= found.device.r_on
    pulse = np.arange(SHOWN + 1)
    for train, colour in zip((0, 1), TRAIN_COLOURS, strict=False):
        exact = found.pulses.conductance[:SHOWN + 1, train, middle] * scale
        twin = found.pulses.twin_conductance[:SHOWN + 1, train, middle] * scale
        axes.plot(pulse, exact, color=colour, linewidth=1.4, label=TRAINS[train])
        axes.plot(pulse[::EVERY], twin[::EVERY], ".", color=INK, markersize=3)
    axes.set_yscale("log")
    axes.set_title("Pulse response: ODE (lines), integers (dots)")
    axes.set_xlabel("pulse")
    axes.set_ylabel(unit)
    axes.legend(loc="lower left", fontsize=7, handlelength=1)


def _draw_error(axes: Axes, found: Check):
    error = np.abs(found.pulses.twin_x - found.pulses.x).max(axis=2)
    for train, colour in enumerate(TRAIN_COLOURS):
        axes.plot(error[:, train], color=colour, linewidth=1, label=TRAINS[train])
    axes.axhline(DX_MAX, color=INK, linewidth=0.8, linestyle="--")
    axes.annotate("bar", (0, DX_MAX), (2, 2), textcoords="offset points")
    axes.set_yscale("log")
    axes.set_ylim(1e-6, max(3 * DX_MAX, 2 * float(error.max())))
    axes.set_title(f"Error of the {found.state_bits}-bit state, of its range")
    axes.set_xlabel("pulse")
    axes.legend(loc="lower right", ncols=2, fontsize=7, handlelength=1)


def _draw_wires(axes: Axes, found: Check):
    dropped = 100 * (1 - found.wires.attenuation)
    image = axes.imshow(dropped, cmap="viridis", vmin=0)
    axes.figure.colorbar(image, ax=axes, label="% of a cell's current")
    axes.grid(False)
    axes.set_title(f"IR drop, passive, {R_ON / 1e3:g} kohm, {WIRE:g} ohm/segment")
    axes.set_xlabel("column, driven from the left")
    axes.set_ylabel("row, grounded at the bottom")


def _unit(largest: float, unit: str) -> tuple[float, str]:
    """Return a factor and a unit in which `largest` is 1 to 1000."""
    for factor, prefix in ((1.0, ""), (1e3, "m"), (1e6, "µ"), (1e9, "n")):
        if largest * factor >= 1:
            return factor, prefix + unit
    return 1e12, "p" + unit
