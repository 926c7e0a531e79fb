"""The core, compiled, against the golden pool: long random runs."""

import pytest

from golden.arch.params import CoreParams
from sim.compiled import CompiledSimulation, compiled
from sim.design import Design

from .side_by_side import DirectLink, SideBySide, play

STEP_CYCLES = 200
DEADLINE_CYCLES = 2_000_000
STALLS = (0, 0.3, 0.6, 0.95)  # the last one is slower than a tick without spikes


class CompiledLink(DirectLink):
    def __init__(self, params: CoreParams, simulation: CompiledSimulation):
        super().__init__(params)
        self._simulation = simulation
        self._received = b""

    def write(self, data):
        self._simulation.push(data)

    def read(self, size):
        deadline = self._simulation.cycles + DEADLINE_CYCLES
        while len(self._received) < size:
            assert self._simulation.cycles < deadline, "no report"
            self._simulation.run(STEP_CYCLES)
            self._received += self._simulation.pull()
        data, self._received = self._received[:size], self._received[size:]
        return data


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("tiles", [1, 2, 4])
def test_core_equals_golden_after_every_step(tiles, seed):
    params = CoreParams(neurons=48, tiles=tiles, synapses=1024, delay_slots=20)
    simulation = compiled(Design("hdl.core:Core", params))
    simulation.pace(idle=seed % 3 * 0.2, stall=STALLS[seed % len(STALLS)])
    play(SideBySide(CompiledLink(params, simulation)), seed, steps=150)
