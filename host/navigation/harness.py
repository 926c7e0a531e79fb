"""Figures of agents: what they reach over many seeds."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .errands import FIRST_LATE, Errands, Outcome

RESAMPLES = 1000
LEVEL = 95
"""Bootstrap intervals: resamplings, and percent that lie within."""

Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one agent reaches. Parts are in 0..1, a failed episode counts as its most steps.

    Parameters
    ----------
    agent, world : str
        Names.
    cells : float
        Free cells n of a world, median over seeds.
    bfs_median : float
        Steps of the shortest path, median over all episodes.
    first_median : float
        Steps of the first episode, median over seeds.
    first_interval : tuple of float
        95 % bootstrap interval of it.
    first_done_2n, first_done_4n : float
        Part of the seeds that reach the goal within 2 n and within 4 n steps in the first episode.
    second_median : float
        Steps of the second episode, median over seeds; that of the first if it is the only one.
    late_median : float
        Steps of the late episodes, from the sixth on, or of the last one if there are fewer.
    late_interval : tuple of float
        95 % bootstrap interval of it; seeds are drawn, not episodes.
    late_done : float
        Part of the late episodes that reach the goal.
    late_over_bfs : float
        Mean of their steps over the mean of the shortest paths.
    steps_total : float
        Steps of all episodes together, median over seeds.
    race_ticks : float
        Ticks of a decision on average; 0 of agents that don't race.
    seeds : int
        Number of seeds.
    """

    agent: str
    world: str
    cells: float
    bfs_median: float
    first_median: float
    first_interval: Interval
    first_done_2n: float
    first_done_4n: float
    second_median: float
    late_median: float
    late_interval: Interval
    late_done: float
    late_over_bfs: float
    steps_total: float
    race_ticks: float
    seeds: int

    def as_dict(self) -> dict[str, Any]:
        """Return all of it by name."""
        return asdict(self)


def figures(agent: str, errands: Errands, outcome: Outcome) -> Figures:
    """Return what an agent reached."""
    steps, done = outcome.steps, outcome.done
    episodes = steps.shape[1]
    late = slice(min(FIRST_LATE, episodes - 1), episodes)
    first = steps[:, 0]

    def within(multiple: int) -> float:
        return float(np.mean(done[:, 0] & (first <= multiple * errands.free)))

    return Figures(
        agent=agent, world=errands.kind.name, cells=float(np.median(errands.free)),
        bfs_median=float(np.median(errands.shortest)),
        first_median=float(np.median(first)), first_interval=interval(steps[:, :1]),
        first_done_2n=within(2), first_done_4n=within(4),
        second_median=float(np.median(steps[:, min(1, episodes - 1)])),
        late_median=float(np.median(steps[:, late])), late_interval=interval(steps[:, late]),
        late_done=float(np.mean(done[:, late])),
        late_over_bfs=float(steps[:, late].mean() / errands.shortest[:, late].mean()),
        steps_total=float(np.median(steps.sum(axis=1))), race_ticks=float(outcome.race_ticks),
        seeds=len(errands.seeds))


def interval(values: np.ndarray) -> Interval:
    """Return the bootstrap interval of the median of `values`, shape (k, m); rows are drawn.

    The draws are the same in every call, so that the same values give the same interval.
    """
    rng = np.random.default_rng(0)
    count, size = len(values), values.size
    order = np.argsort(values, axis=None)
    ranked, row = values.ravel()[order], order // values.shape[1]
    middle = [(size - 1) // 2, size // 2]
    medians = np.empty(RESAMPLES)
    for sample in range(RESAMPLES):  # sorted once, a sample is but how often each row counts
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        at = np.searchsorted(np.cumsum(times[row]), middle, side="right")
        medians[sample] = ranked[at].mean()
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(medians, [tail, 100 - tail])
    return float(low), float(high)
