"""ULX3S with fewer synapses, and in their place a dense block and astrocytes."""

from dataclasses import replace

from golden.arch.params import CoreParams

from . import ulx3s_85f

BOARD = replace(
    ulx3s_85f.BOARD,
    name="ulx3s_85f_crossbar",
    title="ULX3S-85F, crossbar of 128 x 128, 127 astrocytes",
    params=CoreParams(neurons=1024, synapses=8192, tiles=8, block_rows=128, block_columns=128,
                      astrocytes=127, command_depth=2048, report_depth=2048),
)
