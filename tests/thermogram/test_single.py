"""Single-precision sums: the last bit is that of a loop."""

import numpy as np
import pytest

from host.thermogram.single import column_totals, running_total, total


def rough(shape):
    """Return numbers of which every order of addition makes another sum."""
    rng = np.random.default_rng(7)
    values = rng.standard_normal(shape) * 10.0 ** rng.integers(-4, 5, shape)
    return values.astype(np.float32)


def loop(values):
    result = np.zeros(values.shape[1:], np.float32)
    for row in values:
        result = result + row
    return result


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 128, 129, 2048, 9001])
@pytest.mark.parametrize("columns", [1, 2, 3, 8, 100])
def test_sums_are_those_of_a_loop(rows, columns):
    matrix = rough((rows, columns))
    expected = loop(matrix)
    assert column_totals(matrix).dtype == total(matrix.T).dtype == np.float32
    np.testing.assert_array_equal(column_totals(matrix), expected)
    np.testing.assert_array_equal(total(matrix.T), expected)


def test_sums_in_pairs_would_be_seen():
    values = rough(2048)
    assert np.sum(values) != total(values)


def test_partial_sums():
    values = rough(5)
    np.testing.assert_array_equal(running_total(values), [loop(values[:k]) for k in range(1, 6)])


def test_sums_start_at_plus_zero():
    zeros = np.full((3, 2), -0.0, np.float32)
    assert not np.signbit(column_totals(zeros)).any()
    assert not np.signbit(total(zeros)).any()


def test_overflow_is_silent():
    assert np.isnan(total(np.array([np.inf, -np.inf], np.float32)))
    assert total(np.full(2, np.finfo(np.float32).max)) == np.inf
