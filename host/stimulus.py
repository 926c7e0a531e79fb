"""What goes into a run: input currents, tick by tick."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from golden.model.pool import as_current


@dataclass(frozen=True, eq=False)
class Segment:
    """Ticks with one and the same input.

    Parameters
    ----------
    current : array_like of int16, shape (m,), or None
        Input currents, Q8.8 mV. Neurons from m on get none; what exceeds the pool is ignored.
    ticks : int
        Number of ticks.

    Raises
    ------
    ValueError
        If `current` is not a vector of 16-bit integers, or `ticks` is negative.
    """

    current: np.ndarray
    ticks: int

    def __post_init__(self):
        object.__setattr__(self, "current", as_current(self.current))
        if self.ticks < 0:
            raise ValueError(f"stimulus: ticks must be at least 0, not {self.ticks}")


class Stimulus:
    """A sequence of segments; iterates over them.

    Parameters
    ----------
    segments : iterable of Segment
        Segments, in order.
    """

    def __init__(self, segments: Iterable[Segment]):
        self.segments = tuple(segments)

    @classmethod
    def constant(cls, current, ticks: int) -> Self:
        """Return a stimulus that is the same in all of its ticks."""
        return cls([Segment(current, ticks)])

    @classmethod
    def from_array(cls, currents: np.ndarray) -> Self:
        """Return the stimulus that a dense array spells out; equal neighbours become one segment.

        Parameters
        ----------
        currents : ndarray of int16, shape (t, n)
            Input currents of each tick, Q8.8 mV.
        """
        changes = np.flatnonzero((currents[1:] != currents[:-1]).any(axis=1)) + 1
        return cls(Segment(currents[start], end - start) for start, end
                   in pairwise([0, *changes.tolist(), len(currents)]) if start < end)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    @property
    def ticks(self) -> int:
        """Number of ticks."""
        return sum(segment.ticks for segment in self.segments)
