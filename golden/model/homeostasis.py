"""Thresholds that follow the activity of their neurons."""

import numpy as np

from golden.arch.config import (
    RATE_HIGH,
    RATE_LOW,
    RATE_TARGET,
    TICKS_PER_HOMEOSTASIS,
    Homeostasis,
)
from golden.arch.numeric import U16_MAX

from .arithmetic import saturate
from .state import PoolState


def adapt(state: PoolState) -> None:
    """Move thresholds, before the tick is counted.

    Reference, if ``homeostatic_rate > 0``, in ticks whose count is a multiple of 100::

        rate ← floor((255 rate + 256 spike) / 256)
        θ ← θ + homeostatic_rate  if rate > 26;  θ ← θ − homeostatic_rate  if rate < 6

    both saturating to 16 bits. From 0 this rate never exceeds 1: thresholds only fall.

    Option ``homeostasis = "rate"``, in every tick::

        rate ← min(65535, rate − floor(rate / 256) + 256 spike)

    and in ticks whose count is a multiple of 100, θ rises by `homeostatic_rate` if ``rate > 3277``
    (5 %) and falls if ``rate < 3277``. ``"fixed"``: nothing moves.
    """
    mode, step = state.options.homeostasis, state.config.homeostatic_rate
    due = state.tick_count % TICKS_PER_HOMEOSTASIS == 0
    rate = state.rate.astype(np.int32)
    if mode is Homeostasis.REFERENCE and due and step:
        high, low = RATE_HIGH, RATE_LOW
        rate = (rate * 255 + state.spike * 256) >> 8
    elif mode is Homeostasis.RATE:
        high = low = RATE_TARGET
        rate = np.minimum(rate - (rate >> 8) + state.spike * 256, U16_MAX)
    else:
        return
    state.rate = rate.astype(np.uint16)
    if due:
        move = step * ((rate > high).astype(np.int32) - (rate < low))
        state.threshold = saturate(state.threshold + move, 16).astype(np.int16)
