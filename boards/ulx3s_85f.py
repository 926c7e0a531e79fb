"""ULX3S with an LFE5U-85F and an FT231X, which can do up to 3 Mbaud."""

from amaranth_boards.ulx3s import ULX3S_85F_Platform

from golden.arch.params import CoreParams

from .board import Board
from .family import ECP5
from .floorplan import LFE5U_85F
from .pll import Ecp5Pll

BOARD = Board(
    name="ulx3s_85f",
    title="ULX3S-85F",
    chip="LFE5U-85F-6",
    family=ECP5,
    platform=ULX3S_85F_Platform,
    pll=Ecp5Pll(25_000_000, 80_000_000),
    baud=2_000_000,
    params=CoreParams(neurons=4096, synapses=57344, tiles=8,
                      command_depth=2048, report_depth=2048),
    loader=("-b", "ulx3s"),
    floorplan=LFE5U_85F,
)
