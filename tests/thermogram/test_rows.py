"""Rows of a pool as entries: values, strengths and temperatures."""

import numpy as np
import pytest

from golden.arch.maturity import NEWBORN, Temperature, reinforced
from golden.model import new
from host.thermogram.rows import (
    STRENGTHS,
    key_of,
    signals_of,
    strengths,
    temperatures,
    weights_of,
)
from host.thermogram.signal import SIGNAL

HOT, WARM, COOL, COLD = Temperature


def pool_with(*maturities):
    """Return a pool whose rows have synapses of these maturities."""
    pool = new("rows", len(maturities))
    lengths = [len(row) for row in maturities]
    pool.row_ptr = np.cumsum([0, *lengths]).astype(np.uint32)
    pool.maturity = np.array([m for row in maturities for m in row], np.uint8)
    pool.target, pool.weight, pool.delay, pool.eligibility = (
        np.zeros(sum(lengths), dtype) for dtype in (np.uint16, np.int8, np.uint8, np.int8))
    return pool


def test_every_weight_is_a_signal():
    weights = np.arange(-128, 128).astype(np.int8)
    signals = signals_of(weights)
    np.testing.assert_array_equal(weights_of(signals), weights)
    assert signals[[0, 127, 128, 129, 255]].tolist() == [
        (-1, 128), (-1, 1), (0, 0), (1, 1), (1, 127)]


@pytest.mark.parametrize("signal", [(1, 128), (-1, 129), (2, 100), (-2, 65)])
def test_other_signals_are_refused(signal):
    with pytest.raises(ValueError, match=r"weights must be in -128\.\.127"):
        weights_of(np.array([signal], SIGNAL))


def test_keys_sort_like_sources():
    keys = [key_of(source) for source in (0, 9, 123, 65535)]
    assert keys[2] == "row/000123"
    assert keys == sorted(keys)


def test_temperature_is_that_of_most_synapses():
    rows = [HOT], [COLD, COLD, HOT], [WARM, COOL, COOL, WARM], [COLD, WARM], [COLD, COOL, HOT], []
    found = temperatures(pool_with(*rows))
    assert found.tolist() == [HOT, COLD, WARM, WARM, HOT, HOT]


def test_counters_do_not_change_the_temperature():
    pool = pool_with([63 << 2 | WARM, 5 << 2 | WARM, NEWBORN])
    assert temperatures(pool).tolist() == [WARM]


def test_strength_grows_with_every_reinforcement():
    maturity, found = 0, []
    for _ in range(96):
        found.append(int(STRENGTHS[maturity]))
        maturity = reinforced(maturity)
    assert sorted(found) == found
    assert [found[0], found[4], found[7], found[8], found[31], found[32], found[94], found[95]] == [
        13, 83, 135, 153, 189, 191, 229, 255]


def test_strength_of_a_row_is_the_mean_of_its_synapses():
    pool = pool_with([NEWBORN, COLD, 0], [NEWBORN], [], [], [WARM])
    assert strengths(pool).tolist() == [
        (1, (83 + 255 + 13) // 3), (1, 83), (1, 0), (1, 0), (-1, 153)]
