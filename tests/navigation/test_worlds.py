import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from host.navigation import ENVIRONMENT
from host.navigation.errands import Errands
from host.navigation.foreign import ForeignKind, PlaceWrapper, make_grid
from host.navigation.worlds import ACTIONS, OPPOSITE, WorldKind, neighbours_of, starts

KINDS = ["open10", "open10p0", "open12p40", "maze9", "braided10", "rooms10", "rooms12"]


def edges(world):
    return sum(bin(mask).count("1") for mask in world.passages.tolist()) // 2


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_worlds_hang_together_and_ways_lead_back(name, seed):
    kind = WorldKind.parse(name)
    assert kind.name == name
    world = kind.make(seed)
    neighbours = neighbours_of(kind.size)
    for cell in world.free.tolist():
        for action in range(ACTIONS):
            if world.passages[cell] >> action & 1:
                assert world.passages[neighbours[cell, action]] >> OPPOSITE[action] & 1
    assert (world.distances()[world.free] >= 0).all()
    assert world.goal in world.free
    assert (kind.make(seed).passages == world.passages).all()
    begin = starts(world, 50, seed)
    assert world.goal not in begin
    assert set(begin.tolist()) <= set(world.free.tolist())


@pytest.mark.parametrize("seed", range(5))
def test_generators_do_what_they_are_called(seed):
    maze, braided, rooms, field = (WorldKind.parse(name).make(seed) for name in (
        "maze10", "braided10", "rooms10", "open10p0"))
    assert edges(maze) == 99
    assert edges(braided) > 99
    ends = [sum(bin(mask).count("1") == 1 for mask in world.passages.tolist())
            for world in (maze, braided)]
    assert ends[1] < ends[0]
    assert edges(rooms) == 4 * 40 + 4
    assert edges(field) == 180


def test_seeds_differ():
    kind = WorldKind.parse("maze10")
    assert (kind.make(1).passages != kind.make(2).passages).any()


@pytest.mark.parametrize(("name", "message"), [
    ("lava10", "world: must be one of open, maze, braided, rooms, .*not 'lava'"),
    ("maze", "not 'maze'"), ("maze2", r"size must be in 3\.\.40, not 2"),
    ("maze99", r"size must be in 3\.\.40, not 99"), ("maze10p30", "not 'maze10p30'"),
    ("open10p60", r"obstacles must be in 0\.\.50, not 60"),
])
def test_wrong_names_are_refused(name, message):
    with pytest.raises(ValueError, match=message):
        WorldKind.parse(name)


@pytest.mark.parametrize("world", ["open10", "maze5"])
def test_environment_keeps_the_rules_of_gymnasium(world):
    env = gymnasium.make(ENVIRONMENT, world=world, render_mode="rgb_array")
    check_env(env.unwrapped)


def test_environment_shows_place_ways_and_what_is_beside_it():
    env = gymnasium.make(ENVIRONMENT, world="maze6", render_mode="ansi")
    observation, info = env.reset(seed=4)
    world = WorldKind.parse("maze6").make(4)
    assert set(observation) == {"place", "ways", "beside"}
    assert info["cells"] == 36
    text = env.render()
    assert (text.count("@"), text.count("G")) == (1, 1)
    shortest = info["shortest"]
    for step in range(shortest):
        cell = observation["place"]
        assert observation["ways"].tolist() == [world.passages[cell] >> a & 1 for a in range(4)]
        blocked = int(np.argmin(observation["ways"]))
        if not observation["ways"][blocked]:
            assert observation["beside"][blocked] == -1
        left = np.where(observation["ways"], world.distances()[observation["beside"]], 999)
        observation, reward, ended, cut, _ = env.step(int(np.argmin(left)))
        assert (reward, ended, cut) == ((1.0, True, False) if step == shortest - 1
                                        else (0.0, False, False))


def test_environment_is_cut_off_after_4_steps_for_each_cell():
    env = gymnasium.make(ENVIRONMENT, world="maze4")
    observation, _ = env.reset(seed=0)
    wall = int(np.argmin(observation["ways"]))
    for step in range(64):
        after, reward, ended, cut, _ = env.step(wall)
        assert (after["place"], reward, ended) == (observation["place"], 0.0, False)
        assert cut == (step == 63)


def test_environment_starts_where_it_is_told():
    env = gymnasium.make(ENVIRONMENT, world="maze4")
    env.reset(seed=0)
    world = env.unwrapped.world
    start = int(world.free[world.free != world.goal][3])
    assert env.reset(options={"start": start})[0]["place"] == start
    with pytest.raises(ValueError, match="start must be a free cell other than the goal"):
        env.reset(options={"start": world.goal})


@pytest.mark.parametrize("name", ["MiniGrid-FourRooms-v0", "MiniGrid-MultiRoom-N4-S5-v1",
                                  "MiniGrid-LavaCrossingS9N2-v0", "MiniGrid-Empty-8x8-v0"])
def test_minigrid_is_walked_as_its_world_says(name):
    env = PlaceWrapper(make_grid(name)[0])
    observation, info = env.reset(seed=7)
    world = env.world
    assert (ForeignKind(name).make(7).passages == world.passages).all()
    neighbours = neighbours_of(world.size)
    for step in range(info["shortest"]):
        cell = observation["place"]
        left = world.distances()[cell]
        action = next(a for a in range(4) if world.passages[cell] >> a & 1
                      and world.distances()[neighbours[cell, a]] < left)
        observation, reward, ended, _, _ = env.step(action)
        assert observation["place"] == neighbours[cell, action]
        assert ended == (step == info["shortest"] - 1) == bool(reward)
    assert observation["place"] == world.goal


def test_errands_in_minigrid():
    errands = Errands.of(ForeignKind("MiniGrid-FourRooms-v0"), 3, 2)
    assert errands.kind.size == 19
    assert (errands.shortest > 0).all()


@pytest.mark.parametrize(("name", "message"), [
    ("MiniGrid-Nowhere-v0", "there is no environment 'MiniGrid-Nowhere-v0'"),
    ("MiniGrid-DoorKey-5x5-v0", "must have a way to its goal|needs no key"),
    ("MiniGrid-Fetch-5x5-N2-v0", "must have one goal, not 0"),
])
def test_minigrid_without_a_walk_to_a_goal_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        starts(ForeignKind(name).make(0), 1, 0)
