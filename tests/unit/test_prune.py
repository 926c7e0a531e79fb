import itertools

import numpy as np
import pytest

from golden.arch.maturity import DEAD, Temperature
from golden.arch.params import CoreParams
from hdl.banks import BankedSynapses
from hdl.prune import Compactor
from hdl.synapses import BlockSynapses
from tests.support.gateware import simulate, stream_get

NEARLY_DEAD = (1 << 2, int(Temperature.WARM), int(Temperature.COOL), int(Temperature.COLD), 0xFF)


def compactor(*, single_port=False):
    return Compactor(CoreParams(neurons=8, synapses=64, single_port=single_port))


def any_synapses(rng, count, death):
    return [{"target": int(rng.integers(8)), "weight": int(rng.integers(-128, 128)),
             "offset": int(rng.integers(8)), "eligibility": int(rng.integers(-128, 128)),
             "maturity": DEAD if rng.random() < death else int(rng.choice(NEARLY_DEAD))}
            for _ in range(count)]


async def prune(ctx, dut, memory, *, fetch, gap):
    """Feed all synapses, `gap` idle cycles apart, until nothing is left to be told.

    They come `fetch` cycles after the walker, which `hold` stops. Return what `new_end` was with
    each of them, and the cycles that it took to feed them.
    """
    ends, fetched, offered, cycles = [], [None] * fetch, 0, 0
    ctx.set(dut.pruning, 1)
    while len(ends) < len(memory) or ctx.get(dut.dropped.valid):
        offers = offered < len(memory) and not ctx.get(dut.hold) and cycles % (gap + 1) == 0
        fetched.append(offered if offers else None)
        offered += offers
        index = fetched.pop(0)
        ctx.set(dut.valid, index is not None)
        if index is not None:
            ctx.set(dut.index, index)
            ctx.set(dut.word, memory[index])
            ends.append(ctx.get(dut.new_end))
            if ctx.get(dut.write_enable):
                memory[ctx.get(dut.write_address)] = dict(memory[index])
        else:
            assert not ctx.get(dut.write_enable)
        await ctx.tick()
        cycles += len(ends) < len(memory)
    ctx.set(dut.valid, 0)
    ctx.set(dut.pruning, 0)
    await ctx.tick()
    return ends, cycles


@pytest.mark.parametrize(("keeper", "gap"), [
    (BlockSynapses, 0), (BlockSynapses, 1), (BankedSynapses, 3),
])
@pytest.mark.parametrize("stall", [0, 1, 9])
@pytest.mark.parametrize("death", [0.0, 0.3, 0.7, 1.0])
def test_keeps_the_living_in_order_and_tells_the_dead(death, stall, keeper, gap):
    dut = compactor(single_port=keeper is BankedSynapses)
    rng = np.random.default_rng(seed=int(10 * death))
    pools = [any_synapses(rng, 64, death) for _ in range(2)]  # a second prune starts anew
    dead = [[index for index, word in enumerate(pool) if word["maturity"] == DEAD]
            for pool in pools]
    told = []

    async def feed(ctx):
        for pool in pools:
            memory = [dict(word) for word in pool]
            ends, cycles = await prune(ctx, dut, memory, fetch=keeper.READ, gap=gap)
            living = [word for word in pool if word["maturity"] != DEAD]
            assert memory[:len(living)] == living
            assert ends == np.cumsum([word["maturity"] != DEAD for word in pool]).tolist()
            if not death:
                assert cycles == (gap + 1) * (len(pool) - 1) + keeper.READ
            await ctx.tick()

    async def listen(ctx):
        for _ in range(sum(map(len, dead))):
            told.append(await stream_get(ctx, dut.dropped, wait=stall))

    simulate(dut, feed, listen)
    assert told == list(itertools.chain(*dead))


def test_holds_until_the_dead_has_been_told():
    dut = compactor()

    async def testbench(ctx):
        ctx.set(dut.pruning, 1)
        ctx.set(dut.valid, 1)
        ctx.set(dut.index, 5)
        ctx.set(dut.word.maturity, DEAD)
        await ctx.tick()
        ctx.set(dut.valid, 0)
        await ctx.tick()
        for _ in range(4):
            assert ctx.get(dut.hold)
            await ctx.tick()
        assert await stream_get(ctx, dut.dropped) == 5
        await ctx.tick()
        assert not ctx.get(dut.hold)

    simulate(dut, testbench)


def test_changes_nothing_unless_it_prunes():
    dut = compactor()

    async def testbench(ctx):
        ctx.set(dut.valid, 1)
        for maturity in (DEAD, 0x10):
            ctx.set(dut.word.maturity, maturity)
            for _ in range(4):
                assert not ctx.get(dut.write_enable)
                assert not ctx.get(dut.dropped.valid)
                assert not ctx.get(dut.hold)
                await ctx.tick()
        ctx.set(dut.pruning, 1)
        assert ctx.get(dut.write_address) == 0

    simulate(dut, testbench)
