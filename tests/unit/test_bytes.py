import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.bytes import RECORD_SIZE, ByteRegister, join
from tests.support.gateware import simulate, stream_get, stream_put


async def transfer(ctx, dut, user, way, size, shifts):
    port = dut.transfers[user]
    ctx.set(getattr(port, way), 1)
    ctx.set(port.size, size)
    ctx.set(port.shifts, shifts)
    done = False
    while not done:
        *_, done = await ctx.tick().sample(port.done)
    ctx.set(getattr(port, way), 0)


@pytest.mark.parametrize("user", [0, 1])
@pytest.mark.parametrize("pause", [0, 2])
def test_records_come_in_and_go_out(user, pause):
    dut = ByteRegister()
    data = bytes(range(0xA1, 0xA1 + RECORD_SIZE))
    cases = [(size, shifts) for size in range(1, RECORD_SIZE + 1)
             for shifts in range(size, RECORD_SIZE + 1)]

    async def orders(ctx):
        for size, shifts in cases:
            await transfer(ctx, dut, user, "take", size, shifts)
            at = 8 * (RECORD_SIZE - shifts)
            value = ctx.get(dut.value) >> at
            assert value == int.from_bytes(data[:size], "little"), (size, shifts)
            if shifts == RECORD_SIZE:
                await transfer(ctx, dut, user, "give", size, size)

    async def source(ctx):
        for size, _ in cases:
            for byte in data[:size]:
                await stream_put(ctx, dut.i, byte, wait=pause)

    async def sink(ctx):
        for size in range(1, RECORD_SIZE + 1):
            for byte in data[:size]:
                assert await stream_get(ctx, dut.o, wait=pause) == byte

    simulate(dut, orders, source, sink)


def test_a_transfer_that_is_given_up_leaves_no_trace():
    dut = ByteRegister()

    async def testbench(ctx):
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.i.payload, 0x55)
        port = dut.transfers[0]
        ctx.set(port.take, 1)
        ctx.set(port.size, 4)
        ctx.set(port.shifts, 4)
        await ctx.tick().repeat(2)
        ctx.set(port.take, 0)
        await ctx.tick()
        assert not ctx.get(dut.i.ready)
        ctx.set(dut.i.payload, 0x66)
        await transfer(ctx, dut, 1, "take", 2, RECORD_SIZE)
        assert ctx.get(dut.value) == 0x6666

    simulate(dut, testbench)


def test_loaded_records_go_out():
    dut = ByteRegister()

    async def orders(ctx):
        ctx.set(dut.loaded, 0x0908070605040302_01)
        ctx.set(dut.load, 1)
        await ctx.tick()
        ctx.set(dut.load, 0)
        await transfer(ctx, dut, 1, "give", 9, 9)

    async def sink(ctx):
        assert [await stream_get(ctx, dut.o) for _ in range(9)] == [*range(1, 10)]

    simulate(dut, orders, sink)


class Joined(wiring.Component):
    a: In(stream.Signature(8))
    b: In(stream.Signature(8))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        join(m, (self.a, self.b), self.o)
        m.d.sync += Signal().eq(0)  # the simulator wants a clock to drive
        return m


def test_join_takes_from_whoever_speaks():
    dut = Joined()
    received = []

    async def source(ctx):
        await stream_put(ctx, dut.a, 1)
        await stream_put(ctx, dut.b, 2)
        await stream_put(ctx, dut.a, 3)

    async def sink(ctx):
        received.extend([await stream_get(ctx, dut.o, wait=1) for _ in range(3)])

    simulate(dut, source, sink)
    assert received == [1, 2, 3]
