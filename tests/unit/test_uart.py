"""UART, at the wire."""

import pytest

from hdl.uart import UartReceiver, UartTransmitter
from tests.support.gateware import simulate, stream_put

BYTES = [0x00, 0xFF, 0x55, 0xAA, 0x01, 0x80, 0x5A]
DIVISORS = [3, 4, 5, 13, 104]


async def drive(ctx, line, bits, bit_cycles):
    """Put bits on a line, each as long as a sender of another clock would make it."""
    passed = 0.0
    for bit in bits:
        ctx.set(line, bit)
        passed += bit_cycles
        while passed >= 1:
            await ctx.tick()
            passed -= 1


def bits_of(byte, stop=1):
    return [0, *(byte >> place & 1 for place in range(8)), stop]


def receive(divisor, bits, *, speed=1.0, rest=30):
    """Return the bytes and the number of errors that a receiver makes of bits on the line."""
    dut = UartReceiver(divisor)
    bytes_received, errors = [], []
    done = []

    async def line(ctx):
        await drive(ctx, dut.rx, bits, divisor * speed)
        await drive(ctx, dut.rx, [1], rest)
        done.append(True)

    async def monitor(ctx):
        while not done:
            *_, valid, payload, error = await ctx.tick().sample(
                dut.o.valid, dut.o.payload, dut.error)
            bytes_received.extend([payload] if valid else [])
            errors.extend([1] if error else [])

    simulate(dut, line, monitor, deadline=100_000)
    return bytes_received, len(errors)


@pytest.mark.parametrize("divisor", DIVISORS)
@pytest.mark.parametrize("speed", [0.98, 1.0, 1.02])
def test_receiver_takes_bytes_back_to_back(divisor, speed):
    bits = [1, *(bit for byte in BYTES for bit in bits_of(byte))]
    assert receive(divisor, bits, speed=speed) == (BYTES, 0)


@pytest.mark.parametrize("divisor", DIVISORS)
def test_receiver_drops_byte_without_stop_bit(divisor):
    bits = [*bits_of(0x12), *bits_of(0x34, stop=0), 1, *bits_of(0x56)]
    assert receive(divisor, bits) == ([0x12, 0x56], 1)


def test_receiver_takes_break_as_one_error():
    assert receive(4, [*[0] * 50, 1, 1, *bits_of(0x56)]) == ([0x56], 1)


def test_receiver_ignores_glitch():
    dut = UartReceiver(16)

    async def line(ctx):
        await drive(ctx, dut.rx, [0], 5)
        await drive(ctx, dut.rx, [1], 30)
        assert not ctx.get(dut.busy)

    async def monitor(ctx):
        for _ in range(300):
            *_, valid, error = await ctx.tick().sample(dut.o.valid, dut.error)
            assert not valid
            assert not error

    simulate(dut, line, monitor)


def test_receiver_is_busy_until_stop():
    dut = UartReceiver(8)

    async def line(ctx):
        await drive(ctx, dut.rx, [1] * 3, 8)
        assert not ctx.get(dut.busy)
        for bit in bits_of(0x00)[:-1]:
            await drive(ctx, dut.rx, [bit], 8)
            assert ctx.get(dut.busy)
        await drive(ctx, dut.rx, [1], 12)
        assert not ctx.get(dut.busy)

    simulate(dut, line)


@pytest.mark.parametrize("divisor", DIVISORS)
def test_transmitter_fills_the_line(divisor):
    dut = UartTransmitter(divisor)
    levels = []

    async def source(ctx):
        assert ctx.get(dut.tx)
        for byte in BYTES:
            await stream_put(ctx, dut.i, byte)
        while ctx.get(dut.busy):
            await ctx.tick()

    async def monitor(ctx):
        while ctx.get(dut.tx):
            await ctx.tick()
        for _ in range(10 * divisor * len(BYTES)):
            levels.append(ctx.get(dut.tx))
            await ctx.tick()
        assert ctx.get(dut.tx)

    simulate(dut, source, monitor, deadline=50_000)
    assert levels == [bit for byte in BYTES for bit in bits_of(byte) for _ in range(divisor)]
