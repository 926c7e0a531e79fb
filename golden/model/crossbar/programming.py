"""Weights onto a crossbar: as many pulses as a nominal cell would need, and no second look."""

from dataclasses import replace

import numpy as np

from golden.arch.block import BlockParams
from golden.arch.crossbar import (
    COUNT_SHIFT,
    STATE_FULL,
    UNIT,
    CrossbarParams,
    Polarity,
    Stuck,
    cell_code,
    interpolate,
    pulse_step,
    pulsed,
)
from golden.arch.numeric import I8_MAX
from golden.model.block import DenseBlock
from golden.model.crossbar_array import CrossbarArray, CrossbarTables, ideal_array
from golden.model.pool import Pool
from golden.model.state import ARRAYS, SYNAPSE

from .variation import noise_setting, vary

PULSES_MAX = 127
VARIATION_MAX = 0.5
MIDDLE = 0x80
"""A draw without noise, that rounds to the nearest."""


def nominal_codes(tables: CrossbarTables) -> np.ndarray:
    """Return the conductance of a nominal cell after 0, 1 ... 127 SET pulses from R_off, int64."""
    conductance, step = tables.conductance.tolist(), tables.step[Polarity.SET].tolist()
    state, codes = STATE_FULL, []
    for _ in range(PULSES_MAX + 1):
        codes.append(cell_code(conductance, state, UNIT, Stuck.WORKS))
        moved = pulse_step(interpolate(step, state), UNIT, tables.step_shift[Polarity.SET], 0,
                           MIDDLE)
        state = pulsed(state, Polarity.SET, moved)
    return np.array(codes, np.int64)


def pulses_across(tables: CrossbarTables) -> int:
    """Return how many SET pulses take a nominal cell across its range, 1..127.

    As across counts what comes within 1 % of the largest conductance that pulses reach.
    """
    codes = nominal_codes(tables)
    return int(np.argmax(codes >= 0.99 * codes[-1]))


def program(array: CrossbarArray, weight: np.ndarray) -> None:
    """Program weights by pulses, from R_off, blindly: each as many as a nominal cell needs.

    A positive weight is written to the PLUS cell, a negative one to the MINUS cell; the other one
    stays at R_off. Whatever cells do otherwise than nominal ones stays in the weights.

    Parameters
    ----------
    array : CrossbarArray
        Crossbar, changed in place.
    weight : ndarray of int, shape (rows, columns)
        Weights, −127..127.
    """
    array.state[:] = STATE_FULL
    codes = nominal_codes(array.tables)
    wanted = codes[0] + (np.arange(I8_MAX + 1) << array.params.adc_shift)
    count = np.abs(codes - wanted[:, np.newaxis]).argmin(axis=1)
    array.pulse_rows(np.sign(weight) * count[np.abs(weight)])


def on_crossbar(pool: Pool, tables: CrossbarTables, *, delay: int, variation: float = 0.0,
                stuck: float = 0.0, seed: int = 1) -> Pool:
    """Return a pool whose synapses are on a crossbar, all with one delay.

    The crossbar leads from every neuron to every neuron. Where the pool has no synapse, both cells
    are stuck OFF, as cells that were never formed. A change of a weight becomes pulses by what one
    pulse changes a nominal weight on average, 127 over `pulses_across`.

    Parameters
    ----------
    pool : Pool
        Pool; not changed. Synapses that dangle are left out.
    tables : CrossbarTables
        Of the cells.
    delay : int
        Ticks from spike to arrival.
    variation : float
        Standard deviation, relative, of gains and of steps from cell to cell, and of steps from
        pulse to pulse, 0..0.5.
    stuck : float
        Part of the cells that are stuck, half of them OFF and half ON.
    seed : int
        Of all draws.

    Raises
    ------
    ValueError
        If a value is out of its range, or the pool has several synapses from one neuron to another,
        or a block already.
    """
    for name, value, most in (("variation", variation, VARIATION_MAX), ("stuck", stuck, 1)):
        if not 0 <= value <= most:
            raise ValueError(f"crossbar: {name} must be in 0..{most:g}, not {value:g}")
    if pool.block:
        raise ValueError(f"crossbar: pool {pool.name!r} has a block already")
    source = np.repeat(np.arange(pool.n), np.diff(pool.row_ptr))
    inside = pool.target < pool.n
    pairs = source[inside], pool.target[inside].astype(np.int64)
    formed = np.zeros((pool.n, pool.n), np.bool_)
    formed[pairs] = True
    if np.count_nonzero(formed) < len(pairs[0]):
        raise ValueError(f"crossbar: pool {pool.name!r} has several synapses from one neuron to "
                         "another, but a crossbar has one weight for each")
    weight = np.zeros(formed.shape, np.int64)
    weight[pairs] = np.clip(pool.weight[inside], -I8_MAX, I8_MAX)

    gain = round(pulses_across(tables) * (1 << COUNT_SHIFT) / I8_MAX)
    params = CrossbarParams(rows=pool.n, columns=pool.n, noise=noise_setting(variation),
                            pulse_gain=gain)
    array = vary(ideal_array(params, tables, seed=seed), gain=variation, scale=variation,
                 off=stuck / 2, on=stuck / 2, seed=seed)
    array.stuck[:, ~formed] = Stuck.OFF
    program(array, weight)
    without = {name: getattr(pool, name)[:0] for name, (_, extent) in ARRAYS.items()
               if extent == SYNAPSE}
    return replace(pool, row_ptr=np.zeros_like(pool.row_ptr), **without,
                   block=DenseBlock.at_rest(BlockParams(delay=delay), array))
