import pytest

from golden.arch.params import CoreParams
from hdl.sweep import Sweeper
from tests.support.gateware import simulate

LATENCY = 2  # from `start` to the first step


def sweep(tiles, count, first=0, end=(1 << 17) - 1, *, slow=False):
    """Return the neurons enabled, in order."""
    pace = 1 + slow
    cycles = LATENCY + pace * (-(-count // tiles) - 1) + 1
    dut = Sweeper(CoreParams(neurons=32, tiles=tiles, synapses=32))
    steps = []

    async def testbench(ctx):
        ctx.set(dut.neuron_count, count)
        ctx.set(dut.first, first)
        ctx.set(dut.end, end)
        ctx.set(dut.slow, slow)
        await ctx.tick()
        for _ in range(2):  # the second sweep goes as the first did
            steps.clear()
            assert ctx.get(dut.idle)
            ctx.set(dut.start, 1)
            for cycle in range(cycles):
                valid = cycle >= LATENCY and (cycle - LATENCY) % pace == 0
                assert ctx.get(dut.step.valid) == valid
                if valid:
                    local = ctx.get(dut.step.local)
                    assert local == (cycle - LATENCY) // pace
                    enable = ctx.get(dut.enable)
                    steps.extend(local * tiles + tile for tile in range(tiles)
                                 if enable >> tile & 1)
                await ctx.tick()
                ctx.set(dut.start, 0)
                assert ctx.get(dut.idle) == (cycle + 1 == cycles)

    simulate(dut, testbench)
    return steps


@pytest.mark.parametrize("tiles", [1, 2, 4, 8])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32])
@pytest.mark.parametrize("slow", [False, True])
def test_steps_through_every_neuron_of_the_pool_in_every_cycle_or_every_other(tiles, count, slow):
    assert sweep(tiles, count, slow=slow) == list(range(count))


@pytest.mark.parametrize("tiles", [1, 4])
@pytest.mark.parametrize(("first", "end"), [
    (0, 0), (0, 1), (3, 9), (5, 5), (9, 3), (20, 21), (20, 22), (30, 40), (0, (1 << 17) - 1),
    (1 << 16, (1 << 16) + 4),
])
def test_a_range_may_be_empty_or_exceed_the_pool(tiles, first, end):
    assert sweep(tiles, 21, first, end) == list(range(first, min(end, 21)))
