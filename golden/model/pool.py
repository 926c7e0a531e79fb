"""The pool: what all devices must agree with, bit by bit."""

import numpy as np

from golden.arch.config import check_range
from golden.arch.numeric import I16_MAX, I16_MIN, INJECT_SHIFT

from . import growth, homeostasis, neurons, plasticity, statistics, synapses
from .arithmetic import saturate
from .generator import U64_MAX
from .state import PoolState
from .statistics import Stats

SIGNAL_MAX = 255
"""What `Pool.read_output` shows for a spike."""

_SILENCE = np.zeros(0, np.int16)


class Pool(PoolState):
    """A pool of spiking neurons whose synapses learn.

    `golden.model.connectivity` makes pools; `PoolState` describes what they hold.
    """

    def tick(self, current=None) -> np.ndarray:
        """Advance by one tick.

        Neurons first, with the spikes of earlier ticks; then spikes travel; then thresholds move;
        then eligibilities decay, also those that have just been bumped; then the cells of the dense
        block drift, if it is time; then the tick is counted.

        Parameters
        ----------
        current : array_like of int16, shape (m,), optional
            Input currents, Q8.8 mV. Neurons from m on get none; what exceeds n is ignored.

        Returns
        -------
        ndarray of uint32
            Neurons that fired, ascending.

        Raises
        ------
        ValueError
            If `current` is not a vector of 16-bit integers.
        """
        neurons.integrate_and_fire(self, as_current(current))
        synapses.propagate(self)
        homeostasis.adapt(self)
        synapses.decay_eligibilities(self)
        synapses.drift(self)
        self.tick_count = (self.tick_count + 1) & U64_MAX
        return np.flatnonzero(self.spike).astype(np.uint32)

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        """Move the potentials of neurons ``first <= i < end`` at once, refractory or not.

        ``v ← v + polarity * magnitude * 128``, saturating to 16 bits. The range may be empty or
        exceed the pool.

        Raises
        ------
        ValueError
            If the range is negative, `polarity` is not an i8, or `magnitude` not a u8.
        """
        for name, value, low, high in (("first", first, 0, U64_MAX), ("end", end, 0, U64_MAX),
                                       ("polarity", polarity, -128, 127),
                                       ("magnitude", magnitude, 0, 255)):
            check_range("inject", name, value, low, high)
        delta = np.int32((polarity * magnitude) << INJECT_SHIFT)
        self.potential[first:end] = saturate(self.potential[first:end] + delta, 16)

    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        """Turn eligibilities into weight changes; see `golden.model.plasticity.modulate`."""
        return plasticity.modulate(self, dopamine, cortisol, acetylcholine)

    def synaptogenesis(self, acetylcholine: int) -> int:
        """Connect active neurons; see `golden.model.growth.synaptogenesis`."""
        return growth.synaptogenesis(self, acetylcholine)

    def prune(self) -> int:
        """Drop dead synapses and return their number."""
        return growth.prune(self)

    def astrocyte_step(self, clear: bool = False) -> None:
        """Let the calcium of every domain decay, then rise where it is active.

        Parameters
        ----------
        clear : bool
            Instead, set calcium and `active` of every domain to 0.

        Raises
        ------
        ValueError
            If the pool has no astrocytes.
        """
        if not self.astrocytes:
            raise ValueError(f"pool {self.name!r} has no astrocytes: give it some before it takes "
                             "an astrocyte step")
        if clear:
            self.astrocytes.clear()
        else:
            self.astrocytes.step()

    def reset_membranes(self) -> None:
        """Set every potential to rest and end every dead time."""
        self.potential[:] = self.config.resting_potential
        self.refractory[:] = 0

    def read_output(self, first: int, end: int) -> np.ndarray:
        """Return +255 for each neuron ``first <= i < end`` that fired in the latest tick, else 0.

        Returns
        -------
        ndarray of int16
            As many values as the range has neurons of the pool.
        """
        return self.spike[first:end] * np.int16(SIGNAL_MAX)

    @property
    def mean_activation(self) -> int:
        """Spikes of the latest tick per neuron, in 1/255, rounded down."""
        return statistics.mean_activation(self)

    def stats(self) -> Stats:
        """Return a summary."""
        return statistics.summarise(self)


def as_current(current) -> np.ndarray:
    """Return input currents as a vector of int16; none at all for None.

    Raises
    ------
    ValueError
        If `current` is not a vector of 16-bit integers.
    """
    if current is None:
        return _SILENCE
    array = np.asarray(current)
    if array.dtype == np.int16 and array.ndim == 1:
        return array
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"current: must be a vector of integers, not {array.dtype} of shape "
                         f"{array.shape}")
    if array.size and not I16_MIN <= array.min() <= array.max() <= I16_MAX:
        raise ValueError(f"current: must be in {I16_MIN}..{I16_MAX} (Q8.8 mV), not "
                         f"{array.min()}..{array.max()}")
    return array.astype(np.int16)
