import numpy as np
import pytest

from golden.arch import numeric
from golden.model.arithmetic import decay, divide_toward_zero, saturate


@pytest.mark.parametrize("width", [8, 16])
def test_saturation_is_that_of_the_contract(width):
    half = 1 << (width - 1)
    values = np.array([-4 * half, -half - 1, -half, -half + 1, 0, half - 1, half, 4 * half - 1])
    assert saturate(values, width).tolist() == [numeric.saturate(int(v), width) for v in values]


@pytest.mark.parametrize("shift", [6, 8])
def test_division_rounds_toward_zero(shift):
    values = np.arange(-32640, 32641).astype(np.int16)
    assert divide_toward_zero(values, shift).tolist() == [
        numeric.divide_toward_zero(v, shift) for v in range(-32640, 32641)]


@pytest.mark.parametrize("trace_decay", [0, 1, 127, 128, 230, 240, 254, 255])
def test_decay_of_every_value_is_that_of_the_contract(trace_decay):
    values = np.arange(-128, 128).astype(np.int8)
    decayed = decay(values, trace_decay)
    assert decayed.dtype == np.int8
    assert decayed.tolist() == [numeric.decay(v, trace_decay) for v in range(-128, 128)]


@pytest.mark.parametrize(("trace_decay", "ticks"), [(230, 29), (240, 43), (255, 127)])
def test_full_eligibility_lasts(trace_decay, ticks):
    values = np.array([127], np.int8)
    for _ in range(ticks):
        assert values[0]
        values = decay(values, trace_decay)
    assert not values[0]
