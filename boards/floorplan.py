"""Where on the chip the block RAMs of the tiles lie.

A placer that works on wires and logic cells alike spreads the block RAMs of a tile over the whole
chip when nearly all of them are in use, and what they say to each other then takes most of a cycle
to arrive. Told where they are to be, it puts the logic between them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TILE = re.compile(r"\.tile(?P<index>\d+)\.(?P<part>\w+)")
"""Where in the name of a cell its tile stands, and its part of the tile."""

PARTS = ("block", "synapses", "weights", "walker", "ring", "somas", "thresholds", "drives")
"""Parts of a tile, so ordered that those which talk to each other are neighbours."""


@dataclass(frozen=True)
class Floorplan:
    """Sites of block RAMs, in lanes that start at the edge of the chip and end near its centre.

    Tiles are dealt out over the lanes, each tile in one piece; what belongs to no tile, and so
    talks to all of them, lies at the centre.

    Parameters
    ----------
    cell : str
        Type of the cells to be placed.
    lanes : sequence of sequence of str
        Names that nextpnr has for the sites.
    """

    cell: str
    lanes: Sequence[Sequence[str]]

    def apply(self, netlist: Path) -> None:
        """Give the block RAMs of a netlist their sites, as attributes ``BEL``.

        A tile that no lane has room for is left to the placer.

        Parameters
        ----------
        netlist : Path
            As Yosys wrote it (``write_json``); rewritten.
        """
        design = json.loads(netlist.read_text())
        cells = design["modules"]["top"]["cells"]
        for name, site in self.sites([name for name, cell in cells.items()
                                      if cell["type"] == self.cell]).items():
            cells[name]["attributes"]["BEL"] = site
        netlist.write_text(json.dumps(design, sort_keys=True))

    def sites(self, names: Sequence[str]) -> dict[str, str]:
        """Return the site of each block RAM, by its name."""
        tiles, others = defaultdict(list), []
        for name in names:
            if found := TILE.search(name):
                tiles[int(found["index"])].append((_rank(found["part"]), name))
            else:
                others.append(name)
        free = [list(lane) for lane in self.lanes]
        chosen = {}
        for _, tile in sorted(tiles.items()):
            lane = next((lane for lane in free if len(lane) >= len(tile)), [])
            if lane:
                chosen |= {name: lane.pop(0) for _, name in sorted(tile)}
        chosen |= zip(sorted(others), _from_centre(free), strict=False)
        return chosen


def _rank(part: str) -> int:
    return PARTS.index(part) if part in PARTS else len(PARTS)


def _from_centre(lanes: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield what is left of the lanes, starting with the last site of each."""
    deepest = max(map(len, lanes), default=0)
    for place in range(1, deepest + 1):
        for lane in lanes:
            if len(lane) >= place:
                yield lane[-place]


def _lfe5u_85f() -> Iterator[list[str]]:
    """Yield lanes from the left and from the right, each along two rows of block RAMs."""
    groups = (*range(4, 60, 9), *range(69, 116, 9))  # of four; the clock spine lies between
    columns = [(group + 2 * index, index) for group in groups for index in range(4)]
    half = len(columns) // 2
    for rows in ((22, 46), (82, 70)):
        for side in (columns[:half], columns[half:][::-1]):
            yield [f"X{x}/Y{y}/EBR{index}" for x, index in side for y in rows]


LFE5U_85F = Floorplan("DP16KD", tuple(_lfe5u_85f()))
"""The whole chip; its block RAMs lie in 4 rows of 52."""
