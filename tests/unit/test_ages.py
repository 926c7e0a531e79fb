import numpy as np
import pytest

from golden.arch.params import CoreParams
from golden.arch.windows import Window
from hdl.ages import AgeTable
from tests.support.gateware import simulate

NEURONS = 16
CHANGE = 3  # cycles


class Host:
    """The host's window onto the table."""

    def __init__(self, dut):
        self.dut, self.tiles = dut, dut.params.tiles

    async def write(self, ctx, ages):
        bus = self.dut.bus
        ctx.set(bus.active, 1)
        ctx.set(bus.window, Window.AGES)
        ctx.set(bus.write, 1)
        for source, age in enumerate(ages):
            ctx.set(bus.address, source // self.tiles)
            ctx.set(bus.tile, source % self.tiles)
            ctx.set(bus.write_data, 0xAB00 | age)
            await ctx.tick()
        ctx.set(bus.write, 0)
        ctx.set(bus.active, 0)
        await ctx.tick().repeat(CHANGE)

    async def read(self, ctx):
        bus = self.dut.bus
        ctx.set(bus.active, 1)
        ctx.set(bus.window, Window.AGES)
        ages = []
        for source in range(NEURONS):
            ctx.set(bus.address, source // self.tiles)
            ctx.set(bus.tile, source % self.tiles)
            await ctx.tick()
            ages.append(ctx.get(bus.read_data))
        ctx.set(bus.active, 0)
        return ages


@pytest.fixture(params=[1, 2, 4, 16])
def dut(request):
    return AgeTable(CoreParams(neurons=NEURONS, tiles=request.param, synapses=NEURONS))


def test_a_sweep_adds_a_tick_to_every_age_up_to_the_last(dut):
    host = Host(dut)
    ages = [0, 1, 126, 127, 128, 129, 57, 64, 63, 0, 129, 128, 127, 126, 125, 2]

    async def testbench(ctx):
        await host.write(ctx, ages)
        expected = ages
        for _ in range(2):
            for local in range(NEURONS // dut.params.tiles):
                ctx.set(dut.advance, 1)
                ctx.set(dut.advance_local, local)
                await ctx.tick()
            ctx.set(dut.advance, 0)
            await ctx.tick().repeat(CHANGE)
            expected = [min(age + 1, 129) for age in expected]
            assert await host.read(ctx) == expected

    simulate(dut, testbench)


def test_a_part_of_a_sweep_leaves_the_others_as_they_are(dut):
    host = Host(dut)
    tiles = dut.params.tiles

    async def testbench(ctx):
        await host.write(ctx, [10] * NEURONS)
        for local in range(NEURONS // tiles):
            ctx.set(dut.advance, local % 2 == 0)
            ctx.set(dut.advance_local, local)
            await ctx.tick()
        ctx.set(dut.advance, 0)
        await ctx.tick().repeat(CHANGE)
        assert await host.read(ctx) == [11 - source // tiles % 2 for source in range(NEURONS)]

    simulate(dut, testbench)


@pytest.mark.parametrize("wait", [0, 2])
def test_a_pass_looks_up_one_row_while_it_sets_another(dut, wait):
    host = Host(dut)
    rng = np.random.default_rng(seed=1)
    before = rng.integers(0, 130, NEURONS).tolist()
    after = rng.integers(0, 130, NEURONS).tolist()
    untouched = 5

    async def testbench(ctx):
        await host.write(ctx, before)
        for source in rng.permutation(NEURONS).tolist():
            ctx.set(dut.source, source)
            ctx.set(dut.enable, 1)
            await ctx.tick()
            ctx.set(dut.set, 0)
            ctx.set(dut.enable, 0)
            ctx.set(dut.source, (source + 1) % NEURONS)
            for _ in range(wait):
                await ctx.tick()
            assert ctx.get(dut.age) == before[source]
            ctx.set(dut.set, source != untouched)
            ctx.set(dut.set_source, source)
            ctx.set(dut.set_age, after[source])
        await ctx.tick()
        ctx.set(dut.set, 0)
        await ctx.tick().repeat(CHANGE)
        after[untouched] = before[untouched]
        assert await host.read(ctx) == after

    simulate(dut, testbench)


def test_is_silent_on_the_bus_unless_asked(dut):
    host = Host(dut)

    async def testbench(ctx):
        await host.write(ctx, [99] * NEURONS)
        ctx.set(dut.bus.active, 1)
        ctx.set(dut.bus.window, Window.NEURONS)
        ctx.set(dut.bus.write, 1)
        ctx.set(dut.bus.write_data, 5)
        await ctx.tick()
        assert ctx.get(dut.bus.read_data) == 0
        ctx.set(dut.bus.active, 0)
        ctx.set(dut.bus.window, Window.AGES)
        await ctx.tick()
        assert ctx.get(dut.bus.read_data) == 0
        ctx.set(dut.bus.write, 0)
        await ctx.tick().repeat(CHANGE)
        assert await host.read(ctx) == [99] * NEURONS

    simulate(dut, testbench)
