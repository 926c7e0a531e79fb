from dataclasses import replace

import numpy as np
import pytest

from golden.model.crossbar.devices import MAGIC
from golden.model.crossbar.measured import PulseTrain, fit_device
from golden.model.crossbar.vteam import flow
from host.crossbar_device import find_device, write_device
from host.errors import FileError


def measure(device, voltage, width, *, noise=0.0):
    """Return what one would measure of a device that starts in the middle."""
    rng = np.random.default_rng(1)
    x, states = np.array([0.5]), []
    for v, seconds in zip(voltage, width, strict=True):
        x = flow(device, x, device.rate(v) * seconds) if v else x
        states.append(x[0])
    conductance = device.conductance(np.array(states))
    return PulseTrain(voltage, width, conductance * (1 + noise * rng.normal(size=len(states))))


def ramp(device, pulses=120, run=30, sign=1):
    voltage = np.where(np.arange(pulses) // run % 2, device.reset_voltage, device.set_voltage)
    return np.concatenate([[0.0], sign * voltage]), np.full(pulses + 1, 1e-9)


@pytest.mark.parametrize("kind", [{}, {"window": "kvatinsky"},
                                  {"window": "none", "resistance": "linear", "r_off": 2e4}])
def test_fit_finds_the_device(kind):
    device = replace(MAGIC, **kind)
    fit = fit_device(measure(device, *ramp(device)), "found")
    assert fit.residual < 0.005
    assert not fit.negated
    assert (fit.device.window, fit.device.resistance) == (device.window, device.resistance)
    assert (fit.device.set_voltage, fit.device.reset_voltage) == (-1.7, 0.6)


def test_fit_tells_the_noise_and_finds_the_ends_that_are_reached():
    fit = fit_device(measure(MAGIC, *ramp(MAGIC, pulses=240, run=60), noise=0.03), "found")
    assert 0.02 < fit.residual < 0.04
    assert fit.device.r_on == pytest.approx(MAGIC.r_on, rel=0.2)
    assert fit.device.r_off == pytest.approx(MAGIC.r_off, rel=0.2)


def test_voltages_may_be_counted_the_other_way_round():
    train = measure(MAGIC, *ramp(MAGIC))
    fit = fit_device(replace(train, voltage=-train.voltage), "found")
    assert fit.negated
    assert fit.residual < 0.005


def test_several_amplitudes_tell_the_exponent():
    voltage, width = ramp(MAGIC)
    voltage = np.where((np.arange(121) % 3 == 0) & (voltage > 0), 0.7, voltage)
    fit = fit_device(measure(MAGIC, voltage, width), "found")
    assert fit.residual < 0.005
    weak, strong = (fit.device.rate(v) * 1e-9 for v in (0.6, 0.7))
    assert strong / weak == pytest.approx((0.7 / 0.3 - 1) ** 4, rel=0.05)


@pytest.mark.parametrize(("change", "message"), [
    ({"conductance": np.r_[np.full(50, 1e-4), np.nan]}, "pulse 51: conductance must be finite and"),
    ({"conductance": np.r_[0.0, np.full(50, 1e-4)]}, "pulse 1: conductance .* positive, not 0"),
    ({"width": np.full(51, -1e-9)}, "pulse 1: width must be finite and positive"),
    ({"voltage": np.full(51, np.inf)}, "pulse 1: voltage must be finite, not inf"),
    ({"voltage": np.full(51, 1.0)}, "at least 5 pulses of negative voltage, not 0"),
    ({"conductance": np.full(51, 1e-4)}, r"change by a factor of at least 1\.05 .*, not 1\.0000"),
])
def test_train_rejects(change, message):
    good = {"voltage": np.tile([1.0, -1.0, 1.0], 17), "width": np.full(51, 1e-9),
            "conductance": np.linspace(1e-4, 2e-4, 51)}
    with pytest.raises(ValueError, match=message):
        PulseTrain(**good | change)


def test_train_needs_twenty_pulses():
    with pytest.raises(ValueError, match="at least 20 pulses, not 19"):
        PulseTrain(np.ones(19), np.ones(19), np.ones(19))


def test_file_of_pulses_is_fitted(tmp_path):
    path = tmp_path / "mine.csv"
    train = measure(MAGIC, *ramp(MAGIC))
    rows = zip(train.voltage, train.width, train.conductance, strict=True)
    path.write_text("Voltage, width,conductance\n"
                    + "".join(f"{v},{w},{g}\n" for v, w, g in rows))
    device, fit = find_device(str(path), {})
    assert device.name == "mine"
    assert fit.residual < 0.005
    assert fit.pulses == 120


def test_file_of_parameters_comes_back(tmp_path):
    device = replace(MAGIC, window="kvatinsky", name="other")
    write_device(device, tmp_path / "device.csv")
    assert find_device(str(tmp_path / "device.csv"), {}) == (device, None)


@pytest.mark.parametrize(("text", "message"), [
    ("", "has no column voltage"),
    ("voltage,width\n1,2\n", "has no column conductance; a pulse train has the columns"),
    ("voltage,width,conductance\n1,1e-9\n", "line 2: has 2 values, the header names 3"),
    ("voltage,width,conductance\n1,1e-9,x\n", "line 2: conductance must be a number, not 'x'"),
    ("voltage,width,conductance\n1,1e-9,nan\n", "pulse 1: conductance must be finite and positive"),
    ("voltage,width,conductance\n", "at least 20 pulses, not 0"),
    ("parameter,value\nk_no,1\n", "there is no 'k_no'; there are name, k_on"),
    ("parameter,value\nk_on,-1\n", "device: missing .* required keyword-only arguments"),
    ("parameter,value\nk_on,fast\n", "device: k_on must be a number, not 'fast'"),
])
def test_bad_files_are_told_in_one_line(tmp_path, text, message):
    path = tmp_path / "device.csv"
    path.write_text(text)
    with pytest.raises(FileError, match=message) as error:
        find_device(str(path), {})
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_names_and_settings_are_told():
    with pytest.raises(FileError, match="there is no 'foo'; there are magic, memtorch"):
        find_device("foo", {})
    with pytest.raises(FileError, match="can't be read"):
        find_device("/nowhere/x.csv", {})
    with pytest.raises(ValueError, match="device: there is no 'window_q'"):
        find_device("magic", {"window_q": "1"})
    device, fit = find_device("magic", {"window": "kvatinsky", "knee_on": "0.1"})
    assert (device.window, device.knee_on, fit) == ("kvatinsky", 0.1, None)
