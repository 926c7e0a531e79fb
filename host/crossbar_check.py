"""The check of the crossbar's integers: figures, bars, and what goes into the files."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from golden.model.crossbar import fidelity
from golden.model.crossbar.device import DeviceParams
from golden.model.crossbar.fidelity import (
    PulseFidelity,
    WireFidelity,
    pulse_fidelity,
    wire_fidelity,
)
from golden.model.crossbar.measured import Fit
from golden.model.crossbar.vteam import doses, read_disturb
from golden.model.crossbar.wires import LOADING_MAX, Access, loading, nodal_currents

from .atomic import replacing
from .crossbar_judge import INSTALL, badcrossbar_currents, badcrossbar_version

BARS = {"g_rmse": fidelity.G_RMSE_MAX, "dx_max": fidelity.DX_MAX,
        "ir_table_rms": fidelity.IR_TABLE_MAX, "ir_1t1r_max": fidelity.IR_1T1R_MAX}
"""What each figure may be at most."""


@dataclass(frozen=True, eq=False)
class Check:
    """What was found of a device.

    Parameters
    ----------
    device : DeviceParams
        The device.
    fit : Fit or None
        The fit that it comes from, if it was measured.
    state_bits : int
        Bits of a state.
    pulses : PulseFidelity
        The twin beside the ODE.
    wires : WireFidelity
        Attenuations beside exact currents.
    judge : str or None
        Version of badcrossbar, which gave the exact currents; None if our nodal analysis did.
    """

    device: DeviceParams
    fit: Fit | None
    state_bits: int
    pulses: PulseFidelity
    wires: WireFidelity
    judge: str | None

    @property
    def figures(self) -> dict[str, float]:
        """The figures that have bars, by their names."""
        return {"g_rmse": self.pulses.g_rmse, "dx_max": self.pulses.dx_max,
                "ir_table_rms": self.wires.table_rms, "ir_1t1r_max": self.wires.ladder_max}

    @property
    def good(self) -> bool:
        """Whether every figure is within its bar."""
        return all(value <= BARS[name] for name, value in self.figures.items())

    def summary(self) -> dict[str, Any]:
        """Return the object for scripts; with the residual, if the device was fitted."""
        summary = {"device": self.device.name, "window": self.device.window,
                   "state_bits": self.state_bits, **self.figures}
        return summary | ({"residual": self.fit.residual} if self.fit else {})

    def rows(self) -> dict[str, str]:
        """Return names and values for people."""
        device, wires = self.device, self.wires
        toward, away = 1 / abs(doses(device))
        mean = float((1 - 1 / device.ratio) / math.log(device.ratio) / device.r_on)
        own = loading(Access.PASSIVE, fidelity.ROWS, fidelity.COLUMNS, mean, fidelity.WIRE)
        rows = {
            "device": f"{device.name}: {device.source}",
            "model": f"VTEAM, window {device.window}, {device.resistance} R(w), "
                     f"{device.r_on:g} to {device.r_off:g} ohm",
        }
        if self.fit:
            rows["fit"] = (f"{self.fit.pulses} pulses, residual {self.fit.residual:.2%} of the "
                           "conductance" + ", voltages negated: positive ones raised the "
                           "conductance" * self.fit.negated)
        rows |= {
            "pulses": f"SET {device.set_voltage:g} V, {device.set_width:g} s, {toward:.1f} across "
                      f"the range; RESET {device.reset_voltage:g} V, {device.reset_width:g} s, "
                      f"{away:.1f}; where no window slows them",
            "read": f"{device.read_voltage:g} V, {device.read_width:g} s; moves the state by "
                    f"{abs(read_disturb(device, device.read_voltage, device.read_width)):g}",
        }
        notes = {
            "g_rmse": f"conductance beside the ODE, {len(fidelity.TRAINS)} trains of "
                      f"{fidelity.PULSES} pulses, {self.state_bits}-bit states",
            "dx_max": "state beside the ODE, of its range",
            "ir_table_rms": f"column currents, passive, without table {wires.ideal_rms:.1%}",
            "ir_1t1r_max": f"column currents, 1T1R, by the path alone {wires.path_max:.1%}",
        }
        for name, value in self.figures.items():
            verdict = "ok" if value <= BARS[name] else "TOO LARGE"
            rows[name] = f"{value:.2e}  at most {BARS[name]:g}: {verdict}; {notes[name]}"
        rows["wires"] = (
            f"{fidelity.ROWS} x {fidelity.COLUMNS}, R_on {fidelity.R_ON:g} ohm, "
            f"{fidelity.WIRE:g} ohm per segment, R_off / R_on {device.ratio:g}; at its own R_on "
            f"the loading is {own:.2f}, "
            + ("which is allowed" if own <= LOADING_MAX else f"refused above {LOADING_MAX}"))
        rows["judge"] = (f"badcrossbar {self.judge}" if self.judge else
                         f"our nodal analysis; for that of badcrossbar, {INSTALL}")
        return rows


def check(device: DeviceParams, fit: Fit | None, state_bits: int) -> Check:
    """Check a device: some seconds of computing."""
    judge = badcrossbar_version()
    # sparse solves are many small products, which several threads only slow down: 10 s become 1
    with threadpool_limits(limits=1, user_api="blas"):
        wires = wire_fidelity(device.ratio, badcrossbar_currents if judge else nodal_currents)
        pulses = pulse_fidelity(device, state_bits)
    return Check(device, fit, state_bits, pulses, wires, judge)


def write_check(found: Check, path: Path) -> None:
    """Write all figures, their bars and the parameters of the device as JSON."""
    figures = found.summary() | {
        "bars": BARS, "within_bars": found.good,
        "ir_ideal_rms": found.wires.ideal_rms, "ir_1t1r_path_max": found.wires.path_max,
        "judge": f"badcrossbar {found.judge}" if found.judge else "nodal analysis",
        "parameters": asdict(found.device)}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(figures, indent=1) + "\n")
