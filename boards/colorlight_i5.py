"""Colorlight i5 v7.0 on its extension board, whose DAPLink is debugger and serial port.

The module is a receiver card of LED walls; its pins are those found by
https://github.com/wuxx/Colorlight-FPGA-Projects.
"""

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth.vendor import LatticeECP5Platform
from amaranth_boards.resources import LEDResources, UARTResource

from golden.arch.params import CoreParams

from .board import Board
from .family import ECP5
from .pll import Ecp5Pll

LEVEL = Attrs(IO_TYPE="LVCMOS33")


class ColorlightI5Platform(LatticeECP5Platform):
    """Pins of what is used."""

    device = "LFE5U-25F"
    package = "BG381"
    speed = "6"
    default_clk = "clk25"
    resources = (
        Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), LEVEL),
        *LEDResources(pins="U16", invert=True, attrs=LEVEL),
        UARTResource(0, rx="H18", tx="J17", attrs=LEVEL),
    )
    connectors = ()


BOARD = Board(
    name="colorlight_i5",
    title="Colorlight i5",
    chip="LFE5U-25F-6",
    family=ECP5,
    platform=ColorlightI5Platform,
    pll=Ecp5Pll(25_000_000, 80_000_000),
    baud=1_000_000,
    params=CoreParams(neurons=1024, synapses=16384, tiles=2,
                      command_depth=2048, report_depth=2048),
    error=("led", 0),  # the module has only this one
    loader=("-b", "colorlight-i5"),
    overrides={"ecppack_opts": "--compress"},
)
