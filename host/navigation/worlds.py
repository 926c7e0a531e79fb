"""Grid worlds, from seeds.

A world is N x N cells, numbered row by row. Between two cells there is a passage or a wall. Nothing
else is told to an agent but where it is, which of the four ways are open, and which cells these
lead to.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

NORTH, EAST, SOUTH, WEST = range(4)
ACTIONS = 4
OPPOSITE = (SOUTH, WEST, NORTH, EAST)
STEP = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""Row and column that an action adds."""

SIZE_MIN, SIZE_MAX = 3, 40
ROOM = 5
"""Side of a room, cells."""

OBSTACLES = 20
"""Obstacles of an open world, percent."""

BRAIDED = 0.5
"""Part of the dead ends of a maze that a braided one opens."""

NO_CELL = -1


@dataclass(frozen=True, eq=False)
class World:
    """One world with its goal.

    Parameters
    ----------
    size : int
        N, cells of a side.
    passages : ndarray of uint8, shape (N * N,)
        Bit a is set if action a (north, east, south, west) leads somewhere.
    goal : int
        Cell.
    """

    size: int
    passages: np.ndarray
    goal: int

    @property
    def free(self) -> np.ndarray:
        """The cells that can be reached, ascending, int64."""
        return np.flatnonzero(self.passages)

    def distances(self, target: int | None = None) -> np.ndarray:
        """Return the steps from each cell to `target`, the goal by default, int64; −1 if none."""
        neighbours = neighbours_of(self.size)
        found = np.full(self.size**2, -1)
        queue = deque([self.goal if target is None else target])
        found[queue[0]] = 0
        while queue:
            cell = queue.popleft()
            for action in range(ACTIONS):
                if self.passages[cell] >> action & 1:
                    other = neighbours[cell, action]
                    if found[other] < 0:
                        found[other] = found[cell] + 1
                        queue.append(other)
        return found


def neighbours_of(size: int) -> np.ndarray:
    """Return the cells beside each cell, walls or not, shape (N * N, 4), int64; −1 outside."""
    row, column = np.divmod(np.arange(size * size), size)
    sides = []
    for down, right in STEP:
        there = np.stack([row + down, column + right])
        inside = ((there >= 0) & (there < size)).all(axis=0)
        sides.append(np.where(inside, there[0] * size + there[1], NO_CELL))
    return np.stack(sides, axis=1)


class _Builder:
    """Passages under construction."""

    def __init__(self, size: int):
        self.neighbours = neighbours_of(size)
        self.passages = np.zeros(size * size, np.uint8)

    def open(self, cell: int, action: int) -> None:
        self.passages[cell] |= 1 << action
        self.passages[self.neighbours[cell, action]] |= 1 << OPPOSITE[action]

    def closed_sides(self, cell: int) -> list[int]:
        return [action for action in range(ACTIONS) if self.neighbours[cell, action] >= 0
                and not self.passages[cell] >> action & 1]


def _open(size: int, percent: int, rng: np.random.Generator) -> np.ndarray:
    """Return a field with obstacles; only the largest region without walls remains."""
    built = _Builder(size)
    blocked = rng.random(size * size) * 100 < percent
    for cell in np.flatnonzero(~blocked).tolist():
        for action in (EAST, SOUTH):
            other = built.neighbours[cell, action]
            if other >= 0 and not blocked[other]:
                built.open(cell, action)
    largest = np.zeros(size * size, bool)
    left = built.passages > 0
    while left.any():
        world = World(size, built.passages, int(np.argmax(left)))
        region = world.distances() >= 0
        if region.sum() > largest.sum():
            largest = region
        left &= ~region
    return np.where(largest, built.passages, 0).astype(np.uint8)


def _maze(size: int, _: int, rng: np.random.Generator) -> np.ndarray:
    """Return a maze without loops, dug depth first."""
    built = _Builder(size)
    path = [int(rng.integers(size * size))]
    seen = np.zeros(size * size, bool)
    seen[path[0]] = True
    while path:
        ways = [action for action in built.closed_sides(path[-1])
                if not seen[built.neighbours[path[-1], action]]]
        if not ways:
            path.pop()
            continue
        action = ways[rng.integers(len(ways))]
        built.open(path[-1], action)
        path.append(int(built.neighbours[path[-1], action]))
        seen[path[-1]] = True
    return built.passages


def _braided(size: int, _: int, rng: np.random.Generator) -> np.ndarray:
    """Return a maze of which half of the dead ends are opened."""
    built = _Builder(size)
    built.passages = _maze(size, 0, rng)
    for cell in range(size * size):
        is_end = bin(built.passages[cell]).count("1") == 1
        if is_end and rng.random() < BRAIDED:
            ways = built.closed_sides(cell)
            built.open(cell, ways[rng.integers(len(ways))])
    return built.passages


def _rooms(size: int, _: int, rng: np.random.Generator) -> np.ndarray:
    """Return rooms of 5 x 5 cells with one door to each room beside them."""
    built = _Builder(size)
    row, column = np.divmod(np.arange(size * size), size)
    room = row // ROOM * size + column // ROOM
    doors: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for cell in range(size * size):
        for action in (EAST, SOUTH):
            other = built.neighbours[cell, action]
            if other < 0:
                continue
            if room[cell] == room[other]:
                built.open(cell, action)
            else:
                doors.setdefault((int(room[cell]), int(room[other])), []).append((cell, action))
    for places in doors.values():
        built.open(*places[rng.integers(len(places))])
    return built.passages


GENERATORS: dict[str, Callable[[int, int, np.random.Generator], np.ndarray]] = {
    "open": _open, "maze": _maze, "braided": _braided, "rooms": _rooms}


@dataclass(frozen=True)
class WorldKind:
    """A family of worlds, of which a seed picks one.

    Parameters
    ----------
    generator : str
        One of `GENERATORS`.
    size : int
        N, cells of a side, 3..40.
    obstacles : int
        Of ``open``: chance that a cell is an obstacle, 0..50 percent.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    generator: str
    size: int
    obstacles: int = OBSTACLES

    def __post_init__(self):
        if self.generator not in GENERATORS:
            raise ValueError(f"world: must be one of {', '.join(GENERATORS)}, with the cells of a "
                             f"side behind it, such as maze10, not {self.generator!r}")
        for name, low, high in (("size", SIZE_MIN, SIZE_MAX), ("obstacles", 0, 50)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"world: {name} must be in {low}..{high}, "
                                 f"not {getattr(self, name)}")

    @classmethod
    def parse(cls, name: str) -> "WorldKind":
        """Return what a name means: ``maze10``, or ``open10p30`` with 30 % obstacles.

        Raises
        ------
        ValueError
            If it means nothing.
        """
        match = re.fullmatch(r"([a-z]+)(\d{1,4})(?:p(\d{1,3}))?", str(name))
        if not match or match[1] not in GENERATORS or (match[3] and match[1] != "open"):
            raise ValueError(f"world: must be one of {', '.join(GENERATORS)}, with the cells of a "
                             f"side behind it, such as maze10 or open10p30, not {name!r}")
        return cls(match[1], int(match[2]), int(match[3] or OBSTACLES))

    @property
    def name(self) -> str:
        """The name that `parse` understands."""
        obstacles = self.generator == "open" and self.obstacles != OBSTACLES
        return f"{self.generator}{self.size}" + f"p{self.obstacles}" * obstacles

    def make(self, seed: int) -> World:
        """Return the world of a seed; it has at least two free cells, one of which is the goal."""
        rng = np.random.default_rng([seed, self.size, *self.generator.encode()])
        while True:  # many obstacles may leave no two cells beside each other
            passages = GENERATORS[self.generator](self.size, self.obstacles, rng)
            if passages.any():
                return World(self.size, passages, int(rng.choice(np.flatnonzero(passages))))


class Kind(Protocol):
    """A family of worlds: `WorldKind`, or somebody else's."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def size(self) -> int:
        """N, cells of a side."""
        ...

    def make(self, seed: int) -> World:
        """Return the world of a seed."""
        ...


def starts(world: World, episodes: int, seed: int) -> np.ndarray:
    """Return a cell to start from for each episode, never the goal, shape (episodes,), int64."""
    elsewhere = world.free[world.free != world.goal]
    return np.random.default_rng([seed, 1]).choice(elsewhere, episodes)
