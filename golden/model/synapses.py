"""Second half of a tick: spikes travel along their rows, learning as they go."""

import numpy as np

from golden.arch.block import slow_tick
from golden.arch.numeric import I16_MAX, I16_MIN

from .arithmetic import decay, saturate
from .block import DenseBlock
from .state import PoolState


def propagate(state: PoolState) -> None:
    """Deliver the spikes of this tick and bump the eligibilities of the rows they travel.

    For each neuron that fired, ascending, and each synapse of its row, in order::

        target ≥ n:  nothing
        else:        e ← e + (target fired ? stdp_negative : stdp_positive)    (saturating, 8 bits)
                     slot = (max(delay, 1) − 1) mod slots
                     ring[slot, target] ← ring[slot, target] + (weight << weight_shift)
                                                                          (saturating, 16 bits)

    and behind the synapses of its row, the cells of its row of the dense block, likewise.

    With astrocytes, `weight` is what the synapse carries (`golden.arch.astrocytes`), by the calcium
    as the latest astrocyte step left it; the domains that the neurons feed become active, also
    those of neurons without synapses. Cells carry what they conduct.
    """
    if not state.last_spike_count:
        return
    config, astrocytes = state.config, state.astrocytes
    if astrocytes:
        astrocytes.listen(state.spike)
    travelled = np.flatnonzero(np.repeat(state.spike, np.diff(state.row_ptr)))
    target = state.target[travelled]
    connected = target < state.n
    if not connected.all():
        travelled, target = travelled[connected], target[connected]
    state.eligibility[travelled] = saturate(
        state.eligibility[travelled] + _bump(state, target), 8)

    slot = (np.maximum(state.delay[travelled], 1) - 1) % config.delay_slots
    weight = state.weight[travelled]
    if astrocytes:
        weight = astrocytes.effective(weight, travelled)
    if state.block:
        source = np.searchsorted(state.row_ptr, travelled, side="right") - 1
        slot, target, weight = _with_cells(state, state.block, source, slot, target, weight)
    accumulate(state.ring, slot, target, weight.astype(np.int64) << state.options.weight_shift)


def _bump(state: PoolState, target: np.ndarray) -> np.ndarray:
    """Return what the spikes that travel to these neurons add to eligibilities, int16."""
    return np.where(state.spike[target], np.int16(state.config.stdp_negative),
                    np.int16(state.config.stdp_positive))


def _with_cells(state: PoolState, block: DenseBlock, source: np.ndarray,
                *synapses: np.ndarray) -> list[np.ndarray]:
    """Bump the cells that spikes travel, and put them behind the synapses of their sources.

    Parameters
    ----------
    state, block
        Pool, and its block.
    source, *synapses : ndarray, shape (k,)
        Source, slot, target and weight of the synapses that spikes travel.

    Returns
    -------
    list of ndarray
        Slot, target and weight of synapses and cells, in the order of their currents.
    """
    row = np.flatnonzero(state.spike[block.sources])
    target = np.arange(state.n, dtype=np.uint16)[block.targets]
    block.eligibility[row] = saturate(block.eligibility[row] + _bump(state, target), 8)

    code = block.array.read_rows(row)
    conducts = np.nonzero(code)  # others add nothing, and most may be such
    slot = (max(block.params.delay, 1) - 1) % state.config.delay_slots
    cells = np.full(len(conducts[0]), slot), target[conducts[1]], code[conducts]
    sources = np.concatenate((source, row[conducts[0]] + block.params.first_source))
    order = np.argsort(sources, kind="stable")
    return [np.concatenate(pair)[order] for pair in zip(synapses, cells, strict=True)]


def accumulate(ring: np.ndarray, slot: np.ndarray, target: np.ndarray,
               current: np.ndarray) -> None:
    """Add currents to cells of the delay ring one after the other, saturating each time.

    ::

        for each k, ascending:
            ring[slot[k], target[k]] ← sat16(ring[slot[k], target[k]] + current[k])

    Order matters within a cell alone, and there only if a sum on the way leaves the 16-bit range.

    Parameters
    ----------
    ring : ndarray of int16, shape (slots, n)
        Delay ring, changed in place.
    slot : ndarray of uint8, shape (k,)
        Slot of each current.
    target : ndarray of uint16, shape (k,)
        Neuron of each current.
    current : ndarray of int64, shape (k,)
        Currents, Q8.8 mV.
    """
    if not len(current):
        return
    # Bring the currents of a cell together and keep their order: a radix sort in two passes, each
    # of which is fast because NumPy's stable sort of up to 16 bits is a radix sort itself.
    order = np.argsort(slot, kind="stable")
    order = order[np.argsort(target[order], kind="stable")]
    current = current[order]
    cell = (slot * np.int64(ring.shape[1]) + target)[order]
    first = np.flatnonzero(np.concatenate(([True], cell[1:] != cell[:-1])))
    count = np.diff(first, append=len(cell))
    cell = cell[first]

    sums = ring.reshape(-1)
    before = sums[cell]
    partial = np.cumsum(current)
    partial += np.repeat(before - partial[first] + current[first], count)
    sums[cell] = partial[first + count - 1]

    exceeds = ((np.minimum.reduceat(partial, first) < I16_MIN)
               | (np.maximum.reduceat(partial, first) > I16_MAX))
    first, count, cell, total = first[exceeds], count[exceeds], cell[exceeds], before[exceeds]
    rank = 0
    while len(cell):  # the rank-th current of every cell at once
        total = saturate(total + current[first + rank], 16)
        rank += 1
        more = count > rank
        sums[cell[~more]] = total[~more]
        first, count, cell, total = first[more], count[more], cell[more], total[more]


def decay_eligibilities(state: PoolState) -> None:
    """Let every eligibility decay by one tick: e ← trunc(e * trace_decay / 256)."""
    state.eligibility = decay(state.eligibility, state.config.trace_decay)
    if state.block:
        state.block.eligibility = decay(state.block.eligibility, state.config.trace_decay)


def drift(state: PoolState) -> None:
    """Let the cells of the dense block drift, if this tick ends with a slow tick."""
    if state.block and slow_tick(state.tick_count, state.block.params.drift_period):
        state.block.array.drift()
