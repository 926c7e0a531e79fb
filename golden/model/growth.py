"""Synapses come and go: synaptogenesis and pruning."""

import numpy as np

from golden.arch.config import ACETYLCHOLINE_GROWTH, check_range
from golden.arch.maturity import DEAD, NEWBORN
from golden.arch.numeric import U16_MAX

from . import generator
from .state import INHIBITORY, PoolState

TRACE_ACTIVE = 5
"""A neuron whose trace exceeds this in magnitude is active."""

GROWTH_MAX = 16
"""Synapses made by one call at most."""

NEWBORN_DELAY_MAX = 8
"""Longest delay that a synapse is made with, whatever the pool's `max_delay`."""


def synaptogenesis(state: PoolState, acetylcholine: int) -> int:
    """Connect active neurons to each other, if there is enough acetylcholine.

    Active are the neurons with ``|trace| > 5``, if there are two or more. Each active neuron,
    ascending, whose row is shorter than `max_synapses_per_neuron` (its length taken modulo 2**16,
    tested before anything is added) is connected to each active neuron, ascending, except itself
    and those its row already ends in, until 16 synapses have been made. A new one is appended to
    its row and drawn from the generator, whose state starts as ``(tick_count * 0xBEEF) ^ 0xCAFE``:
    first its magnitude, draw mod 20 + 5, then its delay, draw mod max_delay + 1, at most 8.

    Parameters
    ----------
    state : PoolState
        Pool, changed in place.
    acetylcholine : int
        Level, 0..255; below 140 nothing grows.

    Returns
    -------
    int
        Synapses made.

    Raises
    ------
    ValueError
        If the level is out of its range, or a delay has to be drawn and `max_delay` is 0.
    """
    check_range("synaptogenesis", "acetylcholine", acetylcholine, 0, 255)
    if acetylcholine < ACETYLCHOLINE_GROWTH:
        return 0
    active = np.flatnonzero(np.abs(state.trace.astype(np.int16)) > TRACE_ACTIVE)
    lengths = np.diff(state.row_ptr) & U16_MAX
    sources, targets = [], []
    for source in active[lengths[active] < state.config.max_synapses_per_neuron]:
        row = state.target[state.row_ptr[source]:state.row_ptr[source + 1]]
        missing = active[(active != source) & ~np.isin(active.astype(np.uint16), row)]
        missing = missing[:GROWTH_MAX - len(targets)]
        sources += [source] * len(missing)
        targets += missing.tolist()
        if len(targets) == GROWTH_MAX:
            break
    if targets:
        seed = (state.tick_count * 0xBEEF & generator.U64_MAX) ^ 0xCAFE
        draws = generator.following(seed, 2 * len(targets)) >> generator.DRAW_SHIFT
        _append(state, np.array(sources), np.array(targets), magnitude=draws[0::2] % 20 + 5,
                delay=newborn_delays(draws[1::2], state.config.max_delay))
    return len(targets)


def newborn_delays(draws: np.ndarray, max_delay: int) -> np.ndarray:
    """Return the delays (uint8, 1..8 ticks) that `draws` give to new synapses.

    Raises
    ------
    ValueError
        If `max_delay` is 0.
    """
    if max_delay == 0:
        raise ValueError("pool configuration: max_delay must be at least 1 to make synapses, not 0")
    return np.minimum(draws % np.uint64(max_delay) + 1, NEWBORN_DELAY_MAX).astype(np.uint8)


def newborn_weights(magnitude: np.ndarray, source_flags: np.ndarray) -> np.ndarray:
    """Return the weights (int8) of new synapses: negative if their source is inhibitory."""
    magnitude = magnitude.astype(np.int8)
    return np.where(source_flags & INHIBITORY, -magnitude, magnitude)


def prune(state: PoolState) -> int:
    """Drop dead synapses; the others keep their order.

    Returns
    -------
    int
        Synapses dropped.
    """
    alive = state.maturity != DEAD
    before = state.synapse_count
    state.row_ptr = np.concatenate(([0], np.cumsum(alive)))[state.row_ptr].astype(np.uint32)
    for name in ("target", "weight", "delay", "eligibility", "maturity"):
        setattr(state, name, getattr(state, name)[alive])
    if state.astrocytes:
        state.astrocytes.keep(alive)
    return before - state.synapse_count


def _append(state: PoolState, source: np.ndarray, target: np.ndarray, magnitude: np.ndarray,
            delay: np.ndarray) -> None:
    """Append synapses, in ascending order of their sources, to the rows they belong to."""
    end = state.row_ptr[source + 1].astype(np.intp)
    for name, values in (("target", target.astype(np.uint16)),
                         ("weight", newborn_weights(magnitude, state.flags[source])),
                         ("delay", delay), ("eligibility", 0), ("maturity", NEWBORN)):
        setattr(state, name, np.insert(getattr(state, name), end, values))
    if state.astrocytes:
        state.astrocytes.insert(end)
    added = np.bincount(source + 1, minlength=state.n + 1)
    state.row_ptr = (state.row_ptr + np.cumsum(added)).astype(np.uint32)
