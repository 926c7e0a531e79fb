"""Byte queues between the line and the core.

Both count the bytes of their stream modulo 2**16, as the frames do: the low bits of an offset are
the address in the memory, and differences of offsets are numbers of bytes.
"""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

OFFSET_WIDTH = 16
"""Bits of an offset into a stream."""


def _distance(start, end):
    """Return the bytes from offset `start` to offset `end`."""
    return (end - start)[:OFFSET_WIDTH]


class CommandQueue(wiring.Component):
    """Queue that takes bytes on trial.

    What is written can be read when `commit` confirms it; `drop` takes back what is not confirmed.
    Reads 1 byte per cycle, the first 2 cycles after its commit; the byte on offer no longer counts
    as queued. `i.ready` depends on registers alone.

    Parameters
    ----------
    depth : int
        Bytes, a power of two up to 32,768.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes on trial.
    commit : In(1)
        Confirm them.
    drop : In(1)
        Take them back.
    clear : In(1)
        Empty the queue, except for a byte that is being offered, and start the stream again at 0.
    o : Out(stream.Signature(8))
        Bytes confirmed.
    offset : Out(16)
        Bytes confirmed so far, modulo 2**16.
    room : Out(16)
        Bytes that may be confirmed before one is read.
    """

    i: stream.Interface
    commit: Signal
    drop: Signal
    clear: Signal
    o: stream.Interface
    offset: Signal
    room: Signal

    def __init__(self, depth: int):
        self.depth = depth
        super().__init__({
            "i": In(stream.Signature(8)),
            "commit": In(1),
            "drop": In(1),
            "clear": In(1),
            "o": Out(stream.Signature(8)),
            "offset": Out(OFFSET_WIDTH),
            "room": Out(OFFSET_WIDTH),
        })

    def elaborate(self, platform):
        m = Module()

        m.submodules.memory = memory = Memory(shape=8, depth=self.depth, init=[])
        write = memory.write_port()
        read = memory.read_port()

        tail = Signal(OFFSET_WIDTH)  # end of what is on trial
        head = Signal(OFFSET_WIDTH)  # next byte to read
        m.d.comb += [
            self.room.eq(self.depth - _distance(head, self.offset)),
            self.i.ready.eq(_distance(head, tail) != self.depth),
            write.addr.eq(tail),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready),
            read.addr.eq(head),
            read.en.eq(~self.o.valid | self.o.ready),
            self.o.payload.eq(read.data),
        ]
        with m.If(write.en):
            m.d.sync += tail.eq(tail + 1)
        with m.If(self.commit):
            m.d.sync += self.offset.eq(tail)
        with m.If(self.drop):
            m.d.sync += tail.eq(self.offset)
        with m.If(read.en):
            m.d.sync += self.o.valid.eq(head != self.offset)
            with m.If(head != self.offset):
                m.d.sync += head.eq(head + 1)
        with m.If(self.clear):
            m.d.sync += [tail.eq(0), self.offset.eq(0), head.eq(0)]

        return m


class ReportQueue(wiring.Component):
    """Queue that keeps bytes until they are acknowledged, and can go back to them.

    `cut` announces a piece: the `length` bytes at `offset` come out of `o`, the first after 2
    cycles and then 1 byte per cycle, whatever happens to the offsets meanwhile. The next piece may
    be cut when all have been taken. An `acknowledge` of bytes that were never sent is ignored.
    `i.ready` depends on registers alone.

    Parameters
    ----------
    depth : int
        Bytes, a power of two up to 32,768.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes to keep.
    clear : In(1)
        Empty the queue and start the stream again at 0.
    cut : In(1)
        Send a piece.
    length : In(8)
        Bytes of the piece, at most `pending`.
    o : Out(stream.Signature(8))
        Bytes of the piece.
    acknowledge : In(1)
        The other side expects `acknowledged` next; forget what is before it.
    acknowledged : In(16)
        Offset.
    rewind : In(1)
        Go back to the first byte not acknowledged, that of the same cycle included.
    offset : Out(16)
        Offset of the first byte to send.
    pending : Out(16)
        Bytes from there on.
    waiting : Out(1)
        Bytes sent are not acknowledged.
    progress : Out(1)
        Strobe: bytes are acknowledged.
    resends : Out(1)
        Strobe: the queue goes back over bytes that were sent.
    """

    i: stream.Interface
    clear: Signal
    cut: Signal
    length: Signal
    o: stream.Interface
    acknowledge: Signal
    acknowledged: Signal
    rewind: Signal
    offset: Signal
    pending: Signal
    waiting: Signal
    progress: Signal
    resends: Signal

    def __init__(self, depth: int):
        self.depth = depth
        super().__init__({
            "i": In(stream.Signature(8)),
            "clear": In(1),
            "cut": In(1),
            "length": In(8),
            "o": Out(stream.Signature(8)),
            "acknowledge": In(1),
            "acknowledged": In(OFFSET_WIDTH),
            "rewind": In(1),
            "offset": Out(OFFSET_WIDTH),
            "pending": Out(OFFSET_WIDTH),
            "waiting": Out(1),
            "progress": Out(1),
            "resends": Out(1),
        })

    def elaborate(self, platform):
        m = Module()

        m.submodules.memory = memory = Memory(shape=8, depth=self.depth, init=[])
        write = memory.write_port()
        read = memory.read_port()

        head = Signal(OFFSET_WIDTH)      # first byte that is kept
        tail = Signal(OFFSET_WIDTH)      # end of what is kept
        furthest = Signal(OFFSET_WIDTH)  # end of what was ever sent
        m.d.comb += [
            self.i.ready.eq(_distance(head, tail) != self.depth),
            write.addr.eq(tail),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready),
            self.pending.eq(_distance(self.offset, tail)),
        ]
        with m.If(write.en):
            m.d.sync += tail.eq(tail + 1)

        unacknowledged = Signal(OFFSET_WIDTH)  # bytes sent since the queue last went back
        claimed = Signal(OFFSET_WIDTH)
        advance = Signal(OFFSET_WIDTH)         # bytes to forget
        new_head = Signal(OFFSET_WIDTH)
        new_offset = Signal(OFFSET_WIDTH)
        m.d.comb += [
            unacknowledged.eq(_distance(head, self.offset)),
            claimed.eq(_distance(head, self.acknowledged)),
            advance.eq(Mux(self.acknowledge & (claimed <= _distance(head, furthest)), claimed, 0)),
            new_head.eq(head + advance),
            new_offset.eq(self.offset + Mux(self.cut, self.length, 0)),
            self.waiting.eq(unacknowledged != 0),
            self.progress.eq(advance != 0),
            self.resends.eq(self.rewind & (advance < unacknowledged)),
        ]
        m.d.sync += [head.eq(new_head), self.offset.eq(new_offset)]
        with m.If(_distance(head, new_offset) > _distance(head, furthest)):
            m.d.sync += furthest.eq(new_offset)
        # Bytes acknowledged may lie beyond `offset`, sent before the queue went back.
        with m.If(self.rewind | (advance > unacknowledged)):
            m.d.sync += self.offset.eq(new_head)
        with m.If(self.clear):
            m.d.sync += [head.eq(0), tail.eq(0), self.offset.eq(0), furthest.eq(0)]

        cursor = Signal(OFFSET_WIDTH)
        remaining = Signal(8)
        m.d.comb += [
            read.addr.eq(cursor),
            read.en.eq(~self.o.valid | self.o.ready),
            self.o.payload.eq(read.data),
        ]
        with m.If(read.en):
            m.d.sync += self.o.valid.eq(remaining != 0)
            with m.If(remaining != 0):
                m.d.sync += [cursor.eq(cursor + 1), remaining.eq(remaining - 1)]
        with m.If(self.cut):
            m.d.sync += [cursor.eq(self.offset), remaining.eq(self.length)]

        return m
