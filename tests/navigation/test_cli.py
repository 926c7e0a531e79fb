import json

import numpy as np
import pytest
from PIL import Image

FIELDS = {"agent", "world", "cells", "bfs_median", "first_median", "first_done_2n",
          "first_done_4n", "late_median", "late_done", "late_over_bfs", "steps_total", "seeds"}


def test_json_is_one_object_for_each_agent(tripartite, tmp_path):
    status, printed, _ = tripartite("navigate", "--world", "maze5", "--seeds", 20, "--json")
    found = [json.loads(line) for line in printed.splitlines()]
    assert status == 0
    assert len(found) == 11
    assert all(one.keys() >= FIELDS for one in found)
    assert {(one["world"], one["seeds"], one["cells"]) for one in found} == {("maze5", 20, 25)}
    assert not any(tmp_path.iterdir())


def test_seeds_are_shifted(tripartite):
    def steps(*words):
        _, printed, _ = tripartite("navigate", "--world", "open6", "--agent", "astro", "--json",
                                   *words)
        return json.loads(printed)["steps_total"]

    first, second = (steps("--seeds", 1, "--seed-offset", offset) for offset in (5, 6))
    assert steps("--seeds", 2, "--seed-offset", 5) == (first + second) / 2


@pytest.mark.parametrize("world", ["open10", "maze10"])
def test_a_search_suppressed_by_source_is_a_random_walk(tripartite, world):
    def found(*words):
        _, printed, _ = tripartite("navigate", "--world", world, "--seeds", 200, "--episodes", 1,
                                   "--agent", "astro", "--agent", "random", "--json", *words)
        return [json.loads(line) for line in printed.splitlines()]

    whole, _ = found()
    ablated, random = found("--ablate", "destination")
    assert [one["ablated"] for one in (whole, ablated, random)] == [None, "destination", None]
    # its median lies in the interval of the walk's, and the walk's in its; the whole one's does not
    for one, other in ((ablated, random), (random, ablated)):
        low, high = one["first_interval"]
        assert low <= other["first_median"] <= high
        assert whole["first_median"] < low
    assert abs(ablated["first_done_4n"] - random["first_done_4n"]) < 0.1


def test_table_tells_what_was_ablated(tripartite):
    status, printed, _ = tripartite("navigate", "--world", "open5", "--seeds", 2, "--agent",
                                    "astro", "--ablate", "destination")
    assert status == 0
    assert printed.splitlines()[0].endswith("2 seeds from 0; networks without destination")


def test_table_tells_what_must_fall_without_destination(tripartite):
    words = ["navigate", "--world", "open5", "--seeds", 2, "--episodes", 2, "--ablate",
             "destination"]
    what = "what must fall to the random walk is episode 1"
    assert what + ", and all episodes of astro-only; later" in tripartite(*words)[1]
    assert what + "; later" in tripartite(*words, "--agent", "astro")[1]
    for others in (["--json"], ["--agent", "random"]):
        assert what not in tripartite(*words, *others)[1]


@pytest.mark.parametrize("words", [
    ["navigate"], ["astrocytes", "memory"], ["astrocytes", "measure"],
    ["astrocytes", "robustness"], ["demo"]])
def test_folder_is_looked_at_before_the_work(tripartite, tmp_path, words):
    (tmp_path / "afile").write_text("")
    assert tripartite(*words, "--out", "afile") == (
        1, "", "tripartite: afile: the folder can't be made (it is a file); name another with "
               "--out\n")


def test_ablation_and_roaming_change_what_is_reached(tripartite):
    def first(*words):
        _, printed, _ = tripartite("navigate", "--world", "maze8", "--agent", "astro", "--json",
                                   "--seeds", 60, *words)
        return json.loads(printed)

    whole, ablated, roamed = first(), first("--ablate", "destination"), first("--roam", 3)
    assert ablated["first_done_4n"] < 0.6 < whole["first_done_4n"]
    assert roamed["late_over_bfs"] <= 1.01


def test_table_and_files(tripartite, tmp_path):
    status, printed, _ = tripartite("navigate", "--world", "rooms10", "--seeds", 3, "--agent",
                                    "astro", "--agent", "shortest", "-o", "there")
    assert status == 0
    assert "rooms10: 100 cells" in printed
    assert [line.split()[0] for line in printed.splitlines()[1:4]] == ["agent", "astro",
                                                                       "shortest"]
    there = tmp_path / "there"
    assert {path.name for path in there.iterdir()} == {"figures.json", "trail.png", "run.gif"}
    assert [one["agent"] for one in json.loads((there / "figures.json").read_text())] == [
        "astro", "shortest"]
    with Image.open(there / "run.gif") as animation:
        assert animation.n_frames > 10
        assert animation.size == (161, 161)
    with Image.open(there / "trail.png") as picture:
        assert np.asarray(picture).std() > 10


def test_board_goes_every_step_of_the_compiled_network(tripartite):
    status, printed, _ = tripartite("navigate", "--world", "maze4", "--episodes", 3, "--board",
                                    "golden", "--seeds", 2)
    assert status == 0
    assert "on golden:" in printed
    assert "each as in the compiled network" in printed


def test_virtual_board_spikes_as_the_golden_model(tripartite):
    words = ["navigate", "--world", "maze4", "--episodes", 3, "--seeds", 3]
    status, printed, _ = tripartite(*words, "--board", "virtual")
    assert status == 0
    assert "on virtual: " in printed
    assert "every spike and all calcium as in the golden model" in printed
    _, on_golden, _ = tripartite(*words, "--board", "golden")
    assert printed.splitlines()[2] == on_golden.splitlines()[2]


@pytest.mark.parametrize(("words", "status", "message"), [
    (["--world", "cave10"], 1, "world: must be one of open, maze, braided, rooms"),
    (["--world", "MiniGrid-Cave-v0"], 1, "there is no environment 'MiniGrid-Cave-v0'"),
    (["--agent", "dog"], 1, "agent must be one of astro, "),
    (["--board", "golden", "--agent", "random"], 2, "--board runs networks, and random is none"),
    (["--board", "golden", "--crossbar"], 2, "leave out --crossbar"),
    (["--board", ""], 2, "--board must be golden, virtual or a serial port, not ''"),
    (["--levels", "4"], 2, "--levels is for memristors; add --crossbar"),
    (["--variation", "0"], 2, "--variation is for memristors; add --crossbar"),
    (["--stuck", "10"], 2, "--stuck is for memristors; add --crossbar"),
    (["--world", "MiniGrid-WFC-MazeSimple-v0"], 1, "WFC dependencies are missing"),
    (["--world", "MiniGrid-Dynamic-Obstacles-8x8-v0"], 1, "has obstacles that move"),
    (["--world", "moon10"], 1, "not 'moon10'"),
    (["--seeds", "0"], 2, "greater than or equal to 1"),
    (["--ablate", "source"], 2, "'source' is not one of 'destination'"),
])
def test_what_is_wrong_is_told_in_a_line(tripartite, tmp_path, words, status, message):
    ended, printed, complaint = tripartite("navigate", *words)
    assert (ended, printed) == (status, "")
    assert message in complaint
    assert complaint.count("\n") == 1
    assert not any(tmp_path.iterdir())


def test_robustness_in_minigrid(tripartite):
    status, printed, complaint = tripartite("astrocytes", "robustness", "--world",
                                            "MiniGrid-Empty-5x5-v0", "--seeds", 2, "--json")
    assert (status, complaint) == (0, "")
    assert json.loads(printed.splitlines()[0])["world"] == "MiniGrid-Empty-5x5-v0"


def test_robustness_tells_what_was_changed(tripartite):
    status, printed, _ = tripartite("astrocytes", "robustness", "--world", "maze5", "--seeds", 5,
                                    "--json")
    names = [json.loads(line)["agent"] for line in printed.splitlines()]
    assert status == 0
    assert names[0] == "as it is"
    assert names[-1] == "random walk"
    assert len(set(names)) == len(names) > 30
