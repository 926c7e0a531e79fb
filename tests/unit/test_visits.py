import pytest

from golden.arch.params import CoreParams
from hdl.rows import VisitOp
from hdl.visits import Visitor
from tests.support.gateware import simulate, stream_get, stream_put

AGES = [0, 1, 2, 127, 128, 129, 60]


def make_pass(op, expected, *, tiles, stall, spikes=()):
    """Make a pass twice; check the (source, age) of each visit, return the ages that were set."""
    dut = Visitor(CoreParams(neurons=8, tiles=tiles, synapses=8))
    ages = []

    async def table(ctx):
        """Stand in for the age table, with its latency, until the passes have ended."""
        passes = 0
        while passes < 2:
            source, set_age, age = ctx.get(dut.source), ctx.get(dut.set_age), ctx.get(dut.age)
            if set_age:
                ages.append((source, age))
            busy = not ctx.get(dut.idle)
            await ctx.tick()
            passes += busy and ctx.get(dut.idle)
            if source < len(AGES):
                ctx.set(dut.source_word, {"age": AGES[source], "inhibitory": source % 2})

    async def command(ctx):
        ctx.set(dut.neuron_count, len(AGES))
        for _ in range(2):
            await stream_put(ctx, dut.commands, op)
            for spike in spikes:
                await stream_put(ctx, dut.spikes, spike, wait=2)
            ctx.set(dut.drained, 1)
            while not ctx.get(dut.idle):
                await ctx.tick()
            ctx.set(dut.drained, 0)

    def tile(index):
        async def listen(ctx):
            for source, age in 2 * expected:
                visit = await stream_get(ctx, dut.visits[index], wait=stall * index)
                assert visit.source == source
                if source == len(AGES):
                    assert visit.op == VisitOp.CLOSE
                else:
                    assert (visit.op, visit.age, visit.inhibitory) == (op, age, source % 2)
        return listen

    simulate(dut, command, table, *(tile(index) for index in range(tiles)))
    assert ages[:len(ages) // 2] == ages[len(ages) // 2:]
    return ages[:len(ages) // 2]


@pytest.fixture(params=[(1, 0), (2, 0), (2, 3), (4, 5)], ids=str)
def tiles(request):
    count, stall = request.param
    return {"tiles": count, "stall": stall}


def test_propagate_visits_the_spikes_one_decay_younger_than_the_sweep_left_them(tiles):
    ages = make_pass(VisitOp.PROPAGATE, [(1, 0), (3, 126), (4, 127), (5, 128)],
                     spikes=[1, 3, 4, 5], **tiles)
    assert ages == [(1, 1), (3, 1), (4, 1), (5, 1)]


def test_propagate_without_spikes_visits_nothing(tiles):
    assert make_pass(VisitOp.PROPAGATE, [], **tiles) == []


def test_modulate_leaves_out_rows_past_the_horizon(tiles):
    ages = make_pass(VisitOp.MODULATE, [(0, 0), (1, 1), (2, 2), (3, 127), (6, 60)], **tiles)
    assert ages == [(0, 0), (1, 0), (2, 0), (3, 0), (6, 0)]


def test_settle_leaves_out_rows_that_are_up_to_date(tiles):
    ages = make_pass(VisitOp.SETTLE, [(1, 1), (2, 2), (3, 127), (4, 128), (5, 129), (6, 60)],
                     **tiles)
    assert ages == [(1, 0), (2, 0), (3, 0), (4, 128), (5, 128), (6, 0)]


def test_prune_visits_all_rows_then_closes_and_changes_no_age(tiles):
    assert make_pass(VisitOp.PRUNE, [*enumerate(AGES), (len(AGES), None)], **tiles) == []
