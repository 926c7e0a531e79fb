"""Working memory: astrocytes that strengthen synapses keep a pattern through silence.

Any neurons may be a pattern; no weight knows of it. Every neuron excites every other, and inhibits
it as much, so that nothing spreads. Each neuron feeds an astrocyte domain of its own, in which the
exciting synapses that end in it lie. Where a neuron has been active, these outweigh the inhibition
for as long as calcium lasts. A fragment of the pattern then calls up the rest, and nobody else.

A trial: the pattern is shown, a pulse of inhibition ends all activity, a delay passes in noise,
and a fragment is shown.
"""

import enum
from dataclasses import dataclass, replace

import numpy as np

from golden.arch.astrocytes import NO_DOMAIN, AstrocyteConfig
from golden.arch.config import Homeostasis, Options, PoolConfig
from golden.arch.maturity import COLD
from golden.arch.numeric import I16_MIN
from golden.model import Astrocytes, Pool, new

from ..device import Device, GoldenDevice
from ..progress import progress

NEURONS, PATTERN, FRAGMENT = 100, 20, 8
"""Neurons, those of a pattern, and those of it that are shown again."""

WEIGHT = 10
"""Of an exciting synapse; an inhibiting one has as much."""

LATCH, LATCH_DELAY = 127, 16
"""Weight and delay of a synapse of a neuron with itself, that keeps it firing."""

LEAK = 4
MEMBRANE_TICKS = 1 << (8 - LEAK)
"""Time constant of a membrane, ticks."""

STEP_TICKS = 16
"""Ticks from one astrocyte step to the next."""

SHOWN_TICKS, PULSE_TICKS, RECALL_TICKS = 160, 8, 48
STIMULUS = 6000
"""Current that makes a neuron fire, Q8.8 mV."""

DELAYS = (0, 4, 16, 32, 64, 128, 256, 384, 512, 768)
"""Delays at which recall is tried, in time constants of a membrane."""


class Keeper(enum.StrEnum):
    """What keeps a pattern through the delay."""

    ASTROCYTES = "astrocytes"
    NOTHING = "neurons only"
    FIRING = "persistent firing"
    """Neurons alone, each with a synapse to itself that makes it fire on."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A working memory, and what is asked of it.

    Parameters
    ----------
    keeper : Keeper
        What keeps the pattern.
    alpha, decay_shift, influx : int
        Of the astrocytes (`AstrocyteConfig`).
    noise : int
        Standard deviation of the current into each neuron in each tick, Q8.8 mV.
    jitter : int
        Weights differ by up to so many percent.
    fragment : int
        Neurons of the pattern that are shown again.
    delays : tuple of int
        When recall is tried, ascending, in time constants of a membrane.
    """

    keeper: Keeper = Keeper.ASTROCYTES
    alpha: int = 256
    decay_shift: int = 8
    influx: int = 8192
    noise: int = 100
    jitter: int = 0
    fragment: int = FRAGMENT
    delays: tuple[int, ...] = DELAYS

    @property
    def calcium_ticks(self) -> int:
        """Time constant of calcium, ticks."""
        return STEP_TICKS << self.decay_shift

    @property
    def separation(self) -> float:
        """Time constant of calcium over that of a membrane."""
        return self.calcium_ticks / MEMBRANE_TICKS


@dataclass(frozen=True, eq=False)
class Recall:
    """What a working memory achieved, in k trials.

    Parameters
    ----------
    task : Task
        The task.
    hits : ndarray of float64, shape (k, delays)
        Part of the pattern's neurons that were not shown again and fired.
    false_alarms : ndarray of float64, shape (k, delays)
        Part of the neurons outside the pattern that fired.
    spikes : ndarray of int64, shape (k, delays)
        Spikes until the end of the recall, from the first tick of the trial on.
    delay_spikes : ndarray of int64, shape (k, delays)
        Those in the delay alone.
    """

    task: Task
    hits: np.ndarray
    false_alarms: np.ndarray
    spikes: np.ndarray
    delay_spikes: np.ndarray

    @property
    def accuracy(self) -> np.ndarray:
        """Mean over trials of ``(hits + 1 - false alarms) / 2`` at each delay; 0.5 is chance."""
        return ((self.hits + 1 - self.false_alarms) / 2).mean(axis=0)

    def lasts(self, bar: float = 0.9) -> int:
        """Return the longest delay up to which accuracy stays at `bar`, in time constants; or −1.

        No delay beyond those of the task is claimed.
        """
        good = np.append(self.accuracy >= bar, False)
        count = int(np.argmin(good))
        return self.task.delays[count - 1] if count else -1


def network(task: Task, seed: int) -> Pool:
    """Return the network of a trial, at rest."""
    rng = np.random.default_rng([seed, 1])
    firing = task.keeper is Keeper.FIRING
    others = np.array([np.delete(np.arange(NEURONS), neuron) for neuron in range(NEURONS)])
    ones = np.ones_like(others)
    own = np.arange(NEURONS)[:, None]
    loop = np.full((NEURONS, int(firing)), LATCH)

    def weights(sign: int) -> np.ndarray:
        spread = 1 + rng.uniform(-task.jitter, task.jitter, others.shape) / 100
        return np.rint(sign * WEIGHT * spread)

    target = np.hstack([others, others, own[:, :loop.shape[1]]])
    domain = np.hstack([others, ones * NO_DOMAIN, loop * 0 + NO_DOMAIN])
    pool = new("working memory", NEURONS,
               PoolConfig(homeostatic_rate=0, stdp_positive=0, stdp_negative=0,
                          max_delay=LATCH_DELAY),
               Options(homeostasis=Homeostasis.FIXED))
    pool.leak[:] = LEAK
    pool.flags[:] = 0
    pool.row_ptr = (np.arange(NEURONS + 1) * target.shape[1]).astype(np.uint32)
    pool.target = target.ravel().astype(np.uint16)
    pool.weight = np.hstack([weights(1), weights(-1), loop]).ravel().astype(np.int8)
    pool.delay = np.hstack([ones, ones, loop * 0 + LATCH_DELAY]).ravel().astype(np.uint8)
    pool.eligibility = np.zeros(target.size, np.int8)
    pool.maturity = np.full(target.size, COLD, np.uint8)
    settings = AstrocyteConfig(
        alpha=task.alpha if task.keeper is Keeper.ASTROCYTES else 0,
        decay_shift=task.decay_shift, influx=task.influx, facilitates=True)
    pool.astrocytes = Astrocytes.at_rest(np.arange(NEURONS).astype(np.uint16),
                                         domain.ravel().astype(np.uint16), NEURONS, settings)
    return pool.copy()


class Trial:
    """One trial on a device.

    Parameters
    ----------
    task : Task
        The task.
    seed : int
        Of pattern, weights and noise.
    device : Device
        Where the network lives.
    """

    def __init__(self, task: Task, seed: int, device: Device):
        self.task = task
        self.device = device
        self._rng = np.random.default_rng([seed, 2])
        self.pattern = self._rng.permutation(NEURONS)[:PATTERN]
        self._ticks = 0
        self.spikes = 0
        device.load(network(task, seed))

    def run(self, ticks: int, *, neurons: np.ndarray | None = None,
            current: int = STIMULUS) -> np.ndarray:
        """Run some ticks with a current into some neurons, and noise into all.

        Returns
        -------
        ndarray of int64, shape (100,)
            How often each neuron fired.
        """
        counts = np.zeros(NEURONS, np.int64)
        for _ in range(ticks):
            drive = np.rint(self._rng.normal(0, 1, NEURONS) * self.task.noise)
            if neurons is not None:
                drive[neurons] += current
            drive = np.clip(drive, I16_MIN, -I16_MIN - 1).astype(np.int16)
            counts[self.device.tick(drive)] += 1
            self._ticks += 1
            if self._ticks % STEP_TICKS == 0:
                self.device.astrocyte_step()
        self.spikes += int(counts.sum())
        return counts

    def show(self) -> None:
        """Show the pattern, and end all activity but what keeps it."""
        self.run(SHOWN_TICKS, neurons=self.pattern)
        if self.task.keeper is not Keeper.FIRING:
            self.run(PULSE_TICKS, neurons=np.arange(NEURONS), current=I16_MIN)

    def recall(self) -> tuple[np.ndarray, int]:
        """Show a fragment, and leave the trial as it was before.

        Returns
        -------
        fired : ndarray of bool, shape (100,)
            Who fires.
        spikes : int
            How often in all.
        """
        before = self.device.snapshot()
        kept = self._rng.bit_generator.state, self._ticks, self.spikes
        counts = self.run(RECALL_TICKS, neurons=self.pattern[:self.task.fragment])
        self.device.load(before)
        self._rng.bit_generator.state, self._ticks, self.spikes = kept
        return counts > 0, int(counts.sum())


def remember(task: Task, seeds: int, offset: int = 0) -> Recall:
    """Return what a working memory achieves over some seeds, in the golden model."""
    shape = seeds, len(task.delays)
    hits, false_alarms = np.zeros(shape), np.zeros(shape)
    spikes, waiting = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    with progress("recall", seeds) as advance:
        for run in range(seeds):
            trial = Trial(task, offset + run, GoldenDevice())
            trial.show()
            shown = trial.spikes
            passed = 0
            for number, delay in enumerate(task.delays):
                trial.run((delay - passed) * MEMBRANE_TICKS)
                passed = delay
                waiting[run, number] = trial.spikes - shown
                fired, count = trial.recall()
                unseen = trial.pattern[task.fragment:]
                outside = np.setdiff1d(np.arange(NEURONS), trial.pattern)
                hits[run, number] = fired[unseen].mean()
                false_alarms[run, number] = fired[outside].mean()
                spikes[run, number] = trial.spikes + count
            advance(1)
    return Recall(task, hits, false_alarms, spikes, waiting)


def variants(task: Task) -> dict[str, Task]:
    """Return the task under noise and changes of its parameters, by name."""
    return {
        "as it is": task,
        "noise x 2": replace(task, noise=2 * task.noise),
        "noise x 3": replace(task, noise=3 * task.noise),
        "weights +- 10 %": replace(task, jitter=10),
        "alpha - 25 %": replace(task, alpha=task.alpha * 3 // 4),
        "alpha - 50 %": replace(task, alpha=task.alpha // 2),
        "k - 1": replace(task, decay_shift=task.decay_shift - 1),
        "k + 1": replace(task, decay_shift=task.decay_shift + 1),
        "influx / 2": replace(task, influx=task.influx // 2),
        "fragment of 4": replace(task, fragment=4),
    }
