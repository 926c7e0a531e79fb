"""Constructors of pools: unconnected, and randomly connected."""

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from golden.arch.config import Options, PoolConfig
from golden.arch.maturity import NEWBORN

from . import generator
from .growth import newborn_delays, newborn_weights
from .neurons import LEAK_FACTORS
from .pool import Pool
from .state import INHIBITORY

REGULAR_SPIKING, FAST_SPIKING = 0, 1
"""Profiles, bits 1 and 2 of the flags."""

REGULAR_LEAK, FAST_LEAK = 4, 8
"""Leak codes of the profiles."""

DEFAULT_SEED = 0xDEADBEEFCAFE1337

BLOCK = 1 << 15
"""Draws made at once: few enough for the fast caches."""


def new(name: str, n: int, config: PoolConfig | None = None,
        options: Options | None = None) -> Pool:
    """Return a pool at rest without synapses.

    The first ``n * 4 // 5`` neurons are excitatory (regular spiking, leak code 4), the others
    inhibitory (fast spiking, leak code 8). The leak fractions are those of the leak codes.

    Parameters
    ----------
    name : str
        Name.
    n : int
        Neurons.
    config : PoolConfig, optional
        Configuration; the reference's by default.
    options : Options, optional
        Departures from the reference; none by default.
    """
    config, options = config or PoolConfig(), options or Options()
    n_excitatory = n * 4 // 5
    excitatory = np.arange(n) < n_excitatory
    leak = np.where(excitatory, REGULAR_LEAK, FAST_LEAK).astype(np.uint8)
    flags = np.where(excitatory, REGULAR_SPIKING << 1, FAST_SPIKING << 1 | INHIBITORY)
    return Pool(
        name=name, config=config, options=options, n_excitatory=n_excitatory,
        n_inhibitory=n - n_excitatory, tick_count=0, last_spike_count=0,
        potential=np.full(n, config.resting_potential, np.int16),
        threshold=np.full(n, config.spike_threshold, np.int16),
        leak=leak,
        refractory=np.zeros(n, np.uint8),
        flags=flags.astype(np.uint8),
        trace=np.zeros(n, np.int8),
        spike=np.zeros(n, np.bool_),
        rate=np.zeros(n, np.uint16),
        ring=np.zeros((config.delay_slots, n), np.int16),
        row_ptr=np.zeros(n + 1, np.uint32),
        target=np.zeros(0, np.uint16),
        weight=np.zeros(0, np.int8),
        delay=np.zeros(0, np.uint8),
        eligibility=np.zeros(0, np.int8),
        maturity=np.zeros(0, np.uint8),
        leak_fraction=LEAK_FACTORS[leak],
    )


def with_random_connectivity_seeded(name: str, n: int, density: float,
                                    config: PoolConfig | None = None, seed: int = DEFAULT_SEED,
                                    options: Options | None = None) -> Pool:
    """Return a pool at rest with random synapses, the same for the same arguments everywhere.

    The generator starts at ``seed ^ n``. For each source, ascending, and each target, ascending,
    except itself, until the row has `max_synapses_per_neuron`::

        draw < threshold:  synapse of magnitude draw mod 60 + 10, delay draw mod max_delay + 1

    A delay is at most 8. The threshold counts in 2**-32 and a draw has 31 bits, so a pair is
    connected with probability ``min(1, 2 * density)``.

    Parameters
    ----------
    name : str
        Name.
    n : int
        Neurons.
    density : float
        Half the probability of a connection; rounded to single precision.
    config : PoolConfig, optional
        Configuration; the reference's by default.
    seed : int
        Seed, u64.
    options : Options, optional
        Departures from the reference; none by default.

    Raises
    ------
    ValueError
        If there is a synapse to make and `max_delay` is 0.
    """
    pool = new(name, n, config, options)
    cap = pool.config.max_synapses_per_neuron
    threshold = draw_threshold(density)
    if threshold == 0 or cap == 0:
        return pool
    length, target, state = _connect(n, threshold, cap, (seed ^ n) & generator.U64_MAX)
    magnitude = generator.step(state)
    delay = generator.step(magnitude)

    source_flags = np.repeat(pool.flags, length)
    pool.row_ptr[1:] = np.cumsum(length)
    pool.target = target.astype(np.uint16)
    pool.weight = newborn_weights((magnitude >> generator.DRAW_SHIFT) % 60 + 10, source_flags)
    if len(target):
        pool.delay = newborn_delays(delay >> generator.DRAW_SHIFT, pool.config.max_delay)
    pool.eligibility = np.zeros(len(target), np.int8)
    pool.maturity = np.full(len(target), NEWBORN, np.uint8)
    return pool


def draw_threshold(density: float) -> int:
    """Return the number below which a draw makes a synapse: density * 2**32 as a u32.

    The product is one of single precision; it is truncated, saturates, and is 0 if not a number.
    """
    with np.errstate(over="ignore"):  # what exceeds single precision saturates, too
        scaled = float(np.float32(density)) * 2.0**32
    return 0 if np.isnan(scaled) else int(min(max(scaled, 0.0), 2.0**32 - 1))


def _connect(n: int, threshold: int, cap: int,
             seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Test pairs of neurons in order and return the rows that come out.

    Tests are numbered over all rows. A row spans ``n - 1`` tests, or fewer: it ends with the test
    that fills it.

    Returns
    -------
    length : ndarray of int64, shape (n,)
        Synapses of each row.
    target : ndarray of int64, shape (S,)
        Targets.
    state : ndarray of uint64, shape (S,)
        State of the generator at the test that each synapse passed.
    """
    blocks = _passed_tests(seed, threshold)
    passed, states, known = [], [np.zeros(0, np.uint64)], 0
    start, length = np.zeros(n, np.int64), np.zeros(n, np.int64)
    test = made = 0
    for source in range(n):
        while known < test + n - 1 and len(passed) < made + cap:
            block, state, known = next(blocks)
            passed += block
            states.append(state)
        stop = bisect_left(passed, test + n - 1, made, min(made + cap, len(passed)))
        start[source], length[source] = test, stop - made
        test = passed[stop - 1] + 1 if stop - made == cap else test + n - 1
        made = stop
    candidate = np.array(passed[:made], np.int64) - np.repeat(start, length)
    target = candidate + (candidate >= np.repeat(np.arange(n), length))  # none is the source
    return length, target, np.concatenate(states)[:made]


def _passed_tests(seed: int, threshold: int) -> Iterator[tuple[list[int], np.ndarray, int]]:
    """Yield, block by block, the tests that are passed.

    Every draw is a test, except for the two after a passed test: they are magnitude and delay.

    Yields
    ------
    passed : list of int
        Numbers of the passed tests of the block.
    state : ndarray of uint64
        State of the generator at each.
    known : int
        All tests below this number have been made.
    """
    limit = np.uint64((min(threshold, 1 << 31) << generator.DRAW_SHIFT) - 1)
    multiplier, increment = map(np.uint64, generator.jump(BLOCK))
    states = generator.following(seed, BLOCK)
    spent = 0  # draws spent on magnitudes and delays, all in all
    start = next_test = 0  # draws before the block, and before the next test
    while True:
        passed, drawn = [], []
        for draw in (np.flatnonzero(states <= limit) + start).tolist():
            if draw >= next_test:
                passed.append(draw - spent)
                drawn.append(draw - start)
                next_test = draw + 3
                spent += 2
        start += BLOCK
        yield passed, states[drawn], start - spent
        states *= multiplier
        states += increment
