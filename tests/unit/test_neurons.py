import numpy as np
import pytest

from golden.arch.config import Leak, Options, PoolConfig, Reset
from golden.arch.numeric import leak_step
from golden.model import Pool, new
from golden.model.neurons import LEAK_FACTORS, leak_steps


def at(potential: int, *, config: PoolConfig | None = None, options: Options | None = None,
       **arrays: int) -> Pool:
    """Return a pool of one neuron at `potential`."""
    pool = new("", 1, config, options)
    pool.potential[0] = potential
    for name, value in arrays.items():
        getattr(pool, name)[0] = value
    return pool


@pytest.mark.parametrize(("leak", "stalls"), [(4, -17935), (8, -17921), (2, -17983), (0, -18175)])
def test_leak_stalls_short_of_rest_from_below_only(leak, stalls):
    for start, end in ((-20000, stalls), (-15000, -17920)):
        pool = at(start, leak=leak)
        for _ in range(3000):
            pool.tick()
        assert pool.potential[0] == end


@pytest.mark.parametrize("leak", [0, 1, 6, 7, 8, 255])
def test_leak_code_shifts(leak):
    potentials = np.arange(-32768, 32768).astype(np.int16)
    pool = new("", len(potentials))
    pool.potential[:], pool.leak[:] = potentials, leak
    expected = (-17920 - potentials.astype(int)) >> (8 - min(leak, 7))
    np.testing.assert_array_equal(leak_steps(pool), expected)


@pytest.mark.parametrize("fraction", [0, 1, 10, 1023, 2048, 4095, 4096])
def test_leak_fraction_rounds_to_nearest(fraction):
    potentials = np.arange(-32768, 32768, 7).astype(np.int16)
    pool = new("", len(potentials), options=Options(leak=Leak.FRACTION))
    pool.potential[:], pool.leak_fraction[:] = potentials, fraction
    assert leak_steps(pool).tolist() == [
        leak_step(-17920 - int(v), fraction, nearest=True) for v in potentials]


@pytest.mark.parametrize(("difference", "step"), [
    (1, 1), (-1, 0), (3, 2), (-3, -1), (2, 1), (-2, -1),  # halves go up
])
def test_leak_fraction_ties_go_up(difference, step):
    pool = at(-17920 - difference, options=Options(leak=Leak.FRACTION), leak_fraction=2048)
    assert leak_steps(pool).tolist() == [step]


def test_leak_fraction_is_ignored_unless_it_is_asked_for():
    pool = at(0, leak=4, leak_fraction=4096)
    assert leak_steps(pool).tolist() == [-17920 >> 4]


def test_leak_factors_cap_at_code_7():
    assert LEAK_FACTORS[[0, 4, 7, 8, 255]].tolist() == [16, 256, 2048, 2048, 2048]


@pytest.mark.parametrize(("length", "hit"), [(0, 0), (2, 2), (3, 3), (9, 3)])
def test_input_of_any_length(length, hit):
    pool = new("", 3)
    pool.tick(np.full(length, 100, np.int16))
    assert pool.potential.tolist() == [-17820] * hit + [-17920] * (3 - hit)


@pytest.mark.parametrize(("threshold", "fires"), [(99, True), (100, True), (101, False)])
def test_threshold_is_reached_not_exceeded(threshold, fires):
    pool = at(100, config=PoolConfig(resting_potential=100), threshold=threshold)
    assert bool(len(pool.tick())) == fires


def test_neuron_fires_on_either_rail():
    pool = at(32767, config=PoolConfig(resting_potential=32767), threshold=32767)
    assert pool.tick([32767]).tolist() == [0]
    pool = at(-32768, config=PoolConfig(resting_potential=-32768), threshold=-32768)
    assert pool.tick([-32768]).tolist() == [0]


@pytest.mark.parametrize(("potential", "threshold", "left"), [
    (1000, 900, 100), (1000, 1000, 0), (-1000, -3000, 2000), (32767, -32768, 32767),
    (30000, -2767, 32767), (30000, -2768, 32767), (30000, -2766, 32766),
])
def test_reset_by_subtraction_saturates(potential, threshold, left):
    pool = at(potential, threshold=threshold, options=Options(reset=Reset.SUBTRACT),
              config=PoolConfig(resting_potential=potential))
    assert pool.tick().tolist() == [0]
    assert pool.potential[0] == left


@pytest.mark.parametrize(("refractory_ticks", "period"), [(0, 1), (1, 2), (2, 3), (255, 256)])
def test_dead_time_sets_the_firing_ceiling(refractory_ticks, period):
    pool = new("", 1, PoolConfig(refractory_ticks=refractory_ticks))
    fired = [len(pool.tick([32767])) for _ in range(2 * period)]
    assert fired == ([1] + [0] * (period - 1)) * 2


@pytest.mark.parametrize(("before", "bump", "after"), [
    (0, 20, 17), (120, 20, 114), (107, 20, 114), (106, 20, 113), (-128, -128, -115), (0, -1, 0),
])
def test_trace_is_bumped_then_decays(before, bump, after):
    pool = at(0, config=PoolConfig(stdp_positive=bump), trace=before)
    pool.tick()
    assert pool.trace[0] == after


def test_silent_trace_decays_toward_zero():
    pool = new("", 2)
    pool.trace[:] = [10, -10]
    pool.tick()
    assert pool.trace.tolist() == [8, -8]


def test_crafted_dead_time_counts_down():
    pool = at(-17920, refractory=255)
    for _ in range(255):
        assert not len(pool.tick([32767]))
    assert len(pool.tick([32767]))
