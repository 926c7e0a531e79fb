"""Saturation and rounding of `golden.arch.numeric`, on whole arrays."""

import numpy as np

from golden.arch.numeric import I8_MAX, I8_MIN, I16_MAX, I16_MIN, TRACE_SHIFT

_LIMITS = {8: (I8_MIN, I8_MAX), 16: (I16_MIN, I16_MAX)}


def saturate(values: np.ndarray, width: int) -> np.ndarray:
    """Limit `values` to the range of a signed integer of `width` bits, 8 or 16.

    The dtype stays that of `values`, which must be wide enough to hold what has been added.
    """
    low, high = _LIMITS[width]
    return np.minimum(np.maximum(values, low), high)


def divide_toward_zero(values: np.ndarray, shift: int) -> np.ndarray:
    """Divide `values` (signed) by ``2**shift``, discarding the fraction (rounding toward zero).

    A shift rounds down, so negative values are first raised by ``2**shift - 1``.
    """
    return (values + (values < 0) * values.dtype.type((1 << shift) - 1)) >> shift


def decay(values: np.ndarray, trace_decay: int) -> np.ndarray:
    """Return traces or eligibilities (i8) one tick later: D(x) = trunc(x * trace_decay / 256).

    Products of i8 and u8 fit 16 bits, and so does what rounding adds to the negative ones.
    """
    return divide_toward_zero(values * np.int16(trace_decay), TRACE_SHIFT).astype(np.int8)
