"""The core, compiled, against the golden pool: long random runs."""

import pytest

from golden.arch.params import CoreParams
from sim.streams import StreamLink

from .side_by_side import SideBySide, play

STALLS = (0, 0.3, 0.6, 0.95)  # the last one is slower than a tick without spikes


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("tiles", [1, 2, 4])
def test_core_equals_golden_after_every_step(tiles, seed):
    link = StreamLink(CoreParams(neurons=48, tiles=tiles, synapses=1024, delay_slots=20))
    link.simulation.pace(idle=seed % 3 * 0.2, stall=STALLS[seed % len(STALLS)])
    play(SideBySide(link), seed, steps=150)
