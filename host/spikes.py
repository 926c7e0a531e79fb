"""What comes out of a run: who fired when."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True, eq=False)
class SpikeRecord:
    """Spikes of a run, ordered by tick, then by neuron.

    Parameters
    ----------
    tick : ndarray of uint64, shape (s,)
        Tick count of the pool at the start of the tick of each spike.
    neuron : ndarray of uint32, shape (s,)
        Neuron that fired.
    counts : ndarray of uint32, shape (t,)
        Spikes of each tick, silent ones included.
    """

    tick: np.ndarray
    neuron: np.ndarray
    counts: np.ndarray

    @classmethod
    def collect(cls, first_tick: int, spikes: Iterable[np.ndarray]) -> Self:
        """Return the record of a run that starts at `first_tick`, given who fired in each tick."""
        neurons = list(spikes)
        counts = np.array([len(fired) for fired in neurons], np.uint32)
        ticks = np.arange(len(counts), dtype=np.uint64) + np.uint64(first_tick)  # wraps, as it does
        return cls(np.repeat(ticks, counts), np.concatenate([np.zeros(0, np.uint32), *neurons]),
                   counts)

    @property
    def total(self) -> int:
        """Number of spikes."""
        return len(self.neuron)

    def raster(self, n: int) -> np.ndarray:
        """Return who fired when as bits.

        Parameters
        ----------
        n : int
            Neurons of the pool.

        Returns
        -------
        ndarray of bool, shape (t, n)
            Row 0 is the first tick of the run.
        """
        raster = np.zeros((len(self.counts), n), np.bool_)
        raster[np.repeat(np.arange(len(self.counts)), self.counts), self.neuron] = True
        return raster
