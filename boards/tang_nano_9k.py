"""Tang Nano 9k: GW1NR-9C with a BL702 as debugger and serial port."""

from amaranth_boards.tang_nano_9k import TangNano9kPlatform

from golden.arch.params import CoreParams

from .board import Board
from .family import GOWIN
from .pll import GowinPll

PLACE_AND_ROUTE = r"""
{{invoke_tool("nextpnr-himbaechel-gowin")}}
    {{quiet("--quiet")}}
    {{get_override("nextpnr_opts")|options}}
    --log {{name}}.tim
    --device {{platform.part}}
    --vopt family=GW1N-9C
    --vopt cst={{name}}.cst
    --json {{name}}.syn.json
    --write {{name}}.pnr.json
"""


class Platform(TangNano9kPlatform):
    """With the place and route of today: amaranth 0.5 calls a nextpnr-gowin that is no more."""

    @property
    def command_templates(self):
        synthesis, _, packing = super().command_templates
        return [synthesis, PLACE_AND_ROUTE, packing]


BOARD = Board(
    name="tang_nano_9k",
    title="Tang Nano 9k",
    chip="GW1NR-9C C6/I5",
    family=GOWIN,
    platform=Platform,
    pll=GowinPll(27_000_000, 54_000_000),
    baud=1_000_000,
    params=CoreParams(neurons=256, synapses=8192,
                      command_depth=2048, report_depth=2048),
    loader=("-b", "tangnano9k"),
    overrides={
        # a multiplexer of look-up tables costs a table for each input that is not one itself
        "synth_opts": "-nowidelut",
    },
)
