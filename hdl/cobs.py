"""COBS: byte stuffing that keeps zero for the end of a frame.

A frame is cut at its zero bytes. Each piece is sent behind a code: the length of the piece plus 1.
A code of 255 stands for 254 bytes that no zero follows. The contract keeps frames so short that the
sender never needs that one; the decoder knows it.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
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
