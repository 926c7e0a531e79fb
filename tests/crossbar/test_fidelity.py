from dataclasses import replace

import numpy as np
import pytest

from golden.arch.crossbar import STATE_FULL, Polarity
from golden.model.crossbar.devices import DEVICES, MAGIC, MEMTORCH
from golden.model.crossbar.fidelity import (
    DX_MAX,
    G_RMSE_MAX,
    IR_1T1R_MAX,
    IR_TABLE_MAX,
    pulse_fidelity,
    trains,
    wire_fidelity,
)
from golden.model.crossbar.tables import compute_tables
from golden.model.crossbar.vteam import doses

HARD = [
    replace(MAGIC, resistance="linear", window="kvatinsky"),
    replace(MAGIC, resistance="linear", window="none"),
    replace(MAGIC, window="kvatinsky", knee_on=2 / 3, knee_off=0.4),
    replace(MAGIC, window="none", set_width=2e-11, reset_width=2e-11),
    replace(MAGIC, window="none", resistance="linear", set_width=1e-10, reset_width=1e-10),
    replace(MAGIC, window="kvatinsky", knee_width=0.1, knee_on=0, knee_off=1),
    replace(MAGIC, window_p=7, alpha_on=2, alpha_off=3, k_on=-20, r_off=5e3),
    replace(MAGIC, set_width=1e-11, reset_width=1e-11),
    replace(MEMTORCH, set_voltage=-1.0),
]


@pytest.mark.parametrize("device", [*DEVICES.values(), *HARD],
                         ids=lambda device: f"{device.name}-{device.window}-{device.resistance}")
def test_twin_follows_the_ode(device):
    found = pulse_fidelity(device)
    assert found.x.shape == (601, 4, 8)
    assert found.g_rmse <= G_RMSE_MAX
    assert found.dx_max <= DX_MAX
    assert np.ptp(found.x) > 0.1


def test_eight_bits_are_too_coarse():
    found = pulse_fidelity(MAGIC, 8)
    assert found.g_rmse > 0.03
    assert found.dx_max > DX_MAX
    with pytest.raises(ValueError, match=r"state_bits must be in 4\.\.16, not 17"):
        pulse_fidelity(MAGIC, 17)


def test_trains_are_of_both_polarities():
    np.testing.assert_array_equal(np.unique(trains()), list(Polarity))
    assert trains().shape == (600, 4)


def test_tables_of_a_line_are_flat():
    device = replace(MAGIC, window="none")
    tables = compute_tables(device)
    for polarity, dose in zip(Polarity, doses(device), strict=True):
        step = tables.step[polarity] / 2.0**tables.step_shift[polarity]
        np.testing.assert_allclose(step[12:-12], abs(dose) * STATE_FULL, atol=0.02)
    assert tables.step[Polarity.SET, 0] == 0
    assert tables.step[Polarity.RESET, -1] == 0
    assert (tables.conductance[0], tables.conductance[-1]) == (32768, 109)


@pytest.mark.parametrize("ratio", [5, 300])
def test_attenuations_are_within_their_bars(ratio):
    found = wire_fidelity(ratio)
    assert found.table_rms <= IR_TABLE_MAX < found.ideal_rms
    assert found.ladder_max <= IR_1T1R_MAX < found.path_max
