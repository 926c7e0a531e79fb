"""The network of `rules`, compiled: many seeds, one after the other, no pool in sight.

It computes what `network` has a pool compute, bit for bit.
"""

import numpy as np
from numba import njit

from .rules import (
    DOPAMINE,
    DOPAMINE_SHIFT,
    ELIGIBILITY_MAX,
    ELIGIBILITY_SHIFT,
    LEAK_SHIFT,
    NOISE_SHIFT,
    RACE_TICKS,
    THRESHOLD,
    URGENCY,
    WEIGHT_MAX,
    WEIGHT_SHIFT,
    WEIGHT_START,
    Learning,
)

NONE, L1, L2, L3 = (int(rule) for rule in Learning)
"""As plain integers, which is what a compiled function takes."""

LEARNED = WEIGHT_MAX - WEIGHT_START
"""Most that is learned of a weight."""


@njit(cache=True)
def shifted(state):
    """Return the state of a generator after one step of xorshift32 (13, 17, 5)."""
    state ^= (state << 13) & 0xFFFFFFFF
    state ^= state >> 17
    state ^= (state << 5) & 0xFFFFFFFF
    return state


@njit(cache=True)
def noise_of(state, noise_shift):
    """Return the noise of an action from the state of a generator, Q8.8."""
    if noise_shift >= 0:
        return (state & 255) << noise_shift >> NOISE_SHIFT
    return (state & 255) >> (NOISE_SHIFT - noise_shift)


@njit(cache=True)
def decided(current, ways):
    """Run a race, and return who wins and how many ticks it takes.

    Parameters
    ----------
    current : ndarray of int64, shape (4,)
        What drives each action in a tick, but for the urge, Q8.8.
    ways : int
        Bit a: action a is no wall.
    """
    potential = np.zeros(4, np.int64)
    for tick in range(RACE_TICKS):
        winner = -1
        for action in range(4):
            if ways >> action & 1:
                v = potential[action]
                v += (-v >> LEAK_SHIFT) + current[action] + URGENCY * tick
                potential[action] = v
                if v >= THRESHOLD and (winner < 0 or v > potential[winner]):
                    winner = action
        if winner >= 0:
            return winner, tick + 1
    return -1, RACE_TICKS


@njit(cache=True)
def decayed(eligibility, steps):
    """Return an eligibility so many decisions later."""
    for _ in range(steps):
        if eligibility <= 0:
            return 0
        eligibility -= max(1, eligibility >> ELIGIBILITY_SHIFT)
    return eligibility


@njit(cache=True)
def reward_exits(exit_step, exit_action, step, weight):
    """L1: strengthen the latest exit from each place by what is left of its eligibility.

    Parameters
    ----------
    exit_step, exit_action : ndarray of int64, shape (C,)
        In which decision a place was left last, −1 for never, and how.
    step : int
        Decisions until the reward.
    weight : ndarray of int64, shape (C, 4)
        Weights, changed in place.
    """
    for place in range(len(exit_step)):
        if exit_step[place] >= 0:
            trace = decayed(ELIGIBILITY_MAX, step - 1 - exit_step[place])
            action = exit_action[place]
            weight[place, action] = min(weight[place, action]
                                        + (trace * DOPAMINE >> DOPAMINE_SHIFT), WEIGHT_MAX)


@njit(cache=True)
def reward_values(exit_step, step, way, neighbours, weight):
    """L2: raise all weights into a place to what is left of its trace.

    Parameters are those of `reward_exits`; the goal counts as left in decision `step`.
    """
    for place in range(len(exit_step)):
        if exit_step[place] < 0:
            continue
        trace = decayed(ELIGIBILITY_MAX, step - exit_step[place])
        for action in range(4):
            if way[place] >> action & 1:
                other, back = neighbours[place, action], (action + 2) & 3
                weight[other, back] = max(weight[other, back], trace)


@njit(cache=True)
def replay(goal, known, neighbours, weight):
    """L3: let a wave of spikes run from the goal over all ways that are known, and learn from it.

    All places that a spike reaches for the first time fire one tick later. Of several that reach it
    in the same tick, the first in the order of places counts.
    """
    cells = len(known)
    reached = np.zeros(cells, np.bool_)
    reached[goal] = True
    front = np.zeros(cells, np.bool_)
    front[goal] = True
    spreading = True
    while spreading:
        spreading = False
        following = np.zeros(cells, np.bool_)
        for place in range(cells):
            if not front[place]:
                continue
            for action in range(4):
                if not known[place] >> action & 1:
                    continue
                other = neighbours[place, action]
                if not reached[other]:
                    reached[other] = following[other] = spreading = True
                    weight[other, :] = WEIGHT_START
                    weight[other, (action + 2) & 3] = WEIGHT_MAX
        front = following


@njit(cache=True)
def navigate(passages, neighbours, goals, starts, caps, roams, feed, domain, table, seeds, brain,
             shifts, low, high, trails):
    """Let the network find its way, and return what it takes.

    Parameters
    ----------
    passages : ndarray of uint8, shape (k, C)
        Open ways of the cells of k worlds, one for each seed.
    neighbours : ndarray of int64, shape (C, 4)
        Cells beside each cell.
    goals : ndarray of int64, shape (k,)
        Goals.
    starts : ndarray of int64, shape (k, episodes)
        Where the episodes start.
    caps, roams : ndarray of int64, shape (k,)
        Most steps of an episode, and steps without any reward before the first.
    feed, domain : ndarray of uint16, shape (C,) and (C, 4)
        Domains that the places feed, and that their synapses lie in.
    table : ndarray of uint8, shape (256,)
        Gliotransmitter.
    seeds : ndarray of uint32, shape (k,)
        First states of the generators of noise.
    brain : Brain
        Settings (`rules.Brain`), but for `decay_shift`.
    shifts : ndarray of int64, shape (k,)
        `decay_shift` of each run.
    low, high : ndarray of int64, shape (k, C, 4)
        What is read of the part of a weight that is learned, where nothing has been, and where all
        of it, `LEARNED`, has been; 0 and `LEARNED` where memory has no fault.
    trails : ndarray of int64, shape (k, longest)
        Filled with the cells in order, from the first start on, as far as they go; the rest stays.

    Returns
    -------
    steps : ndarray of int64, shape (k, episodes)
        Steps of each episode; the cap if the goal was not reached.
    done : ndarray of bool, shape (k, episodes)
        Whether it was.
    ticks, decisions : ndarray of int64, shape (k,)
        Ticks of all races, and their number.
    weights : ndarray of int64, shape (k, C, 4)
        Weights at the end.
    calcium : ndarray of int64, shape (k, C)
        Calcium before the end of the last episode.
    """
    count, episodes = starts.shape
    cells = len(neighbours)
    steps = np.zeros((count, episodes), np.int64)
    done = np.zeros((count, episodes), np.bool_)
    all_ticks = np.zeros(count, np.int64)
    decisions = np.zeros(count, np.int64)
    weights = np.full((count, cells, 4), WEIGHT_START, np.int64)
    calciums = np.zeros((count, cells), np.int64)
    current = np.zeros(4, np.int64)
    for run in range(count):
        way, goal, weight = passages[run], goals[run], weights[run]
        state = np.int64(seeds[run])
        calcium = np.zeros(cells, np.int64)
        known = np.zeros(cells, np.int64)
        at_trail = 0
        for episode in range(-1, episodes):
            roaming = episode < 0
            if roaming and roams[run] == 0:
                continue
            cell = starts[run, max(episode, 0)]
            limit = roams[run] if roaming else caps[run]
            exit_step = np.full(cells, -1, np.int64)
            exit_action = np.zeros(cells, np.int64)
            step = 0
            if at_trail < trails.shape[1]:
                trails[run, at_trail] = cell
                at_trail += 1
            while step < limit and (roaming or cell != goal):
                known[cell] |= way[cell]
                for action in range(4):
                    state = shifted(state)
                    noise = noise_of(state, brain.noise_shift)
                    if not way[cell] >> action & 1:
                        continue
                    other = neighbours[cell, action]
                    known[other] |= 1 << ((action + 2) & 3)
                    learned = weight[cell, action] - WEIGHT_START
                    reach = high[run, cell, action] - low[run, cell, action]
                    learned = low[run, cell, action] + learned * reach // LEARNED
                    shown = min(WEIGHT_START + learned, WEIGHT_MAX)
                    amount = np.int64(table[calcium[domain[cell, action]] >> 8])
                    shown = shown * (256 - (brain.alpha * amount >> 8)) >> 8
                    current[action] = noise + (shown << WEIGHT_SHIFT)
                winner, ticks = decided(current, way[cell])
                all_ticks[run] += ticks
                decisions[run] += 1
                for region in range(cells):
                    level = calcium[region]
                    calcium[region] = max(level - max(1, level >> shifts[run]), 0)
                fed = feed[cell]
                calcium[fed] = min(calcium[fed] + brain.influx, 65535)
                exit_step[cell], exit_action[cell] = step, winner
                cell = neighbours[cell, winner]
                step += 1
                if at_trail < trails.shape[1]:
                    trails[run, at_trail] = cell
                    at_trail += 1
            calciums[run] = calcium
            if not roaming:
                steps[run, episode] = step
                done[run, episode] = cell == goal
                if cell == goal:
                    if brain.learning == L1:
                        reward_exits(exit_step, exit_action, step, weight)
                    elif brain.learning == L2:
                        exit_step[goal] = step
                        reward_values(exit_step, step, way, neighbours, weight)
                    elif brain.learning == L3:
                        replay(goal, known, neighbours, weight)
            if brain.clears:
                calcium[:] = 0
    return steps, done, all_ticks, decisions, weights, calciums
