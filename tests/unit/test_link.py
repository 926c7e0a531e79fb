"""The link as a whole, spoken to over its serial lines."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from cobs import cobs

from golden.arch.frames import HELLO, PAYLOAD_MAX, Kind, build_frame, parse_frame
from golden.arch.identity import IDENTITY, identity_fields
from golden.arch.params import CoreParams
from golden.arch.registers import REGISTER_ADDRESS
from hdl.counters import EVENTS
from hdl.link import Link
from tests.support.gateware import simulate

PARAMS = CoreParams(divisor=4, command_depth=512, report_depth=512, block_rows=770,
                    block_columns=1024)
ROOM = 511  # for commands
KEPT = 510  # of reports, without an acknowledgement
SILENCE = 100
SESSION = 0x12340056


def stuff(frame):
    return cobs.encode(frame) + b"\0"


def reports(count, start=0):
    """Return the reports that the stand-in for the core gives."""
    return bytes((7 * at + (at >> 8)) % 256 for at in range(start, start + count))


class Board(wiring.Component):
    """A link with a stand-in for the core, in gateware since testbenches are slow.

    Members
    -------
    rx, tx, loop, flush, idle, active
        As of the link.
    counters : Out
        How often each of its events happened.
    damage, greeting : Out(8)
        How often.
    runs : In(1)
        The core takes commands; it does so too while it flushes, and forgets them.
    taken : Out(16)
        Commands that it took, which are in `memory`.
    report_end : In(16)
        Reports that it gives, `reports`.
    reported : Out(16)
        Those that are gone.
    """

    def __init__(self):
        self.link = Link(PARAMS, silence=SILENCE)
        self.memory = Memory(shape=8, depth=2048, init=[])
        super().__init__({
            **{name: self.link.signature.members[name]
               for name in ("rx", "tx", "loop", "flush", "idle", "active")},
            "counters": Out(data.StructLayout(dict.fromkeys(EVENTS, 16))),
            "damage": Out(8),
            "greeting": Out(8),
            "runs": In(1, init=1),
            "taken": Out(16),
            "report_end": In(16),
            "reported": Out(16),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.link = link = self.link
        m.submodules.memory = self.memory
        write = self.memory.write_port()
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            self.flush.eq(link.flush),
            link.idle.eq(self.idle),
            self.active.eq(link.active),
            link.commands.ready.eq(self.runs | link.flush),
            write.addr.eq(self.taken),
            write.data.eq(link.commands.payload),
            write.en.eq(link.commands.valid & self.runs & ~link.flush),
            link.reports.valid.eq(self.reported < self.report_end),
            link.reports.payload.eq(7 * self.reported + self.reported[8:]),
        ]
        wiring.connect(m, wiring.flipped(self.loop), link.loop)
        m.d.sync += [
            self.taken.eq(self.taken + write.en),
            self.damage.eq(self.damage + link.damage),
            self.greeting.eq(self.greeting + link.greeting),
            *(self.counters[name].eq(self.counters[name] + (
                link.events[name] if name in ("framing_errors", "resends")
                else link.events.judged & (link.events.verdict == REGISTER_ADDRESS[name])))
              for name in EVENTS),
        ]
        with m.If(link.reports.valid & link.reports.ready):
            m.d.sync += self.reported.eq(self.reported + 1)
        return m


class Bench:
    """A host on the lines of a `Board`."""

    def __init__(self, ctx, dut):
        self.ctx = ctx
        self.dut = dut
        self.done = False
        self._line = bytearray()
        ctx.set(dut.idle, 1)

    @property
    def taken(self):
        """Commands that the core took."""
        data = self.dut.memory.data
        return bytes(self.ctx.get(data[at]) for at in range(self.ctx.get(self.dut.taken)))

    async def listen(self, ctx):
        bit = PARAMS.divisor * 1e-6
        while not self.done:
            _, falls = await ctx.delay(10.3 * bit).negedge(self.dut.tx)  # not at an edge
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

    def get(self, port):
        return self.ctx.get(getattr(self.dut, port))

    def set(self, port, value):
        self.ctx.set(getattr(self.dut, port), value)

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
        assert not self.get("active")

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
        dut = Board()
        benches = []

        async def play(ctx):
            benches.append(Bench(ctx, dut))
            await scenario(*benches)
            benches[0].done = True

        async def listen(ctx):
            await benches[0].listen(ctx)

        simulate(dut, play, listen, deadline=200_000)

    test.__name__ = scenario.__name__
    return test


@bench
async def test_hello_is_answered_with_identity(b):
    header = await b.hello()
    assert header["length"] == IDENTITY.size
    assert (header["offset"], header["acknowledge"], header["window"]) == (0, 0, ROOM)
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
    b.set("report_end", 700)
    received = b""
    while len(received) < KEPT:
        header, payload = await b.receive()
        assert header["offset"] == len(received)
        assert len(payload) <= 100
        received += payload
    await b.receives_nothing(SILENCE // 2)
    await b.send(Kind.DATA, acknowledge=KEPT, window=240)
    while len(received) < 700:
        header, payload = await b.receive()
        assert header["offset"] == len(received)
        received += payload
    assert received == reports(700)
    assert b.counters == {"frames": 2}


@bench
async def test_both_directions_at_once(b):
    await b.hello()
    there, back = random.Random(3).randbytes(300), reports(300)
    b.set("report_end", len(back))
    received, sent = b"", 0
    while len(received) < len(back) or b.get("taken") < len(there):
        piece = there[sent:sent + 50]
        await b.send(Kind.DATA, piece, offset=sent, acknowledge=len(received))
        sent += len(piece)
        while b.has_received:
            header, payload = await b.receive()
            assert header["offset"] == len(received)
            received += payload
    assert (b.taken, received) == (there, back)
    assert "resends" not in b.counters


@bench
async def test_corrupted_frame_is_dropped_and_asked_for(b):
    await b.hello()
    await b.send(Kind.DATA, b"first")
    assert (await b.receive())[0]["acknowledge"] == 5
    line = bytearray(stuff(build_frame(Kind.DATA, b"second", offset=5, window=PAYLOAD_MAX)))
    line[12] ^= 0x10
    await b.send_bytes(line)
    header, _ = await b.receive()
    assert (header["kind"], header["acknowledge"]) == (Kind.BOARD_RESEND, 5)
    await b.send(Kind.DATA, b"second", offset=5)
    assert (await b.receive())[0]["acknowledge"] == 11
    assert b.taken == b"firstsecond"
    assert b.counters == {"frames": 3, "crc_errors": 1}


@bench
async def test_truncated_frame_is_dropped_and_asked_for(b):
    await b.hello()
    line = stuff(build_frame(Kind.DATA, b"payload", window=PAYLOAD_MAX))
    for at in (0, 5, 12, len(line) - 2):  # any one byte
        await b.send_bytes(line[:at] + line[at + 1:])
        header, _ = await b.receive()
        assert (header["kind"], header["acknowledge"]) == (Kind.BOARD_RESEND, 0)
    await b.send_bytes(line)
    await b.receive()
    assert b.taken == b"payload"
    counters = b.counters
    assert counters.pop("frames") == 2
    assert sum(counters.values()) == 4
    assert set(counters) <= {"length_errors", "crc_errors"}


@bench
async def test_over_long_frame_is_dropped_at_once(b):
    await b.hello()
    frame = stuff(build_frame(Kind.DATA, bytes(PAYLOAD_MAX)))
    await b.send_bytes(frame[:-1] + b"\1")
    header, _ = await b.receive()  # without waiting for an end
    assert header["kind"] == Kind.BOARD_RESEND
    await b.send_bytes(b"\1\1\0")
    await b.send(Kind.DATA, b"x")
    await b.receive()
    assert b.taken == b"x"
    assert b.counters == {"frames": 2, "length_errors": 1}


@bench
async def test_unknown_kind_is_dropped(b):
    await b.hello()
    await b.send(Kind.BOARD_DATA, b"x")
    assert (await b.receive())[0]["kind"] == Kind.BOARD_RESEND
    assert not b.taken
    assert b.counters == {"frames": 1, "unknown_kinds": 1}


@bench
async def test_silence_in_a_frame_ends_it(b):
    await b.hello()
    line = stuff(build_frame(Kind.DATA, b"payload", window=PAYLOAD_MAX))
    await b.send_bytes(line[:10])
    assert b.get("active")
    header, _ = await b.receive()
    assert header["kind"] == Kind.BOARD_RESEND
    await b.receives_nothing()
    await b.send_bytes(line)
    await b.receive()
    assert b.taken == b"payload"
    assert b.counters == {"frames": 2, "silences": 1}


@bench
async def test_byte_without_stop_bit_is_dropped(b):
    await b.hello()
    line = stuff(build_frame(Kind.DATA, b"payload"))
    for at, byte in enumerate(line):
        await b.send_byte(byte, stop=at != 6)
        await b.wait(1)  # or the receiver would lose its place as well
    assert (await b.receive())[0]["kind"] == Kind.BOARD_RESEND
    counters = b.counters
    assert counters.pop("framing_errors") == 1
    assert counters.pop("length_errors", 0) + counters.pop("crc_errors", 0) == 1
    assert counters == {"frames": 1}
    assert not b.taken


@bench
async def test_repeated_and_early_frames_are_dropped_and_answered(b):
    await b.hello()
    await b.send(Kind.DATA, b"abc")
    await b.receive()
    await b.send(Kind.DATA, b"abc")
    header, _ = await b.receive()
    assert (header["kind"], header["acknowledge"]) == (Kind.BOARD_DATA, 3)
    await b.send(Kind.DATA, b"ghi", offset=6)
    header, _ = await b.receive()
    assert (header["kind"], header["acknowledge"]) == (Kind.BOARD_DATA, 3)
    await b.send(Kind.DATA, b"def", offset=3)
    await b.receive()
    assert b.taken == b"abcdef"
    assert b.counters == {"frames": 3, "repeats": 1, "gaps": 1}


@bench
async def test_full_queue_drops_whole_frames_and_tells_of_room(b):
    await b.hello()
    b.set("runs", 0)
    stream = random.Random(5).randbytes(3 * 200)
    for offset in (0, 200):
        await b.send(Kind.DATA, stream[offset:offset + 200], offset=offset)
        header, _ = await b.receive()
    room = header["window"]
    assert room == ROOM - 400
    await b.send(Kind.DATA, stream[400:], offset=400)
    header, _ = await b.receive()
    assert (header["acknowledge"], header["window"]) == (400, room)
    await b.wait(20)
    assert not b.has_received
    b.set("runs", 1)
    header, _ = await b.receive()  # without being asked
    assert header["window"] >= 512 // 4
    await b.send(Kind.DATA, stream[400:], offset=400)
    await b.receive()
    assert b.taken == stream
    assert b.counters == {"frames": 4, "overflows": 1}


@bench
async def test_resend_asks_for_reports_again(b):
    await b.hello()
    b.set("report_end", 6)
    received = b""
    while len(received) < 6:
        header, payload = await b.receive()
        received += payload
    await b.send(Kind.RESEND, acknowledge=2)
    header, payload = await b.receive()
    assert (header["offset"], payload) == (2, reports(4, start=2))
    await b.send(Kind.RESEND, acknowledge=6)
    header, payload = await b.receive()
    assert (header["offset"], payload) == (6, b"")
    assert b.counters == {"frames": 3, "resends": 1}


@bench
async def test_resend_may_carry_commands(b):
    await b.hello()
    await b.send(Kind.RESEND, b"abc")
    assert (await b.receive())[0]["acknowledge"] == 3
    assert b.taken == b"abc"


@bench
async def test_unacknowledged_reports_are_sent_again(b):
    await b.hello()
    b.set("report_end", 6)
    received = b""
    while len(received) < 6:
        _, payload = await b.receive()
        received += payload
    for _ in range(2):
        header, payload = await b.receive()
        assert (header["offset"], payload) == (0, reports(6))
    await b.send(Kind.DATA, acknowledge=6)
    await b.wait(2 * SILENCE)
    await b.receives_nothing()
    assert b.counters == {"frames": 2, "resends": 2}


@bench
async def test_absent_host_is_sent_one_frame_at_a_time(b):
    await b.hello(window=50)
    b.set("report_end", 120)
    received = 0
    while received < 120:
        received += (await b.receive())[0]["length"]
    for _ in range(2):
        header, _ = await b.receive()
        assert (header["offset"], header["length"]) == (0, 50)
        await b.receives_nothing(SILENCE // 2)
    await b.send(Kind.DATA, acknowledge=50, window=50)
    found = []
    while sum(found) < 70:
        header, _ = await b.receive()
        found.append(header["length"])
        assert header["offset"] + header["length"] == 50 + sum(found)


@bench
async def test_acknowledge_of_what_was_never_sent_is_ignored(b):
    await b.hello(window=2)
    b.set("report_end", 6)
    header, payload = await b.receive()
    end = header["offset"] + len(payload)
    for wrong in (end + 200, 0xFFFF):
        await b.send(Kind.DATA, acknowledge=wrong, window=2)
    await b.send(Kind.RESEND, window=PAYLOAD_MAX)
    received = {}
    while sum(map(len, received.values())) < 6:
        header, payload = await b.receive()
        if header["offset"] == 0:
            received.clear()
        received[header["offset"]] = payload
    assert b"".join(received.values()) == reports(6)


@bench
async def test_empty_data_is_not_answered(b):
    await b.hello()
    await b.send(Kind.DATA)
    await b.receives_nothing()
    assert b.counters == {"frames": 2}


@bench
async def test_same_hello_is_only_answered_again(b):
    await b.hello()
    await b.send(Kind.DATA, b"abc")
    await b.receive()
    header = await b.hello()
    assert header["acknowledge"] == 3
    await b.send(Kind.DATA, b"def", offset=3)
    await b.receive()
    assert b.taken == b"abcdef"


@pytest.mark.parametrize("gap", range(0, 60, 7))
def test_hellos_in_a_row_leave_the_answers_whole(gap):
    @bench
    async def scenario(b):
        for _ in range(4):
            await b.send(Kind.HELLO, HELLO.pack(session=SESSION), window=PAYLOAD_MAX)
            await b.wait(gap)
        await b.send(Kind.DATA, b"abc")
        await b.wait(2 * (IDENTITY.size + 12))
        kinds = []
        while b.has_received:
            header, payload = await b.receive()
            kinds.append(header["kind"])
            if header["kind"] == Kind.BOARD_IDENTITY:
                assert IDENTITY.unpack(payload) == identity_fields(PARAMS, SESSION)
        assert kinds[0] == Kind.BOARD_IDENTITY
        assert kinds[-1] == Kind.BOARD_DATA
        assert b.taken == b"abc"

    scenario()


@bench
async def test_hello_during_an_answer_is_heard_when_it_comes_again(b):
    for session in (SESSION, SESSION + 1):
        await b.send(Kind.HELLO, HELLO.pack(session=session), window=PAYLOAD_MAX)
    await b.wait(2 * (IDENTITY.size + 12))
    while b.has_received:
        _, payload = await b.receive()
        assert IDENTITY.unpack(payload)["session"] in (SESSION, SESSION + 1)
    await b.hello(SESSION + 1)


@bench
async def test_new_hello_drops_what_was_queued(b):
    await b.hello()
    b.set("runs", 0)
    await b.send(Kind.DATA, b"old commands")
    await b.receive()
    b.set("report_end", 10)
    await b.wait(40)
    while b.has_received:
        await b.receive()
    b.set("idle", 0)
    await b.send(Kind.HELLO, HELLO.pack(session=SESSION + 1), window=PAYLOAD_MAX)
    b.set("report_end", 30)
    await b.wait(20)
    assert b.get("flush")
    assert b.get("reported") == 30  # swallowed
    while b.has_received:
        header, _ = await b.receive()
        assert header["kind"] == Kind.BOARD_DATA
    await b.send(Kind.DATA, b"too early")  # before the identity: ignored
    await b.wait(1)
    b.set("idle", 1)
    b.set("runs", 1)
    header, payload = await b.receive()
    assert header["kind"] == Kind.BOARD_IDENTITY
    assert IDENTITY.unpack(payload)["session"] == SESSION + 1
    assert (header["offset"], header["acknowledge"], header["window"]) == (0, 0, ROOM)
    assert not b.get("flush")
    await b.send(Kind.DATA, b"new")
    assert (await b.receive())[0]["acknowledge"] == 3
    b.set("report_end", 31)
    header, payload = await b.receive()
    assert (header["offset"], payload) == (0, reports(1, start=30))
    assert b.taken == b"new"


@bench
async def test_hello_of_wrong_size_is_dropped(b):
    await b.send(Kind.HELLO, b"abc")
    await b.send(Kind.HELLO, b"abcde")
    await b.receives_nothing()
    assert b.counters == {"length_errors": 2}


@bench
async def test_line_to_the_host_is_kept_busy(b):
    await b.hello()
    b.set("report_end", 500)
    first, _ = await b.receive()
    assert first["length"] < 10  # what was there when the line was free
    await b.wait(2 * 252 / 0.95)
    for _ in range(2):
        assert b.has_received
        assert (await b.receive())[0]["length"] == PAYLOAD_MAX


@bench
async def test_frame_that_outlives_the_flush_is_not_taken_in_part(b):
    await b.hello()
    b.set("idle", 0)
    await b.send(Kind.HELLO, HELLO.pack(session=SESSION + 1), window=PAYLOAD_MAX)
    line = stuff(build_frame(Kind.DATA, b"too early"))
    await b.send_bytes(line[:14])
    b.set("idle", 1)
    await b.send_bytes(line[14:])
    assert (await b.receive())[0]["kind"] == Kind.BOARD_IDENTITY
    assert (await b.receive())[0]["acknowledge"] == 0
    await b.send(Kind.DATA, b"in time")
    await b.receive()
    assert b.taken == b"in time"
    assert b.counters == {"frames": 3, "overflows": 1}
