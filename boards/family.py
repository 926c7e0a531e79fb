"""Families of FPGAs: what they are made of, in the words of place and route."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

RESOURCES = {
    "lut": "LUTs",
    "ff": "flip-flops",
    "bram": "block RAMs",
    "spram": "single-port RAMs",
    "dsp": "multipliers",
}
"""What a design is counted in, and its names for people."""

Utilization = Mapping[str, tuple[int, int]]
"""Cells used and available, by the names that nextpnr has for them."""


@dataclass(frozen=True)
class Family:
    """A family of FPGAs.

    Parameters
    ----------
    suffix : str
        What the name of a bitstream ends with.
    cells : mapping of str to mapping of str to float
        For each of `RESOURCES`, the cells that take it, and how much each takes. The first cell
        takes one, so that there is as much of the resource as there are of those.
    tools : tuple of str
        Synthesis, place and route, and packer.
    flip_flop : str or None
        What the names of flip-flops start with, if they share their cells with tables, so that
        place and route doesn't count them apart.
    """

    suffix: str
    cells: Mapping[str, Mapping[str, float]]
    tools: tuple[str, ...]
    flip_flop: str | None = None

    def count(self, utilization: Utilization) -> dict[str, tuple[int, int]]:
        """Return how much is used and how much there is of each resource."""
        counts = {}
        for resource, weights in self.cells.items():
            used = sum(weight * utilization.get(cell, (0, 0))[0]
                       for cell, weight in weights.items())
            available = utilization.get(next(iter(weights)), (0, 0))[1]
            counts[resource] = math.ceil(used), available
        return counts


ICE40 = Family(
    suffix=".bin",
    cells={
        "lut": {"ICESTORM_LC": 1},
        "bram": {"ICESTORM_RAM": 1},
        "spram": {"ICESTORM_SPRAM": 1},
        "dsp": {"ICESTORM_DSP": 1},
    },
    tools=("yosys", "nextpnr-ice40", "icepack"),
    flip_flop="SB_DFF",
)

ECP5 = Family(
    suffix=".bit",
    cells={
        "lut": {"TRELLIS_COMB": 1},
        "ff": {"TRELLIS_FF": 1},
        "bram": {"DP16KD": 1},
        "dsp": {"MULT18X18D": 1},
    },
    tools=("yosys", "nextpnr-ecp5", "ecppack"),
)

GOWIN = Family(
    suffix=".fs",
    cells={
        # with those that carry chains and LUT memories leave unusable
        "lut": {"LUT4": 1},
        "ff": {"DFF": 1},
        "bram": {"BSRAM": 1},
        "dsp": {"MULT18X18": 1, "MULT9X9": 0.5, "MULT36X36": 4, "MULTALU18X18": 1,
                "MULTADDALU18X18": 2, "MULTALU36X18": 2},
    },
    tools=("yosys", "nextpnr-himbaechel-gowin", "gowin_pack"),
)
