"""Frames: recognised in, and made into, bytes of the line."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.crc import Processor
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from golden.arch.frames import HEADER, SILENCE_BYTES, Kind

from .cobs import CobsDecoder, CobsEncoder
from .records import line_layout_of

HeaderFields = line_layout_of(HEADER)


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

    A frame is read at 1 byte per cycle, its header first, and then sent, encoded and with its
    delimiter. All outputs but `position` and the parts of a frame that are being read depend on
    registers alone.

    Members
    -------
    start : In(1)
        Start a frame; only when `ready`.
    ready : Out(1)
        The frame before has left for the line.
    header : In(HeaderFields)
        Header of the frame; from the cycle after `start`, while `heads`.
    heads, reads : Out(1)
        The header is being read; the payload, of ``header.length`` bytes, is being read.
    done : Out(1)
        In the last cycle of `reads`.
    position : Out(8)
        Byte of the payload that is due.
    data : In(8)
        The byte that was due in the previous cycle.
    o : Out(stream.Signature(8))
        Bytes for the line.
    """

    start: Signal
    ready: Signal
    header: data.View
    heads: Signal
    reads: Signal
    done: Signal
    position: Signal
    data: Signal
    o: stream.Interface

    def __init__(self):
        super().__init__({
            "start": In(1),
            "ready": Out(1),
            "header": In(HeaderFields),
            "heads": Out(1),
            "reads": Out(1),
            "done": Out(1),
            "position": Out(8),
            "data": In(8),
            "o": Out(stream.Signature(8)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.encoder = encoder = CobsEncoder()
        m.submodules.check = check = _crc(self.start)
        wiring.connect(m, wiring.flipped(self.o), encoder.o)

        # What is read in one cycle is chosen in the next, and goes to the encoder, which has room
        # for a frame, in the third.
        head = Signal(8, reset_less=True)
        part = Signal(Part)       # of what has been read
        is_read = Signal()
        byte = Signal(8, reset_less=True)
        is_byte, is_crc, is_last = Signal(), Signal(), Signal()
        m.d.sync += [
            head.eq(self.header.as_value().word_select(self.position[:3], 8)),
            byte.eq(Mux(part == Part.HEADER, head, self.data)),
            is_read.eq(0),
            is_byte.eq(is_read),
            is_crc.eq(part == Part.CRC),
            encoder.i.p.last.eq(is_last),
        ]
        m.d.comb += [
            encoder.i.valid.eq(is_byte),
            encoder.i.p.data.eq(Mux(is_crc, check.crc[8:], byte)),
            check.valid.eq(is_byte),
            check.data.eq(encoder.i.p.data),  # so that the CRC makes room for its second byte
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.ready.eq(encoder.i.ready & ~is_read & ~is_byte)
                m.d.sync += [self.position.eq(0), is_last.eq(0)]
                with m.If(self.start):
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += self.heads.eq(1)
                m.d.sync += [
                    is_read.eq(1),
                    part.eq(Part.HEADER),
                    self.position.eq(self.position + 1),
                ]
                with m.If(self.position == HEADER.size - 1):
                    m.d.sync += self.position.eq(0)
                    m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                m.d.comb += self.reads.eq(1)
                m.d.sync += part.eq(Part.PAYLOAD)
                with m.If(self.position == self.header.length):
                    m.d.comb += self.done.eq(1)
                    m.next = "CRC"
                with m.Else():
                    m.d.sync += [is_read.eq(1), self.position.eq(self.position + 1)]
            with m.State("CRC"):
                m.d.sync += [is_read.eq(1), part.eq(Part.CRC)]
                m.next = "LAST"
            with m.State("LAST"):
                m.d.sync += [is_read.eq(1), is_last.eq(1)]
                m.next = "IDLE"
        return m
