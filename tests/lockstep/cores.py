"""The cores that are compared with golden: any number of tiles, and what else changes circuits."""

from golden.arch.params import CoreParams

CORES = {
    **{f"{tiles} tiles": CoreParams(neurons=48, tiles=tiles, synapses=4096, delay_slots=20)
       for tiles in (1, 2, 4, 8)},
    **{name: CoreParams(neurons=48, synapses=4096, delay_slots=13, single_port=True,
                        options=options)
       for name, options in (("single-port", True), ("single-port, no options", False))},
    **{f"{tiles} tiles, block": CoreParams(neurons=48, tiles=tiles, synapses=4096, delay_slots=20,
                                           block_rows=20, block_columns=16)
       for tiles in (1, 2, 4)},
    "2 tiles, astrocytes": CoreParams(neurons=48, tiles=2, synapses=4096, delay_slots=20,
                                      astrocytes=40),
    "2 tiles, block, astrocytes": CoreParams(neurons=48, tiles=2, synapses=4096, delay_slots=20,
                                             block_rows=20, block_columns=16, astrocytes=5),
    "single-port, block": CoreParams(neurons=48, synapses=4096, delay_slots=13, single_port=True,
                                     block_rows=20, block_columns=16),
}
"""Cores by name; few sizes are powers of two, so that what takes them for such shows."""
