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


async def write(ctx, dut, data, *, wait=0):
    """Write bytes on trial."""
    for position, byte in enumerate(data):
        await settle(ctx, wait)
        ctx.set(dut.position, position)
        ctx.set(dut.data, byte)
        await strobe(ctx, dut.write)


async def confirm(ctx, dut, data):
    await write(ctx, dut, data)
    ctx.set(dut.length, len(data))
    await strobe(ctx, dut.commit)


@pytest.mark.parametrize("stall", [0, 2, 30])
@pytest.mark.parametrize("seed", [1, 2])
def test_commands_come_out_once_confirmed(seed, stall):
    rng = random.Random(seed)
    pieces = [(rng.randbytes(rng.randint(1, DEPTH - 1)), rng.random() < 0.6) for _ in range(60)]
    expected = b"".join(piece for piece, good in pieces if good)
    dut = CommandQueue(DEPTH)
    taken = bytearray()

    async def source(ctx):
        for piece, good in pieces:
            while good and ctx.get(dut.room) < len(piece):
                await ctx.tick()
            await write(ctx, dut, piece[:ctx.get(dut.room)], wait=rng.randint(0, 1))
            if good:
                ctx.set(dut.length, len(piece))
                await strobe(ctx, dut.commit)

    async def sink(ctx):
        while len(taken) < len(expected):
            taken.append(await stream_get(ctx, dut.o, wait=rng.randint(0, stall)))

    simulate(dut, source, sink, deadline=50_000)
    assert taken == expected


def test_commands_on_trial_stay_inside():
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        await write(ctx, dut, [1])
        await settle(ctx)
        assert not ctx.get(dut.o.valid)
        assert (ctx.get(dut.offset), ctx.get(dut.room)) == (0, DEPTH - 1)
        await confirm(ctx, dut, [2])
        assert (ctx.get(dut.offset), ctx.get(dut.room)) == (1, DEPTH - 2)
        assert await stream_get(ctx, dut.o) == 2
        await settle(ctx)
        assert not ctx.get(dut.o.valid)
        assert ctx.get(dut.room) == DEPTH - 1

    simulate(dut, testbench)


def test_commands_fill_all_the_room():
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        await confirm(ctx, dut, [7])
        assert await stream_get(ctx, dut.o) == 7
        await settle(ctx)
        data = range(ctx.get(dut.room))
        await confirm(ctx, dut, data)
        await settle(ctx)
        assert ctx.get(dut.room) == 0
        for byte in data:
            assert await stream_get(ctx, dut.o) == byte

    simulate(dut, testbench)


def test_a_command_byte_comes_every_other_cycle():
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        await confirm(ctx, dut, [1, 2, 3, 4])
        ctx.set(dut.o.ready, 1)
        await ctx.tick()
        for byte in range(1, 5):
            assert (ctx.get(dut.o.valid), ctx.get(dut.o.payload)) == (1, byte)
            await ctx.tick()
            assert not ctx.get(dut.o.valid)
            await ctx.tick()

    simulate(dut, testbench)


@pytest.mark.parametrize("active", [0, 1])
def test_clear_starts_the_command_stream_again(active):
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        await confirm(ctx, dut, [1, 2, 3])
        ctx.set(dut.loop.active, active)
        await settle(ctx)
        ctx.set(dut.clear, 1)
        await ctx.tick()
        assert (ctx.get(dut.offset), ctx.get(dut.room)) == (0, DEPTH - 1)
        ctx.set(dut.loop.active, 0)
        assert await stream_get(ctx, dut.o) == 1  # it was on offer
        assert not ctx.get(dut.o.valid)
        ctx.set(dut.clear, 0)
        await settle(ctx)
        assert not ctx.get(dut.o.valid)
        await confirm(ctx, dut, [9])
        assert await stream_get(ctx, dut.o) == 9

    simulate(dut, testbench)


@pytest.mark.parametrize("rest", [0, 1, 3])
def test_loops_give_bytes_again(rest):
    dut = CommandQueue(DEPTH)
    body = [11, 12, 13, 14]

    async def testbench(ctx):
        for _ in range(3):  # through the end of the memory
            await confirm(ctx, dut, [1, 2, *body, *range(21, 21 + rest)])
            for byte in (1, 2):
                assert await stream_get(ctx, dut.o) == byte
            await settle(ctx)
            ctx.set(dut.loop.active, 1)
            await ctx.tick()
            for turn in range(3):
                for byte in body:
                    assert await stream_get(ctx, dut.o) == byte
                await settle(ctx, turn)
                assert ctx.get(dut.room) == DEPTH - 1 - len(body) - rest
                if turn < 2:
                    ctx.set(dut.o.ready, 1)
                    await strobe(ctx, dut.loop.again)
                    ctx.set(dut.o.ready, 0)
            ctx.set(dut.loop.active, 0)
            await settle(ctx)
            assert ctx.get(dut.room) == DEPTH - 1 - rest
            for byte in range(21, 21 + rest):
                assert await stream_get(ctx, dut.o) == byte

    simulate(dut, testbench)


def test_a_loop_without_room_is_stuck_when_it_has_been_read():
    dut = CommandQueue(DEPTH)

    async def testbench(ctx):
        ctx.set(dut.loop.active, 1)
        size = 0
        while ctx.get(dut.room) >= DEPTH // 4:
            assert not ctx.get(dut.loop.stuck)
            await confirm(ctx, dut, [size])
            assert not ctx.get(dut.loop.stuck)
            assert await stream_get(ctx, dut.o) == size
            size += 1
            await settle(ctx)
        assert size == DEPTH - DEPTH // 4
        assert ctx.get(dut.loop.stuck)
        await confirm(ctx, dut, [size])
        assert not ctx.get(dut.loop.stuck)
        await ctx.tick()
        assert not ctx.get(dut.loop.stuck)  # a byte is on offer

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


async def read(ctx, dut, length):
    """Read a piece, as a frame does."""
    data = bytearray()
    ctx.set(dut.hold, 1)
    for position in range(length):
        ctx.set(dut.position, position)
        await ctx.tick()
        data.append(ctx.get(dut.data))
    ctx.set(dut.length, length)
    await strobe(ctx, dut.advance)
    ctx.set(dut.hold, 0)
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_reports_are_kept_until_acknowledged(seed):
    rng = random.Random(seed)
    dut = ReportQueue(DEPTH)
    model = Reports()

    async def testbench(ctx):
        for _ in range(400):
            match rng.choice(["write", "write", "cut", "acknowledge", "wrong", "rewind"]):
                case "write" if len(model.kept) < DEPTH - 4:
                    byte = rng.randrange(256)
                    await stream_put(ctx, dut.i, byte)
                    await ctx.tick()
                    model.kept.append(byte)
                case "write":
                    assert not ctx.get(dut.i.ready)
                case "cut":
                    length = rng.randint(0, model.state["pending"])
                    assert await read(ctx, dut, length) == bytes(model.cut(length))
                case "acknowledge" | "wrong" as how:
                    tail = model.head + len(model.kept)
                    offset = rng.randint(model.head, model.furthest)
                    if how == "wrong":
                        offset = rng.choice([model.head - 1, tail + 1, offset + 9999,
                                             tail + 0x8000])
                    offset %= OFFSETS
                    before = model.head
                    model.acknowledge(offset)
                    ctx.set(dut.acknowledged, offset)
                    await ctx.tick()
                    ctx.set(dut.acknowledge, 1)
                    assert ctx.get(dut.progress) == (model.head != before)
                    await ctx.tick()
                    ctx.set(dut.acknowledge, 0)
                case "rewind":
                    await strobe(ctx, dut.rewind)
                    assert ctx.get(dut.resends) == model.rewind()
            await ctx.tick()
            assert not ctx.get(dut.resends)
            found = {name: ctx.get(getattr(dut, name)) for name in model.state}
            assert found == model.state, f"seed {seed}"

    simulate(dut, testbench, deadline=50_000)
    assert model.head > 3 * DEPTH


def test_burst_fills_all_but_two_bytes():
    dut = ReportQueue(DEPTH)

    async def testbench(ctx):
        taken = []
        ctx.set(dut.i.valid, 1)
        for byte in range(3 * DEPTH):
            ctx.set(dut.i.payload, byte)
            *_, ready = await ctx.tick().sample(dut.i.ready)
            taken += [byte] * ready
        ctx.set(dut.i.valid, 0)
        await ctx.tick().repeat(2)
        assert len(taken) == ctx.get(dut.pending) == DEPTH - 2
        assert await read(ctx, dut, len(taken)) == bytes(taken)

    simulate(dut, testbench)


def test_rewind_heeds_acknowledge_of_the_same_cycle():
    dut = ReportQueue(DEPTH)

    async def testbench(ctx):
        for byte in range(8):
            await stream_put(ctx, dut.i, byte)
        await read(ctx, dut, 6)
        for acknowledged, resends in ((4, 1), (6, 0)):
            ctx.set(dut.acknowledged, acknowledged)
            await ctx.tick()
            ctx.set(dut.acknowledge, 1)
            await strobe(ctx, dut.rewind)
            ctx.set(dut.acknowledge, 0)
            assert ctx.get(dut.resends) == resends
            await ctx.tick()
            assert ctx.get(dut.offset) == acknowledged
            await read(ctx, dut, 6 - acknowledged)

    simulate(dut, testbench)


def test_a_piece_that_is_read_holds_the_queue_still():
    dut = ReportQueue(DEPTH)

    async def testbench(ctx):
        for byte in range(10, 18):
            await stream_put(ctx, dut.i, byte)
        await read(ctx, dut, 3)
        ctx.set(dut.hold, 1)
        await strobe(ctx, dut.rewind)
        ctx.set(dut.position, 0)
        await ctx.tick()
        assert (ctx.get(dut.offset), ctx.get(dut.data)) == (3, 13)
        ctx.set(dut.length, 2)
        await strobe(ctx, dut.advance)
        assert not ctx.get(dut.resends)
        ctx.set(dut.hold, 0)
        assert ctx.get(dut.resends)
        await ctx.tick()
        assert (ctx.get(dut.offset), ctx.get(dut.pending)) == (0, 8)

    simulate(dut, testbench)


def test_clear_empties_the_report_queue():
    dut = ReportQueue(DEPTH)

    async def testbench(ctx):
        for byte in range(8):
            await stream_put(ctx, dut.i, byte)
        await read(ctx, dut, 6)
        ctx.set(dut.rewind, 1)
        await strobe(ctx, dut.clear)
        ctx.set(dut.rewind, 0)
        assert not ctx.get(dut.resends)
        assert (ctx.get(dut.offset), ctx.get(dut.pending), ctx.get(dut.waiting)) == (0, 0, 0)
        await stream_put(ctx, dut.i, 98)
        await strobe(ctx, dut.clear)  # while the byte is on its way into the memory
        await stream_put(ctx, dut.i, 99)
        await ctx.tick()
        assert ctx.get(dut.pending) == 1
        assert await read(ctx, dut, 1) == bytes([99])

    simulate(dut, testbench)
