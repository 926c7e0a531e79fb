"""Where the block RAMs lie."""

import json
from collections import Counter

import pytest

from boards.floorplan import LFE5U_85F, Floorplan


def memories(tiles, per_tile=4, others=()):
    parts = ("ring", "synapses.part0", "walker.table", "drives")
    return [f"core.engine.tile{tile}.{parts[number % 4]}.memory.{number}"
            for tile in range(tiles) for number in range(per_tile)] + list(others)


def lanes(*lengths):
    return Floorplan("RAM", [[f"{lane}:{place}" for place in range(length)]
                             for lane, length in enumerate(lengths)])


def test_a_tile_lies_in_one_piece():
    sites = lanes(9, 9).sites(memories(4))
    assert len(set(sites.values())) == len(sites) == 16
    for tile in range(4):
        own = [site.split(":") for name, site in sites.items() if f"tile{tile}." in name]
        assert len({lane for lane, _ in own}) == 1
        places = sorted(int(place) for _, place in own)
        assert places == list(range(places[0], places[0] + 4))


def test_parts_follow_each_other():
    sites = lanes(4).sites(memories(1))
    parts = [name.split(".")[3] for name, _ in sorted(sites.items(), key=lambda item: item[1])]
    assert parts == ["synapses", "walker", "ring", "drives"]


def test_what_belongs_to_no_tile_lies_at_the_centre():
    sites = lanes(6, 6).sites(memories(2, others=["link.b", "link.a", "ages"]))
    assert [sites[name] for name in ("ages", "link.a", "link.b")] == ["0:5", "1:5", "0:4"]


def test_what_finds_no_room_is_left_to_the_placer():
    sites = lanes(5).sites(memories(2, others=["ages", "link"]))
    assert len(sites) == 5
    assert not any("tile1" in name for name in sites)


def test_a_netlist_gets_its_sites(tmp_path):
    netlist = tmp_path / "top.json"
    cells = {name: {"type": "RAM", "attributes": {"keep": "1"}} for name in memories(2)}
    cells["lut"] = {"type": "LUT4", "attributes": {}}
    netlist.write_text(json.dumps({"modules": {"top": {"cells": cells}}}))
    plan = lanes(8)
    plan.apply(netlist)
    found = json.loads(netlist.read_text())["modules"]["top"]["cells"]
    assert {name: cell["attributes"].get("BEL") for name, cell in found.items()} == {
        **plan.sites(memories(2)), "lut": None}
    assert all(found[name]["attributes"]["keep"] == "1" for name in memories(2))


def test_ecp5_85_has_208_block_rams():
    sites = [site for lane in LFE5U_85F.lanes for site in lane]
    assert len(set(sites)) == len(sites) == 208
    rows = Counter(site.split("/")[1] for site in sites)
    assert rows == {"Y22": 52, "Y46": 52, "Y70": 52, "Y82": 52}


@pytest.mark.parametrize("lane", LFE5U_85F.lanes)
def test_lanes_lead_to_the_centre(lane):
    from_centre = [abs(int(site.split("/")[0][1:]) - 63) for site in lane]
    assert from_centre == sorted(from_centre, reverse=True)
