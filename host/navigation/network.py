"""The network of `rules` as a pool with astrocytes, on any device.

Neurons 0..C − 1 are places, C..C + 3 actions. Each place has four synapses to the actions, then one
to each place beside it. These conduct in a replay alone: then the ways that have been sensed get
weights, so strong that one spike fires the next place, and neurons are refractory, so that a wave
passes each place once.

The device does all that spikes do: the races, calcium, and the wave. The host stands for the body:
it tells place and walls by input currents, draws the noise and raises the urge, and writes weights
when the device has told what the reward has changed.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from golden.arch.astrocytes import NO_DOMAIN, AstrocyteConfig
from golden.arch.config import Homeostasis, Options, PoolConfig, Reset
from golden.arch.maturity import COLD
from golden.arch.numeric import I16_MIN, WEIGHT_SHIFT_MAX
from golden.model import Astrocytes, Pool, new

from ..device import Device
from ..errors import DeviceError
from .kernel import noise_of, reward_exits, reward_values, shifted
from .rules import (
    LEAK_SHIFT,
    RACE_TICKS,
    THRESHOLD,
    URGENCY,
    WEIGHT_MAX,
    WEIGHT_SHIFT,
    WEIGHT_START,
    Brain,
    Learning,
    domains_of,
    gliotransmitter,
)
from .worlds import ACTIONS, World, neighbours_of

RACE = PoolConfig(resting_potential=0, spike_threshold=THRESHOLD, reset_potential=0,
                  refractory_ticks=0, homeostatic_rate=0, stdp_positive=0, stdp_negative=0,
                  max_delay=1)
RACE_OPTIONS = Options(homeostasis=Homeostasis.FIXED, reset=Reset.SUBTRACT,
                       weight_shift=WEIGHT_SHIFT)
"""A winner keeps what it has beyond the threshold, which tells who was first within a tick."""

WAVE = replace(RACE, refractory_ticks=2)
"""A wave comes back to a place two ticks later, and never after: all loops of a grid are even."""

WAVE_OPTIONS = replace(RACE_OPTIONS, weight_shift=WEIGHT_SHIFT_MAX)


def pool_of(size: int, brain: Brain, *, by_source: bool = False) -> Pool:
    """Return the network for worlds of ``size * size`` cells, nothing learned.

    Parameters
    ----------
    size : int
        N, cells of a side.
    brain : Brain
        Settings.
    by_source : bool
        As of `rules.domains_of`.
    """
    cells = size * size
    neighbours = neighbours_of(size)
    feed, domain = domains_of(size, by_source=by_source)
    places = [np.concatenate([cells + np.arange(ACTIONS), beside[beside >= 0]])
              for beside in neighbours]
    lengths = np.array([len(row) for row in places] + [0] * ACTIONS)
    target = np.concatenate(places)
    acts = target >= cells

    pool = new("navigator", cells + ACTIONS, RACE, RACE_OPTIONS)
    pool.flags[:] = 0
    pool.leak[:] = 8 - LEAK_SHIFT
    pool.row_ptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.uint32)
    pool.target = target.astype(np.uint16)
    pool.weight = np.where(acts, WEIGHT_START, 0).astype(np.int8)
    pool.delay = np.ones(len(target), np.uint8)
    pool.eligibility = np.zeros(len(target), np.int8)
    pool.maturity = np.full(len(target), COLD, np.uint8)
    lies_in = np.full(len(target), NO_DOMAIN, np.uint16)
    lies_in[acts] = domain.ravel()
    settings = AstrocyteConfig(alpha=brain.alpha, decay_shift=brain.decay_shift,
                               influx=brain.influx)
    pool.astrocytes = Astrocytes.at_rest(
        np.concatenate([feed, np.full(ACTIONS, NO_DOMAIN)]).astype(np.uint16), lies_in, cells,
        settings)
    pool.astrocytes.gliotransmitter = gliotransmitter()
    return pool.copy()


@dataclass
class Trace:
    """What a navigator did.

    Attributes
    ----------
    cells : list of int
        Where it was, in order, each episode from its start on.
    race_ticks : list of int
        Ticks of each decision.
    steps : list of int
        Steps of each episode.
    done : list of bool
        Whether each episode reached the goal.
    """

    cells: list[int] = field(default_factory=list)
    race_ticks: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    done: list[bool] = field(default_factory=list)


class Navigator:
    """The network on a device, in one world.

    Parameters
    ----------
    device : Device
        Where the pool lives; it is loaded with it.
    world : World
        World.
    brain : Brain
        Settings.
    seed : int
        First state of the generator of noise, u32, not 0.
    by_source : bool
        As of `rules.domains_of`.

    Attributes
    ----------
    trace : Trace
        What it has done so far.
    weight : ndarray of int64, shape (C, 4)
        Weights from places to actions.
    """

    def __init__(self, device: Device, world: World, brain: Brain, seed: int, *,
                 by_source: bool = False):
        self.device = device
        self.world = world
        self.brain = brain
        self.trace = Trace()
        self.neighbours = neighbours_of(world.size)
        self.cells = len(self.neighbours)
        self._state = int(seed)
        self._known = np.zeros(self.cells, np.int64)
        self._pool = pool_of(world.size, brain, by_source=by_source)
        self._acts = self._pool.target >= self.cells
        self.weight = np.full((self.cells, ACTIONS), WEIGHT_START, np.int64)
        device.load(self._pool)

    def episode(self, start: int, cap: int, *, rewarded: bool = True) -> None:
        """Go from `start` until the goal, or for `cap` steps; without reward, past the goal, too.

        Raises
        ------
        DeviceError
            If a race has no winner.
        """
        cell, step = start, 0
        left = np.full(self.cells, -1)
        action_of = np.zeros(self.cells, np.int64)
        self.trace.cells.append(cell)
        while step < cap and (cell != self.world.goal or not rewarded):
            self._sense(cell)
            action = self._decide(cell)
            self.device.astrocyte_step()
            left[cell], action_of[cell] = step, action
            cell = int(self.neighbours[cell, action])
            step += 1
            self.trace.cells.append(cell)
        if rewarded:
            self.trace.steps.append(step)
            self.trace.done.append(cell == self.world.goal)
            if cell == self.world.goal:
                self._learn(left, action_of, step)
        if self.brain.clears:
            self.device.astrocyte_step(clear=True)

    def _sense(self, cell: int) -> None:
        """Keep in mind which ways are open here, and so from the other side."""
        self._known[cell] |= self.world.passages[cell]
        for action in range(ACTIONS):
            if self.world.passages[cell] >> action & 1:
                self._known[self.neighbours[cell, action]] |= 1 << (action + 2) % ACTIONS

    def _decide(self, cell: int) -> int:
        """Let the actions race at a place, and return who wins."""
        device, ways = self.device, self.world.passages[cell]
        current = np.zeros(self.cells + ACTIONS, np.int16)
        current[cell] = THRESHOLD
        device.tick(current)  # what the place sends arrives in the next tick, the first of the race
        device.reset_membranes()
        noise = np.empty(ACTIONS, np.int64)
        for action in range(ACTIONS):
            self._state = int(shifted(self._state))
            noise[action] = noise_of(self._state, self.brain.noise_shift)
        for tick in range(RACE_TICKS):
            current[self.cells:] = np.where(ways >> np.arange(ACTIONS) & 1,
                                            noise + URGENCY * tick, I16_MIN)
            fired = device.tick(current)
            first = fired[fired >= self.cells].astype(np.int64) - self.cells
            if len(first):
                self.trace.race_ticks.append(tick + 1)
                if len(first) == 1:
                    return int(first[0])
                beyond = device.read("potential")[self.cells + first]
                return int(first[np.argmax(beyond)])
        raise DeviceError(f"navigate: no action has fired within {RACE_TICKS} ticks at place "
                          f"{cell}; verify the device with --verify")

    def _learn(self, left: np.ndarray, action_of: np.ndarray, step: int) -> None:
        """Change weights after a reward, and write them to the device."""
        match self.brain.learning:
            case Learning.NONE:
                return
            case Learning.L1:
                reward_exits(left, action_of, step, self.weight)
            case Learning.L2:
                left[self.world.goal] = step
                reward_values(left, step, self.world.passages, self.neighbours, self.weight)
            case Learning.L3:
                pool = self.device.snapshot()
                self._replay(pool)
                self.device.load(pool)
        pool = self.device.snapshot()
        pool.weight[self._acts] = self.weight.ravel()
        self.device.load(pool)

    def _replay(self, pool: Pool) -> None:
        """Send a wave from the goal, and note who is reached from where."""
        wave = replace(pool, config=WAVE, options=WAVE_OPTIONS)
        source = np.repeat(np.arange(wave.n), np.diff(wave.row_ptr))
        beside = self.neighbours[source[~self._acts]] == wave.target[~self._acts, None]
        sensed = self._known[source[~self._acts]] >> np.argmax(beside, axis=1) & 1
        wave.weight[~self._acts] = WEIGHT_MAX * sensed
        wave.potential[:] = 0
        wave.ring[:] = 0
        self.device.load(wave)
        current = np.zeros(wave.n, np.int16)
        current[self.world.goal] = THRESHOLD
        front = self._places(current)
        while len(front):
            following = self._places(None)
            for place in following:
                before = [front[front == other] for other in self.neighbours[place]]
                ways = [(int(other[0]), action) for action, other in enumerate(before)
                        if len(other) and self._known[place] >> action & 1]
                self.weight[place] = WEIGHT_START
                self.weight[place, min(ways)[1]] = WEIGHT_MAX
            front = following

    def _places(self, current: np.ndarray | None) -> np.ndarray:
        """Run a tick, and return the places that fire."""
        fired = self.device.tick(current).astype(np.int64)
        return fired[fired < self.cells]
