"""Rows of a pool as entries of a capsule: one entry for each neuron that has synapses.

========== =======================================================================================
of a entry what of the row
========== =======================================================================================
key        ``row/000123`` for source neuron 123
value      one Signal for each synapse, in the order of the row: sign and magnitude of its weight
strength   how far its synapses have come: the mean, rounded down, of what `STRENGTHS` says of
           their maturities; polarity −1 if the source is inhibitory, else 1
layer      the temperature of most of its synapses; the hotter one in a tie
========== =======================================================================================

A synapse starts into a temperature with the strength from which a capsule with the default
configuration promotes into it, and comes nearer to the next with every reinforcement. So the rules
of the capsule leave a row whose synapses have one temperature where it is.
"""

import numpy as np

from golden.arch.maturity import PROMOTION, Temperature
from golden.model import Pool
from golden.model.state import INHIBITORY

from .signal import SIGNAL

PREFIX = "row/"

START = {Temperature.HOT: 13, Temperature.WARM: 153, Temperature.COOL: 191, Temperature.COLD: 230}
"""Strength below which an entry is pruned, or from which it is promoted, by default."""

COLD_STRENGTH = 255


def _strength(maturity: int) -> int:
    temperature = Temperature(maturity & 3)
    if temperature is Temperature.COLD:
        return COLD_STRENGTH
    limit, colder = PROMOTION[temperature]
    counter = min(maturity >> 2, limit - 1)
    return START[temperature] + (START[colder] - START[temperature]) * counter // limit


STRENGTHS = np.array([_strength(maturity) for maturity in range(256)])
"""Strength of a synapse of each maturity: 13 dead, 83 newborn, 255 cold."""


def key_of(source: int) -> str:
    """Return the key of the row of a neuron."""
    return f"{PREFIX}{source:06d}"


def signals_of(weights: np.ndarray) -> np.ndarray:
    """Return weights (int8) as Signals; −128 has magnitude 128."""
    signals = np.empty(weights.shape, SIGNAL)
    signals["polarity"] = np.sign(weights)
    signals["magnitude"] = np.abs(weights.astype(np.int16))
    return signals


def weights_of(signals: np.ndarray) -> np.ndarray:
    """Return the weights that Signals stand for, int8.

    Raises
    ------
    ValueError
        If one is not in −128..127.
    """
    weights = signals["polarity"].astype(np.int16) * signals["magnitude"]
    if weights.size and not -128 <= weights.min() <= weights.max() <= 127:
        raise ValueError(f"weights must be in -128..127, not {weights.min()}..{weights.max()}")
    return weights.astype(np.int8)


def temperatures(pool: Pool) -> np.ndarray:
    """Return the temperature of most synapses of each row, the hotter one in a tie.

    Returns
    -------
    ndarray of int64, shape (n,)
        `Temperature`; an empty row is hot.
    """
    row = np.repeat(np.arange(pool.n), np.diff(pool.row_ptr))
    counts = np.bincount(row * 4 + (pool.maturity & 3), minlength=4 * pool.n)
    return counts.reshape(pool.n, 4).argmax(axis=1)


def strengths(pool: Pool) -> np.ndarray:
    """Return the strength of each row, SIGNAL of shape (n,); the magnitude of an empty one is 0."""
    lengths = np.diff(pool.row_ptr).astype(np.int64)
    sums = np.diff(np.concatenate([[0], np.cumsum(STRENGTHS[pool.maturity])])[pool.row_ptr])
    result = np.empty(pool.n, SIGNAL)
    result["polarity"] = np.where(pool.flags & INHIBITORY, -1, 1)
    result["magnitude"] = sums // np.maximum(lengths, 1)
    return result
