"""The counters against counting."""

import random
from collections import Counter

import pytest

from golden.arch.params import CoreParams
from golden.arch.registers import COUNTERS, REGISTER_ADDRESS
from hdl.counters import BLOCK_INTERVAL, CYCLES, EVENTS, INTERVAL, Counters
from tests.support.gateware import simulate

TICK_CYCLES = 24


async def read(ctx, dut, name):
    """Read a register, as an access would."""
    word = 0
    ctx.set(dut.address, REGISTER_ADDRESS[name])
    for half in range(2):
        ctx.set(dut.half, half)
        ctx.set(dut.active, 1)
        await ctx.tick().repeat(2)
        word |= ctx.get(dut.read_data) << 16 * half
        await ctx.tick().repeat(2)
        ctx.set(dut.active, 0)
        await ctx.tick().repeat(6)
    return word


async def write(ctx, dut, name, word):
    """Write a register, likewise."""
    ctx.set(dut.address, REGISTER_ADDRESS[name])
    for half in range(2):
        ctx.set(dut.half, half)
        ctx.set(dut.write_data, word >> 16 * half & 0xFFFF)
        ctx.set(dut.active, 1)
        ctx.set(dut.write, 1)
        await ctx.tick()
        ctx.set(dut.write, 0)
        await ctx.tick()
        ctx.set(dut.active, 0)
        await ctx.tick().repeat(10)


def link_event(name):
    """Return what the link says when a counter is due."""
    if name in ("framing_errors", "resends"):
        return {name: 1}
    return {"judged": name is not None, "verdict": REGISTER_ADDRESS[name or "gaps"]}


class Traffic:
    """Something to count in every cycle."""

    def __init__(self, seed, params):
        self.rng = random.Random(seed)
        self.tiles = params.tiles
        self.interval = BLOCK_INTERVAL if params.block_rows else INTERVAL
        self.events = ("events", *(("conversions", "pulses") if params.block_rows else ()))
        self.count = Counter()
        self.activity = CYCLES[0]
        self.spikes = 0
        self.since_tick = self.since_event = 0

    async def cycle(self, ctx, dut):
        rng, chance = self.rng, self.rng.random
        if chance() < 0.1:
            self.activity = rng.choice(CYCLES)
        ctx.set(dut.cycles, {name: name == self.activity for name in CYCLES})
        for name in self.events:
            events = rng.choice([0, self.tiles, self.tiles, rng.randint(0, self.tiles)])
            ctx.set(getattr(dut, name), events)
            self.count[name] += events
        tick = self.since_tick >= TICK_CYCLES and chance() < 0.5
        ctx.set(dut.tick, tick)
        event = rng.choice(EVENTS) if self.since_event >= self.interval and chance() < 0.1 else None
        ctx.set(dut.link, link_event(event))
        await ctx.tick()
        self.count[self.activity] += 1
        self.count["tick_low"] += tick
        self.count[event] += 1
        self.since_tick = 0 if tick else self.since_tick + 1
        self.since_event = 0 if event else self.since_event + 1
        if tick:
            spikes = rng.choice([0, 65536, rng.randint(0, 65536)])
            self.count["spikes"] += spikes
            ctx.set(dut.spike_count, spikes)

    async def end(self, ctx, dut):
        for port in (dut.cycles, dut.link):
            ctx.set(port.as_value(), 0)
        for name in self.events:
            ctx.set(getattr(dut, name), 0)
        ctx.set(dut.tick, 0)
        await ctx.tick().repeat(2 * self.interval)


@pytest.mark.parametrize("tiles", [1, 8])
@pytest.mark.parametrize("block", [0, 8])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost(seed, block, tiles):
    params = CoreParams(neurons=64, tiles=tiles, synapses=64, block_rows=block,
                        block_columns=block)
    traffic = Traffic(seed, params)
    dut = Counters(params)

    async def testbench(ctx):
        await write(ctx, dut, "tick_low", 0xFFFFFFFC)
        await write(ctx, dut, "tick_high", 0x1234FFFF)
        for cycle in range(2000):
            ctx.set(dut.active, cycle % 12 < 4)  # a host that never stops asking
            await traffic.cycle(ctx, dut)
        ctx.set(dut.active, 0)
        await traffic.end(ctx, dut)
        for counter in COUNTERS:
            assert await read(ctx, dut, counter.name) == traffic.count[counter.name], seed
        assert traffic.count["spikes"] > 1 << 16
        ticks = 0x1234FFFF_FFFFFFFC + traffic.count["tick_low"]
        assert await read(ctx, dut, "tick_low") == ticks & 0xFFFFFFFF
        assert await read(ctx, dut, "tick_high") == ticks >> 32 == 0x12350000

    simulate(dut, testbench)


@pytest.mark.parametrize("name", [*CYCLES, "events", "conversions", "pulses"])
def test_counters_carry_into_their_upper_halves(name):
    dut = Counters(CoreParams(neurons=16, synapses=16, tiles=16, block_rows=16, block_columns=16))

    async def testbench(ctx):
        value = dut.cycles[name] if name in CYCLES else getattr(dut, name)
        ctx.set(value, 1 if name in CYCLES else 16)
        cycles = 70_000 // (1 if name in CYCLES else 16)
        await ctx.tick().repeat(cycles)
        ctx.set(value, 0)
        await ctx.tick().repeat(2 * BLOCK_INTERVAL)
        assert await read(ctx, dut, name) == 70_000
        for other in COUNTERS:
            if other.name != name:
                assert await read(ctx, dut, other.name) == 0

    simulate(dut, testbench, deadline=100_000)


def test_link_counters_wrap_within_their_half():
    dut = Counters(CoreParams(neurons=16, synapses=16))

    async def testbench(ctx):
        ctx.set(dut.memory.data[2 * REGISTER_ADDRESS["gaps"]], 0xFFFF)
        ctx.set(dut.link, link_event("gaps"))
        await ctx.tick()
        ctx.set(dut.link, {})
        await ctx.tick().repeat(INTERVAL)
        assert await read(ctx, dut, "gaps") == 0

    simulate(dut, testbench)


def test_only_registers_for_the_host_are_written():
    dut = Counters(CoreParams(neurons=16, synapses=16))

    async def testbench(ctx):
        for counter in COUNTERS:
            await write(ctx, dut, counter.name, 0xFFFFFFFF)
            assert await read(ctx, dut, counter.name) == 0

    simulate(dut, testbench)
