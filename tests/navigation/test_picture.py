"""Pictures show whole runs, and take no more memory than they need."""

import numpy as np
import pytest
from PIL import Image

from host.navigation.agents import agent_of
from host.navigation.errands import Errands
from host.navigation.on_device import on_device
from host.navigation.picture import (
    EPISODES_MAX,
    FRAMES_MAX,
    TRAIL_MAX,
    animate_run,
    episodes_of,
    plot_run,
    steps_shown,
)
from host.navigation.worlds import WorldKind
from host.open import open_device


def errands(world, episodes, *, cap=4):
    return Errands.of(WorldKind.parse(world), 2, episodes, cap=cap)


@pytest.mark.parametrize("roam", [0, 2])
def test_a_run_is_retraced_from_start_to_goal(roam):
    asked, network = errands("open5", 4), agent_of("astro", roam=roam)
    steps = network.run(asked).steps
    for run in range(2):
        outcome = network.retrace(asked.only(run), steps[run:run + 1])
        assert (outcome.steps[0] == steps[run]).all()
        episodes = episodes_of(outcome, 0)
        assert [len(trail) - 1 for trail in episodes] == steps[run].tolist()
        assert [trail[0] for trail in episodes] == asked.starts[run].tolist()
        assert {int(trail[-1]) for trail in episodes} == {asked.worlds[run].goal}


def test_trails_are_as_long_as_what_is_walked_whatever_the_limit():
    asked, network = errands("open5", 3, cap=100_000), agent_of("astro")
    steps = network.run(asked).steps
    assert network.retrace(asked, steps).trails.shape == (2, steps.sum(axis=1).max() + 3)
    assert (on_device(network, asked, lambda: open_device("golden")).steps == steps).all()


@pytest.mark.parametrize("lengths", [[3], [1, 600], [100_000], [7, 100_000, 20, 5000],
                                     [1601] * 1000, [9] * 10])
def test_frames_are_few_and_spread_over_the_episodes(lengths):
    shown = steps_shown(lengths)
    assert len(shown) == min(len(lengths), EPISODES_MAX)
    assert sum(map(len, shown)) <= FRAMES_MAX
    for steps, length in zip(shown, lengths, strict=False):
        assert (steps[0], steps[-1]) == (0, length - 1)
        assert len(steps) >= min(length, FRAMES_MAX // EPISODES_MAX)
        gaps = np.diff(steps)
        assert len(gaps) == 0 or 1 <= gaps.min() <= gaps.max() <= gaps.min() + 1
    if sum(lengths) <= FRAMES_MAX:
        assert [len(steps) for steps in shown] == lengths


def drawn(tmp_path, agent, asked):
    network = agent_of(agent)
    outcome = network.retrace(asked, network.run(asked).steps)
    for draw, name in ((plot_run, "trail.png"), (animate_run, "run.gif")):
        draw(asked, outcome, network.brain, agent, tmp_path / name)
    return outcome


def test_long_episode_is_drawn_in_part(tmp_path):
    asked = Errands.of(WorldKind.parse("maze20"), 1, 1, cap=1000)
    outcome = drawn(tmp_path, "stdp-only", asked)
    assert outcome.steps[0, 0] > TRAIL_MAX
    with Image.open(tmp_path / "run.gif") as animation:
        assert animation.n_frames <= FRAMES_MAX


@pytest.mark.parametrize(("agent", "columns", "colours"), [
    ("astro", 3, range(5, 257)), ("stdp-only", 2, range(4, 5))])
def test_calcium_is_shown_where_it_acts(tmp_path, agent, columns, colours):
    drawn(tmp_path, agent, errands("open5", 2))
    with Image.open(tmp_path / "trail.png") as picture:
        assert (picture.width > 1200) == (columns == 3)
    seen = set()
    with Image.open(tmp_path / "run.gif") as animation:
        for number in range(animation.n_frames):
            animation.seek(number)
            seen |= {colour for _, colour in animation.convert("RGB").getcolors()}
    assert len(seen) in colours  # floor, wall, goal, agent; and shades of calcium


def test_pictures_tell_what_is_shown(tripartite, tmp_path):
    status, _, _ = tripartite("navigate", "--world", "open5", "--seeds", 2, "--agent", "astro",
                              "--ablate", "destination", "--crossbar", "--stuck", 5, "--roam", 2,
                              "-o", "there")
    assert status == 0
    with Image.open(tmp_path / "there" / "run.gif") as animation:
        assert animation.info["comment"] == (
            b"astro, without destination, in memristors (32 levels, 10 % variation, 5 % stuck), "
            b"after 2 n steps without reward")


def test_trails_of_a_large_limit_fit(tripartite, tmp_path):
    status, printed, _ = tripartite("navigate", "--world", "open10", "--cap", 100_000,
                                    "--episodes", 1000, "--seeds", 1, "--agent", "astro", "-o", ".")
    assert status == 0
    assert printed.endswith("run.gif\n")
    assert (tmp_path / "run.gif").stat().st_size < 3e6
