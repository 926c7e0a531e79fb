import itertools

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from hdl.ring import DelayRing, slot_after
from tests.support.gateware import feed, simulate
from tests.support.literal import sat16

NEURONS, SLOTS = 5, 3  # no powers of two
CLEAR, LOOK = "clear", "look"
LATENCY = 2            # from the address of an access to its current and to what is done with it
DRAIN = 2              # from there to the memory


def run_accesses(accesses):
    """Start one access per cycle; return what `current` showed for each, and the words left.

    An access is (slot, neuron, what to do): `CLEAR`, `LOOK` or an amount.
    """
    dut = DelayRing(CoreParams(neurons=NEURONS, synapses=NEURONS, delay_slots=SLOTS))
    shown, words = [], {}

    async def testbench(ctx):
        for cycle in range(len(accesses) + LATENCY):
            if cycle < len(accesses):
                slot, neuron, _ = accesses[cycle]
                ctx.set(dut.slot, slot)
                ctx.set(dut.neuron, neuron)
            if cycle >= LATENCY:
                _, _, what = accesses[cycle - LATENCY]
                ctx.set(dut.clear, what == CLEAR)
                ctx.set(dut.add, isinstance(what, int))
                ctx.set(dut.amount, what if isinstance(what, int) else 777)  # nobody wants it
                shown.append(ctx.get(dut.current))
            await ctx.tick()
        ctx.set(dut.clear, 0)
        ctx.set(dut.add, 0)
        for _ in range(DRAIN):
            await ctx.tick()
        ctx.set(dut.host.claim, 1)
        for slot, neuron in itertools.product(range(SLOTS), range(NEURONS)):
            ctx.set(dut.host.address, slot * NEURONS + neuron)
            await ctx.tick()
            words[slot, neuron] = ctx.get(dut.stored)

    simulate(dut, testbench, deadline=len(accesses) + 1000)
    return shown, words


def expected(accesses):
    """Return the same for accesses of which each ends before the next one starts."""
    shown, words = [], dict.fromkeys(itertools.product(range(SLOTS), range(NEURONS)), 0)
    for slot, neuron, what in accesses:
        shown.append(words[slot, neuron])
        if what == CLEAR:
            words[slot, neuron] = 0
        elif what != LOOK:
            words[slot, neuron] = sat16(words[slot, neuron] + what)
    return shown, words


def test_every_sequence_of_five_accesses_to_one_word_and_another():
    # forwarding reaches back three accesses, so this holds every distance and one beyond
    rng = np.random.default_rng(seed=5)
    words = {"here": (1, 2), "there": (2, 1)}
    kinds = [("here", CLEAR), ("here", LOOK), ("here", "add"), ("there", "add")]
    accesses = [(*words[word], int(rng.integers(-32768, 32768)) if what == "add" else what)
                for sequence in itertools.product(kinds, repeat=5) for word, what in sequence]
    assert run_accesses(accesses) == expected(accesses)


@pytest.mark.parametrize("neurons", [1, 2, NEURONS])
@pytest.mark.parametrize("slots", [1, 2, SLOTS])
def test_accesses_in_every_cycle_see_each_other(neurons, slots):
    rng = np.random.default_rng(seed=10 * slots + neurons)
    amounts = [-32768, -8128, -64, 64, 8128, 32512, 32767]
    accesses = [(int(rng.integers(slots)), int(rng.integers(neurons)),
                 [CLEAR, LOOK, LOOK, *amounts][rng.integers(3 + len(amounts))])
                for _ in range(600)]
    assert run_accesses(accesses) == expected(accesses)


@pytest.mark.parametrize("distance", [1, 2, 3, 4, 5])
def test_sums_saturate_one_by_one_so_order_counts(distance):
    others = [(1, neuron, 1) for neuron in range(distance - 1)]

    def left(*amounts):
        accesses = [access for amount in amounts for access in [(0, 0, amount), *others]]
        return run_accesses(accesses)[1][0, 0]

    assert left(32000, 32000, -32000) == 767
    assert left(32000, -32000, 32000) == 32000
    assert left(-32000, -32000, 32000) == -768


def test_the_host_reads_what_it_wrote():
    dut = DelayRing(CoreParams(neurons=NEURONS, synapses=NEURONS, delay_slots=SLOTS))

    async def testbench(ctx):
        ctx.set(dut.host.claim, 1)
        ctx.set(dut.host.write, 1)
        for address in range(NEURONS * SLOTS):
            ctx.set(dut.host.address, address)
            ctx.set(dut.host.data, 3 * address - 20)
            await ctx.tick()
        ctx.set(dut.host.claim, 0)
        ctx.set(dut.slot, 2)
        ctx.set(dut.neuron, 3)
        for _ in range(LATENCY):
            await ctx.tick()
        assert ctx.get(dut.current) == 3 * (2 * NEURONS + 3) - 20

    simulate(dut, testbench)


class SlotAfter(wiring.Component):
    """`slot_after` and a register."""

    LATENCY = 1

    head: In(8)
    offset: In(8)
    count: In(8)
    slot: Out(8)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.slot.eq(slot_after(self.head, self.offset, self.count))
        return m


@pytest.mark.parametrize("count", [1, 2, 3, 8, 255])
def test_slots_go_round(count):
    places = [*range(min(count, 9)), count - 1]
    items = [{"head": head, "offset": offset}
             for head, offset in itertools.product(places, repeat=2)]
    found = feed(SlotAfter(), items, count=count)
    assert [one["slot"] for one in found] == [
        (item["head"] + item["offset"]) % count for item in items]
