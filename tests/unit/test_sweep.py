import pytest

from golden.arch.params import CoreParams
from hdl.neuron import SweepOp
from hdl.sweep import Sweeper
from tests.support.gateware import simulate, stream_put


def sweep(tiles, count, first, end, op=SweepOp.TICK):
    """Return the neurons enabled, in order, and the cycles until idle."""
    dut = Sweeper(CoreParams(neurons=32, tiles=tiles, synapses=32))
    steps, cycles = [], 0

    async def testbench(ctx):
        nonlocal cycles
        ctx.set(dut.neuron_count, count)
        for _ in range(2):  # the second sweep starts as the first did
            steps.clear()
            cycles = 0
            await stream_put(ctx, dut.commands, {"op": op, "first": first, "end": end,
                                                 "delta": -5})
            while not ctx.get(dut.idle):
                if ctx.get(dut.step.valid):
                    assert ctx.get(dut.step.op) == op
                    assert ctx.get(dut.step.delta) == -5
                    local = ctx.get(dut.step.local)
                    enable = ctx.get(dut.enable)
                    steps.extend(local * tiles + tile for tile in range(tiles)
                                 if enable >> tile & 1)
                await ctx.tick()
                cycles += 1
                if cycles <= -(-count // tiles):
                    assert ctx.get(dut.swept_local) == local

    simulate(dut, testbench)
    return steps, cycles


@pytest.mark.parametrize("tiles", [1, 2, 4])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 31, 32])
def test_visits_every_neuron_of_the_pool_once_in_order(tiles, count):
    steps, cycles = sweep(tiles, count, 0, count)
    assert steps == list(range(count))
    assert cycles == -(-count // tiles) + 1


@pytest.mark.parametrize("tiles", [1, 4])
@pytest.mark.parametrize(("first", "end"), [
    (0, 0), (0, 1), (3, 9), (5, 5), (9, 3), (20, 21), (20, 22), (30, 40), (0, 1 << 31),
    (1 << 16, (1 << 16) + 4),
])
def test_a_range_may_be_empty_or_exceed_the_pool(tiles, first, end):
    assert sweep(tiles, 21, first, end, SweepOp.INJECT)[0] == list(range(first, min(end, 21)))
