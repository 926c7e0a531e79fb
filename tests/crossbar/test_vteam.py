from dataclasses import replace

import numpy as np
import pytest

from golden.model.crossbar.device import DeviceParams
from golden.model.crossbar.devices import DEVICES, MAGIC, MEMTORCH
from golden.model.crossbar.vteam import doses, flow, hysteresis, pulse_train, read_disturb

FREE = replace(MAGIC, window="none")


@pytest.mark.parametrize(("device", "voltage", "seconds"), [
    (MEMTORCH, -1.0, 4.7e-12), (MEMTORCH, 1.0, 122e-9), (FREE, -1.7, 44e-9), (FREE, 0.6, 33e-9),
])
def test_full_swing_takes_as_long_as_published_parameters_tell(device, voltage, seconds):
    assert 1 / abs(device.rate(voltage)) == pytest.approx(seconds, rel=0.01)


def test_nothing_moves_between_the_thresholds():
    for voltage in (MAGIC.v_on, -0.1, 0.0, 0.1, MAGIC.v_off):
        assert MAGIC.rate(voltage) == 0
    assert MAGIC.rate(np.nextafter(MAGIC.v_off, 1)) > 0
    assert MAGIC.rate(np.nextafter(MAGIC.v_on, -2)) < 0


def test_reads_beyond_a_threshold_disturb():
    assert read_disturb(MEMTORCH, 0.1, 1e-8) == pytest.approx(0.0067, rel=0.01)
    assert read_disturb(MAGIC, 0.1, 1e-3) == 0


def test_flow_without_window_is_a_line_that_ends():
    np.testing.assert_allclose(flow(FREE, [0.0, 0.5, 0.95], 0.1), [0.1, 0.6, 1.0], atol=1e-9)
    np.testing.assert_allclose(flow(FREE, [0.05, 0.5, 1.0], -0.1), [0.0, 0.4, 0.9], atol=1e-9)


def test_flow_with_biolek_of_one_is_a_hyperbolic_tangent():
    device = replace(MAGIC, window_p=1)
    x = np.linspace(0, 0.99, 20)
    np.testing.assert_allclose(flow(device, x, 0.7), np.tanh(np.arctanh(x) + 0.7), atol=1e-8)
    np.testing.assert_allclose(flow(device, 1 - x, -0.7), 1 - np.tanh(np.arctanh(x) + 0.7),
                               atol=1e-8)


def test_kvatinsky_slows_beyond_its_knees():
    device = replace(MAGIC, window="kvatinsky")
    x = np.array([0.85, 0.5, 1.0])
    np.testing.assert_allclose(device.slowed(x, np.ones(3, bool)), [np.exp(-1), 1, 0], atol=1e-4)
    np.testing.assert_allclose(device.slowed(1 - x, np.zeros(3, bool)), [np.exp(-1), 1, 0],
                               atol=1e-4)


def test_train_is_pulse_after_pulse():
    states = pulse_train(FREE, [[0, 1], [1, 1]], [0.5, 0.5])
    down, up = doses(FREE)
    np.testing.assert_allclose(states, [[0.5, 0.5], [0.5 + down, 0.5 + up],
                                        [0.5 + down + up, 0.5 + 2 * up]], atol=1e-9)


def test_hysteresis_is_pinched_and_crosses_the_range():
    voltage, current, x = hysteresis(MAGIC, points=40)
    assert np.all(current[np.abs(voltage) < 1e-12] < 1e-12)
    assert x.max() > 0.9
    assert x[-1] < 0.1
    resistance = voltage[1:39] / current[1:39]
    assert resistance[-1] > 10 * resistance[0]


@pytest.mark.parametrize("law", ["linear", "exponential"])
@pytest.mark.parametrize("ratio", [1.01, 20, 300, 1e6])
def test_levels_and_positions_are_inverse(law, ratio):
    device = replace(MAGIC, resistance=law, r_off=ratio * MAGIC.r_on)
    x = np.concatenate([np.linspace(0, 1, 101), np.geomspace(1e-9, 1, 30)])
    np.testing.assert_allclose(device.position(device.level(x)), x, atol=1e-12)
    ends = device.conductance(np.array([0, 1]))
    np.testing.assert_allclose(ends, [1 / device.r_on, 1 / device.r_off])


@pytest.mark.parametrize(("wrong", "message"), [
    ({"k_on": float("nan")}, "device: k_on must be a finite number, not nan"),
    ({"k_on": 1.0}, "device: k_on must be negative, not 1"),
    ({"alpha_off": 0}, "device: alpha_off must be positive, not 0"),
    ({"window_p": 1e6}, r"device: window_p must be at most 100, not 1e\+06"),
    ({"set_voltage": -1e300}, r"device: set_width must be such .* not inf: make the pulse shorter"),
    ({"name": "../escape"}, "device: name must be one that a folder may have"),
    ({"r_off": 1e3}, "device: r_off must be above r_on, 1000"),
    ({"w_off": 0.0}, "device: w_off must be above w_on"),
    ({"set_voltage": -1.5}, r"set_voltage must be beyond the threshold of -1\.5 V"),
    ({"reset_voltage": 0.27}, "reset_voltage .*such a pulse never switches"),
    ({"read_voltage": 0.31}, "read_voltage must be in .*reads move the state"),
    ({"set_width": 1e-15}, "set_width .*: make the pulse longer"),
    ({"reset_width": 1.0}, "reset_width .*: make the pulse shorter"),
    ({"window": "joglekar"}, "window 'joglekar' is refused: it is 0 at both ends"),
    ({"window": "prodromakis"}, "window 'prodromakis' is refused"),
    ({"window": "biolex"}, "window must be one of none, biolek, kvatinsky, not 'biolex'"),
    ({"resistance": "cubic"}, "resistance must be one of linear, exponential"),
])
def test_device_rejects(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        replace(MAGIC, **wrong)
    assert "\n" not in str(error.value)


def test_devices_have_names_and_sources():
    for name, device in DEVICES.items():
        assert isinstance(device, DeviceParams)
        assert device.name == name
        assert device.source
