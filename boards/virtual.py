"""The virtual board: the gateware on a computer, behind a pseudo-terminal (`sim.board`)."""

from golden.arch.params import CoreParams

VIRTUAL = CoreParams(neurons=1024, synapses=65536, tiles=1, delay_slots=8, divisor=4)
"""Build parameters. A virtual board can have any; these fit every example of this repository."""

CLOCK_HZ = 12_000_000
"""Clock rate that it stands for, so that the line runs at 3 Mbaud."""
