"""Frames: recognised in, and made into, bytes of the line."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.crc import Processor
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from golden.arch.frames import CRC_SIZE, FRAME_MAX, HEADER, SILENCE_BYTES, Kind

from .cobs import CobsDecoder, CobsEncoder
from .records import line_layout_of

HeaderFields = line_layout_of(HEADER)


def _crc() -> Any:  # which the type stubs of Amaranth lack
    """Return a component that computes `golden.arch.frames.crc`, a byte at a time."""
    return Processor(CRC16_IBM_3740(data_width=8))


class Outcome(enum.Enum, shape=3):
    """What became of a frame."""

    GOOD = 0
    BAD_CRC = 1
    BAD_LENGTH = 2
    UNKNOWN_KIND = 3
    SILENCE = 4


class FrameReceiver(wiring.Component):
    """Receiver of frames.

    Gives out the bytes of a payload as they come, and exactly one outcome for each frame when it is
    over or given up, in a later cycle than any byte. `header` holds still from before the first
    byte of the payload until the cycle of the outcome.

    A frame is over-long, and given up, as soon as it has more than `FRAME_MAX` bytes; the rest of
    it, up to its delimiter or a silence, has no outcome of its own. Takes 1 byte per cycle.

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
    header : Out(HeaderFields)
        Header of the frame.
    payload : Out(stream.Signature(8, always_ready=True))
        Bytes of its payload, as many as its header says or fewer.
    outcome : Out(stream.Signature(Outcome, always_ready=True))
        What became of it.
    busy : Out(1)
        A frame has started and not ended.
    """

    i: stream.Interface
    byte_time: Signal
    header: data.View
    payload: stream.Interface
    outcome: stream.Interface
    busy: Signal

    def __init__(self, kinds: tuple[Kind, ...], silence: int = SILENCE_BYTES):
        self.kinds = kinds
        self.silence = silence
        super().__init__({
            "i": In(stream.Signature(8, always_ready=True)),
            "byte_time": In(1),
            "header": Out(HeaderFields),
            "payload": Out(stream.Signature(8, always_ready=True)),
            "outcome": Out(stream.Signature(Outcome, always_ready=True)),
            "busy": Out(1),
        })

    def elaborate(self, platform):
        m = Module()

        m.submodules.decoder = decoder = CobsDecoder()
        check = m.submodules.check = _crc()

        quiet = Signal(range(self.silence + 1))
        silent = Signal()
        m.d.comb += silent.eq((quiet == self.silence) & ~self.i.valid)
        with m.If(self.i.valid | silent | ~self.busy):
            m.d.sync += quiet.eq(0)
        with m.Elif(self.byte_time):
            m.d.sync += quiet.eq(quiet + 1)

        position = Signal(range(FRAME_MAX + 2))  # bytes so far; FRAME_MAX + 1 when it is given up
        given_up = Signal()
        is_byte = Signal()
        m.d.comb += [
            decoder.i.valid.eq(self.i.valid),
            decoder.i.payload.eq(self.i.payload),
            decoder.clear.eq(silent),
            given_up.eq(position == FRAME_MAX + 1),
            is_byte.eq(decoder.o.valid & ~decoder.o.p.end & ~given_up),
            self.busy.eq(decoder.started),
        ]

        # The CRC over a frame, its own CRC included, is the residue.
        m.d.comb += [
            check.start.eq(position == 0),
            check.data.eq(decoder.o.p.data),
            check.valid.eq(is_byte),
        ]

        bits = Signal(8 * HEADER.size)
        payload_end = Signal(range(HEADER.size + 256))
        m.d.comb += [
            self.header.eq(bits),
            payload_end.eq(HEADER.size + self.header.length),
            self.payload.payload.eq(decoder.o.p.data),
        ]
        with m.If(is_byte):
            m.d.sync += position.eq(position + 1)
            with m.If(position < HEADER.size):
                m.d.sync += bits.eq(Cat(bits, decoder.o.p.data)[8:])
            with m.Elif(position < payload_end):
                m.d.comb += self.payload.valid.eq(1)
            with m.If(position == FRAME_MAX):
                m.d.comb += [self.outcome.valid.eq(1), self.outcome.payload.eq(Outcome.BAD_LENGTH)]

        whole = decoder.o.p.intact & (position == payload_end + CRC_SIZE)
        known = self.header.kind.matches(*(kind.value for kind in self.kinds))
        with m.If(decoder.o.valid & decoder.o.p.end):
            m.d.sync += position.eq(0)
            m.d.comb += self.outcome.valid.eq(~given_up)
            with m.If(~whole):
                m.d.comb += self.outcome.payload.eq(Outcome.BAD_LENGTH)
            with m.Elif(~check.match_detected):
                m.d.comb += self.outcome.payload.eq(Outcome.BAD_CRC)
            with m.Elif(~known):
                m.d.comb += self.outcome.payload.eq(Outcome.UNKNOWN_KIND)
        with m.If(silent):
            m.d.sync += position.eq(0)
            m.d.comb += [self.outcome.valid.eq(~given_up), self.outcome.payload.eq(Outcome.SILENCE)]

        return m


class FrameSender(wiring.Component):
    """Sender of frames.

    `start` takes a header; then ``header.length`` bytes of payload are taken, and the encoded frame
    with its delimiter is put out. A frame is made at 1 byte per cycle while its payload is there.

    Members
    -------
    header : In(HeaderFields)
        Header of the frame to start.
    start : In(1)
        Start it; only when `ready`.
    ready : Out(1)
        The frame before has left for the line.
    payload : In(stream.Signature(8))
        Bytes of the payload.
    o : Out(stream.Signature(8))
        Bytes for the line.
    """

    header: data.View
    start: Signal
    ready: Signal
    payload: stream.Interface
    o: stream.Interface

    def __init__(self):
        super().__init__({
            "header": In(HeaderFields),
            "start": In(1),
            "ready": Out(1),
            "payload": In(stream.Signature(8)),
            "o": Out(stream.Signature(8)),
        })

    def elaborate(self, platform):
        m = Module()

        m.submodules.encoder = encoder = CobsEncoder()
        check = m.submodules.check = _crc()
        wiring.connect(m, wiring.flipped(self.o), encoder.o)

        header = Signal(HeaderFields)
        position = Signal(8)  # within the header, the payload or the CRC
        transfer = Signal()
        m.d.comb += [
            transfer.eq(encoder.i.valid & encoder.i.ready),
            check.data.eq(encoder.i.p.data),
        ]
        with m.If(transfer):
            m.d.sync += position.eq(position + 1)

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.ready.eq(encoder.i.ready), check.start.eq(1)]
                m.d.sync += [header.eq(self.header), position.eq(0)]
                with m.If(self.start):
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += [
                    encoder.i.valid.eq(1),
                    encoder.i.p.data.eq(header.as_value().word_select(position, 8)),
                    check.valid.eq(transfer),
                ]
                with m.If(transfer & (position == HEADER.size - 1)):
                    m.d.sync += position.eq(0)
                    m.next = "CRC"
                    with m.If(header.length != 0):
                        m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                m.d.comb += [
                    encoder.i.valid.eq(self.payload.valid),
                    encoder.i.p.data.eq(self.payload.payload),
                    self.payload.ready.eq(encoder.i.ready),
                    check.valid.eq(transfer),
                ]
                with m.If(transfer & (position == header.length - 1)):
                    m.d.sync += position.eq(0)
                    m.next = "CRC"
            with m.State("CRC"):
                m.d.comb += [
                    encoder.i.valid.eq(1),
                    encoder.i.p.data.eq(Mux(position[0], check.crc[:8], check.crc[8:])),
                    encoder.i.p.last.eq(position == CRC_SIZE - 1),
                ]
                with m.If(transfer & encoder.i.p.last):
                    m.next = "IDLE"

        return m
