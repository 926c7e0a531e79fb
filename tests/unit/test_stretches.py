import numpy as np
import pytest

from golden.arch.params import CoreParams
from hdl.rows import VisitOp
from hdl.stretches import RowSplitter
from tests.support.gateware import simulate, stream_get, stream_put

PARAMS = CoreParams(neurons=20, synapses=16, block_rows=8, block_columns=8)
FIRST, ROWS = 5, 4


def expected(visits, op, rounds):
    """Return the stretches of visits (source, age), whose rows have so many rounds each."""
    rounds = iter(rounds)
    stretches = []
    for source, age in visits:
        stretches.append((source, age, 0))
        if FIRST <= source < FIRST + ROWS and op is not VisitOp.PRUNE:
            stretches += [(source - FIRST, 0 if number else age, 1)
                          for number in range(next(rounds) if op is VisitOp.MODULATE else 1)]
    return stretches


@pytest.mark.parametrize("op", list(VisitOp))
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (3, 0), (0, 2)])
def test_cells_follow_the_synapses_of_their_row(op, idle, stall):
    rng = np.random.default_rng(4)
    visits = [(int(source), int(rng.integers(130))) for source in rng.permutation(20)]
    rounds = [1, 3, 1, 2]
    wanted = expected(visits, op, rounds)
    dut = RowSplitter(PARAMS)
    found = []

    async def source(ctx):
        ctx.set(dut.config, {"block_source": FIRST, "block_rows": ROWS})
        ctx.set(dut.op, op)
        for number, age in visits:
            await stream_put(ctx, dut.visits, {"source": number, "age": age}, wait=idle)

    async def sink(ctx):
        number = row = 0
        for _ in wanted:
            stretch = await stream_get(ctx, dut.stretches, wait=stall)
            found.append((stretch.source, stretch.age, stretch.dense))
            if stretch.dense and op is VisitOp.MODULATE:
                assert ctx.get(dut.round) == number
                number += 1
                more = number < rounds[row]
                await drain(ctx, more)
                if not more:
                    number, row = 0, row + 1

    async def drain(ctx, more):
        """Hold the next stretch until this one has been through."""
        for _ in range(3):
            assert not ctx.get(dut.stretches.valid)
            await ctx.tick()
        ctx.set(dut.more, more)
        ctx.set(dut.drained, 1)
        await ctx.tick()
        ctx.set(dut.drained, 0)

    simulate(dut, source, sink)
    assert found == wanted
