"""A memristive device: the parameters of VTEAM, and of the pulses that program it."""

import enum
import math
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import lambertw


class Window(enum.StrEnum):
    """What slows a state down near the ends of its range."""

    NONE = "none"
    BIOLEK = "biolek"
    KVATINSKY = "kvatinsky"


class Resistance(enum.StrEnum):
    """How resistance follows the state."""

    LINEAR = "linear"
    EXPONENTIAL = "exponential"


LOCKING = ("joglekar", "prodromakis")
"""Windows that are 0 at both ends of the range for either direction of current."""

DOSE_MIN, DOSE_MAX = 1e-4, 1e3
"""How far one pulse may move a state where no window slows it, in ranges of the state."""

WINDOW_P_MAX = 100
"""Beyond, Biolek's window is none but at the very end, where it is too steep to solve."""

_POSITIVE = ("k_off", "alpha_on", "alpha_off", "v_off", "r_on", "window_p", "knee_width",
             "set_width", "reset_voltage", "reset_width", "read_width")
_NEGATIVE = ("k_on", "v_on", "set_voltage")


@dataclass(frozen=True, kw_only=True)
class DeviceParams:
    """Parameters of a device.

    The defaults of window and pulses are no device's; see `golden.model.crossbar.devices`.

    Parameters
    ----------
    name : str
        What to call it.
    k_on, k_off : float
        Rates at twice the threshold, m/s; `k_on` negative.
    alpha_on, alpha_off : float
        Exponents of the overdrive.
    v_on, v_off : float
        Thresholds, V; `v_on` negative.
    r_on, r_off : float
        Resistances at `w_on` and at `w_off`, ohm.
    w_on, w_off : float
        Ends of the range of the state, m.
    resistance : Resistance
        R(w).
    window : Window
        f(w).
    window_p : float
        Exponent of Biolek's window.
    knee_on, knee_off, knee_width : float
        Places and width of the two flanks of Kvatinsky's window, in ranges of the state: its
        a_on, a_off (less w_on) and w_c.
    set_voltage, set_width, reset_voltage, reset_width : float
        The two pulses, V and s; SET is negative.
    read_voltage, read_width : float
        A read, V and s; between the thresholds, so that it moves nothing.
    source : str
        Where the parameters are from.

    Raises
    ------
    ValueError
        If a value is no number or out of its range.
    """

    name: str
    k_on: float
    k_off: float
    alpha_on: float
    alpha_off: float
    v_on: float
    v_off: float
    r_on: float
    r_off: float
    w_on: float = 0.0
    w_off: float = 3e-9
    resistance: Resistance = Resistance.EXPONENTIAL
    window: Window = Window.BIOLEK
    window_p: float = 2.0
    knee_on: float = 0.15
    knee_off: float = 0.85
    knee_width: float = 0.107 / 3
    set_voltage: float
    set_width: float
    reset_voltage: float
    reset_width: float
    read_voltage: float
    read_width: float = 1e-8
    source: str = ""

    def __post_init__(self):
        object.__setattr__(self, "window", _choice("window", self.window, Window))
        object.__setattr__(self, "resistance",
                           _choice("resistance", self.resistance, Resistance))
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is float and not (isinstance(value, int | float)
                                            and math.isfinite(value)):
                raise ValueError(f"device: {field.name} must be a finite number, not {value!r}")
        for names, sign, word in ((_POSITIVE, 1, "positive"), (_NEGATIVE, -1, "negative")):
            for name in names:
                if getattr(self, name) * sign <= 0:
                    raise ValueError(f"device: {name} must be {word}, not {getattr(self, name):g}")
        if self.window_p > WINDOW_P_MAX:
            raise ValueError(f"device: window_p must be at most {WINDOW_P_MAX:g}, "
                             f"not {self.window_p:g}: choose window=none")
        if not self.name or self.name.startswith(".") or "/" in self.name:
            raise ValueError("device: name must be one that a folder may have, not "
                             f"{self.name!r}: leave out / and a first dot")
        if not 1 < self.ratio <= 1e7:
            raise ValueError(f"device: r_off must be above r_on, {self.r_on:g}, and at most 1e7 "
                             f"times it, not {self.r_off:g}")
        if self.w_off <= self.w_on:
            raise ValueError(f"device: w_off must be above w_on, {self.w_on:g}, "
                             f"not {self.w_off:g}")
        if not self.v_on <= self.read_voltage <= self.v_off:
            raise ValueError(f"device: read_voltage must be in {self.v_on:g}..{self.v_off:g} V, "
                             f"between the thresholds, not {self.read_voltage:g}: beyond them, "
                             "reads move the state")
        for pulse, voltage, threshold in (("set", self.set_voltage, self.v_on),
                                          ("reset", self.reset_voltage, self.v_off)):
            if abs(voltage) <= abs(threshold):
                raise ValueError(f"device: {pulse}_voltage must be beyond the threshold of "
                                 f"{threshold:g} V, not {voltage:g}: such a pulse never switches")
            dose = abs(self.rate(voltage)) * getattr(self, f"{pulse}_width")
            if not DOSE_MIN <= dose <= DOSE_MAX:
                raise ValueError(
                    f"device: {pulse}_width must be such that a pulse moves the state by "
                    f"{DOSE_MIN:g}..{DOSE_MAX:g} of its range, not {dose:.3g}: "
                    f"make the pulse {'longer' if dose < DOSE_MIN else 'shorter'}")

    @property
    def ratio(self) -> float:
        """R_off / R_on."""
        return self.r_off / self.r_on

    def rate(self, voltage: float) -> float:
        """Return dx/dt, in ranges of the state per second, where no window slows it."""
        try:
            if voltage > self.v_off:
                speed = self.k_off * (voltage / self.v_off - 1) ** self.alpha_off
            elif voltage < self.v_on:
                speed = self.k_on * (voltage / self.v_on - 1) ** self.alpha_on
            else:
                speed = 0.0
        except OverflowError:
            speed = math.copysign(math.inf, voltage)
        return speed / (self.w_off - self.w_on)

    def slowed(self, x: np.ndarray, rising: np.ndarray) -> np.ndarray:
        """Return the window f(x) of states that move up (`rising`) or down.

        With x = (w − w_on) / (w_off − w_on)::

            none       1
            biolek     1 − (x − stp(−i))**(2p):  1 − x**(2p) up,  1 − (1 − x)**(2p) down
            kvatinsky  exp(−exp((x − knee_off) / width)) up,  exp(−exp((knee_on − x) / width)) down
        """
        if self.window is Window.NONE:
            return np.ones_like(x)
        if self.window is Window.BIOLEK:
            return 1 - np.abs(np.where(rising, x, 1 - x)) ** (2 * self.window_p)
        beyond = np.where(rising, x - self.knee_off, self.knee_on - x) / self.knee_width
        return np.exp(-np.exp(np.minimum(beyond, 50.0)))  # which is 0 long before 50

    def level(self, x) -> np.ndarray:
        """Return the levels of states x: the scale, 0..1, on which the twin keeps a state.

        Exponential R(w): x itself, which is ln(R / R_on) / ln(R_off / R_on). Linear R(w): the
        mean of these two. Where R is low, a small change of x is a large one of R, which x alone
        resolves badly; where R is high, the logarithm resolves x badly.
        """
        x = np.asarray(x, float)
        if self.resistance is Resistance.EXPONENTIAL:
            return x
        return (x + np.log1p(x * (self.ratio - 1)) / math.log(self.ratio)) / 2

    def position(self, level) -> np.ndarray:
        """Return the states x at levels; the inverse of `level`.

        With u = R / R_on, linear R(w) has ``2 level = (u − 1) / (ratio − 1) + ln u / ln ratio``,
        which Lambert's W solves.
        """
        level = np.asarray(level, float)
        if self.resistance is Resistance.EXPONENTIAL:
            return level
        span, log = self.ratio - 1, math.log(self.ratio)
        slope = log / span
        u = lambertw(slope * np.exp(slope + 2 * level * log)).real / slope
        return np.clip((u - 1) / span, 0.0, 1.0)

    def conductance(self, x) -> np.ndarray:
        """Return 1 / R at states x, in siemens."""
        x = np.asarray(x, float)
        if self.resistance is Resistance.EXPONENTIAL:
            return self.ratio**-x / self.r_on
        return 1 / (self.r_on + (self.r_off - self.r_on) * x)


def _choice(name: str, value: str, kind: type[enum.StrEnum]) -> enum.StrEnum:
    if value in LOCKING:
        raise ValueError(
            f"device: window {value!r} is refused: it is 0 at both ends, so that a device that "
            "reaches one stays there for ever and its history decides all; choose biolek, "
            "kvatinsky or none")
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"device: {name} must be one of {', '.join(kind)}, "
                         f"not {value!r}") from None
