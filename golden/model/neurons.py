"""First half of a tick: every neuron integrates its currents, and fires or does not."""

import numpy as np

from golden.arch.config import Leak, Reset
from golden.arch.numeric import LEAK_FRACTION_BITS, leak_factor

from .arithmetic import decay, saturate
from .state import PoolState

LEAK_FACTORS = np.array([leak_factor(leak) for leak in range(256)], np.uint16)
"""λ of every leak code, in 1/4096."""


def leak_steps(state: PoolState) -> np.ndarray:
    """Return the change of each potential by its leak, shape (n,), int32.

    ::

        (λ (rest − v) + half) >> 12

    λ is that of the leak code and `half` is 0, so that the step is rounded down: from below, a
    potential stalls short of rest. Option ``leak = "fraction"``: λ is `leak_fraction`, and `half`
    is 2048, so that the step is rounded to nearest, ties upward.
    """
    fraction = state.options.leak is Leak.FRACTION
    factor = state.leak_fraction if fraction else LEAK_FACTORS[state.leak]
    half = 1 << (LEAK_FRACTION_BITS - 1) if fraction else 0
    difference = state.config.resting_potential - state.potential.astype(np.int32)
    return (difference * factor + half) >> LEAK_FRACTION_BITS


def integrate_and_fire(state: PoolState, current: np.ndarray) -> None:
    """Update potential, refractory counter, trace and spike of every neuron.

    For each neuron, in this order, saturating to 16 bits at each step::

        refractory > 0:  refractory ← refractory − 1;  spike ← 0;  nothing else changes
        else:            v ← v + leak step
                         v ← v + current
                         v ← v + delayed current
                         spike ← v ≥ threshold
                         if spike:  v ← reset_potential;  refractory ← refractory_ticks
                                    trace ← trace + stdp_positive      (saturating, 8 bits)
                         trace ← trunc(trace * trace_decay / 256)

    A refractory neuron loses the currents that reach it. The slot of the delay ring that is due is
    taken and cleared, and the ring moves on by one slot.

    Option ``reset = "subtract"``: a spike does ``v ← v − threshold``, saturating.

    Parameters
    ----------
    state : PoolState
        Pool, changed in place.
    current : ndarray of int16, shape (m,)
        Input currents, Q8.8 mV. Neurons from m on get none; what exceeds n is ignored.
    """
    config = state.config
    delayed = state.ring[0].copy()
    state.ring[:-1] = state.ring[1:]
    state.ring[-1] = 0

    current = current[:state.n]
    v = state.potential + leak_steps(state)  # in range: between potential and rest
    v[:len(current)] += current
    v = saturate(saturate(v, 16) + delayed, 16)

    awake = state.refractory == 0
    spike = (v >= state.threshold) & awake
    if state.options.reset is Reset.SUBTRACT:
        reset = saturate(v - state.threshold, 16)
    else:
        reset = config.reset_potential
    v = np.where(spike, reset, v)
    trace = saturate(state.trace + spike * np.int16(config.stdp_positive), 8).astype(np.int8)

    state.spike = spike
    state.potential = np.where(awake, v, state.potential).astype(np.int16)
    state.trace = np.where(awake, decay(trace, config.trace_decay), state.trace)
    state.refractory -= ~awake
    state.refractory[spike] = config.refractory_ticks
    state.last_spike_count = int(np.count_nonzero(spike))
