"""The crossbar in integers: what the gateware computes, bit for bit, on whole rows."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from golden.arch.config import check_range
from golden.arch.crossbar import (
    DITHER_BITS,
    DRAW_BITS,
    FACTOR_SHIFT,
    FRACTION_BITS,
    NOISE_SHIFT,
    REGISTER_BITS,
    REGISTER_MAX,
    STATE_FULL,
    STEP_SHIFT_MAX,
    TABLE_DEPTH,
    UNIT,
    UNIT_SHIFT,
    CrossbarParams,
    Plane,
    Polarity,
    Stuck,
)
from golden.arch.numeric import U16_MAX

from .generator import DRAW_SHIFT, following

CELLS, COLUMNS, KINDS = "2, rows, columns", "2, columns", "2, 2, rows, columns"
ARRAYS = {
    "state": ("<u2", CELLS, STATE_FULL),
    "gain": ("u1", CELLS, 255),
    "scale": ("u1", KINDS, 255),
    "stuck": ("u1", CELLS, max(Stuck)),
    "loss": ("<u2", CELLS, U16_MAX),
    "register": ("<u4", COLUMNS, REGISTER_MAX),
}
"""dtype, shape and largest value of every array of a crossbar. The first axis is the plane; the
second one of `scale` is the polarity."""


EVERY_STATE = np.arange(STATE_FULL + 1)


@dataclass(frozen=True, eq=False)
class CrossbarTables:
    """What the cells of a crossbar share. The tables are copied, and can't be written.

    Parameters
    ----------
    step : ndarray of uint16, shape (2, 256)
        Steps of a SET and of a RESET pulse at the states 0, 256 ... `STATE_FULL`, as magnitudes.
    step_shift : tuple of int, shape (2,)
        Fraction bits of each of the two, 0..15.
    conductance : ndarray of uint16, shape (256,)
        Conductance at these states, in 1 / `CODE_ONE` of 1 / R_on.

    Raises
    ------
    ValueError
        If a table has another dtype or shape, or a shift is out of its range.
    """

    step: np.ndarray
    step_shift: tuple[int, int]
    conductance: np.ndarray

    def __post_init__(self):
        for name, shape in (("step", (2, TABLE_DEPTH)), ("conductance", (TABLE_DEPTH,))):
            table = getattr(self, name)
            if table.dtype != np.uint16 or table.shape != shape:
                raise ValueError(f"crossbar: table {name} must be uint16 of shape {shape}, not "
                                 f"{table.dtype} of shape {table.shape}")
            table = table.copy()
            table.flags.writeable = False  # what is known of every state would not follow
            object.__setattr__(self, name, table)
        for shift in self.step_shift:
            check_range("crossbar", "step_shift", shift, 0, STEP_SHIFT_MAX)

    @cached_property
    def step_at(self) -> np.ndarray:
        """Steps at every state, shape (2, `STATE_FULL` + 1), int64."""
        return np.stack([interpolate(table, EVERY_STATE) for table in self.step])

    @cached_property
    def conductance_at(self) -> np.ndarray:
        """Conductance at every state, shape (`STATE_FULL` + 1,), uint32."""
        return interpolate(self.conductance, EVERY_STATE).astype(np.uint32)


@dataclass(kw_only=True, eq=False)
class CrossbarArray:
    """A crossbar: two planes of cells, their tables, and a shift register for each column.

    Everything is an integer; `golden.arch.crossbar` says how one cell computes. The dataclass is
    its whole state: to keep one, keep `params`, `tables` and the arrays.

    Parameters
    ----------
    params : CrossbarParams
        Sizes and settings.
    tables : CrossbarTables
        What the cells share.
    state : ndarray of uint16, shape (2, rows, columns)
        States, 0..`STATE_FULL`.
    gain : ndarray of uint8, shape (2, rows, columns)
        Conductance over nominal, Q1.7.
    scale : ndarray of uint8, shape (2, 2, rows, columns)
        SET and RESET steps over nominal, Q1.7; axes plane, polarity, row, column.
    stuck : ndarray of uint8, shape (2, rows, columns)
        `Stuck`.
    loss : ndarray of uint16, shape (2, rows, columns)
        Attenuation by the wires; see `golden.model.crossbar.wires`.
    register : ndarray of uint32, shape (2, columns)
        Shift registers, 1..2**31 − 1.

    Raises
    ------
    ValueError
        If an array has another shape than `params` tell, or a value that its cells can't have.
    """

    params: CrossbarParams
    tables: CrossbarTables
    state: np.ndarray
    gain: np.ndarray
    scale: np.ndarray
    stuck: np.ndarray
    loss: np.ndarray
    register: np.ndarray

    def __post_init__(self):
        rows, columns = self.params.rows, self.params.columns
        shapes = {CELLS: (2, rows, columns), COLUMNS: (2, columns), KINDS: (2, 2, rows, columns)}
        for name, (dtype, shape, most) in ARRAYS.items():
            values = np.asarray(getattr(self, name))
            if values.shape != shapes[shape]:
                raise ValueError(f"crossbar: {name} must have the shape {shapes[shape]}, that of "
                                 f"{rows} rows and {columns} columns, not {values.shape}")
            if not np.issubdtype(values.dtype, np.integer):
                raise ValueError(f"crossbar: {name} must be integers, not {values.dtype}")
            least = 1 if name == "register" else 0
            if values.min() < least or values.max() > most:
                wrong = values.min() if values.min() < least else values.max()
                raise ValueError(f"crossbar: {name} must be in {least}..{most}, not {wrong}")
            setattr(self, name, values.astype(dtype))

    def copy(self) -> Self:
        """Return a crossbar of its own with the same state."""
        return replace(self)

    def pulse(self, row: int, counts) -> None:
        """Apply pulses to a row: what changes weights.

        As `pulse_rows`, for one row.

        Parameters
        ----------
        row : int
            Row.
        counts : array_like of int, shape (columns,)
            Pulses, −127..127.

        Raises
        ------
        ValueError
            If there is no such row, or `counts` has another shape or is out of its range.
        """
        self._check_row(row)
        counts = np.asarray(counts)
        if counts.shape != (self.params.columns,):
            raise ValueError(f"crossbar: counts must have the shape ({self.params.columns},), "
                             f"not {counts.shape}")
        self._pulse(np.array([row]), counts[np.newaxis])

    def pulse_rows(self, counts) -> None:
        """Apply pulses to all rows, one after the other.

        Cell (i, j) gets ``|counts[i, j]|`` pulses on each of its two planes; with a positive count,
        SET on PLUS and RESET on MINUS, so that the weight rises; with a negative one the other way
        round. The register of a cell's column and plane advances by one draw for every pulse,
        also if the cell is stuck.

        Parameters
        ----------
        counts : array_like of int, shape (rows, columns)
            Pulses, −127..127.

        Raises
        ------
        ValueError
            If `counts` has another shape or is out of its range.
        """
        counts = np.asarray(counts)
        if counts.shape != self.state.shape[1:]:
            raise ValueError(f"crossbar: counts must have the shape {self.state.shape[1:]}, "
                             f"not {counts.shape}")
        self._pulse(np.arange(self.params.rows), counts)

    def _pulse(self, rows: np.ndarray, counts: np.ndarray) -> None:
        """Apply pulses to some rows: the k-th of every cell at once, each with its own draw."""
        magnitude = np.abs(counts).astype(np.int64)
        most = int(magnitude.max(initial=0))
        if most > 127:
            raise ValueError(f"crossbar: counts must be in -127..127 pulses, not {most}")
        if not most:
            return
        drawn = np.cumsum(magnitude, axis=0)  # by a column, when a row has had its pulses
        before = drawn - magnitude
        for plane in Plane:
            works = self.stuck[plane, rows] == Stuck.WORKS
            place, column = np.nonzero(works & (magnitude > 0))
            left, cell = magnitude[place, column], (plane, rows[place], column)
            lowers = (counts[place, column] < 0) == (plane is Plane.PLUS)
            polarity = np.where(lowers, Polarity.RESET, Polarity.SET)
            register = advanced(self.register[plane, column], before[place, column])
            scale = self.scale[plane, polarity, rows[place], column]
            state = self.state[cell].astype(np.int64)
            for done in range(most):
                some = np.flatnonzero(left > done)
                bits, register[some] = drawn_from(register[some])
                state[some] = self._pulsed(state[some], polarity[some], scale[some], bits)
            self.state[cell] = state
        self.register = advanced(self.register, drawn[-1])

    def _pulsed(self, state: np.ndarray, polarity: np.ndarray, scale: np.ndarray,
                bits: np.ndarray) -> np.ndarray:
        """Return states after one pulse each, as `pulse_step` and `pulsed` say."""
        entry = self.tables.step_at[polarity, state]
        deviation = (bits >> 16) - (bits >> 8 & 0xFF)
        spread = np.maximum((1 << NOISE_SHIFT) + self.params.noise * deviation, 0)
        factor = scale * spread >> (UNIT_SHIFT + NOISE_SHIFT - FACTOR_SHIFT)
        shift = FACTOR_SHIFT + np.array(self.tables.step_shift)[polarity]
        step = (entry * factor + ((bits & 0xFF) << (shift - DITHER_BITS))) >> shift
        return np.clip(state + np.where(polarity == Polarity.SET, -step, step), 0, STATE_FULL)

    def codes(self, row: int | slice | np.ndarray = slice(None)) -> np.ndarray:
        """Return the conductance of cells, shape (2, columns) or (2, rows, columns), uint32.

        In 1 / `CODE_ONE` of 1 / R_on, before the wires.
        """
        stuck = self.stuck[:, row]
        state = np.where(stuck == Stuck.OFF, np.uint16(STATE_FULL),
                         np.where(stuck == Stuck.ON, np.uint16(0), self.state[:, row]))
        return (self.tables.conductance_at[state] * self.gain[:, row] + UNIT // 2) >> UNIT_SHIFT

    def read(self, row: int) -> np.ndarray:
        """Return the column codes of a row, shape (columns,), int8. Moves nothing.

        As `read_rows`, for one row.
        """
        self._check_row(row)
        return self.read_rows(row)

    def read_rows(self, row: int | slice | np.ndarray = slice(None)) -> np.ndarray:
        """Return the column codes of rows, shape (columns,) or (rows, columns), int8.

        The currents of the two planes, each attenuated by its wires, are subtracted and
        converted: shift, rounding to the nearest, ties up; saturation. Nothing is moved.
        """
        arrives = self.loss[:, row].astype(np.uint32) + 1
        arrived = ((self.codes(row) * arrives + (1 << 15)) >> 16).astype(np.int32)  # below 2**32
        difference = arrived[Plane.PLUS] - arrived[Plane.MINUS]
        limit = (1 << (self.params.adc_bits - 1)) - 1
        half = (1 << self.params.adc_shift) >> 1
        return np.clip((difference + half) >> self.params.adc_shift, -limit,
                       limit).astype(np.int8)

    def drift(self) -> None:
        """Let a slow tick pass: cells that work move toward R_off."""
        state = self.state.astype(np.int64)
        moved = np.minimum(state + (state >> self.params.drift_shift), STATE_FULL)
        self.state = np.where(self.stuck == Stuck.WORKS, moved, state).astype(np.uint16)

    def _check_row(self, row: int) -> None:
        if not 0 <= row < self.params.rows:
            raise ValueError(f"crossbar: row must be in 0..{self.params.rows - 1}, not {row}")


def drawn_from(register: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 24 bits of each register, and what these then hold, int64; `draw` on an array."""
    register = register.astype(np.int64)
    bits = ((register >> 7) ^ (register >> 4)) & ((1 << DRAW_BITS) - 1)
    return bits, (register << DRAW_BITS | bits) & REGISTER_MAX


def advanced(register: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return what registers hold after so many draws, uint32.

    A draw is linear over GF(2), and so are 2, 4, 8 ... draws: what they make of a register is the
    exclusive or of what they make of its bytes.

    Parameters
    ----------
    register : ndarray of uint32
        Registers.
    draws : ndarray of int64, of a shape that broadcasts to that of `register`
        Draws, each below 2**`JUMPS`.
    """
    register = register.astype(np.uint32)
    for power in range(int(draws.max(initial=0)).bit_length()):
        jumped = np.bitwise_xor.reduce([table[register >> np.uint32(8 * byte) & np.uint32(0xFF)]
                                        for byte, table in enumerate(_JUMPS[power])])
        register = np.where(draws >> power & 1, jumped, register)
    return register


JUMPS = 17
"""Powers of 2 of the draws that `advanced` knows: 1024 rows of 127 pulses are fewer than 2**17."""


def _jump_tables() -> np.ndarray:
    """Return what 1, 2, 4 ... draws make of each byte of a register, shape (JUMPS, 4, 256)."""
    tables = np.zeros((JUMPS, 4, 256), np.uint32)
    image = drawn_from(1 << np.arange(REGISTER_BITS))[1]  # of each bit
    for table in tables:
        for bit, value in enumerate(image):
            byte, place = divmod(bit, 8)
            table[byte, np.arange(256) >> place & 1 == 1] ^= np.uint32(value)
        image = np.bitwise_xor.reduce([part[image >> 8 * byte & 0xFF]
                                       for byte, part in enumerate(table)])
    return tables


_JUMPS = _jump_tables()


def interpolate(table: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the values of a table at states, int64, as `golden.arch.crossbar.interpolate` does.

    Parameters
    ----------
    table : ndarray of uint16, shape (256,)
        Table.
    state : ndarray of uint16
        States.
    """
    state = state.astype(np.int64)
    index, fraction = state >> FRACTION_BITS, state & ((1 << FRACTION_BITS) - 1)
    here, there = table[index], table[np.minimum(index + 1, TABLE_DEPTH - 1)]
    one = 1 << FRACTION_BITS
    return (here * (one - fraction) + there * fraction + one // 2) >> FRACTION_BITS


def ideal_array(params: CrossbarParams, tables: CrossbarTables, *, seed: int = 1,
                state: int = STATE_FULL // 2) -> CrossbarArray:
    """Return a crossbar without variation, faults and wires.

    Parameters
    ----------
    params : CrossbarParams
        Sizes and settings.
    tables : CrossbarTables
        Of `compute_tables`.
    seed : int
        Of the shift registers, by the generator of connectivity.
    state : int
        Of all cells.
    """
    rows, columns = params.rows, params.columns
    cells = (2, rows, columns)
    draws = np.maximum(following(seed, 2 * columns) >> np.uint64(DRAW_SHIFT), 1)
    return CrossbarArray(
        params=params, tables=tables, state=np.full(cells, state), gain=np.full(cells, UNIT),
        scale=np.full((2, *cells), UNIT), stuck=np.zeros(cells, int),
        loss=np.full(cells, U16_MAX), register=draws.astype(np.int64).reshape(2, columns))
