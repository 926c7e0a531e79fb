import numpy as np
import pytest

from golden.arch.params import CoreParams
from hdl.spikes import SpikeList
from tests.support.gateware import simulate, stream_get


@pytest.mark.parametrize("tiles", [1, 2, 4])
@pytest.mark.parametrize("stalls", [(0, 0), (0, 3), (2, 1)])
def test_both_readers_get_all_spikes_in_ascending_order(tiles, stalls):
    dut = SpikeList(CoreParams(neurons=32, tiles=tiles, synapses=32))
    rng = np.random.default_rng(seed=tiles)
    ticks = [rng.random(32) < chance for chance in (0.0, 0.05, 0.5, 1.0, 0.0, 0.3)]
    heard = [[], []]

    async def sweep(ctx):
        for spike in ticks:
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            for local, mask in enumerate(spike.reshape(-1, tiles)):
                ctx.set(dut.local, local)
                ctx.set(dut.mask, sum(int(bit) << tile for tile, bit in enumerate(mask)))
                await ctx.tick()
            ctx.set(dut.mask, 0)
            assert ctx.get(dut.count) == spike.sum()
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            assert ctx.get(dut.drained) == 0
            while ctx.get(dut.drained) != 3:
                await ctx.tick()

    def reader(index):
        async def listen(ctx):
            for _ in range(sum(spike.sum() for spike in ticks)):
                heard[index].append(await stream_get(ctx, dut.readers[index],
                                                     wait=stalls[index]))
        return listen

    simulate(dut, sweep, reader(0), reader(1))
    expected = [int(neuron) for spike in ticks for neuron in np.flatnonzero(spike)]
    assert heard == [expected, expected]
