import itertools

import pytest

from golden.arch.params import CoreParams
from hdl.rows import RowWalker, VisitOp
from tests.support.gateware import simulate, stream_get, stream_put

PARAMS = CoreParams(neurons=8, synapses=32)
STARTS = [0, 0, 3, 4, 4, 20, 31, 32, 32]  # empty, short, long, and up to the last synapse


async def load(ctx, dut, starts):
    ctx.set(dut.host.claim, 1)
    ctx.set(dut.host.write, 1)
    for address, start in enumerate(starts):
        ctx.set(dut.host.address, address)
        ctx.set(dut.host.data, start)
        await ctx.tick()
    ctx.set(dut.host.claim, 0)
    ctx.set(dut.host.write, 0)


async def dump(ctx, dut):
    words = []
    ctx.set(dut.host.claim, 1)
    for address in range(9):
        ctx.set(dut.host.address, address)
        await ctx.tick()
        words.append(ctx.get(dut.row_start))
    ctx.set(dut.host.claim, 0)
    return words


@pytest.mark.parametrize("stall", [0, 1, 3])
@pytest.mark.parametrize("wait", [0, 2])
def test_walks_each_row_in_order(wait, stall):
    dut = RowWalker(PARAMS)
    order = [0, 1, 2, 3, 4, 5, 6, 7, 4, 4, 1, 7, 5]
    walked = []

    async def source(ctx):
        await load(ctx, dut, STARTS)
        ctx.set(dut.rest, 1)
        for row in order:
            await stream_put(ctx, dut.visits, {"op": VisitOp.PROPAGATE, "source": row, "age": row,
                                               "inhibitory": 0}, wait=wait)

    async def sink(ctx):
        for row in order:
            for _ in range(STARTS[row], STARTS[row + 1]):
                walked.append((ctx.get(dut.visit.age),
                               await stream_get(ctx, dut.synapses, wait=stall)))

    simulate(dut, source, sink)
    expected = [k for row in order for k in range(STARTS[row], STARTS[row + 1])]
    assert [k for _, k in walked] == expected


def test_first_synapse_comes_after_three_cycles_then_one_each_cycle():
    dut = RowWalker(PARAMS)

    async def testbench(ctx):
        await load(ctx, dut, STARTS)
        ctx.set(dut.rest, 1)
        ctx.set(dut.synapses.ready, 1)
        ctx.set(dut.visits.valid, 1)
        ctx.set(dut.visits.p.source, 4)
        seen = []
        for _ in range(24):
            if ctx.get(dut.visits.valid) and ctx.get(dut.visits.ready):
                await ctx.tick()
                ctx.set(dut.visits.valid, 0)
            else:
                await ctx.tick()
            seen.append(ctx.get(dut.synapses.payload) if ctx.get(dut.synapses.valid) else None)
        assert seen == [None, None, *range(4, 20), *[None] * 6]

    simulate(dut, testbench)


def test_waits_for_rest_before_the_next_row():
    dut = RowWalker(PARAMS)

    async def testbench(ctx):
        await load(ctx, dut, STARTS)
        ctx.set(dut.visits.valid, 1)
        for _ in range(5):
            await ctx.tick()
            assert not ctx.get(dut.visits.ready)
            assert ctx.get(dut.idle)
        ctx.set(dut.rest, 1)
        assert ctx.get(dut.visits.ready)

    simulate(dut, testbench)


@pytest.mark.parametrize("op", [VisitOp.PROPAGATE, VisitOp.MODULATE, VisitOp.SETTLE])
def test_only_a_prune_rewrites_starts(op):
    dut = RowWalker(PARAMS)

    async def testbench(ctx):
        await load(ctx, dut, STARTS)
        ctx.set(dut.rest, 1)
        ctx.set(dut.synapses.ready, 1)
        ctx.set(dut.new_start, 17)
        await stream_put(ctx, dut.visits, {"op": op, "source": 2})
        for _ in range(9):
            await ctx.tick()
        assert await dump(ctx, dut) == STARTS

    simulate(dut, testbench)


def test_prune_walks_the_old_row_and_writes_its_new_start():
    dut = RowWalker(PARAMS)
    walked = []

    async def testbench(ctx):
        await load(ctx, dut, STARTS)
        ctx.set(dut.rest, 1)
        for row, start in itertools.pairwise([*range(8), 8]):
            ctx.set(dut.new_start, 10 + row)
            await stream_put(ctx, dut.visits, {"op": VisitOp.PRUNE, "source": row})
            walked.extend([await stream_get(ctx, dut.synapses)
                           for _ in range(STARTS[row], STARTS[start])])
            while not ctx.get(dut.idle):
                await ctx.tick()
        ctx.set(dut.new_start, 30)
        await stream_put(ctx, dut.visits, {"op": VisitOp.CLOSE, "source": 8})
        while not ctx.get(dut.idle):
            await ctx.tick()
        assert await dump(ctx, dut) == [*range(10, 18), 30]

    simulate(dut, testbench)
    assert walked == list(range(32))
