"""The link as a whole, spoken to over its serial lines."""

import random

from cobs import cobs

from golden.arch.frames import HELLO, PAYLOAD_MAX, Kind, build_frame, parse_frame
from golden.arch.identity import IDENTITY, identity_fields
from golden.arch.params import CoreParams
from hdl.link import Link
from tests.support.gateware import simulate

PARAMS = CoreParams(divisor=4, command_depth=512, report_depth=512)
SILENCE = 100
SESSION = 0x12340056


def stuff(frame):
    return cobs.encode(frame) + b"\0"


class Bench:
    """A host on the lines of a `Link`, and a stand-in for the core behind it.

    Attributes
    ----------
    core_runs, idle : bool
        Whether the core takes commands; whether it says that it is idle.
    taken, reports : bytearray
        Commands that it took; reports that it has not given yet.
    """

    def __init__(self, ctx, dut):
        self.ctx = ctx
        self.dut = dut
        self.core_runs = self.idle = True
        self.taken = bytearray()
        self.reports = bytearray()
        self.done = False
        self._line = bytearray()

    async def core(self, ctx):
        dut = self.dut
        runs = self.core_runs
        ctx.set(dut.commands.ready, runs)
        while not self.done:
            *_, taken, command, reported, flush = await ctx.tick().sample(
                dut.commands.valid, dut.commands.payload, dut.reports.ready, dut.flush)
            if taken and (runs or flush):
                self.taken += bytes([command])[flush:]
            if reported and ctx.get(dut.reports.valid):
                del self.reports[0]
                ctx.set(dut.reports.valid, 0)
            if self.reports:
                ctx.set(dut.reports.payload, self.reports[0])
                ctx.set(dut.reports.valid, 1)
            if runs != self.core_runs or flush or self.idle != ctx.get(dut.idle):
                runs = self.core_runs
                ctx.set(dut.commands.ready, runs or ctx.get(dut.flush))
                ctx.set(dut.idle, self.idle)

    async def listen(self, ctx):
        bit = PARAMS.divisor * 1e-6
        while not self.done:
            _, falls = await ctx.delay(10 * bit).negedge(self.dut.tx)
            if not falls:
                continue
            await ctx.delay(bit / 2)
            assert not ctx.get(self.dut.tx)
            byte = 0
            for place in range(8):
                await ctx.delay(bit)
                byte |= ctx.get(self.dut.tx) << place
            await ctx.delay(bit)
            assert ctx.get(self.dut.tx)
            self._line.append(byte)

    async def wait(self, byte_times):
        await self.ctx.delay(byte_times * 10 * PARAMS.divisor * 1e-6)

    async def send_byte(self, byte, stop=1):
        for bit in [0, *(byte >> place & 1 for place in range(8)), stop]:
            self.ctx.set(self.dut.rx, bit)
            await self.wait(0.1)
        self.ctx.set(self.dut.rx, 1)

    async def send_bytes(self, line):
        for byte in line:
            await self.send_byte(byte)

    async def send(self, kind, payload=b"", **fields):
        fields.setdefault("window", PAYLOAD_MAX)
        await self.send_bytes(stuff(build_frame(kind, payload, **fields)))

    @property
    def has_received(self):
        return 0 in self._line

    async def receive(self):
        """Return header and payload of the next frame from the board."""
        while not self.has_received:
            await self.wait(1)
        line, self._line = self._line.split(b"\0", 1)
        return parse_frame(cobs.decode(bytes(line)))

    async def receives_nothing(self, byte_times=20):
        await self.wait(byte_times)
        assert not self._line
        assert not self.ctx.get(self.dut.active)

    async def hello(self, session=SESSION, **fields):
        await self.send(Kind.HELLO, HELLO.pack(session=session), **fields)
        header, payload = await self.receive()
        assert header["kind"] == Kind.BOARD_IDENTITY
        assert IDENTITY.unpack(payload) == identity_fields(PARAMS, session)
        return header

    @property
    def counters(self):
        """The counters that are not zero."""
        counters = self.dut.counters
        values = {name: self.ctx.get(counters[name]) for name in counters.shape().members}
        return {name: value for name, value in values.items() if value}


def bench(scenario):
    """Make a test of a scenario that is played on a `Bench`."""
    def test():
        dut = Link(PARAMS, silence=SILENCE)
        it = Bench(None, dut)

        async def play(ctx):
            it.ctx = ctx
            await scenario(it)
            it.done = True

        simulate(dut, play, it.core, it.listen, deadline=200_000)

    test.__name__ = scenario.__name__
    return test


@bench
async def test_hello_is_answered_with_identity(b):
    header = await b.hello()
    assert header["length"] == IDENTITY.size
    assert (header["offset"], header["acknowledge"], header["window"]) == (0, 0, 512)
    assert b.counters == {"frames": 1}


@bench
async def test_nothing_is_answered_before_hello(b):
    await b.send(Kind.DATA, b"abc")
    await b.send(Kind.RESEND)
    await b.send_bytes(stuff(b"junk"))
    await b.receives_nothing()
    assert not b.taken
    assert b.counters == {"length_errors": 1}
    await b.hello()
    await b.receives_nothing()


@bench
async def test_commands_arrive_in_order_and_are_acknowledged(b):
    await b.hello()
    stream = random.Random(1).randbytes(600)
    offset = 0
    while offset < len(stream):
        piece = stream[offset:offset + PAYLOAD_MAX]
        await b.send(Kind.DATA, piece, offset=offset)
        offset += len(piece)
        header, payload = await b.receive()
        assert header["kind"] == Kind.BOARD_DATA
        assert (header["acknowledge"], payload) == (offset, b"")
    assert b.taken == stream
    assert b.counters == {"frames": 4}


@bench
async def test_reports_are_sent_in_pieces_and_kept_until_acknowledged(b):
    await b.hello(window=100)
    stream = random.Random(2).randbytes(700)
    b.reports += stream
    received = b""
    while len(received) < 512:
        header, payload = await b.receive()
        assert header["offset"] == len(received)
        assert len(payload) <= 100
        received += payload
    await b.receives_nothing(SILENCE // 2)
    await b.send(Kind.DATA, acknowledge=512, window=240)
    while len(received) < 700:
        header, payload = await b.receive()
        assert header["offset"] == len(received)
        received += payload
    assert received == stream
    assert b.counters == {"frames": 2}


@bench
async def test_both_directions_at_once(b):
    await b.hello()
    there, back = random.Random(3).randbytes(300), random.Random(4).randbytes(300)
    b.reports += back
    received, sent = b"", 0
    while len(received) < len(back) or len(b.taken) < len(there):
        piece = there[sent:sent + 50]
        await b.send(Kind.DATA, piece, offset=sent, acknowledge=len(received))
        sent += len(piece)
        while b.has_received:
            header, payload = await b.receive()
            assert header["offset"] == len(received)
            received += payload
    assert (b.taken, received) == (there, back)
    assert "resends" not in b.counters
