"""The cells that synthesis makes of a core for the iCEBreaker, against the golden pool."""

import re
from dataclasses import dataclass

import pytest

from golden.arch.params import CoreParams
from host.errors import TripartiteError
from sim.errors import SimError
from sim.gates import Gates
from sim.streams import StreamLink
from sim.verilated import verilated
from tests.lockstep.side_by_side import SideBySide

from .learning import learn

PARAMS = CoreParams(neurons=48, synapses=1024, single_port=True, options=False, command_depth=512,
                    report_depth=512)
FAN_OUT = 20
ROUNDS = 5
TABLE = re.compile(r"\.LUT_INIT\(16'h(\w{4})\)")


@dataclass(frozen=True)
class Flipped(Gates):
    """Cells with a wrong bit in the look-up table in the middle of the netlist, for inputs of 0."""

    def netlist(self) -> str:
        text = Gates(self.component, self.params).netlist()
        tables = [*TABLE.finditer(text)]
        table = tables[len(tables) // 2]
        return text[:table.start(1)] + f"{int(table[1], 16) ^ 1:04x}" + text[table.end(1):]


def link(cells: type[Gates]) -> StreamLink:
    simulation = verilated(cells("hdl.core:Core", PARAMS))
    simulation.pace(idle=0.1, stall=0.1)
    return StreamLink(PARAMS, simulation=simulation)


def test_cells_learn_as_golden_does():
    happened = learn(SideBySide(link(Gates)), PARAMS.neurons, FAN_OUT, ROUNDS)
    assert all(happened.values()), happened


def test_flipped_bit_of_a_table_is_noticed():
    broken = link(Flipped)
    with pytest.raises((AssertionError, SimError, TripartiteError)):
        learn(SideBySide(broken), PARAMS.neurons, FAN_OUT, ROUNDS)
