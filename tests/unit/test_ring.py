import numpy as np
import pytest

from golden.arch.numeric import saturate
from golden.arch.params import CoreParams
from hdl.ring import DelayRing
from tests.support.gateware import simulate

PARAMS = CoreParams(neurons=4, synapses=4, delay_slots=3)


def run_accesses(accesses):
    """Start one access per cycle; return what `current` showed for each, and the words left."""
    dut, shown, words = DelayRing(PARAMS), [], {}

    async def testbench(ctx):
        for at in range(len(accesses) + 1):
            if at < len(accesses):
                slot, neuron, _, _ = accesses[at]
                ctx.set(dut.slot, slot)
                ctx.set(dut.neuron, neuron)
            if at:
                _, _, clear, amount = accesses[at - 1]
                ctx.set(dut.clear, clear)
                ctx.set(dut.add, amount is not None)
                ctx.set(dut.amount, 777 if amount is None else amount)  # nobody wants the former
                shown.append(ctx.get(dut.current))
            await ctx.tick()
        ctx.set(dut.clear, 0)
        ctx.set(dut.add, 0)
        ctx.set(dut.host.claim, 1)
        for address in range(12):
            ctx.set(dut.host.address, address)
            await ctx.tick()
            words[divmod(address, 4)] = ctx.get(dut.current)

    simulate(dut, testbench)
    return shown, words


def golden(accesses):
    shown, words = [], {(slot, neuron): 0 for slot in range(3) for neuron in range(4)}
    for slot, neuron, clear, amount in accesses:
        shown.append(words[slot, neuron])
        if clear:
            words[slot, neuron] = 0
        elif amount is not None:
            words[slot, neuron] = saturate(words[slot, neuron] + amount, 16)
    return shown, words


@pytest.mark.parametrize("neurons", [1, 2, 4], ids=["one-word", "two-words", "four-words"])
def test_accesses_in_every_cycle_see_each_other(neurons):
    rng = np.random.default_rng(seed=neurons)
    accesses = [(int(rng.integers(3)), int(rng.integers(neurons)), bool(rng.random() < 0.2),
                 int(rng.choice([-32768, -8128, -64, 64, 8128, 32512]))
                 if rng.random() < 0.9 else None) for _ in range(400)]
    assert run_accesses(accesses) == golden(accesses)


def test_sums_saturate_one_by_one_so_order_counts():
    up, down = (0, 0, False, 32000), (0, 0, False, -32000)
    assert run_accesses([up, up, down])[1][0, 0] == 767
    assert run_accesses([up, down, up])[1][0, 0] == 32000
