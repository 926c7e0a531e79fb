"""ULX3S with fewer synapses, and in their place a dense block and astrocytes."""

from dataclasses import replace

from golden.arch.params import CoreParams

from . import ulx3s_85f
from .pll import Ecp5Pll

BOARD = replace(
    ulx3s_85f.BOARD,
    name="ulx3s_85f_crossbar",
    title="ULX3S-85F, crossbar of 128 x 128, 127 astrocytes",
    # the longest path, of 57 MHz, is wire: one register for all tiles, half the chip away from some
    pll=Ecp5Pll(25_000_000, 50_000_000),
    params=CoreParams(neurons=1024, synapses=12288, tiles=4, block_rows=128, block_columns=128,
                      astrocytes=127, command_depth=2048, report_depth=2048),
)
