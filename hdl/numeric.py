"""Saturation and rounding in gates: the rules of `golden.arch.numeric`."""

from amaranth.hdl import Mux, Value


def saturate(value: Value, width: int) -> Value:
    """Limit `value` to the range of a signed integer of `width` bits."""
    half = 1 << (width - 1)
    return Mux(value < -half, -half, Mux(value > half - 1, half - 1, value))


def divide_toward_zero(value: Value, shift: int) -> Value:
    """Divide `value` by ``2**shift``, discarding the fraction (rounding toward zero)."""
    return (value + Mux(value < 0, (1 << shift) - 1, 0)) >> shift
