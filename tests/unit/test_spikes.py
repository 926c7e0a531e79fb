import numpy as np
import pytest

from golden.arch.params import CoreParams
from hdl.spikes import SpikeList
from tests.support.gateware import simulate, stream_get

NEURONS = 48
SHAPES = [(1, False), (2, False), (4, False), (8, False), (16, False), (1, True)]


@pytest.fixture(params=SHAPES, ids=lambda shape: f"{shape[0]}{' single-port' * shape[1]}")
def params(request):
    tiles, single_port = request.param
    return CoreParams(neurons=NEURONS, tiles=tiles, synapses=NEURONS, single_port=single_port)


async def sweep(ctx, dut, fires, *, gap=lambda: False):
    """Collect the spikes of a tick, and start both readers."""
    tiles = dut.params.tiles
    ctx.set(dut.clear, 1)
    await ctx.tick()
    ctx.set(dut.clear, 0)
    for local, mask in enumerate(fires.reshape(-1, tiles)):
        ctx.set(dut.mask, -1)  # counts with `valid` alone
        while gap():
            await ctx.tick()
        ctx.set(dut.valid, 1)
        ctx.set(dut.local, local)
        ctx.set(dut.mask, sum(int(bit) << tile for tile, bit in enumerate(mask)))
        await ctx.tick()
        ctx.set(dut.valid, 0)
    ctx.set(dut.finish, 1)
    await ctx.tick()
    ctx.set(dut.finish, 0)
    await ctx.tick()
    ctx.set(dut.start, 3)


def neurons_of(fires):
    return [int(neuron) for neuron in np.flatnonzero(fires)]


def any_ticks(rng):
    """Return spikes of ticks: none, all, a few, and those at the ends of words."""
    edges = np.zeros(NEURONS, bool)
    edges[[0, 7, 8, 15, 16, 31, 32, 47]] = True
    ticks = [rng.random(NEURONS) < chance for chance in (0.0, 0.05, 0.5, 1.0, 0.0, 0.3, 0.02)]
    return [*ticks[:4], edges, *ticks[4:], ~edges, np.arange(NEURONS) >= NEURONS - 1]


@pytest.mark.parametrize("stalls", [(0, 0), (0, 3), (2, 0), (2, 1)], ids=str)
def test_both_readers_get_all_spikes_in_ascending_order(params, stalls):
    dut = SpikeList(params)
    rng = np.random.default_rng(seed=params.tiles)
    ticks = any_ticks(rng)
    heard = [[], []]

    async def collect(ctx):
        for fires in ticks:
            await sweep(ctx, dut, fires, gap=lambda: rng.random() < 0.3)
            assert ctx.get(dut.count) == fires.sum()
            await ctx.tick()
            ctx.set(dut.start, 0)
            assert ctx.get(dut.drained) == 0
            while ctx.get(dut.drained) != 3:
                await ctx.tick()

    def reader(index):
        async def listen(ctx):
            for _ in range(sum(fires.sum() for fires in ticks)):
                heard[index].append(await stream_get(ctx, dut.readers[index],
                                                     wait=stalls[index]))
        return listen

    simulate(dut, collect, reader(0), reader(1))
    expected = [neuron for fires in ticks for neuron in neurons_of(fires)]
    assert heard == [expected, expected]


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("density", [1.0, 0.5, 0.05])
def test_reads_one_spike_per_cycle_with_a_port_of_its_own(params, density, index):
    dut = SpikeList(params)
    fires = np.random.default_rng(seed=1).random(NEURONS) < density
    words = len({neuron // 8 for neuron in neurons_of(fires)})
    cycles = fires.sum() + 3 + (2 * words if params.single_port else 0)

    async def testbench(ctx):
        await sweep(ctx, dut, fires)
        ctx.set(dut.readers[0].ready, 1)
        ctx.set(dut.readers[1].ready, 1)
        heard = []
        for cycle in range(cycles):
            if ctx.get(dut.readers[index].valid):
                heard.append(ctx.get(dut.readers[index].payload))
            else:
                assert cycle < 3 or params.single_port
            await ctx.tick()
            ctx.set(dut.start, 0)
        assert heard == neurons_of(fires)

    simulate(dut, testbench)


def test_one_reader_may_stay_away(params):
    dut = SpikeList(params)
    fires = np.arange(NEURONS) % 3 == 0
    heard = []

    async def testbench(ctx):
        await sweep(ctx, dut, fires)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        for _ in neurons_of(fires):
            heard.append(await stream_get(ctx, dut.readers[0]))
            assert not ctx.get(dut.readers[1].valid)
        await ctx.tick().repeat(2)
        assert ctx.get(dut.drained) == 3

    simulate(dut, testbench)
    assert heard == neurons_of(fires)
