import pytest

from golden.arch.params import CoreParams
from golden.arch.registers import (
    ASTROCYTE_REGISTERS,
    BLOCK_REGISTERS,
    REGISTER_ADDRESS,
    REGISTER_BY_NAME,
    REGISTERS,
)
from hdl.counters import WRITABLE
from hdl.registers import LIVE, RegisterBank
from tests.support.gateware import simulate

PARAMS = CoreParams(neurons=300, synapses=16, block_rows=2, block_columns=2, astrocytes=3)


async def write(ctx, dut, **values):
    for name, word in values.items():
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
            await ctx.tick().repeat(3)


async def read(ctx, dut, name):
    word = 0
    ctx.set(dut.address, REGISTER_ADDRESS[name])
    for half in range(2):
        assert ctx.get(dut.read_data) == 0
        ctx.set(dut.half, half)
        ctx.set(dut.active, 1)
        await ctx.tick().repeat(3)
        word |= ctx.get(dut.read_data) << 16 * half
        await ctx.tick()
        ctx.set(dut.active, 0)
        await ctx.tick()
    return word


def test_every_register_starts_as_the_map_says_and_keeps_its_bits():
    dut = RegisterBank(PARAMS)

    async def testbench(ctx):
        for register in REGISTERS:
            assert await read(ctx, dut, register.name) == register.encode(register.reset)
        await write(ctx, dut, **{register.name: 0xA5A5A5A5 ^ address * 0x01010101
                                 for address, register in enumerate(REGISTERS)})
        for address, register in enumerate(REGISTERS):
            word = 0xA5A5A5A5 ^ address * 0x01010101
            value = word & ((1 << register.width) - 1) if register.access == "rw" else 0
            if register.name == "neuron_count":
                assert value > 300
                value = 300
            if register.name in ctx.get(dut.config).shape().members:
                assert ctx.get(dut.config[register.name]) == register.decode(value)
            assert await read(ctx, dut, register.name) == value

    simulate(dut, testbench)


def test_live_registers_are_those_that_the_board_changes():
    assert [register.access for register in REGISTERS] == (
        ["rw"] * WRITABLE + ["r"] * (len(REGISTERS) - WRITABLE))
    assert set(LIVE) <= {register.name for register in REGISTERS}


@pytest.mark.parametrize(("count", "phase", "next_count", "next_phase"), [
    (0, 0, 1, 1), (98, 98, 99, 99), (99, 99, 100, 0), (0xFFFF, 35, 0x10000, 36),
    (0xFFFFFFFF, 95, 1 << 32, 96), (0xFFFFFFFFFFFF, 3, 1 << 48, 4),
    ((1 << 64) - 1, 15, 0, 0), ((1 << 63) - 1, 7, 1 << 63, 8),
])
def test_ticks_are_counted_in_64_bits_and_modulo_100(count, phase, next_count, next_phase):
    dut = RegisterBank(PARAMS)

    async def testbench(ctx):
        await write(ctx, dut, tick_low=count & 0xFFFFFFFF, tick_high=count >> 32, tick_phase=phase)
        ctx.set(dut.spike_count, 77)
        ctx.set(dut.tick_done, 1)
        await ctx.tick()
        ctx.set(dut.tick_done, 0)
        ctx.set(dut.spike_count, 0)
        await ctx.tick().repeat(24)
        assert ctx.get(dut.config.tick_phase) == next_phase
        low, high = [await read(ctx, dut, name) for name in ("tick_low", "tick_high")]
        assert low | high << 32 == next_count
        assert await read(ctx, dut, "tick_phase") == next_phase
        assert await read(ctx, dut, "last_spike_count") == 77

    simulate(dut, testbench)


@pytest.mark.parametrize(("period", "phase", "phases"), [
    (0, 0, [0, 0, 0]), (1, 0, [0, 0, 0]), (2, 0, [1, 0, 1]), (3, 1, [2, 0, 1]),
    (65535, 65533, [65534, 0, 1]),
])
def test_slow_ticks_are_counted_modulo_their_period(period, phase, phases):
    dut = RegisterBank(PARAMS)

    async def testbench(ctx):
        await write(ctx, dut, drift_period=period, drift_phase=phase)
        for expected in phases:
            ctx.set(dut.tick_done, 1)
            await ctx.tick()
            ctx.set(dut.tick_done, 0)
            assert ctx.get(dut.config.drift_phase) == expected
            assert await read(ctx, dut, "drift_phase") == expected

    simulate(dut, testbench)


def test_the_phase_of_slow_ticks_starts_again_with_the_ticks():
    dut = RegisterBank(PARAMS)

    async def testbench(ctx):
        await write(ctx, dut, tick_low=0xFFFFFFFF, tick_high=0xFFFFFFFF, drift_period=9,
                    drift_phase=5)
        ctx.set(dut.tick_done, 1)
        await ctx.tick()
        ctx.set(dut.tick_done, 0)
        await ctx.tick().repeat(24)
        assert ctx.get(dut.config.drift_phase) == 0

    simulate(dut, testbench)


@pytest.mark.parametrize("name", [*BLOCK_REGISTERS, *ASTROCYTE_REGISTERS])
def test_without_a_part_its_registers_have_no_effect(name):
    dut = RegisterBank(CoreParams(neurons=300, synapses=16))

    async def testbench(ctx):
        await write(ctx, dut, **{name: 0xFFFFFFFF})
        ctx.set(dut.tick_done, 1)
        await ctx.tick()
        ctx.set(dut.tick_done, 0)
        if name in ctx.get(dut.config).shape().members:
            assert ctx.get(dut.config[name]) == REGISTER_BY_NAME[name].reset
        assert await read(ctx, dut, name) == 0

    simulate(dut, testbench)


@pytest.mark.parametrize("slots", [1, 2, 3, 8, 255])
def test_head_goes_round(slots):
    dut = RegisterBank(PARAMS)

    async def testbench(ctx):
        await write(ctx, dut, slot_count=slots)
        ctx.set(dut.head_advance, 1)
        for tick in range(2 * slots + 1):
            assert ctx.get(dut.config.slot_head) == tick % slots
            await ctx.tick()
        ctx.set(dut.head_advance, 0)
        assert await read(ctx, dut, "slot_head") == (2 * slots + 1) % slots

    simulate(dut, testbench)


@pytest.mark.parametrize("neurons", [300, 512, 65536])
@pytest.mark.parametrize("written", [0, 1, 299, 300, 301, 511, 512, 513, 65535, 0x10000, 0x10001,
                                     0x1FFFF, 0x20000, 0x20007])
def test_neuron_count_stays_within_the_core(written, neurons):
    dut = RegisterBank(CoreParams(neurons=neurons, synapses=16))

    async def testbench(ctx):
        await write(ctx, dut, neuron_count=written)
        kept = min(max(written & 0x1FFFF, 1), neurons)
        assert await read(ctx, dut, "neuron_count") == kept
        assert ctx.get(dut.config.neuron_count) == kept

    simulate(dut, testbench)
