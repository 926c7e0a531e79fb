"""The emitted Verilog of the core in Verilator against the golden pool."""

import dataclasses
import json

import pytest

from golden.arch.params import CoreParams
from sim.design import Design
from sim.verilator import missing, run_cocotb

CORES = {
    **{f"{tiles} tiles": CoreParams(neurons=24, tiles=tiles, synapses=512, delay_slots=20)
       for tiles in (1, 2, 4)},
    "2 tiles, block": CoreParams(neurons=24, tiles=2, synapses=512, delay_slots=20, block_rows=10,
                                 block_columns=16),
    "2 tiles, astrocytes": CoreParams(neurons=24, tiles=2, synapses=512, delay_slots=20,
                                      astrocytes=9),
    "single-port": CoreParams(neurons=24, synapses=512, delay_slots=13, single_port=True),
}


@pytest.mark.skipif(bool(missing()), reason="cocotb and Verilator need what is not installed: "
                    f"{', '.join(missing())}; install it: apt install {' '.join(missing())}")
@pytest.mark.parametrize("core", CORES)
def test_verilog_equals_golden_after_every_step(core, tmp_path):
    params = CORES[core]
    settings = {"params": dataclasses.asdict(params), "seeds": [*range(100, 108)], "steps": 25}
    run_cocotb(Design("hdl.core:Core", params), "tests.lockstep.core_bench", tmp_path,
               LOCKSTEP=json.dumps(settings))
