import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from minigrid.core.world_object import Lava

from host.navigation import ENVIRONMENT
from host.navigation.environment import GridWorld
from host.navigation.errands import Errands
from host.navigation.foreign import ForeignKind, PlaceWrapper, make_grid
from host.navigation.worlds import ACTIONS, EAST, OPPOSITE, WorldKind, neighbours_of, starts

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
    ("lava10", "world: must be one of open, maze, braided, rooms, .*not 'lava10'"),
    (10, "world: must be one of open, .*, not 10"),
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


@pytest.mark.parametrize("start", ["goal", 1.7, None, "a", -1, 16, 10**30])
def test_wrong_start_is_refused_and_changes_nothing(start):
    env = GridWorld("maze4")
    env.reset(seed=0)
    world, cell = env.world, env.cell
    start = world.goal if start == "goal" else start
    for seed in (None, 0):
        with pytest.raises(ValueError, match=f"start must be a free cell .*, not {start!r}$"):
            env.reset(seed=seed, options={"start": start})
        assert (env.world, env.cell) == (world, cell)


def test_unknown_options_are_refused():
    with pytest.raises(ValueError, match="GridWorld: options may have start, not 'begin'"):
        GridWorld("maze4").reset(options={"begin": 3})


@pytest.mark.parametrize("action", [7, 4, -1, 1.0, None])
def test_what_is_no_action_is_refused_and_no_step(action):
    for env, name in ((GridWorld("maze4"), "GridWorld"),
                      (PlaceWrapper(make_grid("MiniGrid-Empty-5x5-v0")[0]), "PlaceWrapper")):
        place = env.reset(seed=0)[0]["place"]
        with pytest.raises(ValueError, match=rf"{name}: action must be in 0\.\.3, not {action}$"):
            env.step(action)
        assert (env.cell, env._steps) == (place, 0)


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


@pytest.mark.filterwarnings("ignore:.*different from the unwrapped version")
def test_minigrid_keeps_the_rules_of_gymnasium():
    check_env(PlaceWrapper(make_grid("MiniGrid-Empty-6x6-v0")[0]), skip_render_check=True)


def test_goal_is_where_the_goal_is_not_where_minigrid_ends():
    env = PlaceWrapper(make_grid("MiniGrid-Empty-8x8-v0")[0])
    env.reset(seed=0)
    env.grid.put_obj(Lava(), 2, 1)  # an end that the world knows nothing of
    observation, reward, ended, _, _ = env.step(EAST)
    assert (observation["place"], reward, ended) == (1 * 8 + 2, 0.0, False)


@pytest.mark.filterwarnings("error")
def test_earlier_versions_of_minigrid_are_no_cause_to_warn():
    assert ForeignKind("MiniGrid-MultiRoom-N4-S5-v0").size == 25


def test_errands_in_minigrid():
    errands = Errands.of(ForeignKind("MiniGrid-FourRooms-v0"), 3, 2)
    assert errands.kind.size == 19
    assert (errands.shortest > 0).all()


@pytest.mark.parametrize(("name", "message"), [
    ("MiniGrid-Nowhere-v0", "there is no environment 'MiniGrid-Nowhere-v0'"),
    ("MiniGrid-DoorKey-5x5-v0", "must have a way to its goal|needs no key"),
    ("MiniGrid-Fetch-5x5-N2-v0", "must have one goal, not 0"),
    ("MiniGrid-Dynamic-Obstacles-5x5-v0", "Obstacles-5x5-v0 has obstacles that move"),
    ("MiniGrid-Dynamic-Obstacles-8x8-v0", "Obstacles-8x8-v0 has obstacles that move"),
    ("MiniGrid-WFC-MazeSimple-v0", "MiniGrid-WFC-MazeSimple-v0: .*are missing"),
])
def test_minigrid_without_a_walk_to_a_goal_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        starts(ForeignKind(name).make(0), 1, 0)
