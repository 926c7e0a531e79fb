import numpy as np
import pytest

from golden.arch.config import PoolConfig
from golden.model import Pool, new
from tests.unit.test_synapses import connected


def active(*neurons: int, n: int = 10, trace: int = 6, **config: int) -> Pool:
    """Return a pool without synapses in which some neurons are active."""
    pool = new("", n, PoolConfig(**config))
    pool.trace[list(neurons)] = trace
    return pool


def edges(pool: Pool) -> list[tuple[int, int]]:
    sources = np.repeat(np.arange(pool.n), np.diff(pool.row_ptr))
    return list(zip(sources.tolist(), pool.target.tolist(), strict=True))


@pytest.mark.parametrize(("acetylcholine", "created"), [(0, 0), (139, 0), (140, 2), (255, 2)])
def test_grows_at_and_above_140(acetylcholine, created):
    assert active(1, 5).synaptogenesis(acetylcholine) == created


@pytest.mark.parametrize(("trace", "created"), [
    (5, 0), (6, 2), (-5, 0), (-6, 2), (127, 2), (-128, 2),
])
def test_active_neurons_have_a_trace_above_5(trace, created):
    assert active(1, 5, trace=trace).synaptogenesis(200) == created


def test_one_active_neuron_is_alone():
    assert active(1).synaptogenesis(255) == 0


def test_newborn_synapses():
    pool = active(1, 9)
    pool.tick_count = 2**64 - 5
    assert pool.synaptogenesis(200) == 2
    state, draws = (pool.tick_count * 0xBEEF) % 2**64 ^ 0xCAFE, []
    for _ in range(4):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        draws.append(state >> 33)
    assert edges(pool) == [(1, 9), (9, 1)]
    assert pool.weight.tolist() == [draws[0] % 20 + 5, -(draws[2] % 20 + 5)]
    assert pool.delay.tolist() == [draws[1] % 8 + 1, draws[3] % 8 + 1]
    assert pool.eligibility.tolist() == [0, 0]
    assert pool.maturity.tolist() == [0x10, 0x10]


def test_newborn_delays_stop_at_8():
    pool = active(*range(9), max_delay=255)
    pool.synaptogenesis(200)
    assert pool.delay.max() == 8


def test_at_most_16_a_call_and_the_next_call_goes_on_with_the_same_draws():
    pool = active(*range(10))
    assert pool.synaptogenesis(200) == 16
    assert edges(pool) == [(0, t) for t in range(1, 10)] + [(1, t) for t in [0, *range(2, 8)]]
    first = pool.weight.tolist()
    assert pool.synaptogenesis(200) == 16
    assert edges(pool)[16:18] == [(1, 8), (1, 9)]
    assert np.abs(pool.weight[16:]).tolist() == np.abs(first).tolist()


def test_row_limit_is_tested_once():
    pool = active(*range(10), max_synapses_per_neuron=1)
    assert pool.synaptogenesis(200) == 16
    assert np.diff(pool.row_ptr).tolist() == [9, 7, 0, 0, 0, 0, 0, 0, 0, 0]
    pool.trace[:2] = 6
    pool.synaptogenesis(200)
    assert np.diff(pool.row_ptr)[:3].tolist() == [9, 7, 9]


def test_row_length_counts_modulo_2_to_16():
    config = PoolConfig(max_synapses_per_neuron=1)
    pool = connected([(0, 2, 1, 1)] * 65536, config=config)
    pool.trace[:2] = 6
    assert pool.synaptogenesis(200) == 2  # 65,536 counts as 0


def test_appends_at_the_ends_of_rows():
    pool = connected([(0, 7, 1, 1), (1, 1, 2, 1), (1, 5, 3, 1), (2, 0, 4, 1)])
    pool.maturity[:] = 0x20
    pool.eligibility[:] = [1, 2, 3, 4]
    pool.trace[:2] = 100
    pool.synaptogenesis(200)
    assert edges(pool) == [(0, 7), (0, 1), (1, 1), (1, 5), (1, 0), (2, 0)]
    assert pool.eligibility.tolist() == [1, 0, 2, 3, 0, 4]
    assert pool.maturity.tolist() == [0x20, 0x10, 0x20, 0x20, 0x10, 0x20]


def test_existing_synapses_are_not_doubled():
    pool = connected([(0, 1, 1, 1), (1, 0, 1, 1)])
    pool.trace[:2] = 100
    assert pool.synaptogenesis(200) == 0


def test_ring_and_rates_survive():
    pool = active(1, 5)
    pool.ring[3, 2], pool.rate[4] = 77, 1
    pool.synaptogenesis(200)
    assert (pool.ring[3, 2], pool.rate[4]) == (77, 1)


def test_no_delay_to_draw():
    with pytest.raises(ValueError, match="max_delay must be at least 1"):
        active(1, 5, max_delay=0).synaptogenesis(200)
    assert active(1, max_delay=0).synaptogenesis(200) == 0


@pytest.mark.parametrize("wrong", [-1, 256])
def test_synaptogenesis_rejects(wrong):
    with pytest.raises(ValueError, match="acetylcholine"):
        active(1, 5).synaptogenesis(wrong)


def test_prune_drops_the_dead_and_keeps_the_order():
    pool = connected([(0, 1, 1, 1), (0, 2, 2, 1), (1, 0, 3, 1), (2, 0, 4, 1), (2, 1, 5, 1)])
    pool.maturity[:] = [0x00, 0x04, 0x00, 0x03, 0x01]
    assert pool.prune() == 2
    assert edges(pool) == [(0, 2), (2, 0), (2, 1)]
    assert pool.weight.tolist() == [2, 4, 5]
    assert pool.maturity.tolist() == [0x04, 0x03, 0x01]
    assert pool.prune() == 0


def test_prune_may_leave_nothing():
    pool = connected([(0, 1, 1, 1), (2, 1, 1, 1)])
    pool.maturity[:] = 0
    assert pool.prune() == 2
    assert pool.row_ptr.tolist() == [0, 0, 0, 0]
    pool.tick([9000])
