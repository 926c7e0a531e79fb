"""All agents, by the names that the command line uses."""

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from .errands import Errands, Outcome
from .kernel import navigate
from .memory import Memory, faultless
from .rules import REFRESH, Brain, Learning, decay_shift_of, domains_of, gliotransmitter
from .walkers import Walk, walk

STDP_NOISE_SHIFT = 4
"""Noise of the agent without astrocytes: 16 units of a weight. Tuned for it: of ¼, 1, 4 ... 64, the
one with the least steps in ten episodes of maze10, and within 2 % of the least in open10."""


class Agent(Protocol):
    """Somebody who runs errands."""

    def run(self, errands: Errands, *, trail: int = 0) -> Outcome:
        """Run errands, and keep the first `trail` cells of every trail."""
        ...


@dataclass(frozen=True)
class Network:
    """The network of `rules`.

    Parameters
    ----------
    brain : Brain
        Settings.
    by_size : bool
        Calcium decays as the number of free cells asks for, whatever `brain` says.
    by_source : bool
        Suppress by the place that a synapse leaves, not by the one it leads to.
    shared : str
        Which cells share an astrocyte: ``""``, none; ``"squares"``, 2 x 2 cells; ``"pairs"``, two
        cells anywhere.
    bits : int
        Bits of the gliotransmitter, 1..8.
    memory : Memory, optional
        Memristors that keep what is learned; digital memory by default.
    roam : int
        Steps without any reward before the first episode, for each free cell.
    """

    brain: Brain = field(default_factory=Brain)
    by_size: bool = True
    by_source: bool = False
    shared: str = ""
    bits: int = 8
    memory: Memory | None = None
    roam: int = 0

    def run(self, errands: Errands, *, trail: int = 0) -> Outcome:
        size, count = errands.kind.size, len(errands.seeds)
        feed, domain = domains_of(size, self._regions(size), by_source=self.by_source)
        low, high = (faultless(count, size * size) if self.memory is None
                     else self.memory.readings(errands.seeds, size * size))
        shifts = np.array([self.brain_for(cells).decay_shift for cells in errands.free.tolist()])
        trails = np.full((count, trail), -1)
        steps, done, ticks, decisions, _, calcium = navigate(
            *errands.arguments(), self.roam * errands.free, feed, domain,
            gliotransmitter(self.bits), errands.noise(), self.brain, shifts, low, high, trails)
        return Outcome(steps, done, trails, ticks.sum() / max(1, decisions.sum()), calcium)

    def retrace(self, errands: Errands, steps: np.ndarray) -> Outcome:
        """Run errands again, and keep the whole of every trail.

        Parameters
        ----------
        errands : Errands
            What to do.
        steps : ndarray of int64, shape (k, episodes)
            Steps that they took; trails are as long as that, not as the limits allow.
        """
        roamed = self.roam * errands.free + bool(self.roam)
        return self.run(errands, trail=int((steps.sum(axis=1) + steps.shape[1] + roamed).max()))

    def on_memristors(self, memory: Memory) -> "Network":
        """Return the network that learns in memristors; calcium outweighs how these differ."""
        return replace(self, memory=memory, brain=self.brain._replace(influx=REFRESH))

    def brain_for(self, cells: int) -> Brain:
        """Return the settings for a world of so many free cells."""
        if not self.by_size:
            return self.brain
        return self.brain._replace(decay_shift=decay_shift_of(cells))

    def _regions(self, size: int) -> np.ndarray | None:
        if not self.shared:
            return None
        cell = np.arange(size * size)
        if self.shared == "squares":
            return cell // size // 2 * size + cell % size // 2
        return np.random.default_rng(size).permutation(cell) // 2


@dataclass(frozen=True)
class Walker:
    """One of `walkers`."""

    kind: Walk

    def run(self, errands: Errands, *, trail: int = 0) -> Outcome:
        trails = np.full((len(errands.seeds), trail), -1)
        steps, done = walk(*errands.arguments(), errands.noise(), int(self.kind), trails)
        return Outcome(steps, done, trails)


@dataclass(frozen=True)
class Shortest:
    """The shortest path: the limit of what can be reached."""

    def run(self, errands: Errands, *, trail: int = 0) -> Outcome:
        trails = np.full((len(errands.seeds), trail), -1)
        for run, world in enumerate(errands.worlds):
            left = world.distances()
            path = []
            for start in errands.starts[run]:
                path.append(cell := int(start))
                while cell != world.goal:
                    ways = [other for action, other in enumerate(errands.neighbours[cell])
                            if world.passages[cell] >> action & 1]
                    path.append(cell := min(ways, key=left.__getitem__))
                if len(path) >= trail:
                    break
            trails[run, :len(path)] = path[:trail]
        steps = errands.shortest.copy()
        return Outcome(steps, np.ones(steps.shape, bool), trails)


AGENTS: dict[str, Agent] = {
    "astro": Network(),
    "astro-L1": Network(Brain(learning=Learning.L1)),
    "astro-L2": Network(Brain(learning=Learning.L2)),
    "astro-only": Network(Brain(learning=Learning.NONE)),
    "stdp-only": Network(Brain(learning=Learning.L1, alpha=0, noise_shift=STDP_NOISE_SHIFT)),
    "random": Walker(Walk.RANDOM),
    "non-backtracking": Walker(Walk.FORWARD),
    "node-counting": Walker(Walk.COUNT),
    "q-learning": Walker(Walk.Q_TABLE),
    "frontier": Walker(Walk.FRONTIER),
    "shortest": Shortest(),
}
"""Agents by name. ``astro`` learns by reverse replay (L3)."""


def agent_of(name: str, *, by_source: bool = False, roam: int = 0,
             memory: Memory | None = None) -> Agent:
    """Return the agent of a name; the other arguments change networks alone.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in AGENTS:
        raise ValueError(f"navigate: agent must be one of {', '.join(AGENTS)}, not {name!r}")
    agent = AGENTS[name]
    if isinstance(agent, Network):
        agent = replace(agent, by_source=by_source, roam=roam)
        return agent.on_memristors(memory) if memory else agent
    return agent
