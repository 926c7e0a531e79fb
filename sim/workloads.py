"""Pools to measure a core with: random, of one fan-out, and as active as is asked for."""

import dataclasses

import numpy as np

from golden.arch.config import Homeostasis, Options, PoolConfig, check_range
from golden.arch.maturity import NEWBORN
from golden.arch.numeric import I16_MAX, I16_MIN
from golden.arch.params import CoreParams
from golden.model import Pool, new

DELAY_MAX = 8

EXCITATION = 3, 9
"""Least and greatest weight of an excitatory synapse."""

INHIBITION = 5
"""Factor of an inhibitory one: a fifth of the neurons are inhibitory, so these prevail a little."""

DRIVE_MAX = 700
"""Largest input of a free-running pool, Q8.8 mV per tick; a third of it reaches the threshold, and
about a tenth of the neurons fire in a tick."""

PERIOD_MAX = 256
"""Longest period of a neuron, ticks: one more than its longest dead time."""

SPREAD = 4
"""Standard deviations by which the fullest tile may exceed the mean."""


def fitting_neurons(params: CoreParams, fan_out: int) -> int:
    """Return how many neurons with `fan_out` random targets each fit a core.

    Targets fall on tiles at random, so that a core of several tiles can't be filled to the last
    synapse.

    Returns
    -------
    int
        A multiple of the tiles; 0 if a row of so many different targets doesn't fit at all.
    """
    tiles = params.tiles
    for neurons in range(params.neurons, fan_out - 1, -tiles):
        synapses = neurons * fan_out
        spread = SPREAD * (synapses * (tiles - 1) * (1 - fan_out / neurons)) ** 0.5
        if synapses + spread <= params.synapses:
            return neurons
    return 0


def random_network(neurons: int, fan_out: int, seed: int = 1) -> Pool:
    """Return a pool at rest in which every neuron has `fan_out` random targets, all different.

    Delays are 1..8, weights such that activity neither dies nor explodes, thresholds fixed.

    Raises
    ------
    ValueError
        If there are not as many neurons as targets.
    """
    check_range("bench", "fan_out", fan_out, 1, neurons)
    rng = np.random.default_rng(seed)
    pool = new("bench", neurons, options=Options(homeostasis=Homeostasis.FIXED))
    synapses = neurons * fan_out
    inhibitory = np.repeat(pool.flags & 1, fan_out)
    magnitude = rng.integers(*EXCITATION, synapses, endpoint=True)
    pool.row_ptr = (np.arange(neurons + 1) * fan_out).astype(np.uint32)
    pool.target = np.concatenate([
        np.sort(rng.choice(neurons, fan_out, replace=False)) for _ in range(neurons)
    ]).astype(np.uint16)
    pool.weight = np.where(inhibitory, -INHIBITION * magnitude, magnitude).astype(np.int8)
    pool.delay = rng.integers(1, DELAY_MAX, synapses, endpoint=True).astype(np.uint8)
    pool.eligibility = np.zeros(synapses, np.int8)
    pool.maturity = np.full(synapses, NEWBORN, np.uint8)
    return pool.copy()


def excite(pool: Pool, firing: float | None, seed: int = 1) -> tuple[Pool, np.ndarray]:
    """Return a pool, its synapses as they stand, that will be as active as is asked for.

    A neuron that shall fire has the lowest threshold, so that it does whenever it is awake, and its
    dead time makes that once in ``period`` ticks; the neurons start at random points of it, as
    many at each. If ``period`` doesn't divide 100, so many neurons are held silent by their
    input that the share is right.

    Parameters
    ----------
    pool : Pool
        From `random_network`.
    firing : float or None
        Neurons that fire in each tick, in percent; or None: free-running, with the reference's
        thresholds, driven by constant random inputs.
    seed : int
        Of the random numbers.

    Returns
    -------
    pool : Pool
        A new one, the delay ring empty.
    current : ndarray of int16, shape (n,)
        Input that it must get in every tick.

    Raises
    ------
    ValueError
        If `firing` is not in 0..100.
    """
    n, rng = pool.n, np.random.default_rng(seed)
    pool = dataclasses.replace(pool, ring=np.zeros_like(pool.ring),
                               refractory=np.zeros_like(pool.refractory))
    if firing is None:
        pool.config = config = PoolConfig()
        pool.potential = rng.integers(config.reset_potential, config.spike_threshold,
                                      n).astype(np.int16)
        pool.threshold = np.full(n, config.spike_threshold, np.int16)
        return pool, rng.integers(0, DRIVE_MAX, n).astype(np.int16)
    if not 0 <= firing <= 100:
        raise ValueError(f"bench: firing must be in 0..100 percent, not {firing:g}")
    period = min(int(100 / firing), PERIOD_MAX) if firing else 1
    active = rng.permutation(n) < round(n * period * firing / 100)
    pool.config = dataclasses.replace(pool.config, refractory_ticks=period - 1)
    pool.threshold = np.where(active, I16_MIN, I16_MAX).astype(np.int16)
    pool.refractory[active] = rng.permutation(np.count_nonzero(active)) % period
    # Their sums stay below the highest threshold, whatever arrives: -32768 + 32767 + 32767.
    return pool, np.where(active, 0, I16_MIN).astype(np.int16)
