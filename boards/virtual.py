"""The virtual board: the gateware on a computer, behind a pseudo-terminal (`sim.board`)."""

from golden.arch.params import CoreParams

VIRTUAL = CoreParams(neurons=4096, synapses=65536, tiles=1, delay_slots=255, divisor=3)
"""Build parameters unless others are asked for. Capacity costs a simulation next to nothing."""

CLOCK_HZ = 12_000_000
"""Clock rate that it stands for, so that the line runs at 4 Mbaud."""
