"""Saturation and rounding, on Python integers.

Potentials, thresholds and currents are signed 16-bit in Q8.8 (1 LSB = 1/256 mV). Every step that
can leave its range saturates at once; nothing wraps.
"""

I8_MIN, I8_MAX = -128, 127
I16_MIN, I16_MAX = -32768, 32767
U16_MAX = 65535

LEAK_FRACTION_BITS = 12
"""A leak factor λ is an unsigned fraction λ / 2**12, in 0..4096 (0 to 1)."""

LEAK_ONE = 1 << LEAK_FRACTION_BITS
TRACE_SHIFT = 8
"""Traces and eligibilities decay by ``trace_decay / 2**8``, toward zero."""

REWARD_SHIFT = 6
"""Modulation scales an eligibility by ``reward / 2**6``, toward zero."""

INJECT_SHIFT = 7
"""An injected signal moves the potential by ``polarity * magnitude * 2**7``."""

WEIGHT_SHIFT = 6
"""The reference's current of one synapse is ``weight * 2**6``."""

WEIGHT_SHIFT_MAX = 8


def saturate(value: int, width: int) -> int:
    """Limit `value` to the range of a signed integer of `width` bits."""
    half = 1 << (width - 1)
    return max(-half, min(half - 1, value))


def divide_toward_zero(value: int, shift: int) -> int:
    """Divide `value` by ``2**shift``, discarding the fraction (rounding toward zero)."""
    return -(-value >> shift) if value < 0 else value >> shift


def decay(value: int, trace_decay: int) -> int:
    """Return a trace or an eligibility one tick later: D(x) = trunc(x * trace_decay / 256)."""
    return divide_toward_zero(value * trace_decay, TRACE_SHIFT)


def leak_factor(leak: int) -> int:
    """Return λ of the reference's leak code: a shift by ``8 - min(leak, 7)``.

    Parameters
    ----------
    leak : int
        Leak code, 0..255.

    Returns
    -------
    int
        λ in 1/4096, such that ``floor(d * λ / 4096) == d >> (8 - min(leak, 7))`` for every d.
    """
    return 1 << (min(leak, 7) + LEAK_FRACTION_BITS - 8)


def leak_step(difference: int, factor: int, *, nearest: bool) -> int:
    """Return the change of a potential by its leak.

    Parameters
    ----------
    difference : int
        Resting potential minus potential, 17 bits signed.
    factor : int
        λ, 0..4096.
    nearest : bool
        Round to the nearest integer, ties toward plus infinity, instead of down.
    """
    half = (1 << (LEAK_FRACTION_BITS - 1)) if nearest else 0
    return (difference * factor + half) >> LEAK_FRACTION_BITS
