"""The memristor crossbar as integers: formats, tables, and the order in which a cell computes.

A crossbar has two planes of rows x columns cells; the weight at (row, column) is what the cell of
plane PLUS conducts more than that of plane MINUS. A cell is

========  =====  ===============================================================================
state     u16    where it is between R_on (0) and R_off (`STATE_FULL`), on a scale that the tables
                 imply; never above `STATE_FULL`
gain      u8     its conductance over that of the nominal device, Q1.7
scale     2 u8   its SET and its RESET steps over those of the nominal device, Q1.7
stuck     2 bit  `Stuck`
loss      u16    its attenuation by the wires: (loss + 1) / 2**16 of its current arrives
========  =====  ===============================================================================

and every cell of a crossbar uses the same three tables: the step of a SET pulse, the step of a
RESET pulse, and the conductance, 256 x u16 each, at the states 0, 256, 512 ... `STATE_FULL`;
between them, `interpolate`. Each column of each plane has a shift register of its own for noise, so
that what a column does depends on no other column: a crossbar may be cut by columns.

A pulse on a cell: `draw`, `pulse_step`, `pulsed`. A read of a row: `cell_code`, `attenuated`,
`convert`. A slow tick: `drifted`. Nothing else moves a cell; a read does not.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from .config import check_range
from .numeric import U16_MAX

STATE_BITS = 16
FRACTION_BITS = 8
"""Bits of a state below the number of its table entry."""

TABLE_DEPTH = 256
STATE_FULL = (TABLE_DEPTH - 1) << FRACTION_BITS
"""The state of R_off: that of the last entry, which so has no need of a next one."""

CODE_ONE = 1 << 15
"""Conductance code of 1 / R_on. The largest gain, 255 / 128, still fits 16 bits."""

UNIT_SHIFT = 7
UNIT = 1 << UNIT_SHIFT
"""A gain or a scale of 1."""

NOISE_SHIFT = 15
FACTOR_SHIFT = 13
"""Fraction bits of a step's factor: of its scale (7) and noise (15), 9 are dropped."""

STEP_SHIFT_MAX = 15
"""Most fraction bits that the entries of a step table may have."""

DITHER_BITS = 8

SIZE_MAX = 1024
"""Most rows, and most columns."""

REGISTER_BITS = 31
REGISTER_MAX = (1 << REGISTER_BITS) - 1
DRAW_BITS = 24
"""Bits that a draw takes from a shift register."""

COUNT_SHIFT = 8


class Plane(enum.IntEnum):
    """The two cells of a weight."""

    PLUS = 0
    MINUS = 1


class Polarity(enum.IntEnum):
    """The two kinds of pulse."""

    SET = 0
    """Toward R_on, state 0."""

    RESET = 1
    """Toward R_off, state `STATE_FULL`."""


class Stuck(enum.IntEnum):
    """What is wrong with a cell. Neither pulses nor drift move one that does not work."""

    WORKS = 0
    OFF = 1
    """It conducts as at R_off, whatever its state."""

    ON = 2
    """It conducts as at R_on, whatever its state."""

    FROZEN = 3
    """It conducts by its state."""


@dataclass(frozen=True, kw_only=True)
class CrossbarParams:
    """Sizes and settings of a crossbar.

    Parameters
    ----------
    rows, columns : int
        Weights, 1..1024 each.
    noise : int
        Cycle-to-cycle noise of a step, u8: its standard deviation is `noise` * 104.5 / 2**15 of
        the step.
    drift_shift : int
        A slow tick adds ``state >> drift_shift``, 1..15; 16 turns drift off.
    adc_shift : int
        Bits that the converter drops, 0..16.
    adc_bits : int
        Bits of a column code, two's complement, 2..8.
    pulse_gain : int
        Pulses per unit of weight change, u16, Q8.8.
    pulse_cap : int
        Most pulses of one change, 1..127.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    rows: int = 64
    columns: int = 64
    noise: int = 0
    drift_shift: int = 16
    adc_shift: int = 8
    adc_bits: int = 8
    pulse_gain: int = 1 << COUNT_SHIFT
    pulse_cap: int = 15

    def __post_init__(self):
        for name, low, high in (("rows", 1, SIZE_MAX), ("columns", 1, SIZE_MAX),
                                ("noise", 0, 255), ("drift_shift", 1, 16),
                                ("adc_shift", 0, 16), ("adc_bits", 2, 8),
                                ("pulse_gain", 0, U16_MAX), ("pulse_cap", 1, 127)):
            check_range("crossbar", name, getattr(self, name), low, high)


def interpolate(table: Sequence[int], state: int) -> int:
    """Return the value of a table of u16 at a state, u16; nearest, ties up.

    ::

        i = state >> 8;  f = state & 255
        (table[i] (256 − f) + table[i + 1] f + 128) >> 8

    24 bits hold the sum. At `STATE_FULL`, f is 0 and the entry after the last one is not used.
    """
    index, fraction = state >> FRACTION_BITS, state & ((1 << FRACTION_BITS) - 1)
    following = table[index + 1] if fraction else 0
    one = 1 << FRACTION_BITS
    return (table[index] * (one - fraction) + following * fraction + one // 2) >> FRACTION_BITS


def draw(register: int) -> tuple[int, int]:
    """Return 24 fresh bits of a shift register, and what it then holds.

    24 shifts at once of the register of x**31 + x**28 + 1: each new bit is one exclusive or of
    two old ones. It never holds 0, and returns after 2**31 − 1 draws.
    """
    bits = ((register >> 7) ^ (register >> 4)) & ((1 << DRAW_BITS) - 1)
    return bits, (register << DRAW_BITS | bits) & REGISTER_MAX


def pulse_step(entry: int, scale: int, step_shift: int, noise: int, bits: int) -> int:
    """Return by how much one pulse moves a state, u16.

    ::

        n = bits[23:16] − bits[15:8]                                 −255..255, triangular
        factor = (scale max(2**15 + noise n, 0)) >> 9                Q3.13
        step = (entry factor + (bits[7:0] << (5 + step_shift))) >> (13 + step_shift)

    The low bits of the draw round up or down at random, with the right mean: what a slow pulse
    moves, less than one LSB, is not lost. No sum exceeds 32 bits.

    Parameters
    ----------
    entry : int
        Of the step table, interpolated, u16, with `step_shift` fraction bits.
    scale : int
        Scale of the cell, u8, Q1.7.
    step_shift : int
        Fraction bits of the table, 0..15.
    noise : int
        Cycle-to-cycle noise, u8.
    bits : int
        A draw, 24 bits.
    """
    deviation = (bits >> 16) - (bits >> 8 & 0xFF)
    factor = (scale * max((1 << NOISE_SHIFT) + noise * deviation, 0)
              >> (UNIT_SHIFT + NOISE_SHIFT - FACTOR_SHIFT))
    shift = FACTOR_SHIFT + step_shift
    return (entry * factor + ((bits & 0xFF) << (shift - DITHER_BITS))) >> shift


def pulsed(state: int, polarity: Polarity, step: int) -> int:
    """Return a state after one pulse: ``state ± step``, saturating at 0 and `STATE_FULL`."""
    if polarity is Polarity.SET:
        return max(state - step, 0)
    return min(state + step, STATE_FULL)


def drifted(state: int, drift_shift: int) -> int:
    """Return a state one slow tick later: ``state + (state >> drift_shift)``, saturating."""
    return min(state + (state >> drift_shift), STATE_FULL)


def cell_code(conductance: Sequence[int], state: int, gain: int, stuck: Stuck) -> int:
    """Return the conductance of a cell, u16, in 1 / `CODE_ONE` of 1 / R_on.

    ::

        state = STATE_FULL if stuck OFF, 0 if stuck ON
        (interpolate(conductance, state) gain + 64) >> 7
    """
    if stuck is Stuck.OFF:
        state = STATE_FULL
    elif stuck is Stuck.ON:
        state = 0
    return (interpolate(conductance, state) * gain + UNIT // 2) >> UNIT_SHIFT


def attenuated(code: int, loss: int) -> int:
    """Return what arrives of a cell's current, u16: ``(code (loss + 1) + 2**15) >> 16``."""
    return (code * (loss + 1) + (1 << 15)) >> 16


def convert(difference: int, adc_shift: int, adc_bits: int) -> int:
    """Return the column code of a difference of two currents.

    Shift, rounding to the nearest, ties toward plus infinity; then saturate to
    ±(2**(adc_bits − 1) − 1): both signs reach equally far.
    """
    limit = (1 << (adc_bits - 1)) - 1
    half = (1 << adc_shift) >> 1
    return max(-limit, min(limit, (difference + half) >> adc_shift))


def pulse_count(change: int, pulse_gain: int, pulse_cap: int) -> int:
    """Return the pulses of a weight change, signed: nearest, ties away from 0, at most the cap.

    ::

        sign(change) min(pulse_cap, (|change| pulse_gain + 128) >> 8)
    """
    count = min(pulse_cap, (abs(change) * pulse_gain + (1 << (COUNT_SHIFT - 1))) >> COUNT_SHIFT)
    return -count if change < 0 else count
