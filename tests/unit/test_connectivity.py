import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.arch.config import Options, PoolConfig, Reset
from golden.model import connectivity as module
from golden.model import new, with_random_connectivity_seeded
from golden.model.connectivity import draw_threshold
from tests.support.literal import random_rows


def rows(pool):
    return [list(zip(pool.target[a:b].tolist(), pool.weight[a:b].tolist(),
                     pool.delay[a:b].tolist(), strict=True))
            for a, b in zip(pool.row_ptr[:-1], pool.row_ptr[1:], strict=True)]


@pytest.mark.parametrize(("n", "excitatory"), [(0, 0), (1, 0), (2, 1), (5, 4), (32, 25), (37, 29)])
def test_four_fifths_are_excitatory(n, excitatory):
    pool = new("x", n)
    assert (pool.n_excitatory, pool.n_inhibitory) == (excitatory, n - excitatory)
    assert pool.flags.tolist() == [0x00] * excitatory + [0x03] * (n - excitatory)
    assert pool.leak.tolist() == [4] * excitatory + [8] * (n - excitatory)
    assert pool.leak_fraction.tolist() == [256] * excitatory + [2048] * (n - excitatory)


def test_new_pool_is_at_rest():
    config = PoolConfig(resting_potential=-5, spike_threshold=7, max_delay=0)
    pool = new("x", 3, config, Options(reset=Reset.SUBTRACT))
    assert (pool.name, pool.config, pool.options.reset) == ("x", config, Reset.SUBTRACT)
    assert pool.potential.tolist() == [-5] * 3
    assert pool.threshold.tolist() == [7] * 3
    assert pool.ring.shape == (1, 3)
    assert pool.row_ptr.tolist() == [0] * 4
    assert (pool.tick_count, pool.last_spike_count) == (0, 0)
    for name in ("refractory", "trace", "spike", "rate", "ring"):
        assert not getattr(pool, name).any()


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 40), density=st.sampled_from([0.0, 0.01, 0.1, 0.4, 0.5, 0.6, 1.0]),
       seed=st.integers(0, 2**64 - 1), cap=st.sampled_from([0, 1, 2, 7, 39, 128, 65535]),
       max_delay=st.integers(1, 255), block=st.sampled_from([1, 2, 3, 5, 64, 1 << 15]))
def test_connectivity_is_drawn_as_the_specification_says(n, density, seed, cap, max_delay, block):
    config = PoolConfig(max_synapses_per_neuron=cap, max_delay=max_delay)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        pool = with_random_connectivity_seeded("", n, density, config, seed)
    assert rows(pool) == random_rows(n, draw_threshold(density), config, seed,
                                     pool.flags.tolist())
    assert not pool.eligibility.any()
    assert (pool.maturity == 0x10).all()


@pytest.mark.parametrize(("density", "threshold"), [
    (0.0, 0), (-0.5, 0), (float("nan"), 0), (0.25, 1 << 30), (0.5, 1 << 31), (1.0, 2**32 - 1),
    (7.0, 2**32 - 1), (float("inf"), 2**32 - 1), (1e300, 2**32 - 1),
    (0.1, 429496736), (2.0**-33, 0), (2.0**-32, 1),
])
def test_density_counts_in_single_precision(density, threshold):
    assert draw_threshold(density) == threshold


def test_half_density_connects_all():
    assert with_random_connectivity_seeded("", 9, 0.5).synapse_count == 72


def test_seed_of_the_reference():
    pool = with_random_connectivity_seeded(
        "demo", 32, 0.25, PoolConfig(max_synapses_per_neuron=32, max_delay=3))
    assert pool.synapse_count == 517


@pytest.mark.parametrize("density", [0.0, 1.0])
def test_no_delay_to_draw(density):
    config = PoolConfig(max_delay=0)
    assert with_random_connectivity_seeded("", 1, density, config).synapse_count == 0
    if density:
        with pytest.raises(ValueError, match="max_delay must be at least 1"):
            with_random_connectivity_seeded("", 2, density, config)


def test_targets_wrap_at_16_bits(monkeypatch):
    length = np.zeros(70_000, int)
    length[3] = 1
    monkeypatch.setattr(module, "_connect", lambda *_: (length, np.array([65_537]),
                                                        np.array([7], np.uint64)))
    pool = with_random_connectivity_seeded("", 70_000, 0.00001)
    assert rows(pool)[3][0][0] == 1
