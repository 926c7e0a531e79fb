import numpy as np
import pytest

from golden.arch.maturity import DEAD, Temperature
from golden.arch.params import CoreParams
from hdl.prune import Compactor
from tests.support.gateware import simulate, stream_get, stream_put

PARAMS = CoreParams(neurons=8, synapses=64)
NEARLY_DEAD = (1 << 2, int(Temperature.WARM), int(Temperature.COLD), 0xFF)


async def prune(ctx, dut, memory, idle):
    """Feed all synapses, standing in for their memory."""
    ctx.set(dut.restart, 1)
    await ctx.tick()
    ctx.set(dut.restart, 0)
    for index in range(len(memory)):
        await stream_put(ctx, dut.i, index, wait=idle)
        word = memory[index]  # what the read port shows one cycle later
        ctx.set(dut.word, word)
        if ctx.get(dut.write_enable):
            memory[ctx.get(dut.write_address)] = {
                name: ctx.get(dut.write_data)[name] for name in word}


@pytest.mark.parametrize("idle", [0, 2])
@pytest.mark.parametrize("stall", [0, 5])
@pytest.mark.parametrize("death", [0.0, 0.3, 0.7, 1.0])
def test_keeps_the_living_in_order_and_tells_the_dead(death, idle, stall):
    rng = np.random.default_rng(seed=int(10 * death))
    dut = Compactor(PARAMS)
    told = []
    for _ in range(2):
        maturity = np.where(rng.random(64) < death, DEAD, rng.choice(NEARLY_DEAD, 64))
        before = [{"target": int(rng.integers(8)), "weight": int(rng.integers(-128, 128)),
                   "offset": int(rng.integers(8)), "eligibility": int(rng.integers(-128, 128)),
                   "maturity": int(m)} for m in maturity]
        dead = [index for index, word in enumerate(before) if word["maturity"] == DEAD]
        memory = [dict(word) for word in before]
        told.clear()

        async def feed(ctx, memory=memory, dead=dead, before=before):
            await prune(ctx, dut, memory, idle)
            while not ctx.get(dut.idle):
                await ctx.tick()
            assert ctx.get(dut.end) == len(before) - len(dead)

        async def listen(ctx, dead=dead):
            for _ in dead:
                told.append(await stream_get(ctx, dut.dropped, wait=stall))

        simulate(dut, feed, listen)
        assert told == dead
        living = [word for word in before if word["maturity"] != DEAD]
        assert memory[:len(living)] == living
