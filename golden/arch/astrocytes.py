"""Astrocytes: slow calcium that weakens, or strengthens, the synapses in its reach.

An astrocyte is a *domain*. It listens to neurons and acts on synapses, by two maps that need have
nothing to do with each other: each neuron *feeds* one domain, or none, and each synapse lies in one
domain, or in none. Of a domain there is kept

========  =====  ===============================================================================
calcium   u16    its concentration, in 1/65535
active    1 bit  whether a neuron that feeds it has fired since the latest astrocyte step
========  =====  ===============================================================================

**In a tick** calcium does not move. Neurons that fire set `active` in the domains they feed, which
nothing reads before the next astrocyte step; setting it twice is setting it once, so order does not
matter. A spike that travels a synapse carries its effective weight (`effective_weight`) in place of
its weight: from calcium by the gliotransmitter table to a gain, and by the gain to a weight. A
synapse in no domain carries its weight. Eligibility, maturity and the weight that is kept know
nothing of it.

**In an astrocyte step**, a command of its own between ticks (a *decision*, where decisions are
made), every domain decays, then takes in what its neurons released, and forgets it
(`calcium_after`). There is no other time at which calcium moves, except that the command may clear
it.
"""

from dataclasses import dataclass

from .config import check_range
from .numeric import U16_MAX, saturate

GLIOTRANSMITTER_SHIFT = 8
"""Calcium has 2**8 codes to each entry of the gliotransmitter table."""

GLIOTRANSMITTER_DEPTH = 256
LINEAR = tuple(range(GLIOTRANSMITTER_DEPTH))
"""The table by default: as much gliotransmitter, u8, as there is calcium."""

GAIN_SHIFT = 8
GAIN_ONE = 1 << GAIN_SHIFT
"""The gain of a synapse that is left alone."""

NO_DOMAIN = U16_MAX
"""Number of the domain of a synapse or a neuron that has none; so has one past the last domain."""


@dataclass(frozen=True, kw_only=True)
class AstrocyteConfig:
    """Run-time settings of the astrocytes of a pool.

    Parameters
    ----------
    alpha : int
        How strongly gliotransmitter acts, 0..256; 0 is not at all.
    decay_shift : int
        A step takes ``max(1, calcium >> decay_shift)``, 1..15: the time constant is
        ``2**decay_shift`` steps.
    influx : int
        What a step adds to the calcium of an active domain, u16, saturating: 65535 refreshes it.
    facilitates : bool
        Gliotransmitter strengthens synapses instead of weakening them.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    alpha: int = GAIN_ONE
    decay_shift: int = 7
    influx: int = U16_MAX
    facilitates: bool = False

    def __post_init__(self):
        for name, low, high in (("alpha", 0, GAIN_ONE), ("decay_shift", 1, 15),
                                ("influx", 0, U16_MAX)):
            check_range("astrocytes", name, getattr(self, name), low, high)


def calcium_after(calcium: int, active: bool, decay_shift: int, influx: int) -> int:
    """Return the calcium of a domain after an astrocyte step, u16.

    ::

        calcium ← max(calcium − max(1, calcium >> decay_shift), 0)
        calcium ← min(calcium + influx, 65535)                          if it is active

    A step takes at least 1, so calcium does not stall below ``2**decay_shift``.
    """
    calcium = max(calcium - max(1, calcium >> decay_shift), 0)
    return min(calcium + influx, U16_MAX) if active else calcium


def gain(alpha: int, gliotransmitter: int, facilitates: bool) -> int:
    """Return the gain of the synapses of a domain, in 1/256, 1..511.

    ::

        256 − (alpha gliotransmitter >> 8)            256 + (...) if it facilitates

    The product has 16 bits and is rounded down: with alpha 256 and all of the gliotransmitter, a
    gain of 1 is left.
    """
    change = alpha * gliotransmitter >> GAIN_SHIFT
    return GAIN_ONE + change if facilitates else GAIN_ONE - change


def effective_weight(weight: int, gain: int) -> int:
    """Return what a synapse carries, i8: ``weight * gain >> 8``, saturating.

    The product has 17 bits and is rounded down, toward minus infinity. It can saturate only where
    the gain exceeds 256. It is shifted by `weight_shift` and added up as a weight would be.
    """
    return saturate(weight * gain >> GAIN_SHIFT, 8)
