import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.arch.config import Options, PoolConfig
from golden.model import Pool, new
from tests.support.literal import LiteralPool, assert_same
from tests.support.pools import any_options, any_pool

seeds = st.integers(0, 2**32 - 1)


def some_current(rng: np.random.Generator, n: int):
    """Return no input, or a vector that may be shorter or longer than the pool."""
    length = rng.choice([0, n // 2, n, n + 3])
    return rng.choice([-32768, 32767, 4000, 0, -500], length).astype(np.int16)


@pytest.mark.parametrize("optional", [False, True], ids=["reference", "options"])
@settings(max_examples=150, deadline=None)
@given(seed=seeds)
def test_any_pool_does_what_the_specification_says(optional, seed):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, options=any_options(rng) if optional else Options())
    literal = LiteralPool(pool)
    for _ in range(12):
        match rng.choice(["tick", "tick", "tick", "inject", "modulate", "grow", "prune"]):
            case "tick":
                current = some_current(rng, pool.n)
                fired = pool.tick(current)
                literal.tick(current)
                assert fired.tolist() == np.flatnonzero(literal.spike).tolist()
            case "inject":
                first, end = rng.integers(0, 20, 2).tolist()
                arguments = first, end, int(rng.integers(-1, 2)), int(rng.integers(256))
                pool.inject(*arguments)
                literal.inject(*arguments)
            case "modulate":
                levels = rng.choice([0, 30, 31, 128, 129, 135, 255], 2).tolist()
                assert pool.modulate(*levels) == literal.modulate(*levels)
            case "grow" if pool.config.max_delay:
                assert pool.synaptogenesis(200) == literal.synaptogenesis(200)
            case "prune":
                assert pool.prune() == literal.prune()
        assert_same(pool, literal)


@pytest.mark.parametrize(("current", "fired"), [(3839, []), (3840, [0]), (3841, [0])])
def test_fires_at_threshold(current, fired):
    pool = new("", 1)
    assert pool.tick([current]).tolist() == fired


@pytest.mark.parametrize(("neuron", "magnitude", "fired"), [
    (0, 31, False), (0, 32, True), (4, 59, False), (4, 60, True),
])
def test_smallest_injection_that_fires(neuron, magnitude, fired):
    pool = new("", 5)
    pool.inject(neuron, neuron + 1, 1, magnitude)
    assert (neuron in pool.tick()) == fired


def test_spike_resets_and_starts_dead_time():
    pool = new("", 1)
    assert [pool.tick([5000]).tolist() for _ in range(4)] == [[0], [], [], [0]]
    assert (pool.potential[0], pool.refractory[0]) == (-16640, 2)


def test_refractory_neuron_loses_its_currents():
    pool = new("", 1)
    pool.refractory[0], pool.trace[0] = 1, 50
    pool.ring[0, 0] = 9000
    before = pool.potential[0]
    assert pool.tick([9000]).tolist() == []
    assert (pool.potential[0], pool.trace[0], pool.refractory[0]) == (before, 50, 0)
    assert not pool.ring.any()


def test_refractory_neuron_is_injected():
    pool = new("", 1)
    pool.refractory[0] = 2
    pool.inject(0, 1, -1, 10)
    assert pool.potential[0] == -17920 - 1280


@pytest.mark.parametrize(("value", "polarity", "magnitude", "result"), [
    (32767, 1, 1, 32767), (32767 - 128, 1, 1, 32767), (32766 - 128, 1, 1, 32766),
    (-32768, -1, 1, -32768), (-32768 + 128, -1, 1, -32768), (0, 1, 255, 32640),
    (0, 0, 255, 0), (32767, -128, 255, -32768), (-32768, 127, 255, 32767),
])
def test_injection_saturates(value, polarity, magnitude, result):
    pool = new("", 1)
    pool.potential[0] = value
    pool.inject(0, 1, polarity, magnitude)
    assert pool.potential[0] == result


@pytest.mark.parametrize(("first", "end", "hit"), [
    (0, 0, []), (3, 2, []), (1, 3, [1, 2]), (4, 900, [4]), (900, 901, []), (0, 2**40, range(5)),
])
def test_injection_range_may_be_empty_or_exceed_the_pool(first, end, hit):
    pool = new("", 5)
    pool.inject(first, end, 1, 1)
    assert np.flatnonzero(pool.potential != -17920).tolist() == list(hit)


@pytest.mark.parametrize("wrong", [(-1, 2, 1, 1), (0, -2, 1, 1), (0, 1, 128, 1), (0, 1, 1, 256)])
def test_injection_rejects(wrong):
    with pytest.raises(ValueError, match="inject: "):
        new("", 5).inject(*wrong)


def test_three_steps_saturate_one_by_one():
    pool = new("", 1, PoolConfig(resting_potential=32767, spike_threshold=32767))
    pool.potential[0], pool.ring[0, 0], pool.leak[0] = 32700, -100, 0
    pool.tick([32767])  # 32767 after the input, not 65467
    assert pool.potential[0] == 32667


@pytest.mark.parametrize("current", [[0.5], [[1]], [40000], [-32769], "abc", [2**70]])
def test_tick_rejects_what_is_no_current(current):
    with pytest.raises(ValueError, match="current"):
        new("", 1).tick(current)


@pytest.mark.parametrize("current", [None, [], [1], (1, 2), np.arange(3, dtype=np.uint8)])
def test_tick_accepts_any_integers(current):
    new("", 2).tick(current)


def test_tick_does_not_touch_its_input():
    current = np.full(3, 9000, np.int16)
    new("", 2).tick(current)
    assert current.tolist() == [9000] * 3


def test_tick_count_wraps():
    pool = new("", 1)
    pool.tick_count = 2**64 - 1
    pool.tick()
    assert pool.tick_count == 0


def test_output_is_255_where_it_fired():
    pool = new("", 4)
    pool.tick([9000, 0, 9000])
    assert pool.read_output(0, 3).tolist() == [255, 0, 255]
    assert pool.read_output(2, 99).tolist() == [255, 0]
    assert pool.read_output(3, 1).tolist() == []
    assert pool.mean_activation == 127
    assert pool.last_spike_count == 2


def test_membranes_reset_to_rest():
    pool = new("", 3)
    pool.tick([9000])
    pool.reset_membranes()
    assert pool.potential.tolist() == [-17920] * 3
    assert not pool.refractory.any()
    assert pool.trace[0] == 17  # 20 * 230 / 256


def test_empty_pool_ticks():
    pool = new("", 0)
    assert pool.tick([1, 2]).tolist() == []
    assert (pool.mean_activation, pool.modulate(255, 0), pool.prune(), pool.synaptogenesis(255)
            ) == (0, (0, 0), 0, 0)
    assert isinstance(pool.copy(), Pool)
