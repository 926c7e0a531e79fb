"""What the synapses of a pool are like, on the whole."""

from dataclasses import dataclass

import numpy as np

from golden.arch.maturity import DEAD, Temperature

from .state import PoolState


@dataclass(frozen=True, kw_only=True)
class Stats:
    """Summary of a pool.

    Parameters
    ----------
    tick_count : int
        Ticks since the pool was made.
    synapses : int
        Synapses.
    hot, warm, cool, cold, dead : int
        Synapses by temperature; `hot` leaves out the dead ones, which are hot with counter 0.
    weight_abs_sum, eligibility_abs_sum : int
        Sums of magnitudes over all synapses.
    last_spike_count : int
        Spikes of the latest tick.
    mean_activation : int
        Spikes of the latest tick per neuron, in 1/255.
    """

    tick_count: int
    synapses: int
    hot: int
    warm: int
    cool: int
    cold: int
    dead: int
    weight_abs_sum: int
    eligibility_abs_sum: int
    last_spike_count: int
    mean_activation: int

    @property
    def mean_weight(self) -> float:
        """Mean magnitude of a weight, in single precision; 0 without synapses."""
        return _ratio(self.weight_abs_sum, self.synapses)

    @property
    def mean_eligibility(self) -> float:
        """Mean magnitude of an eligibility, in single precision; 0 without synapses."""
        return _ratio(self.eligibility_abs_sum, self.synapses)


def _ratio(total: int, count: int) -> float:
    return float(np.float32(total) / np.float32(count)) if count else 0.0


def mean_activation(state: PoolState) -> int:
    """Return the spikes of the latest tick per neuron, in 1/255, rounded down."""
    return min(255, state.last_spike_count * 255 // max(state.n, 1))


def summarise(state: PoolState) -> Stats:
    """Return the summary of a pool."""
    counts = np.bincount(state.maturity & 3, minlength=4).tolist()
    dead = int(np.count_nonzero(state.maturity == DEAD))
    return Stats(
        tick_count=state.tick_count,
        synapses=state.synapse_count,
        hot=counts[Temperature.HOT] - dead,
        warm=counts[Temperature.WARM],
        cool=counts[Temperature.COOL],
        cold=counts[Temperature.COLD],
        dead=dead,
        weight_abs_sum=_magnitude(state.weight),
        eligibility_abs_sum=_magnitude(state.eligibility),
        last_spike_count=state.last_spike_count,
        mean_activation=mean_activation(state),
    )


def _magnitude(values: np.ndarray) -> int:
    return int(np.abs(values.astype(np.int64)).sum())
