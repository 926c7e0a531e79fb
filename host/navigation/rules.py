"""The network that navigates: its settings, and the numbers that pool and kernel share.

A place neuron for each cell drives four action neurons, one synapse each. The synapse from place s
to action a lies in the astrocyte domain of the cell that a leads to, and place s feeds the domain
of cell s: where the agent has just been, calcium is high, and synapses that lead there are weak.

A *decision* at place s is a race. The place fires in every tick; from the tick after its first
spike on, each action integrates, in units of the pool::

    V ← V + ((−V) >> 4) + noise + 32 r + ((weight gain >> 8) << 5)        r = 0, 1, 2 ...

with θ = 16384, a noise of its own that stays the same for the whole race, and `r`, which urges it:
however suppressed, somebody wins. Walls inhibit. The first spike wins; of two in a tick, the one
with the larger V, and of equals, the first. Then comes an astrocyte step.
"""

import enum
from typing import NamedTuple

import numpy as np

from golden.arch.astrocytes import LINEAR, NO_DOMAIN
from golden.arch.numeric import U16_MAX

from .worlds import ACTIONS, neighbours_of

THRESHOLD = 16384
"""θ of places and actions, Q8.8."""

LEAK_SHIFT = 4
URGENCY = 32
"""What the urge to decide grows by in a tick, Q8.8."""

WEIGHT_SHIFT = 5
RACE_TICKS = 64
"""No race takes longer: see `tests.navigation.test_race`."""

WEIGHT_MAX = 127
WEIGHT_START = 32
ELIGIBILITY_MAX = 127
ELIGIBILITY_SHIFT = 5
"""An eligibility loses ``max(1, e >> 5)`` in each decision."""

DOPAMINE = 96
"""L1: a reward adds ``eligibility * 96 >> 7`` to a weight."""

DOPAMINE_SHIFT = 7
NOISE_SHIFT = 3
"""A byte of noise, ``byte >> 3``, is less than one unit of an effective weight, ``1 << 5``."""


class Learning(enum.IntEnum):
    """What a reward changes."""

    NONE = 0
    L1 = 1
    """Eligibility: weights of the latest exits rise by their traces."""

    L2 = 2
    """State value: weights into a place rise to its trace."""

    L3 = 3
    """Reverse replay: a wave of spikes from the goal over all ways that were sensed; the synapse
    that leads to where the wave first came from becomes strong, its rivals as they were."""


class Brain(NamedTuple):
    """Settings of the network.

    Parameters
    ----------
    learning : int
        A `Learning`.
    alpha : int
        How strongly gliotransmitter acts, 0..256; 0: no astrocytes.
    decay_shift : int
        Calcium loses ``max(1, calcium >> decay_shift)`` in each decision.
    influx : int
        What calcium gains in the domain of the place. `REFRESH` fills it; with less, places visited
        twice stay apart from those visited once, which finds more in open space.
    noise_shift : int
        A decision's noise is ``byte << noise_shift >> 3``, Q8.8; negative shifts go right.
    clears : int
        1: the end of an episode clears calcium.
    """

    learning: int = Learning.L3
    alpha: int = 256
    decay_shift: int = 7
    influx: int = 40960
    noise_shift: int = 0
    clears: int = 1


REFRESH = U16_MAX
"""Influx that calcium is full after."""

DECAY_SHIFT_LARGE = 8
LARGE = 200
"""Cells from which on calcium decays by `DECAY_SHIFT_LARGE`: memory must outlast the search."""


def decay_shift_of(cells: int) -> int:
    """Return the shift of calcium for a world with so many free cells."""
    return DECAY_SHIFT_LARGE if cells > LARGE else Brain().decay_shift


def domains_of(size: int, regions: np.ndarray | None = None, *,
               by_source: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return the astrocyte domains that places feed and that their synapses lie in.

    Parameters
    ----------
    size : int
        N, cells of a side.
    regions : ndarray of uint16, shape (N * N,), optional
        Domain of each cell; by default, each has its own.
    by_source : bool
        A synapse lies in the domain of the cell that it leaves, not of the one it leads to.

    Returns
    -------
    feed : ndarray of uint16, shape (N * N,)
    domain : ndarray of uint16, shape (N * N, 4)
        65535, none, where there is no cell.
    """
    feed = np.arange(size * size) if regions is None else regions
    neighbours = neighbours_of(size)
    domain = np.where(neighbours < 0, NO_DOMAIN,
                      feed[:, None].repeat(ACTIONS, 1) if by_source else feed[neighbours])
    return feed.astype(np.uint16), domain.astype(np.uint16)


def gliotransmitter(bits: int = 8) -> np.ndarray:
    """Return a linear table of which so many bits are left, shape (256,), uint8."""
    table = np.array(LINEAR)
    levels = (1 << bits) - 1
    return (((table >> (8 - bits)) * 255 + levels // 2) // levels).astype(np.uint8)


def noise_seeds(seeds: np.ndarray) -> np.ndarray:
    """Return the first states of the generators of noise, never 0, uint32.

    Parameters
    ----------
    seeds : ndarray of int, shape (k,)
        Seeds; they are mixed, since generators of neighbouring states begin alike.
    """
    mixed = (np.asarray(seeds).astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed >> np.uint64(32)) | np.uint64(1)).astype(np.uint32)
