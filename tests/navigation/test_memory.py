"""Memristors under what is learned."""

import numpy as np
import pytest

from host.navigation.kernel import LEARNED
from host.navigation.memory import Memory, faultless

SEEDS = np.arange(40)


def test_memristors_without_fault_read_like_digital_memory():
    low, high = Memory(levels=2, variation=0, stuck=0).readings(SEEDS[:2], 9)
    none, all_of_it = faultless(2, 9)
    assert (low == none).all()
    assert (high == all_of_it).all()


def test_as_many_cells_are_stuck_as_asked_for():
    low, high = Memory(levels=32, variation=0, stuck=10).readings(SEEDS, 100)
    stuck_low, stuck_high = np.mean(high < LEARNED), np.mean(low == LEARNED)
    assert stuck_low == pytest.approx(0.05, abs=0.005)
    assert stuck_high == pytest.approx(0.05, abs=0.005)
    assert (low[low == LEARNED] == high[low == LEARNED]).all()


def test_readings_have_as_many_levels_as_asked_for_and_none_is_beyond_a_full_cell():
    _, high = Memory(levels=4, variation=50, stuck=0).readings(SEEDS, 100)
    assert set(np.unique(high)) == {0, 32, 63, 95}
    _, fine = Memory(levels=256, variation=10, stuck=0).readings(SEEDS, 100)
    assert fine.max() == LEARNED
    below = fine[fine < LEARNED]
    assert np.sqrt(np.mean((LEARNED - below)**2.0)) == pytest.approx(0.1 * LEARNED, rel=0.1)


@pytest.mark.parametrize("wrong", [{"levels": 1}, {"variation": 51}, {"stuck": -1}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=f"memory: {next(iter(wrong))} must be in"):
        Memory(**wrong)
