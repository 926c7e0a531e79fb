import numpy as np
import pytest

from golden.arch.params import CoreParams
from hdl.synapses import BlockSynapses
from tests.support.gateware import simulate
from tests.support.keeper import Keeper

PART = BlockSynapses.PART
PARAMS = CoreParams(neurons=12, synapses=2 * PART + 5)
NUMBERS = [*range(40), *range(PART - 10, PART + 10), *range(2 * PART - 5, 2 * PART + 5)]
AGES = [0, 1, 2, 3, 7, 31, 64, 127, 128, 129]


def run(testbench):
    """Simulate with a keeper that holds the synapses `NUMBERS`."""
    dut = BlockSynapses(PARAMS)

    async def prepared(ctx):
        keeper = Keeper(ctx, dut, np.random.default_rng(seed=3))
        await keeper.write(NUMBERS)
        await testbench(keeper)
        await keeper.compare()

    simulate(dut, prepared)


def any_rows(rng):
    """Cut the synapses into rows of any length, some of them across two parts, in any order."""
    rows, left = [], NUMBERS
    while left:
        length = int(rng.integers(1, 6))
        rows.append((left[:length], int(rng.choice(AGES))))
        left = left[length:]
    return [rows[place] for place in rng.permutation(len(rows))]


@pytest.mark.parametrize("gap", [0.0, 0.5])
@pytest.mark.parametrize("changing", [False, True])
def test_takes_a_synapse_in_each_cycle_and_keeps_what_becomes_of_it(changing, gap):
    async def testbench(keeper):
        rng = np.random.default_rng(seed=4)
        for trace_decay in (230, 255):
            await keeper.load(trace_decay, AGES)
            await keeper.update(any_rows(rng), changing=changing, gap=gap)
            assert keeper.holds == [0] * len(NUMBERS)

    run(testbench)


@pytest.mark.parametrize("death", [0.0, 0.5, 1.0])
def test_a_prune_moves_synapses_within_one_pass(death):
    async def testbench(keeper):
        rng = np.random.default_rng(seed=5)
        dead = {index for index in range(40) if rng.random() < death}
        await keeper.prune(40, lambda index: index not in dead)
        assert keeper.holds == [0] * 40

    run(testbench)
