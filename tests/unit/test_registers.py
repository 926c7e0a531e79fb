import pytest

from golden.arch.params import CoreParams
from golden.arch.registers import REGISTER_ADDRESS, REGISTERS
from hdl.registers import RegisterBank
from tests.support.gateware import simulate

PARAMS = CoreParams(neurons=300, synapses=16)


async def write(ctx, dut, **values):
    ctx.set(dut.write, 1)
    for name, word in values.items():
        ctx.set(dut.address, REGISTER_ADDRESS[name])
        ctx.set(dut.write_data, word)
        await ctx.tick()
    ctx.set(dut.write, 0)


async def read(ctx, dut, name):
    ctx.set(dut.address, REGISTER_ADDRESS[name])
    await ctx.tick()
    return ctx.get(dut.read_data)


def test_every_register_starts_as_the_map_says_and_keeps_its_bits():
    dut = RegisterBank(PARAMS)

    async def testbench(ctx):
        for address, register in enumerate(REGISTERS):
            if register.access == "r":
                ctx.set(dut.counters[register.name], 1000 + address)
        for register in REGISTERS:
            if register.access == "rw":
                assert await read(ctx, dut, register.name) == register.encode(register.reset)
        await write(ctx, dut, **{register.name: 0xA5A5A5A5 ^ address * 0x01010101
                                 for address, register in enumerate(REGISTERS)})
        for address, register in enumerate(REGISTERS):
            word = 0xA5A5A5A5 ^ address * 0x01010101
            value = word & ((1 << register.width) - 1)
            if register.name == "neuron_count":
                assert value > 300
                value = 300
            if register.access == "rw":
                assert ctx.get(dut.config[register.name]) == register.decode(value)
            assert await read(ctx, dut, register.name) == (
                value if register.access == "rw" else 1000 + address)

    simulate(dut, testbench)


@pytest.mark.parametrize(("count", "phase", "next_count", "next_phase"), [
    (0, 0, 1, 1), (98, 98, 99, 99), (99, 99, 100, 0), (0xFFFFFFFF, 95, 1 << 32, 96),
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
        config = ctx.get(dut.config)
        assert config.tick_low | config.tick_high << 32 == next_count
        assert config.tick_phase == next_phase
        assert config.last_spike_count == 77

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

    simulate(dut, testbench)


@pytest.mark.parametrize(("written", "kept"), [
    (0, 1), (1, 1), (299, 299), (300, 300), (301, 300), (0x1FFFF, 300), (0x20000, 1),
])
def test_neuron_count_stays_within_the_core(written, kept):
    dut = RegisterBank(PARAMS)

    async def testbench(ctx):
        await write(ctx, dut, neuron_count=written)
        assert await read(ctx, dut, "neuron_count") == kept

    simulate(dut, testbench)
