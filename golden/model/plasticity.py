"""Third factor: modulators turn eligibilities into weight changes."""

import numpy as np

from golden.arch.config import CORTISOL_NEUTRAL, DOPAMINE_NEUTRAL, Dale, check_range
from golden.arch.maturity import Temperature, reinforced, weakened
from golden.arch.numeric import I8_MAX, REWARD_SHIFT

from .arithmetic import divide_toward_zero
from .block import DenseBlock
from .state import INHIBITORY, PoolState

REINFORCED = np.array([reinforced(maturity) for maturity in range(256)], np.uint8)
WEAKENED = np.array([weakened(maturity) for maturity in range(256)], np.uint8)
"""Maturity after one reinforcement, and after one weakening, of every maturity."""


def modulate(state: PoolState, dopamine: int, cortisol: int,
             acetylcholine: int = 0) -> tuple[int, int]:
    """Turn eligibilities into weight changes.

    For each synapse that is not cold, with r = max(dopamine − 128, 0), w = max(cortisol − 30, 0)::

        Δ = trunc(e r / 64) − trunc(e w / 64)
        Δ = 0:  nothing
        weight ← clip(weight + Δ, −127, 127), or 0 if that has the opposite sign of weight
        maturity ← reinforced(maturity) if Δ > 0, else weakened(maturity)

    The eligibility stays. A weight of 0 may take either sign, whatever its source.

    For each cell of the dense block, Δ likewise; it becomes pulses, as `golden.arch.block` says.

    Option ``dale = "strict"``: a weight of 0 changes only in the direction of its source, positive
    if excitatory, negative if inhibitory; its maturity moves all the same.

    Parameters
    ----------
    state : PoolState
        Pool, changed in place.
    dopamine, cortisol : int
        Levels, 0..255.
    acetylcholine : int
        Level, 0..255; without effect.

    Returns
    -------
    reinforced, weakened : int
        Synapses and cells with Δ > 0, and with Δ < 0.

    Raises
    ------
    ValueError
        If a level is out of its range.
    """
    for name, level in (("dopamine", dopamine), ("cortisol", cortisol),
                        ("acetylcholine", acetylcholine)):
        check_range("modulation", name, level, 0, 255)
    plastic = (state.eligibility != 0) & (state.maturity & 3 != Temperature.COLD)
    synapse = np.flatnonzero(plastic)
    delta = _change(state.eligibility[synapse], dopamine, cortisol)
    synapse, delta = synapse[delta != 0], delta[delta != 0]

    weight = state.weight[synapse]
    changed = np.clip(weight + delta, -I8_MAX, I8_MAX)
    sign = np.sign(weight)
    if state.options.dale is Dale.STRICT:
        source = np.searchsorted(state.row_ptr, synapse, side="right") - 1
        kind = np.where(state.flags[source] & INHIBITORY, np.int8(-1), np.int8(1))
        sign = np.where(sign == 0, kind, sign)
    state.weight[synapse] = np.where(np.sign(changed) == -sign, 0, changed)

    maturity = state.maturity[synapse]
    state.maturity[synapse] = np.where(delta > 0, REINFORCED[maturity], WEAKENED[maturity])
    if state.block:
        change = cell_changes(state.block, dopamine, cortisol)
        state.block.array.pulse_rows(state.block.pulse_counts(change))
        delta = np.concatenate((delta, change[change != 0]))
    stronger = int(np.count_nonzero(delta > 0))
    return stronger, len(delta) - stronger


def cell_changes(block: DenseBlock, dopamine: int, cortisol: int) -> np.ndarray:
    """Return Δ of every cell of a block, shape (rows, columns), int16."""
    return _change(block.eligibility, dopamine, cortisol)


def _change(eligibility: np.ndarray, dopamine: int, cortisol: int) -> np.ndarray:
    """Return Δ of eligibilities, int16."""
    reward = np.int16(max(dopamine - DOPAMINE_NEUTRAL, 0))
    punishment = np.int16(max(cortisol - CORTISOL_NEUTRAL, 0))
    return (divide_toward_zero(eligibility * reward, REWARD_SHIFT)
            - divide_toward_zero(eligibility * punishment, REWARD_SHIFT))
