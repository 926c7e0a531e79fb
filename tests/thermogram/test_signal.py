import numpy as np
import pytest

from host.thermogram.signal import (
    SIGNAL,
    ZERO,
    Signal,
    add,
    fraction,
    from_signed,
    one,
    positive,
    scale,
    signed,
    truncated,
)

EVERY = np.arange(256, dtype=np.uint8)


def signals(polarity, magnitude):
    result = np.empty(np.broadcast_shapes(np.shape(polarity), np.shape(magnitude)), SIGNAL)
    result["polarity"], result["magnitude"] = polarity, magnitude
    return result


def test_signal_is_two_bytes():
    assert np.array([(-1, 7), (1, 0), (0, 5)], SIGNAL).tobytes() == b"\xff\x07\x01\x00\x00\x05"
    assert (positive(0), ZERO) == (Signal(1, 0), Signal(0, 0))


def test_truncated_saturates():
    values = np.array([-np.inf, -1, -0.0, 0.999, 1, 254.999, 255, 256, np.inf, np.nan], np.float32)
    assert truncated(values).tolist() == [0, 0, 0, 0, 1, 254, 255, 255, 255, 0]


def test_numbers_of_signals():
    assert fraction(signals(-1, EVERY)).dtype == np.float32
    np.testing.assert_array_equal(fraction(signals(-1, EVERY)), EVERY / np.float32(255))
    np.testing.assert_array_equal(signed(signals(-1, EVERY)), -(EVERY / np.float32(255)))
    np.testing.assert_array_equal(signed(signals(0, EVERY)), np.zeros(256, np.float32))


@pytest.mark.parametrize(("value", "signal"), [
    (0.01, (0, 2)), (np.nextafter(np.float32(0.01), np.float32(1)), (1, 2)), (-0.01, (0, 2)),
    (np.nextafter(np.float32(-0.01), np.float32(-1)), (-1, 2)), (2.0, (1, 255)), (-9.0, (-1, 255)),
    (0.0, (0, 0)), (np.inf, (1, 255)), (np.nan, (0, 255)),
])
def test_from_signed(value, signal):
    assert one(from_signed(np.float32(value))) == signal


@pytest.mark.parametrize("polarity", [1, -1])
def test_signals_of_one_polarity_add_as_saturating_integers(polarity):
    total = add(signals(polarity, EVERY[:, None]), signals(polarity, EVERY))
    expected = np.minimum(np.add.outer(np.arange(256), np.arange(256)), 255)
    np.testing.assert_array_equal(total["magnitude"], expected)
    np.testing.assert_array_equal(total["polarity"], np.where(expected > 2, polarity, 0))


def test_opposite_signals_are_one_low_in_25130_pairs():
    left = add(signals(1, EVERY[:, None]), signals(-1, EVERY))["magnitude"].astype(int)
    short = np.abs(np.subtract.outer(np.arange(256), np.arange(256))) - left
    assert np.bincount(short.ravel()).tolist() == [65536 - 25130, 25130]


@pytest.mark.parametrize(("signal", "factor", "expected"), [
    ((1, 200), 0.5, (1, 100)), ((-1, 1), 0.95, (0, 0)), ((1, 200), 2, (1, 255)),
    ((1, 0), 1, (0, 0)), ((0, 5), 1, (0, 5)), ((1, 9), -1, (0, 0)), ((1, 9), np.nan, (0, 0)),
])
def test_scale(signal, factor, expected):
    assert one(scale(signal, np.float32(factor))) == expected
