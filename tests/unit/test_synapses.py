import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.arch.config import Options, PoolConfig
from golden.model import Pool, new
from golden.model.synapses import accumulate
from tests.support.literal import sat16


def connected(edges, *, n=3, config=None, options=None) -> Pool:
    """Return a pool with synapses (source, target, weight, delay)."""
    pool = new("", n, config or PoolConfig(), options)
    edges = sorted(edges, key=lambda edge: edge[0])
    sources, targets, weights, delays = (list(column) for column in zip(*edges, strict=True))
    pool.row_ptr = np.searchsorted(sources, np.arange(n + 1)).astype(np.uint32)
    pool.target = np.array(targets, np.uint16)
    pool.weight = np.array(weights, np.int8)
    pool.delay = np.array(delays, np.uint8)
    pool.eligibility = np.zeros(len(edges), np.int8)
    pool.maturity = np.full(len(edges), 0x10, np.uint8)
    return pool


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 120), scale=st.sampled_from(
    [10, 3000, 32640]))
def test_accumulation_is_sequential(seed, count, scale):
    rng = np.random.default_rng(seed)
    ring = rng.integers(-32768, 32768, (3, 5)).astype(np.int16)
    slot = rng.integers(0, 3, count).astype(np.uint8)
    target = rng.integers(0, 5, count).astype(np.uint16)
    current = rng.integers(-scale, scale + 1, count)
    expected = ring.tolist()
    for k in range(count):
        cell = expected[slot[k]]
        cell[target[k]] = sat16(cell[target[k]] + int(current[k]))
    accumulate(ring, slot, target, current)
    assert ring.tolist() == expected


@pytest.mark.parametrize(("before", "current", "after"), [
    (32767 - 64, [64, -64], 32767 - 64),     # touches the rail: nothing is lost
    (32767 - 63, [64, -64], 32767 - 64),     # crosses it: 1 is lost
    (32767 - 63, [-64, 64], 32767 - 63),     # the other order: nothing is lost
    (-32768 + 64, [-64, 64], -32768 + 64),
    (-32768 + 63, [-64, 64], -32768 + 64),
    (0, [32640, 32640, -32640], 127),
])
def test_order_matters_at_the_rails(before, current, after):
    ring = np.array([[before]], np.int16)
    zeros = np.zeros(len(current), int)
    accumulate(ring, zeros.astype(np.uint8), zeros.astype(np.uint16), np.array(current))
    assert ring[0, 0] == after


@pytest.mark.parametrize(("delay", "slots", "ticks"), [
    (0, 3, 1), (1, 3, 1), (3, 3, 3), (4, 3, 1), (8, 3, 2), (255, 8, 7), (200, 1, 1), (5, 255, 5),
])
def test_delay_arrives_modulo_the_ring(delay, slots, ticks):
    pool = connected([(0, 1, 10, delay)], config=PoolConfig(max_delay=slots))
    pool.tick([9000])
    arrivals = [pool.ring[0, 1]] + [pool.tick() is None or pool.ring[0, 1] for _ in range(slots)]
    assert [int(a) for a in arrivals].index(640) + 1 == ticks


def test_no_slots_act_as_one():
    pool = connected([(0, 1, 10, 7)], config=PoolConfig(max_delay=0))
    pool.tick([9000])
    assert pool.ring.tolist() == [[0, 640, 0]]


def test_sources_add_in_ascending_order_and_rows_in_their_own():
    edges = [(1, 2, 127, 1)] * 5 + [(0, 2, -128, 1)] * 5
    pool = connected(edges)
    pool.tick([9000, 9000])
    assert pool.ring[0, 2] == -32768 + 5 * 127 * 64  # 0 first; the other order would end at −8193


@pytest.mark.parametrize(("target", "expected"), [(1, 17), (2, -8), (0, -8)])
def test_bump_asks_whether_the_target_fires_now(target, expected):
    pool = connected([(0, target, 0, 1)])
    pool.tick([9000, 0, 9000])
    assert pool.eligibility[0] == expected  # bumped by 20 or −10, then decayed


def test_bump_of_a_refractory_target_is_positive():
    pool = connected([(0, 1, 0, 1)])
    pool.spike[1], pool.refractory[1] = True, 1
    pool.tick([9000, 9000])
    assert pool.eligibility[0] == 17


@pytest.mark.parametrize(("before", "bump", "after"), [
    (107, 20, 127), (108, 20, 127), (127, 127, 127), (-128, -128, -128), (-108, -20, -128),
    (-109, -20, -128), (106, 20, 126),
])
def test_eligibility_saturates(before, bump, after):
    pool = connected([(0, 1, 0, 1)], config=PoolConfig(stdp_positive=bump, trace_decay=255))
    pool.eligibility[0] = before
    pool.tick([9000])
    assert pool.eligibility[0] == int(after * 255 / 256)


def test_silent_rows_decay():
    pool = connected([(0, 1, 0, 1), (1, 0, 0, 1)])
    pool.eligibility[:] = [100, -100]
    pool.tick()
    assert pool.eligibility.tolist() == [89, -89]


def test_dangling_synapses_do_nothing_but_decay():
    pool = connected([(0, 3, 127, 1), (0, 65535, 127, 1), (0, 1, 1, 1)])
    pool.eligibility[:] = 100
    pool.tick([9000])
    assert pool.eligibility.tolist() == [89, 89, 107]
    assert pool.ring.sum() == 64


@pytest.mark.parametrize("shift", range(9))
def test_weight_shift_scales_currents(shift):
    pool = connected([(0, 1, 127, 1), (0, 2, -128, 1)], options=Options(weight_shift=shift))
    pool.tick([9000])
    assert pool.ring[0].tolist() == [0, 127 << shift, -128 << shift]


def test_double_edges_and_self_loops_conduct():
    pool = connected([(0, 0, 5, 1), (0, 1, 7, 2), (0, 1, 7, 2)])
    pool.tick([9000])
    assert (pool.ring[0, 0], pool.ring[1, 1]) == (320, 896)
