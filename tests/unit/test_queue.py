"""The byte queues against lists."""

import random
from collections import deque

import pytest

from hdl.queue import CommandQueue, ReportQueue
from tests.support.gateware import simulate, stream_get, stream_put

DEPTH = 16
OFFSETS = 1 << 16


async def strobe(ctx, signal):
    ctx.set(signal, 1)
    await ctx.tick()
    ctx.set(signal, 0)


async def settle(ctx, cycles=3):
    for _ in range(cycles):
        await ctx.tick()


@pytest.mark.parametrize("stall", [0, 2, 30])
@pytest.mark.parametrize("seed", [1, 2])
def test_commands_come_out_once_confirmed(seed, stall):
    rng = random.Random(seed)
    pieces = [(rng.randbytes(rng.randint(1, DEPTH)), rng.random() < 0.6) for _ in range(60)]
    expected = b"".join(piece for piece, good in pieces if good)
    dut = CommandQueue(DEPTH)
    taken = bytearray()

    async def source(ctx):
        for piece, good in pieces:
            while good and ctx.get(dut.room) < len(piece):
                await ctx.tick()
            for byte in piece[:ctx.get(dut.room)]:
                await stream_put(ctx, dut.i, byte, wait=rng.randint(0, 1))
            await strobe(ctx, dut.commit if good else dut.drop)

    async def sink(ctx):
        while len(taken) < len(expected):
            taken.append(await stream_get(ctx, dut.o, wait=rng.randint(0, stall)))

    simulate(dut, source, sink, deadline=50_000)
    assert taken == expected


def test_commands_on_trial_stay_inside():
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        await stream_put(ctx, dut.i, 1)
        await settle(ctx)
        assert not ctx.get(dut.o.valid)
        assert (ctx.get(dut.offset), ctx.get(dut.room)) == (0, DEPTH)
        await strobe(ctx, dut.drop)
        await stream_put(ctx, dut.i, 2)
        await strobe(ctx, dut.commit)
        assert (ctx.get(dut.offset), ctx.get(dut.room)) == (1, DEPTH - 1)
        assert await stream_get(ctx, dut.o) == 2
        await settle(ctx)
        assert not ctx.get(dut.o.valid)

    simulate(dut, testbench)


def test_full_command_queue_refuses():
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        for byte in range(DEPTH):
            await stream_put(ctx, dut.i, byte)
        assert not ctx.get(dut.i.ready)
        await strobe(ctx, dut.commit)
        await settle(ctx)  # one byte is on offer: that makes room for another
        assert ctx.get(dut.room) == 1
        await stream_put(ctx, dut.i, DEPTH)
        assert not ctx.get(dut.i.ready)
        await strobe(ctx, dut.commit)
        assert ctx.get(dut.room) == 0
        for byte in range(DEPTH + 1):
            assert await stream_get(ctx, dut.o) == byte

    simulate(dut, testbench)


def test_clear_starts_the_command_stream_again():
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        for byte in (1, 2, 3):
            await stream_put(ctx, dut.i, byte)
        await strobe(ctx, dut.commit)
        await settle(ctx)
        await strobe(ctx, dut.clear)
        assert (ctx.get(dut.offset), ctx.get(dut.room)) == (0, DEPTH)
        assert await stream_get(ctx, dut.o) == 1  # it was on offer
        await stream_put(ctx, dut.i, 9)
        await strobe(ctx, dut.commit)
        assert await stream_get(ctx, dut.o) == 9

    simulate(dut, testbench)


class Reports:
    """A `ReportQueue` in software."""

    def __init__(self):
        self.kept = deque()
        self.head = self.sent = self.furthest = 0

    @property
    def state(self):
        tail = self.head + len(self.kept)
        return {"offset": self.sent % OFFSETS, "pending": tail - self.sent,
                "waiting": self.sent != self.head}

    def acknowledge(self, offset):
        advance = (offset - self.head) % OFFSETS
        if advance <= self.furthest - self.head:
            for _ in range(advance):
                self.kept.popleft()
            self.head += advance
            self.sent = max(self.sent, self.head)

    def cut(self, length):
        start = self.sent - self.head
        self.sent += length
        self.furthest = max(self.furthest, self.sent)
        return list(self.kept)[start:start + length]

    def rewind(self):
        resends = self.sent != self.head
        self.sent = self.head
        return resends


@pytest.mark.parametrize("seed", range(4))
def test_reports_are_kept_until_acknowledged(seed):
    rng = random.Random(seed)
    dut = ReportQueue(DEPTH)
    model = Reports()

    async def testbench(ctx):
        for _ in range(400):
            match rng.choice(["write", "write", "cut", "acknowledge", "wrong", "rewind"]):
                case "write" if len(model.kept) < DEPTH:
                    byte = rng.randrange(256)
                    await stream_put(ctx, dut.i, byte)
                    model.kept.append(byte)
                case "write":
                    assert not ctx.get(dut.i.ready)
                case "cut":
                    length = rng.randint(0, model.state["pending"])
                    ctx.set(dut.length, length)
                    piece = model.cut(length)
                    await strobe(ctx, dut.cut)
                    if rng.random() < 0.5:  # what happens meanwhile must not matter
                        model.rewind()
                        await strobe(ctx, dut.rewind)
                    for byte in piece:
                        assert await stream_get(ctx, dut.o, wait=rng.randint(0, 1)) == byte
                    await ctx.tick()
                    assert not ctx.get(dut.o.valid)
                case "acknowledge" | "wrong" as how:
                    offset = rng.randint(model.head, model.furthest)
                    if how == "wrong":
                        offset = rng.choice([model.head - 1, model.furthest + 1, offset + 9999])
                    offset %= OFFSETS
                    before = model.head
                    model.acknowledge(offset)
                    ctx.set(dut.acknowledged, offset)
                    ctx.set(dut.acknowledge, 1)
                    assert ctx.get(dut.progress) == (model.head != before)
                    await ctx.tick()
                    ctx.set(dut.acknowledge, 0)
                case "rewind":
                    ctx.set(dut.rewind, 1)
                    assert ctx.get(dut.resends) == model.rewind()
                    await ctx.tick()
                    ctx.set(dut.rewind, 0)
            found = {name: ctx.get(getattr(dut, name)) for name in model.state}
            assert found == model.state, f"seed {seed}"

    simulate(dut, testbench, deadline=50_000)
    assert model.head > 3 * DEPTH


def test_rewind_heeds_acknowledge_of_the_same_cycle():
    dut = ReportQueue(DEPTH)

    async def testbench(ctx):
        for byte in range(8):
            await stream_put(ctx, dut.i, byte)
        ctx.set(dut.length, 6)
        await strobe(ctx, dut.cut)
        ctx.set(dut.acknowledge, 1)
        ctx.set(dut.acknowledged, 6)
        ctx.set(dut.rewind, 1)
        assert not ctx.get(dut.resends)  # there is nothing to go back to
        ctx.set(dut.acknowledged, 4)
        assert ctx.get(dut.resends)
        await ctx.tick()
        assert (ctx.get(dut.offset), ctx.get(dut.pending)) == (4, 4)

    simulate(dut, testbench)


def test_reports_come_a_byte_per_cycle():
    dut = ReportQueue(DEPTH)

    async def testbench(ctx):
        for byte in range(8):
            await stream_put(ctx, dut.i, byte)
        ctx.set(dut.o.ready, 1)
        ctx.set(dut.length, 8)
        await strobe(ctx, dut.cut)
        for byte in range(8):
            await ctx.tick()
            assert (ctx.get(dut.o.valid), ctx.get(dut.o.payload)) == (1, byte)

    simulate(dut, testbench)


def test_clear_empties_the_report_queue():
    dut = ReportQueue(DEPTH)

    async def testbench(ctx):
        for byte in range(8):
            await stream_put(ctx, dut.i, byte)
        ctx.set(dut.length, 6)
        await strobe(ctx, dut.cut)
        await strobe(ctx, dut.clear)
        assert (ctx.get(dut.offset), ctx.get(dut.pending), ctx.get(dut.waiting)) == (0, 0, 0)
        for byte in range(6):  # the piece that was cut comes whole
            assert await stream_get(ctx, dut.o) == byte

    simulate(dut, testbench)
