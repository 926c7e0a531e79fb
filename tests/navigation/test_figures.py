"""What the agents reach, on seeds; nothing here is tuned to them."""

import tracemalloc
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from host.navigation.agents import AGENTS, Network, agent_of
from host.navigation.errands import Errands
from host.navigation.harness import RESAMPLES, figures, interval
from host.navigation.memory import Memory
from host.navigation.rules import Brain, Learning
from host.navigation.worlds import WorldKind

SEEDS = 500


@cache
def errands(world, *, episodes=10, cap=4, offset=0):
    return Errands.of(WorldKind.parse(world), SEEDS, episodes, cap=cap, offset=offset)


@cache
def reached(name, world, *, episodes=10, cap=4, offset=0, **options):
    asked = errands(world, episodes=episodes, cap=cap, offset=offset)
    return figures(name, asked, agent_of(name, **options).run(asked))


@pytest.mark.parametrize("offset", [0, 1_000_000])
def test_open_world_is_explored_and_then_known(offset):
    ours, walk, planner = (reached(name, "open10", offset=offset)
                           for name in ("astro", "random", "frontier"))
    assert ours.late_median <= 9
    assert ours.late_done >= 0.999
    assert walk.late_median / ours.late_median >= 15
    assert ours.first_done_2n >= 0.94
    assert walk.first_done_2n <= 0.50
    assert ours.first_median <= 1.25 * planner.first_median


@pytest.mark.parametrize("offset", [0, 1_000_000])
def test_maze_is_explored_a_dozen_times_faster_than_by_a_random_walk(offset):
    ours, walk = (reached(name, "maze10", episodes=1, cap=1000, offset=offset)
                  for name in ("astro", "random"))
    assert walk.first_median < 100_000  # not cut off
    assert walk.first_median / ours.first_median >= 12


@pytest.mark.parametrize("world", ["open10", "maze10", "braided10", "rooms10"])
def test_after_free_roam_the_first_reward_teaches_the_shortest_paths(world):
    assert reached("astro", world, roam=3).late_over_bfs <= 1.01


@pytest.mark.parametrize("world", ["open10", "maze10"])
def test_memristors_with_faults_still_find_the_way(world):
    found = reached("astro", world, memory=Memory(levels=32, variation=10, stuck=10))
    assert found.late_done >= 0.99
    assert found.first_done_4n >= 0.99


@pytest.mark.parametrize("world", ["open10", "maze10"])
def test_suppression_by_source_is_a_random_walk(world):
    ablated, walk = reached("astro", world, by_source=True), reached("random", world)
    assert ablated.first_done_4n == pytest.approx(walk.first_done_4n, abs=0.06)
    assert ablated.first_done_2n == pytest.approx(walk.first_done_2n, abs=0.06)


def test_astrocytes_count_nodes():
    ours, counting = reached("astro-only", "open10"), reached("node-counting", "open10")
    assert ours.late_median == pytest.approx(counting.late_median, rel=0.15)


def test_learning_shortens_paths_from_rule_to_rule():
    late = [reached(name, "open10").late_over_bfs for name in (
        "shortest", "frontier", "astro", "astro-L2", "astro-L1", "astro-only")]
    assert late == sorted(late)
    assert late[0] == 1


def test_calcium_that_outlives_an_episode_hides_the_way():
    asked = errands("open10")
    kept, cleared = (figures("", asked, Network(Brain(learning=Learning.L2, clears=clears))
                             .run(asked)) for clears in (0, 1))
    assert kept.late_over_bfs > 2 * cleared.late_over_bfs


@pytest.mark.parametrize("change", [{"bits": 1}, {"shared": "squares"}])
def test_what_matters_is_missed(change):
    asked = errands("maze10")
    crippled = replace(Network(), **change)
    found = figures("crippled", asked, crippled.run(asked))
    whole = reached("astro", "maze10")
    assert found.first_median > 1.4 * whole.first_median


@pytest.mark.parametrize("name", AGENTS)
def test_agents_repeat_themselves(name):
    asked = Errands.of(WorldKind.parse("open6"), 5, 3, offset=9)
    once, again = (AGENTS[name].run(asked, trail=400) for _ in range(2))
    assert (once.steps == again.steps).all()
    assert (once.trails == again.trails).all()


@pytest.mark.parametrize("name", AGENTS)
def test_trails_keep_to_the_ways_and_end_at_goals(name):
    asked = Errands.of(WorldKind.parse("braided6"), 4, 4)
    outcome = AGENTS[name].run(asked, trail=5 * 4 * 36)
    for run, world in enumerate(asked.worlds):
        at = 0
        for episode in range(4):
            steps = outcome.steps[run, episode]
            path = outcome.trails[run, at:at + steps + 1]
            at += steps + 1
            assert path[0] == asked.starts[run, episode]
            for cell, other in pairwise(path):
                action = asked.neighbours[cell].tolist().index(other)
                assert world.passages[cell] >> action & 1
            assert (path[-1] == world.goal) == outcome.done[run, episode]
            assert outcome.done[run, episode] or steps == 4 * 36
            assert world.goal not in path[:-1]


@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (7, 3), (64, 5), (333, 2)])
def test_interval_is_that_of_all_resamples_at_once(shape):
    values = np.random.default_rng(3).integers(0, 50, shape)
    rows = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    medians = np.median(values[rows].reshape(RESAMPLES, -1), axis=1)
    assert interval(values) == tuple(np.percentile(medians, [2.5, 97.5]))


def test_interval_of_many_seeds_takes_the_memory_of_one_sample():
    values = np.random.default_rng(3).integers(0, 50, (20_000, 5))
    tracemalloc.start()
    interval(values)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * values.nbytes


def test_interval_of_the_median_is_known_for_a_sample():
    values = np.arange(100.0)[:, None]
    low, high = interval(values)
    assert 36 <= low <= 42
    assert 57 <= high <= 64
    assert interval(np.full((20, 3), 7.0)) == (7.0, 7.0)
