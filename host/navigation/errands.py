"""What agents are asked to do: worlds, starts and limits; and how they did."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .rules import noise_seeds
from .worlds import Kind, World, neighbours_of, starts

CAP = 4
"""Steps of an episode at most, for each free cell."""

FIRST_LATE = 5
"""Number of the first of the late episodes, in which what has been learned is used."""


@dataclass(frozen=True, eq=False)
class Errands:
    """The worlds of some seeds, and where each episode starts.

    Parameters
    ----------
    kind : Kind
        Family of the worlds.
    worlds : tuple of World
        One for each seed, k in all.
    seeds : ndarray of int64, shape (k,)
        The seeds.
    starts : ndarray of int64, shape (k, episodes)
        Cells to start from.
    cap : int
        Steps of an episode at most, for each free cell.
    """

    kind: Kind
    worlds: tuple[World, ...]
    seeds: np.ndarray
    starts: np.ndarray
    cap: int = CAP

    @classmethod
    def of(cls, kind: Kind, count: int, episodes: int, *, offset: int = 0,
           cap: int = CAP) -> "Errands":
        """Return the errands of seeds ``offset .. offset + count - 1``."""
        seeds = np.arange(offset, offset + count)
        worlds = tuple(kind.make(int(seed)) for seed in seeds)
        begin = np.array([starts(world, episodes, int(seed))
                          for world, seed in zip(worlds, seeds, strict=True)])
        return cls(kind, worlds, seeds, begin, cap)

    @cached_property
    def free(self) -> np.ndarray:
        """Free cells of each world, shape (k,), int64."""
        return np.array([len(world.free) for world in self.worlds])

    @cached_property
    def shortest(self) -> np.ndarray:
        """Steps of the shortest paths, shape (k, episodes), int64."""
        return np.array([world.distances()[begin]
                         for world, begin in zip(self.worlds, self.starts, strict=True)])

    @property
    def neighbours(self) -> np.ndarray:
        """Cells beside each cell, as `neighbours_of`."""
        return neighbours_of(self.kind.size)

    @property
    def caps(self) -> np.ndarray:
        """Steps of an episode at most, shape (k,), int64."""
        return self.cap * self.free

    def only(self, run: int) -> "Errands":
        """Return the errands of one of the seeds."""
        one = slice(run, run + 1)
        return replace(self, worlds=self.worlds[one], seeds=self.seeds[one],
                       starts=self.starts[one])

    def arguments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the first arguments of the compiled functions."""
        return (np.array([world.passages for world in self.worlds]), self.neighbours,
                np.array([world.goal for world in self.worlds]), self.starts, self.caps)

    def noise(self) -> np.ndarray:
        """Return the first states of the generators, shape (k,), uint32."""
        return noise_seeds(self.seeds)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What errands took.

    Parameters
    ----------
    steps : ndarray of int64, shape (k, episodes)
        Steps of each episode; the cap where the goal was not reached.
    done : ndarray of bool, shape (k, episodes)
        Whether it was.
    trails : ndarray of int64, shape (k, longest)
        The cells in order, as many as were asked for; −1 behind the last one.
    race_ticks : float
        Ticks of a decision on average; 0 of agents that don't race.
    calcium : ndarray of int64, shape (k, C)
        Calcium of the domains at the end, of agents that have any.
    """

    steps: np.ndarray
    done: np.ndarray
    trails: np.ndarray
    race_ticks: float = 0.0
    calcium: np.ndarray | None = None
