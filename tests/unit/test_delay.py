from amaranth.hdl import Module, ResetInserter, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.delay import delayed, marked
from hdl.neuron import SomaWord
from tests.support.gateware import simulate

CYCLES = 4


class Delays(wiring.Component):
    """A number, a structure and a bit, each delayed."""

    def __init__(self):
        super().__init__({
            "number": In(signed(8)),
            "soma": In(SomaWord()),
            "bit": In(1),
            "reset": In(1),
            "late_number": Out(signed(8)),
            "late_trace": Out(signed(8)),
            "number_now": Out(signed(8)),
            "marks": Out(CYCLES + 1),
        })

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.late_number.eq(delayed(m, self.number, CYCLES, name="number")),
            self.late_trace.eq(delayed(m, self.soma, CYCLES, name="soma").trace),
            self.number_now.eq(delayed(m, self.number, 0, name="now")),
        ]
        for cycle, mark in enumerate(marked(m, self.bit, CYCLES, name="mark")):
            m.d.comb += self.marks[cycle].eq(mark)
        return ResetInserter(self.reset)(m)


def test_values_and_marks_come_as_many_cycles_later():
    dut = Delays()
    numbers = [-128, 127, 0, -1, 5, 99, -50, 3, 17, -18]
    bits = [1, 0, 1, 1, 0, 0, 0, 1, 0, 1]

    async def testbench(ctx):
        for cycle, (number, bit) in enumerate(zip(numbers, bits, strict=True)):
            ctx.set(dut.number, number)
            ctx.set(dut.soma.trace, -number - 1)
            ctx.set(dut.bit, bit)
            assert ctx.get(dut.number_now) == number
            if cycle >= CYCLES:
                assert ctx.get(dut.late_number) == numbers[cycle - CYCLES]
                assert ctx.get(dut.late_trace) == -numbers[cycle - CYCLES] - 1
            past = bits[max(0, cycle - CYCLES):cycle + 1]
            assert ctx.get(dut.marks) == sum(bit << age for age, bit in enumerate(past[::-1]))
            await ctx.tick()

    simulate(dut, testbench)


def test_a_reset_clears_the_marks():
    dut = Delays()

    async def testbench(ctx):
        ctx.set(dut.bit, 1)
        for _ in range(CYCLES):
            await ctx.tick()
        ctx.set(dut.bit, 0)
        ctx.set(dut.reset, 1)
        await ctx.tick()
        assert ctx.get(dut.marks) == 0

    simulate(dut, testbench)
