import numpy as np
import pytest

from golden.arch.config import Homeostasis, Options, PoolConfig
from golden.model import Pool, new


def counting(tick_count: int, mode: Homeostasis, *, step: int = 3, spike: bool = False,
             rate: int = 0) -> Pool:
    """Return a pool of one neuron, which fires in the next tick or doesn't."""
    pool = new("", 1, PoolConfig(homeostatic_rate=step), Options(homeostasis=mode))
    pool.tick_count, pool.rate[0] = tick_count, rate
    pool.threshold[0] = -32000 if spike else 32000
    return pool


def moved(pool: Pool) -> int:
    before = int(pool.threshold[0])
    pool.tick()
    return int(pool.threshold[0]) - before


@pytest.mark.parametrize(("tick_count", "move"), [(0, -3), (1, 0), (99, 0), (100, -3), (101, 0),
                                                  (2**64 - 16, -3)])
def test_reference_moves_every_100_ticks(tick_count, move):
    assert moved(counting(tick_count, Homeostasis.REFERENCE)) == move


@pytest.mark.parametrize(("rate", "spike", "after", "move"), [
    (0, False, 0, -3), (0, True, 1, -3), (1, True, 1, -3), (1, False, 0, -3),
    (6, False, 5, -3), (7, False, 6, 0), (6, True, 6, 0), (5, True, 5, -3),
    (26, True, 26, 0), (27, True, 27, 3), (27, False, 26, 0), (28, False, 27, 3),
    (65535, True, 65280, 3),
])
def test_reference_rate_and_its_thresholds(rate, spike, after, move):
    pool = counting(100, Homeostasis.REFERENCE, rate=rate, spike=spike)
    assert moved(pool) == move
    assert pool.rate[0] == after


def test_reference_without_step_keeps_even_the_rate():
    pool = counting(100, Homeostasis.REFERENCE, step=0, spike=True)
    assert (moved(pool), pool.rate[0]) == (0, 0)


def test_reference_threshold_falls_to_its_rail():
    pool = counting(0, Homeostasis.REFERENCE, step=255)
    pool.threshold[0] = -32767
    pool.tick()
    assert pool.threshold[0] == -32768


def test_reference_silent_pool_lowers_by_one_per_100_ticks():
    pool = new("", 1)
    for _ in range(301):
        pool.tick()
    assert pool.threshold[0] == -14080 - 4


@pytest.mark.parametrize(("rate", "spike", "after"), [
    (0, False, 0), (0, True, 256), (255, False, 255), (256, False, 255), (256, True, 511),
    (65535, True, 65535), (65535, False, 65280), (65280, True, 65281), (65279, True, 65281),
])
def test_rate_option_averages_every_tick(rate, spike, after):
    pool = counting(7, Homeostasis.RATE, rate=rate, spike=spike, step=0)
    assert (moved(pool), pool.rate[0]) == (0, after)


@pytest.mark.parametrize(("rate", "move"), [
    (3276 + 12, -3), (3277 + 12, 0), (3278 + 12, 3),  # the tick takes 12 off before comparing
    (0, -3), (65535, 3),
])
def test_rate_option_steers_toward_its_target(rate, move):
    assert moved(counting(100, Homeostasis.RATE, rate=rate)) == move
    assert moved(counting(101, Homeostasis.RATE, rate=rate)) == 0


@pytest.mark.parametrize(("threshold", "rate", "after"), [(32766, 9999, 32767),
                                                          (-32767, 0, -32768)])
def test_rate_option_saturates_thresholds(threshold, rate, after):
    pool = counting(0, Homeostasis.RATE, rate=rate)
    pool.threshold[0] = threshold
    pool.tick([-32768])
    assert pool.threshold[0] == after


def test_rate_option_holds_a_driven_neuron_near_its_target():
    rng = np.random.default_rng(1)
    pool = new("", 1, PoolConfig(homeostatic_rate=255), Options(homeostasis=Homeostasis.RATE))
    for _ in range(20_000):
        pool.tick(rng.integers(0, 3000, 1).astype(np.int16))
    spikes = sum(len(pool.tick(rng.integers(0, 3000, 1).astype(np.int16))) for _ in range(5000))
    assert 0.04 < spikes / 5000 < 0.06


@pytest.mark.parametrize("spike", [False, True])
def test_fixed_option_moves_nothing(spike):
    pool = counting(100, Homeostasis.FIXED, rate=77, spike=spike)
    assert (moved(pool), pool.rate[0]) == (0, 77)
