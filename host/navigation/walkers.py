"""What the network is compared with, compiled: walkers, a learner by table, and a planner.

All see what the network sees: where they are, which ways are open and where these lead. Marks,
tables and maps are exact and as large as they like.
"""

import enum

import numpy as np
from numba import njit

from .kernel import shifted


class Walk(enum.IntEnum):
    """How the next step is chosen."""

    RANDOM = 0
    """Any open way."""

    FORWARD = 1
    """Any open way but back, unless there is no other: non-backtracking."""

    COUNT = 2
    """The way to the place visited least often in this episode, any of several: node counting, the
    mark-ant-walk."""

    Q_TABLE = 3
    """Q-learning by table, ε-greedy."""

    FRONTIER = 4
    """A planner with perfect memory of the map: by the shortest known way to the nearest place not
    yet visited, any of several; once the goal has been seen and a way to it is known, by that."""


RANDOM, FORWARD, COUNT, Q_TABLE, FRONTIER = (int(walk) for walk in Walk)
"""As plain integers, which is what a compiled function takes."""

EXPLORES = 0.1
LEARNS = 0.5
DISCOUNT = 0.95
"""Of Q-learning: how often it tries anything, step size, and discount; the goal is worth 1."""


@njit(cache=True)
def drawn(state, count):
    """Return the next state of a generator, and one of ``0..count - 1``."""
    state = shifted(state)
    return state, (state >> 8) * count >> 24


@njit(cache=True)
def distances(target, known, neighbours):
    """Return the steps from each place to `target` over known ways; −1 where there is none."""
    found = np.full(len(known), -1, np.int64)
    queue = np.empty(len(known), np.int64)
    queue[0] = target
    found[target] = 0
    head, tail = 0, 1
    while head < tail:
        place = queue[head]
        head += 1
        for action in range(4):
            if known[place] >> action & 1:
                other = neighbours[place, action]
                if found[other] < 0:
                    found[other] = found[place] + 1
                    queue[tail] = other
                    tail += 1
    return found


@njit(cache=True)
def walk(passages, neighbours, goals, starts, caps, seeds, kind, trails):
    """Let a walker find its way, and return what it takes.

    Parameters
    ----------
    passages, neighbours, goals, starts, caps, seeds, trails
        As of `kernel.navigate`.
    kind : int
        A `Walk`.

    Returns
    -------
    steps : ndarray of int64, shape (k, episodes)
        Steps of each episode; the cap if the goal was not reached.
    done : ndarray of bool, shape (k, episodes)
        Whether it was.
    """
    count, episodes = starts.shape
    cells = len(neighbours)
    steps = np.zeros((count, episodes), np.int64)
    done = np.zeros((count, episodes), np.bool_)
    ways = np.zeros(4, np.int64)
    for run in range(count):
        state = np.int64(seeds[run])
        values = np.zeros((cells, 4))
        known = np.zeros(cells, np.int64)
        visited = np.zeros(cells, np.bool_)
        goal, goal_seen = goals[run], False
        at_trail = 0
        for episode in range(episodes):
            cell, before, step = starts[run, episode], -1, 0
            visits = np.zeros(cells, np.int64)
            if at_trail < trails.shape[1]:
                trails[run, at_trail] = cell
                at_trail += 1
            while step < caps[run] and cell != goal:
                known[cell] = passages[run, cell]
                visited[cell] = True
                visits[cell] += 1
                plan = known  # replaced by the planner, which alone looks at it
                if kind == FRONTIER:
                    for action in range(4):
                        if known[cell] >> action & 1:
                            known[neighbours[cell, action]] |= 1 << ((action + 2) & 3)
                    plan = distances(cell, known, neighbours)
                    target = goal
                    if not goal_seen or plan[goal] < 0:
                        best, ties = cells, 0
                        for place in range(cells):
                            if visited[place] or not 0 <= plan[place] <= best:
                                continue
                            ties = ties + 1 if plan[place] == best else 1
                            best = plan[place]
                            state, pick = drawn(state, ties)
                            if pick == 0:
                                target = place
                    plan = distances(target, known, neighbours)

                lowest, found = 1e9, 0
                for action in range(4):
                    if not passages[run, cell] >> action & 1:
                        continue
                    other = neighbours[cell, action]
                    cost = 0.0
                    if kind == FORWARD:
                        cost = 1.0 if other == before else 0.0
                    elif kind == COUNT:
                        cost = visits[other]
                    elif kind == Q_TABLE:
                        cost = -values[cell, action]
                    elif kind == FRONTIER:
                        cost = plan[other]
                    if cost < lowest:
                        lowest, found = cost, 0
                    if cost == lowest:
                        ways[found] = action
                        found += 1
                if kind == Q_TABLE:
                    state = shifted(state)
                    if (state >> 8) < EXPLORES * (1 << 24):
                        found = 0
                        for action in range(4):
                            if passages[run, cell] >> action & 1:
                                ways[found] = action
                                found += 1
                state, pick = drawn(state, found)
                action = ways[pick]
                other = neighbours[cell, action]
                if kind == Q_TABLE:
                    worth = 1.0 if other == goal else DISCOUNT * values[other].max()
                    values[cell, action] += LEARNS * (worth - values[cell, action])
                before, cell = cell, other
                step += 1
                if at_trail < trails.shape[1]:
                    trails[run, at_trail] = cell
                    at_trail += 1
            goal_seen |= cell == goal
            visited[goal] |= goal_seen
            steps[run, episode] = step
            done[run, episode] = cell == goal
    return steps, done
