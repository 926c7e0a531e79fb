import numpy as np
import pytest

from golden.model import Stats, new
from tests.unit.test_synapses import connected


def test_stats_count_and_sum():
    pool = connected([(0, 1, weight, 1) for weight in (-128, 127, 1, 0, 5, 6)])
    pool.maturity[:] = [0x00, 0x04, 0x01, 0x02, 0x03, 0xFF]
    pool.eligibility[:] = [-128, 127, 0, 1, -1, 0]
    pool.tick_count, pool.last_spike_count = 9, 2
    stats = pool.stats()
    assert stats == Stats(tick_count=9, synapses=6, hot=1, warm=1, cool=1, cold=2, dead=1,
                          weight_abs_sum=267, eligibility_abs_sum=257, last_spike_count=2,
                          mean_activation=170)
    assert stats.mean_weight == np.float32(267) / np.float32(6)
    assert stats.mean_eligibility == float(np.float32(257) / np.float32(6))


def test_stats_without_synapses():
    stats = new("", 3).stats()
    assert (stats.mean_weight, stats.mean_eligibility, stats.hot) == (0.0, 0.0, 0)


@pytest.mark.parametrize(("n", "spikes", "activation"), [
    (3, 0, 0), (3, 1, 85), (3, 3, 255), (1000, 3, 0), (1000, 4, 1), (2, 5, 255),
])
def test_mean_activation_rounds_down(n, spikes, activation):
    pool = new("", n)
    pool.last_spike_count = spikes
    assert pool.mean_activation == activation
