"""Temperature life cycle of a synapse (specification 1, ``inc`` and ``dec``).

A maturity byte is ``counter << 2 | temperature``, counter 0..63. A synapse is born HOT with counter
4, needs 4 + 24 + 63 = 91 net reinforcements to become COLD, and is then frozen. HOT with
counter 0 is *dead*: it still conducts and may be revived until it is pruned.
"""

import enum


class Temperature(enum.IntEnum):
    """How settled a synapse is; the low two bits of its maturity."""

    HOT = 0
    WARM = 1
    COOL = 2
    COLD = 3


COUNTER_MAX = 63
DEAD = 0x00
NEWBORN = 4 << 2 | Temperature.HOT
COLD = 0 << 2 | Temperature.COLD

PROMOTION = {
    Temperature.HOT: (8, Temperature.WARM),
    Temperature.WARM: (24, Temperature.COOL),
    Temperature.COOL: (63, Temperature.COLD),
}
"""Counter at and above which a temperature is left for the next, with counter 0."""

DEMOTION = {
    Temperature.HOT: DEAD,
    Temperature.WARM: 4 << 2 | Temperature.HOT,
    Temperature.COOL: 12 << 2 | Temperature.WARM,
}
"""Maturity after a weakening that finds the counter at 0."""


def reinforced(maturity: int) -> int:
    """Return the maturity byte after one reinforcement."""
    temperature = Temperature(maturity & 3)
    if temperature is Temperature.COLD:
        return maturity
    counter = min((maturity >> 2) + 1, COUNTER_MAX)
    limit, warmer = PROMOTION[temperature]
    return int(warmer) if counter >= limit else counter << 2 | temperature


def weakened(maturity: int) -> int:
    """Return the maturity byte after one weakening."""
    temperature = Temperature(maturity & 3)
    if temperature is Temperature.COLD:
        return maturity
    return maturity - 4 if maturity >> 2 else DEMOTION[temperature]
