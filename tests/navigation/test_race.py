"""The race of the actions, and what else the compiled network is made of."""

import numpy as np
import pytest

from golden.arch.astrocytes import calcium_after
from host.navigation.kernel import decayed, decided, noise_of, replay, shifted
from host.navigation.picture import calcium_at
from host.navigation.rules import (
    RACE_TICKS,
    WEIGHT_MAX,
    WEIGHT_START,
    Brain,
    gliotransmitter,
    noise_seeds,
)
from host.navigation.worlds import WorldKind, neighbours_of

ALL = 0b1111


def literal_race(current, ways):
    """The race as `rules` tells it."""
    v = [0, 0, 0, 0]
    for r in range(RACE_TICKS):
        v = [v[a] + (-v[a] >> 4) + current[a] + 32 * r if ways >> a & 1 else v[a]
             for a in range(4)]
        over = [a for a in range(4) if v[a] >= 16384]
        if over:
            return max(over, key=lambda a: (v[a], -a)), r + 1
    return None


@pytest.mark.parametrize("ways", range(1, 16))
def test_race_is_won_as_the_rules_say(ways):
    rng = np.random.default_rng(ways)
    for _ in range(300):
        current = rng.integers(0, rng.choice([2, 64, 4096]), 4)
        assert decided(current, ways) == literal_race(current.tolist(), ways)


def test_slowest_race_has_a_winner_in_time():
    for ways in range(1, 16):  # nothing drives it but the urge
        winner, ticks = decided(np.zeros(4, np.int64), ways)
        assert ways >> winner & 1
        assert ticks == literal_race([0] * 4, ALL)[1] < RACE_TICKS


def test_fastest_race():
    winner, ticks = decided(np.array([0, 127 << 5, 0, 0]), ALL)
    assert (winner, ticks) == (1, 5)


def test_ties_go_to_the_larger_potential_then_to_the_first():
    assert decided(np.array([1000, 1001, 1000, 0]), ALL)[0] == 1
    assert decided(np.array([0, 1000, 1000, 1000]), ALL)[0] == 1
    assert decided(np.array([5000, 1000, 1000, 1001]), 0b1110)[0] == 3


def test_generator_is_xorshift32():
    state, seen = 1, []
    for _ in range(3):
        state = shifted(state)
        seen.append(state)
    assert seen == [270369, 67634689, 2647435461]  # Marsaglia's, from 1


def test_seeds_of_noise_differ_and_are_never_0():
    states = noise_seeds(np.arange(100_000))
    assert states.dtype == np.uint32
    assert states.min() > 0
    assert len(np.unique(states)) > 99_990


@pytest.mark.parametrize(("shift", "most"), [(-2, 7), (0, 31), (2, 127), (6, 2040)])
def test_noise_has_the_size_asked_for(shift, most):
    assert noise_of(255, shift) == most
    assert noise_of(0xFFFFFF00, shift) == 0


def test_eligibility_decays_as_specified():
    trace, steps = 127, 0
    while trace:
        assert decayed(127, steps) == trace
        trace -= max(1, trace >> 5)
        steps += 1
    assert decayed(127, steps + 5) == 0


def test_calcium_of_a_trail_follows_the_contract():
    brain = Brain(decay_shift=3, influx=30000)
    trail = np.array([0, 1, 0, 2, 2, 1])
    levels = [0, 0, 0]
    for step, row in enumerate(calcium_at(trail, np.arange(len(trail)), 3, brain)):
        assert row.tolist() == levels
        levels = [calcium_after(level, cell == trail[step], 3, 30000)
                  for cell, level in enumerate(levels)]


@pytest.mark.parametrize(("bits", "codes"), [(1, 2), (3, 8), (8, 256)])
def test_table_of_few_bits_reaches_both_ends(bits, codes):
    table = gliotransmitter(bits)
    assert (table[0], table[255], len(np.unique(table))) == (0, 255, codes)
    assert (np.diff(table.astype(int)) >= 0).all()


@pytest.mark.parametrize("name", ["open8", "maze8", "braided8"])
def test_replay_points_along_shortest_paths_of_what_is_known(name):
    world = WorldKind.parse(name).make(3)
    neighbours = neighbours_of(world.size)
    weight = np.full((world.size**2, 4), 77, np.int64)
    replay(world.goal, world.passages.astype(np.int64), neighbours, weight)
    left = world.distances()
    for cell in world.free[world.free != world.goal]:
        action = int(np.argmax(weight[cell]))
        assert sorted(weight[cell]) == [WEIGHT_START] * 3 + [WEIGHT_MAX]
        assert world.passages[cell] >> action & 1
        assert left[neighbours[cell, action]] == left[cell] - 1
    assert (weight[world.goal] == 77).all()
