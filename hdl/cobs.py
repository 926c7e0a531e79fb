"""COBS: byte stuffing that keeps zero for the end of a frame.

A frame is cut at its zero bytes. Each piece is sent behind a code: the length of the piece plus 1.
A code of 255 stands for 254 bytes that no zero follows. The contract keeps frames so short that the
encoder never needs that one; the decoder knows it.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.frames import DELIMITER

CODE_LONG = 255
"""Code of a piece that no zero follows."""


Decoded = data.StructLayout({"data": 8, "end": 1, "intact": 1})
"""A byte of a frame, or its `end`: then `intact` tells if the last piece was as long as its code
says."""


class CobsDecoder(wiring.Component):
    """Decoder.

    Puts out at most one element for each byte it takes, combinationally: the zero between two
    pieces comes with the code of the second. A delimiter at the very start of a frame is ignored.

    Members
    -------
    i : In(stream.Signature(8, always_ready=True))
        Bytes from the line.
    o : Out(stream.Signature(Decoded, always_ready=True))
        Bytes and ends of frames.
    clear : In(1)
        Forget the frame that has been started.
    started : Out(1)
        A frame has started and not ended.
    """

    i: stream.Interface
    o: stream.Interface
    clear: Signal
    started: Signal

    def __init__(self):
        super().__init__({
            "i": In(stream.Signature(8, always_ready=True)),
            "o": Out(stream.Signature(Decoded, always_ready=True)),
            "clear": In(1),
            "started": Out(1),
        })

    def elaborate(self, platform):
        m = Module()

        left = Signal(8, init=1)  # bytes up to the next code
        owes_zero = Signal()      # before the next piece, if there is one
        m.d.comb += self.o.p.intact.eq(left == 1)
        with m.If(self.i.valid):
            with m.If(self.i.payload == DELIMITER):
                m.d.comb += [self.o.valid.eq(self.started), self.o.p.end.eq(1)]
                m.d.sync += [self.started.eq(0), left.eq(1), owes_zero.eq(0)]
            with m.Elif(left == 1):
                m.d.comb += self.o.valid.eq(owes_zero)
                m.d.sync += [
                    self.started.eq(1),
                    left.eq(self.i.payload),
                    owes_zero.eq(self.i.payload != CODE_LONG),
                ]
            with m.Else():
                m.d.comb += [self.o.valid.eq(1), self.o.p.data.eq(self.i.payload)]
                m.d.sync += left.eq(left - 1)
        with m.If(self.clear):
            m.d.sync += [self.started.eq(0), left.eq(1), owes_zero.eq(0)]

        return m


Plain = data.StructLayout({"data": 8, "last": 1})
"""A byte of a frame, and whether it is the last one."""


class CobsEncoder(wiring.Component):
    """Encoder of frames of up to 254 bytes.

    A code stands before the piece whose length it tells, so a frame is kept until it is whole. It
    is taken at 1 byte per cycle; from 5 cycles after its last byte it is put out, encoded and with
    its delimiter, at 1 byte in 3 cycles, and only then the next frame is taken. `i.ready` and
    `o.valid` depend on registers alone.

    Members
    -------
    i : In(stream.Signature(Plain))
        Bytes of frames; a frame has at least one.
    o : Out(stream.Signature(8))
        Bytes for the line.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self):
        super().__init__({"i": In(stream.Signature(Plain)), "o": Out(stream.Signature(8))})

    def elaborate(self, platform):
        m = Module()

        m.submodules.buffer = buffer = Memory(shape=8, depth=256, init=[])
        write = buffer.write_port()
        read = buffer.read_port()

        place = Signal(8, init=1)  # where the next byte goes to; then, where it comes from
        code_at = Signal(8)        # where the code of the piece belongs
        code = Signal(8, init=1)
        is_zero = Signal()
        is_read = Signal()         # the byte to be put out
        is_end = Signal()          # it is the delimiter
        m.d.comb += [
            is_zero.eq(self.i.p.data == 0),
            write.addr.eq(place),
            write.data.eq(self.i.p.data),
            read.addr.eq(place),
            read.en.eq(~is_read),
            self.o.payload.eq(read.data),
        ]
        with m.FSM():
            with m.State("FILL"):
                m.d.comb += [self.i.ready.eq(1), write.en.eq(self.i.valid)]
                with m.If(is_zero):  # It is not kept: its place is for the code of what follows.
                    m.d.comb += [write.addr.eq(code_at), write.data.eq(code)]
                with m.If(self.i.valid):
                    m.d.sync += [place.eq(place + 1), code.eq(code + 1)]
                    with m.If(is_zero):
                        m.d.sync += [code_at.eq(place), code.eq(1)]
                    with m.If(self.i.p.last):
                        m.next = "CLOSE"
            with m.State("CLOSE"):
                m.d.comb += [write.en.eq(1), write.addr.eq(code_at), write.data.eq(code)]
                m.next = "END"
            with m.State("END"):
                m.d.comb += [write.en.eq(1), write.data.eq(DELIMITER)]
                m.d.sync += place.eq(0)
                m.next = "SEND"
            with m.State("SEND"):
                m.d.sync += [
                    is_read.eq(1),
                    is_end.eq(self.o.payload == DELIMITER),
                    self.o.valid.eq(is_read),
                ]
                with m.If(self.o.valid & self.o.ready):
                    m.d.sync += [is_read.eq(0), self.o.valid.eq(0), place.eq(place + 1)]
                    with m.If(is_end):
                        m.d.sync += [place.eq(1), code_at.eq(0), code.eq(1)]
                        m.next = "FILL"

        return m
