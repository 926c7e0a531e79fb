import pytest

from golden.arch.params import CoreParams
from golden.arch.windows import Window
from hdl.ages import AgeTable
from tests.support.gateware import simulate


class Host:
    """The host's window onto the table."""

    def __init__(self, dut):
        self.dut, self.tiles = dut, dut.params.tiles

    async def write(self, ctx, source, age, inhibitory):
        bus = self._address(ctx, source)
        ctx.set(bus.write, 1)
        ctx.set(bus.write_data, age | inhibitory << 8)
        await ctx.tick()
        ctx.set(bus.write, 0)
        ctx.set(bus.active, 0)

    async def read(self, ctx, source):
        bus = self._address(ctx, source)
        await ctx.tick()
        word = ctx.get(bus.read_data)
        ctx.set(bus.active, 0)
        return word & 255, word >> 8

    def _address(self, ctx, source):
        bus = self.dut.bus
        ctx.set(bus.active, 1)
        ctx.set(bus.window, Window.SOURCES)
        ctx.set(bus.address, source // self.tiles)
        ctx.set(bus.tile, source % self.tiles)
        return bus


@pytest.mark.parametrize("tiles", [1, 2, 4])
def test_ages_advance_saturate_and_are_set_one_by_one(tiles):
    params = CoreParams(neurons=8, tiles=tiles, synapses=8)
    dut = AgeTable(params)
    host = Host(dut)
    start = {0: (0, 0), 1: (1, 1), 2: (126, 0), 3: (127, 1), 4: (128, 0), 5: (129, 1), 6: (57, 0),
             7: (0, 1)}

    async def testbench(ctx):
        for source, (age, inhibitory) in start.items():
            await host.write(ctx, source, age, inhibitory)
        for local in range(8 // tiles):  # one sweep, without a pause
            ctx.set(dut.advance, 1)
            ctx.set(dut.advance_local, local)
            await ctx.tick()
        ctx.set(dut.advance, 0)
        await ctx.tick()
        expected = {source: (min(age + 1, 129), kind) for source, (age, kind) in start.items()}
        assert {source: await host.read(ctx, source) for source in start} == expected

        for source, age in ((3, 1), (5, 0), (6, 128)):
            ctx.set(dut.source, source)
            await ctx.tick()
            assert (ctx.get(dut.source_word.age), ctx.get(dut.source_word.inhibitory)) \
                == expected[source]
            ctx.set(dut.set, 1)
            ctx.set(dut.age, age)
            await ctx.tick()
            ctx.set(dut.set, 0)
            expected[source] = age, expected[source][1]
        assert {source: await host.read(ctx, source) for source in start} == expected

    simulate(dut, testbench)


def test_is_silent_on_the_bus_unless_asked():
    dut = AgeTable(CoreParams(neurons=8, synapses=8))
    host = Host(dut)

    async def testbench(ctx):
        await host.write(ctx, 0, 99, 1)
        ctx.set(dut.bus.active, 1)
        ctx.set(dut.bus.window, Window.NEURONS)
        ctx.set(dut.bus.write, 1)
        ctx.set(dut.bus.write_data, 5)
        await ctx.tick()
        assert ctx.get(dut.bus.read_data) == 0
        ctx.set(dut.bus.write, 0)
        assert await host.read(ctx, 0) == (99, 1)

    simulate(dut, testbench)
