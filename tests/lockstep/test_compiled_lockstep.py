"""The core, compiled, against the golden pool: long random runs."""

import pytest

from sim.streams import StreamLink

from .cores import CORES
from .side_by_side import SideBySide, play

STALLS = (0, 0.3, 0.6, 0.95)  # the last one is slower than a tick without spikes


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("core", CORES)
def test_core_equals_golden_after_every_step(core, seed):
    link = StreamLink(CORES[core])
    link.simulation.pace(idle=seed % 3 * 0.2, stall=STALLS[seed % len(STALLS)])
    play(SideBySide(link), seed, steps=150)
