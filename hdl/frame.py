"""Frames: recognised in, and made into, bytes of the line."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.crc import Processor
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from golden.arch.frames import DELIMITER, HEADER, SILENCE_BYTES, Kind

from .cobs import CobsDecoder
from .records import line_layout_of

HeaderFields = line_layout_of(HEADER)

FIRST = -HEADER.size & 0xFF
"""Index of the first byte of a frame, whose payload starts at 0."""


class ReceivedHeader(data.StructLayout):
    """What a header tells.

    Members
    -------
    is_hello, is_resend : unsigned(1)
        Its kind.
    length : unsigned(8)
        Bytes of the payload.
    misplaced, repeated : unsigned(1)
        Its `offset` is not the expected one; it is one before it.
    acknowledge : unsigned(16)
        Offset that the sender of the frame expects next.
    window : unsigned(8)
        Largest payload that it wants, or 255 if that is more.
    """

    def __init__(self):
        super().__init__({
            "is_hello": 1,
            "is_resend": 1,
            "length": 8,
            "misplaced": 1,
            "repeated": 1,
            "acknowledge": 16,
            "window": 8,
        })


def _crc(restart: Value) -> Any:  # which the type stubs of Amaranth lack
    """Return a component that computes `golden.arch.frames.crc`, a byte at a time."""
    return ResetInserter(restart)(Processor(CRC16_IBM_3740(data_width=8)))


class Outcome(enum.Enum, shape=3):
    """What became of a frame."""

    GOOD = 0
    BAD_CRC = 1
    BAD_LENGTH = 2
    UNKNOWN_KIND = 3
    SILENCE = 4


class Part(enum.Enum, shape=3):
    """Parts of a frame."""

    HEADER = 0
    PAYLOAD = 1
    CRC = 2
    END = 3   # nothing but the delimiter is due
    NONE = 4  # the frame has been given up


class FrameReceiver(wiring.Component):
    """Receiver of frames.

    Gives out the bytes of a payload as they come, and exactly one outcome for each frame when it is
    over or given up, in a later cycle than any byte. `header` holds still from before the first
    byte of the payload until the first byte of the next frame.

    A frame is given up as soon as it is longer than its header says, or that is more than
    `PAYLOAD_MAX`; the rest of it, up to its delimiter or a silence, has no outcome of its own.
    Takes 1 byte per cycle; the outcome is a register.

    Parameters
    ----------
    kinds : tuple of Kind
        Kinds that are known.
    silence : int
        Byte times of silence after which a started frame is given up.

    Members
    -------
    i : In(stream.Signature(8, always_ready=True))
        Bytes from the line.
    byte_time : In(1)
        Strobe: the time of a byte has passed.
    expected : In(16)
        Offset that is expected; to be held from a frame's first byte to its outcome.
    header : Out(ReceivedHeader())
        Header of the frame.
    position : Out(8)
        Byte of its header or payload that is due.
    payload : Out(stream.Signature(8, always_ready=True))
        Bytes of its payload, as many as its header says or fewer.
    outcome : Out(stream.Signature(Outcome, always_ready=True))
        What became of it.
    busy : Out(1)
        A frame has started and not ended.
    """

    i: stream.Interface
    byte_time: Signal
    expected: Signal
    header: data.View
    position: Signal
    payload: stream.Interface
    outcome: stream.Interface
    busy: Signal

    def __init__(self, kinds: tuple[Kind, ...], silence: int = SILENCE_BYTES):
        self.kinds = kinds
        self.silence = silence
        super().__init__({
            "i": In(stream.Signature(8, always_ready=True)),
            "byte_time": In(1),
            "expected": In(16),
            "header": Out(ReceivedHeader()),
            "position": Out(8),
            "payload": Out(stream.Signature(8, always_ready=True)),
            "outcome": Out(stream.Signature(Outcome, always_ready=True)),
            "busy": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = CobsDecoder()

        quiet = Signal(range(self.silence + 1))
        silent = Signal()
        m.d.comb += silent.eq((quiet >= self.silence) & ~self.i.valid)
        with m.If(self.i.valid | silent | ~self.busy):
            m.d.sync += quiet.eq(0)
        with m.Elif(self.byte_time):
            m.d.sync += quiet.eq(quiet + 1)

        is_byte, is_end = Signal(), Signal()
        m.d.comb += [
            decoder.i.valid.eq(self.i.valid),
            decoder.i.payload.eq(self.i.payload),
            decoder.clear.eq(silent),
            is_byte.eq(decoder.o.valid & ~decoder.o.p.end),
            is_end.eq(decoder.o.valid & decoder.o.p.end),
            self.busy.eq(decoder.started),
        ]

        # The CRC over a frame, its own CRC included, is the residue.
        m.submodules.check = check = _crc(is_end | silent)
        m.d.comb += [check.data.eq(decoder.o.p.data), check.valid.eq(is_byte)]

        part = Signal(Part)
        too_long = Signal()
        header = Signal(ReceivedHeader(), reset_less=True)
        is_known = Signal(reset_less=True)  # the kind
        m.d.comb += self.header.eq(header)
        m.d.comb += self.payload.payload.eq(decoder.o.p.data)
        m.d.sync += self.outcome.valid.eq(0)
        with m.If(is_byte):
            with m.Switch(part):
                with m.Case(Part.HEADER):
                    self._read_header(m, decoder.o.p.data, header, is_known)
                    m.d.sync += self.position.eq(self.position + 1)
                    with m.If(self.position == HEADER.size - 1):
                        m.d.sync += [self.position.eq(0), part.eq(Part.PAYLOAD)]
                with m.Case(Part.PAYLOAD):
                    with m.If(self.header.length[4:].all() & self.header.length[:4].any()):
                        m.d.comb += too_long.eq(1)
                    with m.Elif(self.position == self.header.length):
                        m.d.sync += part.eq(Part.CRC)
                    with m.Else():
                        m.d.comb += self.payload.valid.eq(1)
                        m.d.sync += self.position.eq(self.position + 1)
                with m.Case(Part.CRC):
                    m.d.sync += part.eq(Part.END)
                with m.Case(Part.END):
                    m.d.comb += too_long.eq(1)
        with m.If(too_long):
            m.d.sync += [
                part.eq(Part.NONE),
                self.outcome.valid.eq(1),
                self.outcome.payload.eq(Outcome.BAD_LENGTH),
            ]
        with m.If(is_end | silent):
            m.d.sync += [
                self.position.eq(0),
                part.eq(Part.HEADER),
                self.outcome.valid.eq(part != Part.NONE),
                self.outcome.payload.eq(Outcome.GOOD),
            ]
            with m.If(silent):
                m.d.sync += self.outcome.payload.eq(Outcome.SILENCE)
            with m.Elif((part != Part.END) | ~decoder.o.p.intact):
                m.d.sync += self.outcome.payload.eq(Outcome.BAD_LENGTH)
            with m.Elif(~check.match_detected):
                m.d.sync += self.outcome.payload.eq(Outcome.BAD_CRC)
            with m.Elif(~is_known):
                m.d.sync += self.outcome.payload.eq(Outcome.UNKNOWN_KIND)
        return m

    def _read_header(self, m, byte, header, is_known):
        """Take the byte of the header that is due."""
        difference = Signal(9)
        borrow = Signal(reset_less=True)
        m.d.comb += difference.eq(byte - self.expected.word_select(self.position[0], 8) - borrow)
        with m.Switch(self.position[:3]):
            with m.Case(0):
                m.d.sync += [
                    header.is_hello.eq(byte == Kind.HELLO),
                    header.is_resend.eq(byte == Kind.RESEND),
                    is_known.eq(byte.matches(*(kind.value for kind in self.kinds))),
                    borrow.eq(0),
                ]
            with m.Case(1):
                m.d.sync += header.length.eq(byte)
            with m.Case(2):
                m.d.sync += [header.misplaced.eq(difference[:8] != 0), borrow.eq(difference[8])]
            with m.Case(3):
                m.d.sync += header.repeated.eq(difference[7])
                with m.If(difference[:8] != 0):
                    m.d.sync += header.misplaced.eq(1)
            with m.Case(4, 5):
                m.d.sync += header.acknowledge.eq(Cat(header.acknowledge[8:], byte))
            with m.Case(6):
                m.d.sync += header.window.eq(byte)
            with m.Case(7):
                with m.If(byte != 0):
                    m.d.sync += header.window.eq(255)


class FrameSender(wiring.Component):
    """Sender of frames.

    A frame is cut at its zero bytes, and a code before each piece tells its length. Nothing is kept
    of a frame: it is read once for its CRC and the length of its first piece, and then each piece
    twice, to find its end and to send it. A frame of `n` bytes is offered `n` + 4 cycles after
    `start`, the code of a later piece of `n` bytes `n` + 5 cycles after the byte before it was
    taken, and all else after at most 3 cycles. All outputs depend on registers alone.

    Members
    -------
    start : In(1)
        Start a frame; only when not `busy`.
    busy : Out(1)
        A frame is being read and sent; from the cycle after `start`.
    done : Out(1)
        Strobe: but for its delimiter, the frame has been sent.
    header : In(HeaderFields)
        Header of the frame, of at most `PAYLOAD_MAX` bytes; to be held from the cycle after `start`
        until `done`.
    position : Out(8)
        Byte of the payload that is due.
    data : In(8)
        The byte that was due in the previous cycle.
    o : Out(stream.Signature(8))
        Bytes for the line.
    """

    start: Signal
    busy: Signal
    done: Signal
    header: data.View
    position: Signal
    data: Signal
    o: stream.Interface

    def __init__(self):
        super().__init__({
            "start": In(1),
            "busy": Out(1),
            "done": Out(1),
            "header": In(HeaderFields),
            "position": Out(8),
            "data": In(8),
            "o": Out(stream.Signature(8)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.check = check = _crc(self.start)

        # The byte that is due: from -8 the header, from 0 the payload, then two bytes of CRC.
        index = Signal(8, init=FIRST)
        first = Signal(8, init=FIRST)  # of a piece
        code = Signal(8, init=1)       # bytes of it, and one
        tail = Signal(8)
        m.d.comb += [self.position.eq(index), tail.eq(index - self.header.length)]

        # It is there after two cycles.
        head = Signal(8, reset_less=True)
        byte = Signal(8, reset_less=True)
        is_head = Signal(reset_less=True)
        where = Signal(data.StructLayout({"number": 2, "valid": 1}), reset_less=True)
        source = Signal.like(where, reset_less=True)  # of `byte`, if it is not header or payload
        marks = Signal(2)
        reads = Signal()
        value = Signal(8)
        m.d.sync += [
            head.eq(self.header.as_value().word_select(index[:3], 8)),
            is_head.eq(index[3:].all()),
            where.number.eq(tail),
            where.valid.eq(tail[2:] == 0),
            byte.eq(Mux(is_head, head, self.data)),
            source.eq(where),
            marks.eq(Mux(reads, Cat(1, marks[0]), 0)),
        ]
        m.d.comb += value.eq(Mux(source.valid, Mux(source.number[0], check.crc[:8], check.crc[8:]),
                                 byte))

        checks = Signal()   # this is the first reading
        is_cut = Signal()   # the piece has been found to end here
        is_last = Signal()  # there is no other
        ends = Signal()     # the frame does, here
        found = Signal()
        m.d.comb += [
            ends.eq(source.valid & source.number[1]),
            found.eq(marks[1] & (ends | (value == 0))),
            check.data.eq(byte),
            check.valid.eq(marks[1] & checks & ~source.valid),
        ]
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                m.d.sync += checks.eq(1)
                with m.If(self.start):
                    m.next = "SCAN"
            with m.State("SCAN"):
                m.d.comb += reads.eq(1)
                m.d.sync += index.eq(index + 1)
                with m.If(marks[1] & ~is_cut):
                    m.d.sync += [is_cut.eq(found), is_last.eq(ends)]
                    with m.If(~found):
                        m.d.sync += code.eq(code + 1)
                with m.If(Mux(checks, marks[1] & ends, found)):
                    m.d.comb += reads.eq(0)
                    m.d.sync += [index.eq(first), checks.eq(0)]
                    m.next = "CODE"
            with m.State("CODE"):
                m.d.comb += [reads.eq(1), self.o.valid.eq(1), self.o.payload.eq(code)]
                with m.If(self.o.ready):
                    m.next = "PIECE"
            with m.State("PIECE"):
                m.d.sync += is_cut.eq(0)
                with m.If(code != 1):
                    m.d.comb += [
                        reads.eq(~(marks[1] & self.o.ready)),
                        self.o.valid.eq(marks[1]),
                        self.o.payload.eq(value),
                    ]
                    with m.If(marks[1] & self.o.ready):
                        m.d.sync += [index.eq(index + 1), code.eq(code - 1)]
                with m.Elif(is_last):
                    m.d.comb += self.done.eq(1)
                    m.next = "END"
                with m.Else():
                    m.d.sync += [index.eq(index + 1), first.eq(index + 1)]
                    m.next = "SCAN"
            with m.State("END"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(DELIMITER)]
                with m.If(self.o.ready):
                    m.d.sync += [index.eq(FIRST), first.eq(FIRST), code.eq(1)]
                    m.next = "IDLE"
        return m
