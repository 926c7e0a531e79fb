import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from golden.arch.numeric import decay, saturate
from golden.arch.records import AGE_MAX, decay_table
from hdl.eligibility import EligibilityDecay, bumped
from hdl.registers import CONFIG
from tests.support.gateware import simulate


async def load(ctx, dut, trace_decay):
    ctx.set(dut.load, 1)
    for power, table in enumerate(decay_table(trace_decay)):
        for magnitude, value in enumerate(table):
            ctx.set(dut.load_address, 128 * power + magnitude)
            ctx.set(dut.load_data, value)
            await ctx.tick()
    ctx.set(dut.load, 0)
    ctx.set(dut.load_data, 99)  # which must not be taken any more
    for address in (1, 127, 128 + 63, 6 * 128 + 10):
        ctx.set(dut.load_address, address)
        await ctx.tick()


@pytest.mark.parametrize("trace_decay", [0, 1, 128, 230, 240, 254, 255])
def test_decays_as_many_times_as_the_age_says(trace_decay):
    dut = EligibilityDecay()

    async def testbench(ctx):
        await load(ctx, dut, trace_decay)
        for start in (-128, -127, -64, -20, -1, 0, 1, 10, 63, 126, 127):
            ctx.set(dut.eligibility, start)
            expected = start
            for age in range(AGE_MAX + 1):
                ctx.set(dut.age, age)
                await ctx.delay(1e-9)
                assert ctx.get(dut.result) == expected, f"{start} after {age} ticks"
                expected = decay(expected, trace_decay)

    simulate(dut, testbench)


def test_tables_need_no_reload_to_be_changed():
    dut = EligibilityDecay()

    async def testbench(ctx):
        for trace_decay in (255, 10):
            await load(ctx, dut, trace_decay)
            ctx.set(dut.eligibility, -100)
            ctx.set(dut.age, 1)
            await ctx.delay(1e-9)
            assert ctx.get(dut.result) == decay(-100, trace_decay)

    simulate(dut, testbench)


class Bump(wiring.Component):
    eligibility: In(signed(8))
    fires: In(1)
    config: In(CONFIG)
    result: Out(signed(8))

    def elaborate(self, platform):
        m = Module()
        wide = Signal(signed(12))
        m.d.comb += [wide.eq(bumped(self.eligibility, self.fires, self.config)),
                     self.result.eq(wide)]
        return m


@pytest.mark.parametrize("positive", [-128, 20, 127])
@pytest.mark.parametrize("negative", [-128, -10, 127])
def test_bump_depends_on_the_target_and_saturates(positive, negative):
    dut = Bump()

    async def testbench(ctx):
        ctx.set(dut.config, {"stdp_positive": positive, "stdp_negative": negative})
        for before in (-128, -127, -119, -118, -117, -1, 0, 1, 106, 107, 108, 126, 127):
            for fires in (0, 1):
                ctx.set(dut.eligibility, before)
                ctx.set(dut.fires, fires)
                await ctx.delay(1e-9)
                bump = negative if fires else positive
                assert ctx.get(dut.result) == saturate(before + bump, 8)

    simulator = Simulator(dut)
    simulator.add_testbench(testbench)
    simulator.run()
