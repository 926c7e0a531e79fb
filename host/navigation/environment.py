"""A grid world as a gymnasium environment."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from .errands import CAP
from .worlds import ACTIONS, NO_CELL, World, WorldKind, neighbours_of

Observation = dict[str, Any]

METADATA = {"render_modes": ["ansi", "rgb_array"], "render_fps": 10}

BLOCK = 8
"""Pixels of a cell, walls included."""

WALL, FLOOR, GOAL, HERE = (0, 31, 63), (255, 255, 255), (237, 174, 73), (209, 73, 91)


def observation_space(cells: int) -> spaces.Dict:
    """Return the space of what an agent is told: nothing but its own cell and what is beside it.

    ``place``, its cell; ``ways``, which of the actions lead somewhere; ``beside``, the cells that
    these lead to, −1 where there is a wall.
    """
    return spaces.Dict({
        "place": spaces.Discrete(cells),
        "ways": spaces.MultiBinary(ACTIONS),
        "beside": spaces.Box(NO_CELL, cells - 1, (ACTIONS,), np.int64),
    })


def observe(world: World, cell: int) -> Observation:
    """Return what an agent at a cell is told."""
    ways = (world.passages[cell] >> np.arange(ACTIONS) & 1).astype(np.int8)
    beside = np.where(ways, neighbours_of(world.size)[cell], NO_CELL)
    return {"place": cell, "ways": ways, "beside": beside}


def checked_action(owner: str, action: Any) -> int:
    """Return an action.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not spaces.Discrete(ACTIONS).contains(action):
        raise ValueError(f"{owner}: action must be in 0..{ACTIONS - 1}, not {action!r}")
    return int(action)


class GridWorld(gymnasium.Env[Observation, Any]):
    """An unknown grid world with a goal that shows itself on arrival alone.

    Actions are north, east, south, west; one against a wall stays where it is, and costs a step.
    The reward is 1 at the goal, where an episode ends; it is cut off after 4 steps for each free
    cell. ``reset(seed=...)`` makes the world of that seed; ``reset()`` starts anew in the same one.
    ``reset(options={"start": cell})`` starts there. `info` tells the free cells and the steps of
    the shortest path from the start, which are for judges, not for agents.

    Parameters
    ----------
    world : str
        Kind of world, as `WorldKind.parse` takes it.
    render_mode : str, optional
        ``"ansi"`` or ``"rgb_array"``.

    Raises
    ------
    ValueError
        If the kind is none, or `render_mode` is another.
    """

    metadata = METADATA

    def __init__(self, world: str = "open10", render_mode: str | None = None):
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"GridWorld: render_mode must be ansi or rgb_array, "
                             f"not {render_mode!r}")
        self.kind = WorldKind.parse(world)
        self.render_mode = render_mode
        self.observation_space = observation_space(self.kind.size**2)
        self.action_space = spaces.Discrete(ACTIONS)
        self.world: World | None = None
        self.cell = NO_CELL
        self._steps = 0

    def reset(self, *, seed: int | None = None,
              options: dict[str, Any] | None = None) -> tuple[Observation, dict[str, Any]]:
        super().reset(seed=seed)
        options = options or {}
        if unknown := options.keys() - {"start"}:
            raise ValueError(f"GridWorld: options may have start, not {min(unknown, key=str)!r}")
        world = self.world
        if seed is not None or world is None:
            chosen = seed if seed is not None else int(self.np_random.integers(1 << 31))
            world = self.kind.make(chosen)
        elsewhere = world.free[world.free != world.goal]
        start = options.get("start", self.np_random.choice(elsewhere))
        if not spaces.Discrete(self.kind.size**2).contains(start) or start not in elsewhere:
            raise ValueError(f"GridWorld: start must be a free cell other than the goal, "
                             f"not {start!r}")
        self.world, self.cell, self._steps = world, int(start), 0
        return observe(world, self.cell), {"cells": len(world.free),
                                           "shortest": int(world.distances()[self.cell])}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        world = self._made()
        action = checked_action("GridWorld", action)
        if world.passages[self.cell] >> action & 1:
            self.cell = int(neighbours_of(world.size)[self.cell, action])
        self._steps += 1
        at_goal = self.cell == world.goal
        cut = not at_goal and self._steps >= CAP * len(world.free)
        return observe(world, self.cell), float(at_goal), at_goal, cut, {}

    def render(self) -> Any:
        world = self._made()
        if self.render_mode == "ansi":
            return text_of(world, self.cell)
        return image_of(world, self.cell) if self.render_mode == "rgb_array" else None

    def _made(self) -> World:
        if self.world is None:
            raise gymnasium.error.ResetNeeded("GridWorld: call reset first")
        return self.world


def text_of(world: World, cell: int) -> str:
    """Return a world as text: ``#`` wall, ``G`` goal, ``@`` the agent."""
    image = image_of(world, cell, block=2)
    names = {WALL: "#", FLOOR: " ", GOAL: "G", HERE: "@"}
    return "\n".join("".join(names[tuple(pixel)] for pixel in row) for row in image.tolist())


def image_of(world: World, cell: int, block: int = BLOCK) -> np.ndarray:
    """Return a world as pixels, shape (h, h, 3), uint8, h = N * block + 1.

    A cell has ``block - 1`` pixels, and the wall north and west of it one.
    """
    image = np.full((world.size * block + 1,) * 2 + (3,), WALL, np.uint8)
    for free in world.free:
        top, left = (int(index) * block + 1 for index in divmod(free, world.size))
        colour = HERE if free == cell else GOAL if free == world.goal else FLOOR
        image[top:top + block - 1, left:left + block - 1] = colour
        if world.passages[free] >> 1 & 1:
            image[top:top + block - 1, left + block - 1] = FLOOR
        if world.passages[free] >> 2 & 1:
            image[top + block - 1, left:left + block - 1] = FLOOR
    return image
