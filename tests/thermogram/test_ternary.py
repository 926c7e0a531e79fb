"""Ternary weights: packing, quantisation, and dot products to the last bit."""

import numpy as np
import pytest

from host.thermogram.ternary import (
    PackedTernary,
    TernaryLayer,
    adaptive_threshold,
    majority,
    quantise,
    strengthened,
    weakened,
)

ALL = np.array([-1, 0, 1], np.int8)


def test_t24_ternary_pack():
    packed = PackedTernary.pack(np.ones(1000, np.int8))
    assert len(packed.data) == 250
    assert packed.compression_ratio == 16
    assert PackedTernary.pack([1, -1, 0, 1]).dot([1, 2, 3, 4]) == 3


def test_weight_k_is_two_bits_of_byte_k_div_4():
    assert PackedTernary.pack([1, -1, 0, 1, -1]).data == bytes([0b01_00_10_01, 0b10])
    np.testing.assert_array_equal(PackedTernary(bytes([0b11_10_01_00]), 4).unpack(), [0, 1, -1, 0])


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 8, 1001])
def test_unpacks_what_was_packed(length):
    weights = np.random.default_rng(length).integers(-1, 2, length)
    packed = PackedTernary.pack(weights)
    assert packed.length == length
    np.testing.assert_array_equal(packed.unpack(), weights)
    zeros = np.count_nonzero(weights == 0)
    assert packed.sparsity == (np.float32(1) - np.float32(length - zeros) / np.float32(length)
                               if length else 1)


def test_refuses_other_weights_and_sizes():
    with pytest.raises(ValueError, match=r"weights must be in -1\.\.1, not -1\.\.2"):
        PackedTernary.pack([2, -1])
    with pytest.raises(ValueError, match="5 weights need 2 bytes, not 1"):
        PackedTernary(b"\0", 5)


def test_steps_up_and_down():
    np.testing.assert_array_equal(strengthened(ALL), [0, 1, 1])
    np.testing.assert_array_equal(weakened(ALL), [-1, -1, 0])
    assert [majority(votes) for votes in ([1, 1, -1], [-1, 0, 0], [1, -1], [])] == [1, -1, 0, 0]


def test_quantises_at_the_threshold():
    half = np.float32(0.5)
    below = np.nextafter(half, np.float32(0))
    values = np.array([half, -half, below, -below, 0, np.nan, np.inf, -np.inf], np.float32)
    np.testing.assert_array_equal(quantise(values, 0.5), [1, -1, 0, 0, 0, 0, 1, -1])


def test_adaptive_threshold_is_the_mean_magnitude_of_what_counts():
    assert adaptive_threshold([0.25, -0.75, 0, 1e-6, -1e-6]) == 0.5
    assert adaptive_threshold([]) == adaptive_threshold([1e-7]) == 0.5
    assert adaptive_threshold(np.full(3, 2e-6, np.float32)) == np.float32(2e-6)


def test_sums_in_order():
    rng = np.random.default_rng(1)
    inputs = (rng.standard_normal(4097) * 10.0 ** rng.integers(-6, 6, 4097)).astype(np.float32)
    weights = rng.integers(-1, 2, 4097)
    expected = np.float32(0)
    for weight, value in zip(weights, inputs, strict=True):
        if weight:
            expected = expected + value if weight > 0 else expected - value
    assert PackedTernary.pack(weights).dot(inputs) == expected
    counted = [abs(value) for value in inputs if abs(value) > np.float32(1e-6)]
    threshold = np.float32(0)
    for value in counted:
        threshold += value
    assert adaptive_threshold(inputs) == threshold / np.float32(len(counted))


def test_a_weight_of_zero_ignores_its_input():
    assert PackedTernary.pack([0, 1, 0]).dot([np.inf, 2, np.nan]) == 2
    assert PackedTernary.pack([0, 1, 1]).dot([5, 2]) == 2
    assert PackedTernary.pack([]).dot([1]) == 0


def test_layer_scales_each_row_by_its_largest_weight():
    layer = TernaryLayer([[1, 0, -1], [-2, 2, 0], [0, 0, 0]])
    np.testing.assert_array_equal(layer.scales, np.array([1, 2, 1], np.float32))
    np.testing.assert_array_equal([row.unpack() for row in layer.rows],
                                  [[1, 0, -1], [-1, 1, 0], [0, 0, 0]])
    output = layer.forward([1, 2, 3])
    assert output.dtype == np.float32
    np.testing.assert_array_equal(output, [-2, 2, 0])
