"""How true the integer twin is: its pulses beside the ODE, its wires beside nodal analysis."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from golden.arch.crossbar import (
    CODE_ONE,
    STATE_BITS,
    STATE_FULL,
    CrossbarParams,
    Plane,
)
from golden.arch.numeric import U16_MAX
from golden.model.crossbar_array import ideal_array

from .device import DeviceParams
from .tables import compute_tables
from .vteam import pulse_train
from .wires import (
    ladder_attenuation,
    nodal_currents,
    passive_attenuation,
    path_attenuation,
    quantised,
)

TRAINS = ("100 SET, 100 RESET", "15 SET, 15 RESET", "at random", "at random, by five")
"""The trains of pulses, in words."""

PULSES = 600
STARTS = 8
"""Devices per train; they start at as many places."""

G_RMSE_MAX, DX_MAX = 0.005, 0.002
IR_TABLE_MAX, IR_1T1R_MAX = 0.02, 0.005
"""The bars: relative RMSE of conductance, largest error of a state, relative RMS error of column
currents with a table, largest relative error of those of 1T1R."""

ROWS = COLUMNS = 64
R_ON, WIRE = 10e3, 2.0
"""Where the wires are judged: cells, ohm, ohm per segment."""

Solver = Callable[[np.ndarray, float, np.ndarray], np.ndarray]
"""As `nodal_currents`."""


@dataclass(frozen=True, eq=False)
class PulseFidelity:
    """The twin beside the ODE over trains of pulses.

    Parameters
    ----------
    x, twin_x : ndarray of float, shape (601, 4, 8)
        States of the ODE and of the twin after each pulse; axes pulse, train, device.
    conductance, twin_conductance : ndarray of float, same shape
        In 1 / R_on; the twin's from its conductance codes.
    """

    x: np.ndarray
    twin_x: np.ndarray
    conductance: np.ndarray
    twin_conductance: np.ndarray

    @property
    def g_rmse(self) -> float:
        """Root mean square error of conductance over its root mean square."""
        return relative_rms(self.twin_conductance, self.conductance)

    @property
    def dx_max(self) -> float:
        """Largest error of a state, in ranges of it."""
        return float(np.abs(self.twin_x - self.x).max())


def trains(seed: int = 0) -> np.ndarray:
    """Return the polarities of the pulses of `TRAINS`, shape (600, 4)."""
    rng = np.random.default_rng(seed)
    pulse = np.arange(PULSES)
    return np.stack([pulse // 100 % 2, pulse // 15 % 2, rng.integers(0, 2, PULSES),
                     np.repeat(rng.integers(0, 2, PULSES // 5), 5)], axis=1)


def pulse_fidelity(device: DeviceParams, state_bits: int = STATE_BITS) -> PulseFidelity:
    """Run the twin and the ODE through the same trains of pulses from the same states.

    Parameters
    ----------
    device : DeviceParams
        The device.
    state_bits : int
        Bits of a state, 4..16, to see what fewer would do: the others are rounded off after every
        pulse.

    Raises
    ------
    ValueError
        If `state_bits` is out of its range.
    """
    if not 4 <= state_bits <= STATE_BITS:
        raise ValueError(f"crossbar: state_bits must be in 4..{STATE_BITS}, not {state_bits}")
    grid = 1 << (STATE_BITS - state_bits)
    start = np.linspace(0.05, 0.95, STARTS) * STATE_FULL // grid * grid
    start = np.tile(start.astype(int), len(TRAINS))
    polarity = np.repeat(trains(), STARTS, axis=1)

    tables = compute_tables(device)
    array = ideal_array(CrossbarParams(rows=1, columns=len(start)), tables)
    array.state[:, 0] = start
    states, codes = [array.state[Plane.PLUS, 0].copy()], [array.codes(0)[Plane.PLUS]]
    for kinds in polarity:
        array.pulse(0, 1 - 2 * kinds)  # on PLUS, a positive count is SET
        rounded = (array.state.astype(np.int64) + grid // 2) // grid * grid
        array.state = np.minimum(rounded, STATE_FULL).astype(np.uint16)
        states.append(array.state[Plane.PLUS, 0].copy())
        codes.append(array.codes(0)[Plane.PLUS])

    x = pulse_train(device, polarity, device.position(start / STATE_FULL))
    shape = (PULSES + 1, len(TRAINS), STARTS)
    return PulseFidelity(*(values.reshape(shape) for values in (
        x, device.position(np.array(states) / STATE_FULL), device.conductance(x) * device.r_on,
        np.array(codes) / CODE_ONE)))


@dataclass(frozen=True, eq=False)
class WireFidelity:
    """Attenuations of the twin beside nodal analysis.

    Parameters
    ----------
    ideal_rms, table_rms : float
        Relative RMS error of column currents of a passive crossbar of which a tenth of the rows
        is driven: without attenuations, and with a table of them.
    ladder_max, path_max : float
        Largest relative error of a column current of a 1T1R crossbar of which one row is read:
        by `ladder_attenuation`, and by `path_attenuation`.
    attenuation : ndarray of float, shape (64, 64)
        The table.
    """

    ideal_rms: float
    table_rms: float
    ladder_max: float
    path_max: float
    attenuation: np.ndarray


def wire_fidelity(ratio: float, solve: Solver = nodal_currents, seed: int = 0) -> WireFidelity:
    """Compare attenuations, as integers, with exact currents at 64 x 64, 10 kOhm, 2 ohm.

    Conductances are log-uniform between 1 / R_on and 1 / R_off in three crossbars. The table is of
    their mean conductance.

    Parameters
    ----------
    ratio : float
        R_off / R_on.
    solve : callable
        What gives the exact currents.
    seed : int
        Of the crossbars and patterns.
    """
    rng = np.random.default_rng(seed)
    mean = (1 - 1 / ratio) / np.log(ratio) / R_ON
    table = _as_integers(passive_attenuation(ROWS, COLUMNS, mean, WIRE))
    exact, ideal, corrected, ladder, path = [], [], [], [0.0], [0.0]
    for _ in range(3):
        conductance = ratio ** -rng.random((ROWS, COLUMNS)) / R_ON
        driven = np.zeros((ROWS, 20))
        for pattern in driven.T:
            pattern[rng.choice(ROWS, ROWS // 10, replace=False)] = 1
        exact.append(solve(conductance, WIRE, driven))
        ideal.append(conductance.T @ driven)
        corrected.append((conductance * table).T @ driven)

        for row in (0, int(rng.integers(1, ROWS - 1)), ROWS - 1):
            alone = np.zeros_like(conductance)
            alone[row] = conductance[row]
            current = solve(alone, WIRE, np.eye(ROWS)[:, [row]])[:, 0]
            for errors, attenuation in ((ladder, ladder_attenuation), (path, path_attenuation)):
                arrives = _as_integers(attenuation(conductance, WIRE))[row] * conductance[row]
                errors.append(float(np.abs(arrives / current - 1).max()))
    return WireFidelity(relative_rms(np.array(ideal), np.array(exact)),
                        relative_rms(np.array(corrected), np.array(exact)),
                        max(ladder), max(path), table)


def relative_rms(values: np.ndarray, exact: np.ndarray) -> float:
    """Return the root mean square of errors over that of the exact values."""
    return float(np.sqrt(np.mean((values - exact) ** 2) / np.mean(exact**2)))


def _as_integers(attenuation: np.ndarray) -> np.ndarray:
    """Return attenuations as cells have them: of 16 bits."""
    return (quantised(attenuation).astype(float) + 1) / (U16_MAX + 1)
