import pytest

from golden.arch.params import CoreParams
from hdl.sweep import Sweeper
from tests.support.gateware import simulate

LATENCY = 2  # from `start` to the first step


def sweep(tiles, count, first=0, end=(1 << 17) - 1):
    """Return the neurons enabled, in order."""
    dut = Sweeper(CoreParams(neurons=32, tiles=tiles, synapses=32))
    steps = []

    async def testbench(ctx):
        ctx.set(dut.neuron_count, count)
        ctx.set(dut.first, first)
        ctx.set(dut.end, end)
        await ctx.tick()
        for _ in range(2):  # the second sweep goes as the first did
            steps.clear()
            assert ctx.get(dut.idle)
            ctx.set(dut.start, 1)
            for cycle in range(LATENCY + -(-count // tiles)):
                assert ctx.get(dut.step.valid) == (cycle >= LATENCY)
                if cycle >= LATENCY:
                    local = ctx.get(dut.step.local)
                    assert local == cycle - LATENCY
                    enable = ctx.get(dut.enable)
                    steps.extend(local * tiles + tile for tile in range(tiles)
                                 if enable >> tile & 1)
                await ctx.tick()
                ctx.set(dut.start, 0)
                assert ctx.get(dut.idle) == (cycle + 1 == LATENCY + -(-count // tiles))

    simulate(dut, testbench)
    return steps


@pytest.mark.parametrize("tiles", [1, 2, 4, 8])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32])
def test_steps_through_every_neuron_of_the_pool_in_each_cycle(tiles, count):
    assert sweep(tiles, count) == list(range(count))


@pytest.mark.parametrize("tiles", [1, 4])
@pytest.mark.parametrize(("first", "end"), [
    (0, 0), (0, 1), (3, 9), (5, 5), (9, 3), (20, 21), (20, 22), (30, 40), (0, (1 << 17) - 1),
    (1 << 16, (1 << 16) + 4),
])
def test_a_range_may_be_empty_or_exceed_the_pool(tiles, first, end):
    assert sweep(tiles, 21, first, end) == list(range(first, min(end, 21)))
