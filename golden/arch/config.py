"""Run-time configuration of a pool, and the options that go beyond the reference."""

import enum
from dataclasses import dataclass, fields

from .numeric import I8_MAX, I8_MIN, I16_MAX, I16_MIN, U16_MAX, WEIGHT_SHIFT, WEIGHT_SHIFT_MAX

TICKS_PER_HOMEOSTASIS = 100
"""Thresholds move in ticks whose count, before the tick, is a multiple of this."""

RATE_HIGH, RATE_LOW = 26, 6
"""The reference raises thresholds above, and lowers them below, these rate counts."""

RATE_TARGET = 3277
"""Option ``homeostasis = "rate"``: 5 % of 2**16."""

DOPAMINE_NEUTRAL, CORTISOL_NEUTRAL, ACETYLCHOLINE_GROWTH = 128, 30, 140
"""Modulator levels: reward is what exceeds the first, punishment what exceeds the second; synapses
grow at and above the third."""


class Homeostasis(enum.IntEnum):
    """What moves thresholds."""

    REFERENCE = 0  # a rate that is 0 or 1, so that thresholds only ever fall
    RATE = 1       # a per-neuron moving average of the spikes, updated every tick
    FIXED = 2      # nothing


class Reset(enum.IntEnum):
    """What happens to the potential of a neuron that fires."""

    VALUE = 0     # potential := reset_potential
    SUBTRACT = 1  # potential := potential - threshold


class Leak(enum.IntEnum):
    """How a potential returns to rest."""

    SHIFT = 0     # by the leak code, rounding down
    FRACTION = 1  # by the leak fraction λ/4096 of each neuron, rounding to nearest


class Dale(enum.IntEnum):
    """Whether learning may change the sign of a weight."""

    OFF = 0
    STRICT = 1


def check_range(owner: str, name: str, value: int, low: int, high: int) -> None:
    """Raise ValueError, naming limit and value, unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise ValueError(f"{owner}: {name} must be in {low}..{high}, not {value!r}")


@dataclass(frozen=True, kw_only=True)
class PoolConfig:
    """Configuration that a `.pool` file carries; the defaults are the reference's.

    Parameters
    ----------
    resting_potential, spike_threshold, reset_potential : int
        Potentials, i16, Q8.8 mV.
    refractory_ticks : int
        Dead time after a spike, u8, ticks.
    trace_decay : int
        Factor of traces and eligibilities per tick, u8, 1/256.
    homeostatic_rate : int
        Step of a threshold, u8, LSBs; 0 turns homeostasis off.
    max_synapses_per_neuron : int
        Longest row that the constructor makes and synaptogenesis extends, u16.
    stdp_positive, stdp_negative : int
        Bump of an eligibility when the target did not, or did, fire in the same tick, i8.
    max_delay : int
        Longest delay, u8, ticks; also the number of slots of the delay ring (at least 1).

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    resting_potential: int = -17920
    spike_threshold: int = -14080
    reset_potential: int = -16640
    refractory_ticks: int = 2
    trace_decay: int = 230
    homeostatic_rate: int = 1
    max_synapses_per_neuron: int = 128
    stdp_positive: int = 20
    stdp_negative: int = -10
    max_delay: int = 8

    def __post_init__(self):
        for names, low, high in (
            (("resting_potential", "spike_threshold", "reset_potential"), I16_MIN, I16_MAX),
            (("refractory_ticks", "trace_decay", "homeostatic_rate", "max_delay"), 0, 255),
            (("max_synapses_per_neuron",), 0, U16_MAX),
            (("stdp_positive", "stdp_negative"), I8_MIN, I8_MAX),
        ):
            for name in names:
                check_range("pool configuration", name, getattr(self, name), low, high)

    @property
    def delay_slots(self) -> int:
        """Number of slots of the delay ring."""
        return max(1, self.max_delay)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Departures from the reference, all off by default.

    Parameters
    ----------
    homeostasis : Homeostasis
        ``RATE``: every tick, ``rate += 256 * spike - (rate >> 8)`` (u16, saturating), and every
        100 ticks a threshold rises by `homeostatic_rate` if its rate exceeds `RATE_TARGET`, and
        falls if the rate is below it.
    dale : Dale
        ``STRICT``: a weight keeps its sign; a weight of 0 may only take the sign of its source.
    leak : Leak
        ``FRACTION``: ``potential += round(λ (rest - potential) / 4096)``, ties upward.
    reset : Reset
        ``SUBTRACT``: ``potential -= threshold`` (saturating) instead of ``:= reset_potential``.
    weight_shift : int
        The current of a synapse is ``weight << weight_shift``; 0..8.

    Raises
    ------
    ValueError
        If a value is not one of its enumeration, or the shift is out of range.
    """

    homeostasis: Homeostasis = Homeostasis.REFERENCE
    dale: Dale = Dale.OFF
    leak: Leak = Leak.SHIFT
    reset: Reset = Reset.VALUE
    weight_shift: int = WEIGHT_SHIFT

    def __post_init__(self):
        for field, kind in (("homeostasis", Homeostasis), ("dale", Dale), ("leak", Leak),
                            ("reset", Reset)):
            object.__setattr__(self, field, parse_choice(kind, field, getattr(self, field)))
        check_range("options", "weight_shift", self.weight_shift, 0, WEIGHT_SHIFT_MAX)

    def as_dict(self) -> dict[str, str | int]:
        """Return the options as names and numbers, as files and tables show them."""
        return {field.name: value.name.lower() if isinstance(value, enum.Enum) else value
                for field in fields(self) for value in [getattr(self, field.name)]}


def parse_choice(kind: type[enum.IntEnum], name: str, value) -> enum.IntEnum:
    """Return the member of `kind` that `value` (a member, its name or its number) means.

    Raises
    ------
    ValueError
        If there is none; the message lists the choices.
    """
    try:
        return kind[value.upper()] if isinstance(value, str) else kind(value)
    except (KeyError, ValueError):
        choices = ", ".join(member.name.lower() for member in kind)
        raise ValueError(f"options: {name} must be one of {choices}, not {value!r}") from None
