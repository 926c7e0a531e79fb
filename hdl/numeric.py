"""Saturation and rounding in gates: the rules of `golden.arch.numeric`."""

from amaranth.hdl import Const, Mux, Value


def saturate(value: Value, width: int) -> Value:
    """Limit `value` to the range of a signed integer of `width` bits.

    A signed value fits if all its bits from the sign bit of the result on are equal, which takes a
    few gates where a comparison takes a carry chain.
    """
    above = value[width - 1:]
    sign = value[-1]
    fits = above.all() | ~above.any()
    limit = Mux(sign, Const(1 << (width - 1), width), Const((1 << (width - 1)) - 1, width))
    return Mux(fits, value[:width], limit).as_signed()


def divide_toward_zero(value: Value, shift: int) -> Value:
    """Divide `value` by ``2**shift``, discarding the fraction (rounding toward zero)."""
    return (value >> shift) + (value[-1] & value[:shift].any())
