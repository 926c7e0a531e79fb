import random

import pytest
from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.records import AGE_MAX, decay_table
from hdl.eligibility import EligibilityDecay, bumped
from hdl.registers import CONFIG
from tests.support.gateware import feed
from tests.support.literal import sat8, tdiv


def loaded(dut, *trace_decays):
    """Return a testbench that loads the tables for one `trace_decay` after the other."""
    async def load(ctx):
        for trace_decay in trace_decays:
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
    return load


def decayed(trace_decay):
    """Return what every eligibility is after every age, as the specification says."""
    values = {}
    for start in range(-128, 128):
        value = start
        for age in range(AGE_MAX + 1):
            values[start, age] = value
            value = tdiv(value * trace_decay, 256)
    return values


def compare(trace_decay, ages, *before):
    expected = decayed(trace_decay)
    cases = [(start, age) for start in range(-128, 128) for age in ages]
    random.Random(1).shuffle(cases)  # so that neighbours in the pipeline have other ages
    dut = EligibilityDecay()
    items = [{"eligibility": start, "age": age} for start, age in cases]
    found = feed(dut, items, prepare=loaded(dut, *before, trace_decay))
    for (start, age), one in zip(cases, found, strict=True):
        # past the horizon nothing is left, whatever the age
        assert one["result"] == expected[start, min(age, AGE_MAX)], f"{start} after {age} ticks"


@pytest.mark.parametrize("trace_decay", [230, 255])
def test_every_eligibility_decays_as_many_times_as_its_age_says(trace_decay):
    compare(trace_decay, range(AGE_MAX + 1))


@pytest.mark.parametrize("trace_decay", [0, 1, 128, 240, 254])
def test_every_factor_decays(trace_decay):
    compare(trace_decay, (0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 64, 127, 128, 129, 255))


def test_tables_can_be_loaded_again():
    compare(10, (0, 1, 2, 127, 128), 255)


class Bump(wiring.Component):
    """`bumped` and a register."""

    LATENCY = 1

    eligibility: In(signed(8))
    fires: In(1)
    config: In(CONFIG)
    result: Out(signed(12))  # wide enough to show what is out of range

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.result.eq(bumped(self.eligibility, self.fires, self.config))
        return m


@pytest.mark.parametrize("positive", [-128, 20, 127])
@pytest.mark.parametrize("negative", [-128, -10, 127])
def test_bump_depends_on_the_target_and_saturates(positive, negative):
    items = [{"eligibility": before, "fires": fires} for before in range(-128, 128)
             for fires in (0, 1)]
    found = feed(Bump(), items, config={"stdp_positive": positive, "stdp_negative": negative})
    for item, one in zip(items, found, strict=True):
        bump = negative if item["fires"] else positive
        assert one["result"] == sat8(item["eligibility"] + bump), item
