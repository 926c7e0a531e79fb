"""A device from measured pulses: VTEAM fitted to a pulse train.

What a train shows is fitted: how far a pulse of each polarity moves the state, the window, R(w),
its ends, and with several amplitudes the exponents. What it does not show is chosen, and changes
nothing at the amplitudes of the train: thresholds are half of the smallest amplitude, w is
0..3 nm.
"""

import itertools
import math
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.optimize import least_squares

from .device import DOSE_MAX, DOSE_MIN, DeviceParams, Resistance, Window

PULSES_MIN, POLARITY_MIN = 20, 5
"""Fewest pulses of a train, and of each polarity."""

SWING_MIN = 1.05
"""Least ratio of the largest conductance to the smallest one."""

_RANGE = 3e-9
_GRID = np.linspace(0, 1, 2001)
_UP = np.ones(len(_GRID), bool)
_COARSE_PULSES, _COARSE_STEPS, _FINE_STEPS = 800, 12, 40
_NOISE_MIN = 1e-4
"""Residual below which a fit is as good as any: that of the grid."""

_WINDOWS = {
    Window.NONE: {},
    Window.BIOLEK: {"window_p": (2.0, 0.5, 20.0)},
    Window.KVATINSKY: {"knee_on": (0.15, 0.0, 0.5), "knee_off": (0.85, 0.5, 1.0),
                       "knee_width": (0.05, 0.005, 0.3)},
}
"""What is fitted of each window: name, and first value, least and most."""


@dataclass(frozen=True, eq=False)
class PulseTrain:
    """A device, pulsed and read.

    Parameters
    ----------
    voltage : ndarray of float, shape (n,)
        Amplitude of each pulse, V; 0 for none.
    width : ndarray of float, shape (n,)
        Its width, s.
    conductance : ndarray of float, shape (n,)
        Conductance after it, S. The first pulse itself is not fitted: the train starts after it.

    Raises
    ------
    ValueError
        If a value is no number or out of range, or there are too few pulses to fit.
    """

    voltage: np.ndarray
    width: np.ndarray
    conductance: np.ndarray

    def __post_init__(self):
        for field in fields(self):
            values = np.asarray(getattr(self, field.name), float)
            object.__setattr__(self, field.name, values)
            bad = np.flatnonzero(~np.isfinite(values))
            if field.name != "voltage" and not len(bad):
                bad = np.flatnonzero(values <= 0)
            if len(bad):
                rule = "finite" if field.name == "voltage" else "finite and positive"
                raise ValueError(f"pulse {bad[0] + 1}: {field.name} must be {rule}, "
                                 f"not {values[bad[0]]:g}")
        if len(self.voltage) < PULSES_MIN:
            raise ValueError(f"a pulse train must have at least {PULSES_MIN} pulses, "
                             f"not {len(self.voltage)}")
        for word, pulses in (("positive", self.voltage > 0), ("negative", self.voltage < 0)):
            count = int(np.count_nonzero(pulses))
            if count < POLARITY_MIN:
                raise ValueError(f"a pulse train must have at least {POLARITY_MIN} pulses of "
                                 f"{word} voltage, not {count}: both directions are fitted")
        swing = self.conductance.max() / self.conductance.min()
        if swing < SWING_MIN:
            raise ValueError(f"conductance must change by a factor of at least {SWING_MIN} in a "
                             f"pulse train, not {swing:.4f}: take more or stronger pulses")


@dataclass(frozen=True)
class Fit:
    """A device fitted to a pulse train.

    Parameters
    ----------
    device : DeviceParams
        The device.
    residual : float
        Root mean square of conductance less that of the fit, over its root mean square. The fit
        runs freely from the first conductance on.
    pulses : int
        Pulses that were fitted.
    negated : bool
        Positive voltages raise the conductance of this device. VTEAM counts voltages the other way
        round, and so does `device`.
    """

    device: DeviceParams
    residual: float
    pulses: int
    negated: bool


def fit_device(train: PulseTrain, name: str) -> Fit:
    """Return the device, of every window and both R(w), that follows a pulse train best.

    Each kind is fitted to the first 800 pulses, the two best of them to all; which is better, the
    Bayesian information criterion tells, since a window with more parameters always fits closer.
    """
    negated = _rises(train)
    if negated:
        train = replace(train, voltage=-train.voltage)
    beginning = PulseTrain(*(getattr(train, field.name)[:_COARSE_PULSES]
                             for field in fields(train))) if _balanced(train) else train
    kinds = itertools.product(Window, Resistance)
    coarse = [_Problem(beginning, *kind).solve(_COARSE_STEPS) for kind in kinds]
    coarse.sort(key=lambda solution: solution.score)
    best = min((solution.problem.on(train).solve(_FINE_STEPS, solution.values)
                for solution in coarse[:2]), key=lambda solution: solution.score)
    return Fit(best.problem.device(best.values, name), best.residual, len(train.voltage) - 1,
               negated)


def _rises(train: PulseTrain) -> bool:
    """Return whether positive voltages raise the conductance."""
    change = np.diff(np.log(train.conductance))
    return float(np.sum(change * np.sign(train.voltage[1:]))) > 0


def _balanced(train: PulseTrain) -> bool:
    """Return whether the first pulses alone can be fitted."""
    first = train.voltage[:_COARSE_PULSES]
    g = train.conductance[:_COARSE_PULSES]
    return bool(min(np.count_nonzero(first > 0), np.count_nonzero(first < 0)) >= POLARITY_MIN
                and g.max() > 0.8 * train.conductance.max()
                and g.min() < 1.25 * train.conductance.min())


class _Problem:
    """Least squares for one window and one R(w).

    The unknowns are ln of the doses of the commonest SET and RESET pulses, ln of how far the ends
    lie beyond the conductances seen, the exponents, and those of the window.
    """

    def __init__(self, train: PulseTrain, window: Window, resistance: Resistance):
        self.train, self.window, self.resistance = train, window, resistance
        self.g = train.conductance
        self.pulses = {"on": train.voltage < 0, "off": train.voltage > 0}
        self.threshold, self.usual = {}, {}
        ends = math.log(self.g.max() / self.g.min())
        inside = -min(0.3, ends / 4)  # with noise, the extremes lie beyond the ends
        first = {"above": (0.02 * ends, inside, 2.5), "below": (0.02 * ends, inside, 2.5)}
        low, high = math.log(1.01 * DOSE_MIN), math.log(0.99 * DOSE_MAX)
        for side, pulses in self.pulses.items():
            amplitude = np.abs(train.voltage[pulses])
            self.threshold[side] = float(amplitude.min()) / 2
            kinds, counts = np.unique([amplitude, train.width[pulses]], axis=1,
                                      return_counts=True)
            self.usual[side] = kinds[:, np.argmax(counts)].tolist()
            if amplitude.max() > 1.01 * amplitude.min():
                first[f"alpha_{side}"] = (2.0, 0.1, 10.0)
            step = np.abs(np.diff(np.log(self.g)))[pulses[1:]].mean() / ends
            first[f"dose_{side}"] = (min(max(math.log(1.5 * step + 1e-9), low + 0.1), high), low,
                                     high)
        first |= _WINDOWS[window]
        self.names = tuple(first)
        self.first, self.low, self.high = (np.array([values[k] for values in first.values()])
                                           for k in range(3))

    def on(self, train: PulseTrain) -> "_Problem":
        """Return the same problem for another train."""
        return _Problem(train, self.window, self.resistance)

    def solve(self, steps: int, start: np.ndarray | None = None) -> "_Solution":
        """Return what is best within some steps."""
        start = self.first if start is None else start
        scale = np.sqrt(np.mean(self.g**2))
        solved = least_squares(
            lambda values: (self.simulate(values) - self.g) / scale,
            np.clip(start, self.low + 1e-9, self.high - 1e-9), bounds=(self.low, self.high),
            x_scale=np.maximum(np.abs(self.first), 0.1), max_nfev=steps, diff_step=1e-4)
        return _Solution(self, solved.x, float(np.sqrt(np.mean(solved.fun**2))))

    def device(self, values: np.ndarray, name: str) -> DeviceParams:
        """Return the device of some unknowns."""
        known = dict(zip(self.names, values.tolist(), strict=True))
        g_on = float(self.g.max()) * math.exp(known.pop("above"))
        g_off = float(self.g.min()) * math.exp(-known.pop("below"))
        k, alpha = {}, {}
        for side, (voltage, width) in self.usual.items():
            alpha[side] = known.pop(f"alpha_{side}", 1.0)
            drive = (voltage / self.threshold[side] - 1) ** alpha[side]
            k[side] = math.exp(known.pop(f"dose_{side}")) / width / drive * _RANGE
        return DeviceParams(
            name=name, k_on=-k["on"], k_off=k["off"], alpha_on=alpha["on"], alpha_off=alpha["off"],
            v_on=-self.threshold["on"], v_off=self.threshold["off"], r_on=1 / g_on, r_off=1 / g_off,
            w_off=_RANGE, resistance=self.resistance, window=self.window,
            set_voltage=-self.usual["on"][0], set_width=self.usual["on"][1],
            reset_voltage=self.usual["off"][0], reset_width=self.usual["off"][1],
            read_voltage=self.threshold["off"] / 2, source="fitted to a measured pulse train",
            **known)

    def simulate(self, values: np.ndarray) -> np.ndarray:
        """Return the conductance of the device of some unknowns after each pulse.

        From the states that take the times H(x) = ∫ dx / f(x) to reach, on a grid; all pulses of a
        run of one polarity at once.
        """
        device = self.device(values, "fit")
        dose = np.zeros(len(self.g))
        for side, pulses in self.pulses.items():
            k, alpha = abs(getattr(device, f"k_{side}")), getattr(device, f"alpha_{side}")
            drive = np.abs(self.train.voltage[pulses]) / self.threshold[side] - 1
            dose[pulses] = k / _RANGE * drive**alpha * self.train.width[pulses]
        sign = np.sign(self.train.voltage)
        times = {1.0: _times(device.slowed(_GRID, _UP)),
                 -1.0: _times(device.slowed(1 - _GRID, ~_UP))}
        position = device.position(_GRID)
        level = np.interp(-np.log(self.g[0]), -np.log(device.conductance(position)), _GRID)
        x = float(np.interp(level, _GRID, position))
        states = np.full(len(self.g), x)
        edges = np.flatnonzero(np.diff(sign)) + 1
        edges = [1, *edges[edges > 1].tolist(), len(sign)]
        for start, end in itertools.pairwise(edges):
            if sign[start]:
                time, way = times[float(sign[start])], x if sign[start] > 0 else 1 - x
                reached = np.interp(np.interp(way, _GRID, time) + np.cumsum(dose[start:end]),
                                    time, _GRID)
                states[start:end] = reached if sign[start] > 0 else 1 - reached
            else:
                states[start:end] = x
            x = float(states[end - 1])
        return device.conductance(states)


def _times(slowed: np.ndarray) -> np.ndarray:
    """Return the times to reach each state of the grid from 0, at full speed one per second."""
    inverse = 1 / np.maximum(slowed, 1e-9)
    return np.concatenate([[0.0], np.cumsum((inverse[1:] + inverse[:-1]) / 2)]) * _GRID[1]


@dataclass(frozen=True, eq=False)
class _Solution:
    """The unknowns of a problem, and the relative residual that they leave."""

    problem: _Problem
    values: np.ndarray
    residual: float

    @property
    def score(self) -> float:
        """Bayesian information criterion; less is better."""
        count = len(self.problem.g)
        return (2 * count * math.log(max(self.residual, _NOISE_MIN))
                + len(self.values) * math.log(count))
