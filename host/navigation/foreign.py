"""Somebody else's worlds: environments of minigrid as grid worlds.

A minigrid agent turns and walks; here it goes north, east, south or west, which is a turn or two,
a door opened where there is one, and a step. Walls, locked doors, lava and objects in the way are
no ways. There must be one goal, a way to it, and nothing that moves.
"""

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from minigrid.core.actions import Actions
from minigrid.core.world_object import Door
from minigrid.envs.dynamicobstacles import DynamicObstaclesEnv
from minigrid.minigrid_env import MiniGridEnv

from .environment import Observation, checked_action, observation_space, observe
from .errands import CAP
from .worlds import ACTIONS, SIZE_MAX, STEP, Kind, World, WorldKind, neighbours_of

PREFIX = "MiniGrid-"
HEADING = (3, 0, 1, 2)
"""Direction of a minigrid agent for each action: 0 is east, 1 south."""

FOREVER = 1 << 30
"""Turns and doors are no steps here, so minigrid must not count them."""


def world_of(grid: MiniGridEnv) -> World:
    """Return the grid world that a minigrid environment shows now.

    Cells are numbered row by row in a square as large as the longer side.

    Raises
    ------
    ValueError
        If there is not one goal that can be walked to, something moves, or the grid is too large.
    """
    if isinstance(grid, DynamicObstaclesEnv):
        raise ValueError(f"world: {_name(grid)} has obstacles that move, and must have none; one "
                         f"that stands still is {PREFIX}FourRooms-v0")
    width, height = grid.grid.width, grid.grid.height
    size = max(width, height)
    if size > SIZE_MAX:
        raise ValueError(f"world: {_name(grid)} has {width} x {height} cells; {SIZE_MAX} x "
                         f"{SIZE_MAX} are the most")
    walkable = np.zeros((size, size), bool)
    goals = []
    for row in range(height):
        for column in range(width):
            thing = grid.grid.get(column, row)
            is_door = isinstance(thing, Door) and not thing.is_locked
            walkable[row, column] = thing is None or is_door or (
                thing.can_overlap() and thing.type != "lava")
            if thing is not None and thing.type == "goal":
                goals.append(row * size + column)
    if len(goals) != 1:
        raise ValueError(f"world: {_name(grid)} must have one goal, not {len(goals)}")
    neighbours = neighbours_of(size)
    inside = walkable.ravel()
    ways = inside[:, None] & (neighbours >= 0) & inside[neighbours]
    passages = (ways << np.arange(ACTIONS)).sum(axis=1).astype(np.uint8)
    reached = World(size, passages, goals[0]).distances() >= 0
    column, row = grid.agent_pos
    if not reached[int(row) * size + int(column)]:
        raise ValueError(f"world: {_name(grid)} must have a way to its goal that needs no key")
    return World(size, np.where(reached, passages, 0).astype(np.uint8), goals[0])


def make_grid(name: str) -> tuple[gymnasium.Env, MiniGridEnv]:
    """Return an environment of minigrid by its name, wrapped and bare.

    Raises
    ------
    ValueError
        If there is none, or it needs a package that isn't installed.
    """
    if not name.startswith(PREFIX) or name not in gymnasium.registry:
        raise ValueError(f"world: there is no environment {name!r} in minigrid; one is "
                         f"{PREFIX}FourRooms-v0")
    try:
        # by its entry, since a mere name calls forth a warning if there is a later version
        env = gymnasium.make(gymnasium.registry[name])
    except gymnasium.error.DependencyNotInstalled as error:
        raise ValueError(f"world: {name}: {error}") from None
    bare = env.unwrapped
    if not isinstance(bare, MiniGridEnv):
        raise ValueError(f"world: {name!r} is no environment of minigrid")
    return env, bare


def _name(grid: MiniGridEnv) -> str:
    return grid.spec.id if grid.spec else type(grid).__name__


@dataclass(frozen=True)
class ForeignKind:
    """An environment of minigrid, of which a seed makes a world.

    Parameters
    ----------
    name : str
        Its name, such as ``MiniGrid-FourRooms-v0``.

    Raises
    ------
    ValueError
        If there is none of that name, or it has no goal to walk to.
    """

    name: str

    def __post_init__(self):
        self.make(0)

    @property
    def size(self) -> int:
        """N, cells of a side."""
        grid = make_grid(self.name)[1]
        return max(grid.width, grid.height)

    def make(self, seed: int) -> World:
        """Return the world of a seed."""
        env, bare = make_grid(self.name)
        env.reset(seed=seed)
        return world_of(bare)


def kind_of(name: str) -> Kind:
    """Return the family of worlds of a name, ours or minigrid's.

    Raises
    ------
    ValueError
        If there is none.
    """
    return ForeignKind(name) if name.startswith(PREFIX) else WorldKind.parse(name)


class PlaceWrapper(gymnasium.Wrapper[Observation, Any, Any, Any],
                   gymnasium.utils.RecordConstructorArgs):
    """An environment of minigrid that looks like a `GridWorld`.

    The same actions, observations and rewards, and an end after as many steps; the world is that of
    the environment, and so is the start.

    Parameters
    ----------
    env : gymnasium.Env
        Environment of minigrid.

    Raises
    ------
    ValueError
        If it is of another kind.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]):
        gymnasium.utils.RecordConstructorArgs.__init__(self)
        gymnasium.Wrapper.__init__(self, env)
        if not isinstance(env.unwrapped, MiniGridEnv):
            raise ValueError(f"PlaceWrapper: env must be of minigrid, not {env}")
        self.grid = env.unwrapped
        self.action_space = spaces.Discrete(ACTIONS)
        self.observation_space = observation_space(max(self.grid.width, self.grid.height)**2)
        self.world: World | None = None
        self._steps = 0

    @property
    def cell(self) -> int:
        """Where the agent is."""
        column, row = self.grid.agent_pos
        return int(row) * max(self.grid.width, self.grid.height) + int(column)

    def reset(self, *, seed: int | None = None,
              options: dict[str, Any] | None = None) -> tuple[Observation, dict[str, Any]]:
        self.env.reset(seed=seed, options=options)
        self.grid.max_steps = FOREVER
        self.world = world = world_of(self.grid)
        self._steps = 0
        return observe(world, self.cell), {"cells": len(world.free),
                                           "shortest": int(world.distances()[self.cell])}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        if self.world is None:
            raise gymnasium.error.ResetNeeded("PlaceWrapper: call reset first")
        action = checked_action("PlaceWrapper", action)
        if self.world.passages[self.cell] >> action & 1:
            while self.grid.agent_dir != HEADING[action]:
                self.env.step(Actions.right)
            down, right = STEP[action]
            column, row = self.grid.agent_pos
            ahead = self.grid.grid.get(int(column) + right, int(row) + down)
            if isinstance(ahead, Door) and not ahead.is_open:
                self.env.step(Actions.toggle)
            self.env.step(Actions.forward)
        self._steps += 1
        at_goal = self.cell == self.world.goal
        cut = not at_goal and self._steps >= CAP * len(self.world.free)
        return observe(self.world, self.cell), float(at_goal), at_goal, cut, {}
