"""A learning run: a network at work, rewarded and punished, its dead synapses pruned."""

import dataclasses

import numpy as np

from golden.arch.config import Options
from sim.workloads import excite, random_network
from tests.lockstep.side_by_side import SideBySide

TICKS = 2
"""Ticks between two modulations."""

CYCLE = 5
"""Modulations from one reward to the next; all others are punishments, and then comes a prune."""

REWARD = 200, 0
PUNISHMENT = 0, 200
"""Dopamine and cortisol."""


def learn(pair: SideBySide, neurons: int, fan_out: int, rounds: int) -> dict[str, int]:
    """Let both learn and return how much has happened.

    Punishments come in a row, so that synapses die: that takes a newborn one four.
    """
    pool, current = excite(random_network(neurons, fan_out), None)
    pair.load(dataclasses.replace(pool, options=Options()))
    happened = dict.fromkeys(("weight changes", "pruned"), 0)
    for number in range(rounds):
        pair.inject(number % neurons, neurons, 1, 16)
        for _ in range(TICKS):
            pair.tick(current)
        before = pair.golden.weight.copy()
        pair.modulate(*(REWARD if number % CYCLE == 0 else PUNISHMENT))
        happened["weight changes"] += int(np.count_nonzero(before != pair.golden.weight))
        if number % CYCLE == CYCLE - 1:
            before = pair.golden.weight.size
            pair.prune()
            happened["pruned"] += before - pair.golden.weight.size
    return {"spikes": pair.spikes, "synaptic events": pair.events} | happened
