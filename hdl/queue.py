"""Byte queues between the line and the core.

Both are rings in a memory, of which they use all bytes but a few. A place in it is the low
bits of an offset into the stream, which the frames count modulo 2**16.
"""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

OFFSET_WIDTH = 16
"""Bits of an offset into a stream."""


class LoopControl(wiring.Signature):
    """What the core orders of the queue of its commands.

    Members
    -------
    active : Out(1)
        Keep what has not been taken yet, and what comes, even when it is taken.
    again : Out(1)
        Strobe: go back to the first byte that is kept. The byte on offer is to be taken with it.
    stuck : In(1)
        All bytes have been taken, and less than a quarter of the queue is free: a host may wait
        for more room before it sends more.
    """

    def __init__(self):
        super().__init__({"active": Out(1), "again": Out(1), "stuck": In(1)})


class CommandQueue(wiring.Component):
    """Queue that takes bytes on trial, and can give bytes again.

    Bytes that have been written can be read when `commit` confirms them; until then they may be
    written anew. Nothing checks that there is room. A byte can be read every other cycle, the first
    one 2 cycles after its commit.

    Parameters
    ----------
    depth : int
        Bytes of the memory, a power of two up to 32,768.

    Members
    -------
    write : In(1)
        Write `data`, on trial, `position` bytes behind `offset`.
    position, data : In(8)
        Where, and what.
    commit : In(1)
        Confirm `length` bytes.
    length : In(8)
        How many.
    clear : In(1)
        Empty the queue, and start the stream again at 0; to be held until a byte that is being
        offered has been taken.
    o : Out(stream.Signature(8))
        Bytes confirmed.
    loop : In(LoopControl())
        What to keep, and when to go back to it.
    offset : Out(16)
        Bytes confirmed so far, modulo 2**16.
    room : Out(range(depth))
        Bytes that may be confirmed before one is read.
    """

    write: Signal
    position: Signal
    data: Signal
    commit: Signal
    length: Signal
    clear: Signal
    o: stream.Interface
    offset: Signal
    room: Signal

    def __init__(self, depth: int):
        self.depth = depth
        super().__init__({
            "write": In(1),
            "position": In(8),
            "data": In(8),
            "commit": In(1),
            "length": In(8),
            "clear": In(1),
            "o": Out(stream.Signature(8)),
            "loop": In(LoopControl()),
            "offset": Out(OFFSET_WIDTH),
            "room": Out(range(depth)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=8, depth=self.depth, init=[])
        write = memory.write_port()
        read = memory.read_port()

        head = Signal(range(self.depth))  # next byte to take
        mark = Signal.like(head)          # first byte that is kept
        is_empty = Signal()
        m.d.comb += [
            write.addr.eq(self.offset + self.position),
            write.data.eq(self.data),
            write.en.eq(self.write),
            read.addr.eq(head),
            read.en.eq(~self.o.valid),
            self.o.payload.eq(read.data),
            is_empty.eq(head == self.offset[:len(head)]),
            self.room.eq(~(self.offset - mark)[:len(mark)]),
            self.loop.stuck.eq(is_empty & ~self.o.valid & (self.room < self.depth // 4)),
        ]
        with m.If(self.commit):
            m.d.sync += self.offset.eq(self.offset + self.length)
        with m.If(~self.loop.active):
            m.d.sync += mark.eq(head)
        with m.If(~self.o.valid):
            m.d.sync += self.o.valid.eq(~is_empty)
        with m.Elif(self.o.ready):
            m.d.sync += [self.o.valid.eq(0), head.eq(head + 1)]
        with m.If(self.loop.again):
            m.d.sync += [self.o.valid.eq(0), head.eq(mark)]
        with m.If(self.clear):
            m.d.sync += [self.offset.eq(0), head.eq(0), mark.eq(0)]
        return m


class ReportQueue(wiring.Component):
    """Queue that keeps bytes until they are acknowledged, and can go back to them.

    A byte is pending 2 cycles after it was taken. Bytes are read by their position behind `offset`,
    which must `hold` still meanwhile; then the queue may `advance`. Bytes that are being read
    again, and are acknowledged just then, may be overwritten. An `acknowledge` of bytes that are
    not in the queue is ignored. `i.ready` is a register.

    Parameters
    ----------
    depth : int
        Bytes of the memory, a power of two up to 32,768.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes to keep.
    clear : In(1)
        Empty the queue and start the stream again at 0.
    position : In(8)
        Byte to read.
    data : Out(8)
        The byte that was asked for in the previous cycle.
    hold : In(1)
        Bytes are being read.
    advance : In(1)
        `length` bytes, at most `pending`, have been read.
    length : In(8)
        How many.
    acknowledge : In(1)
        The other side expects `acknowledged` next; forget what is before it.
    acknowledged : In(16)
        Offset; from the cycle before on.
    rewind : In(1)
        Go back to the first byte not acknowledged, that of the same cycle included, as soon as no
        bytes are being read.
    offset : Out(16)
        Offset of the first byte to send.
    pending : Out(range(depth))
        Bytes from there on.
    waiting : Out(1)
        Bytes sent are not acknowledged.
    progress : Out(1)
        Strobe: bytes are acknowledged.
    returning : Out(1)
        The queue is about to go back.
    resends : Out(1)
        Strobe: the queue goes back over bytes that were sent.
    """

    i: stream.Interface
    clear: Signal
    position: Signal
    data: Signal
    hold: Signal
    advance: Signal
    length: Signal
    acknowledge: Signal
    acknowledged: Signal
    rewind: Signal
    offset: Signal
    pending: Signal
    waiting: Signal
    progress: Signal
    returning: Signal
    resends: Signal

    def __init__(self, depth: int):
        self.depth = depth
        super().__init__({
            "i": In(stream.Signature(8)),
            "clear": In(1),
            "position": In(8),
            "data": Out(8),
            "hold": In(1),
            "advance": In(1),
            "length": In(8),
            "acknowledge": In(1),
            "acknowledged": In(OFFSET_WIDTH),
            "rewind": In(1),
            "offset": Out(OFFSET_WIDTH),
            "pending": Out(range(depth)),
            "waiting": Out(1),
            "progress": Out(1),
            "returning": Out(1),
            "resends": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=8, depth=self.depth, init=[])
        write = memory.write_port()
        read = memory.read_port()

        head = Signal(OFFSET_WIDTH)       # first byte that is kept
        tail = Signal(range(self.depth))  # end of what is kept
        kept = Signal.like(tail)
        claimed = Signal(OFFSET_WIDTH)    # bytes that are said to be acknowledged
        is_progress = Signal()
        ahead = Signal(signed(len(tail) + 1))  # bytes sent and not acknowledged
        m.d.sync += [write.data.eq(self.i.payload), write.en.eq(self.i.valid & self.i.ready)]
        m.d.comb += [
            kept.eq(tail - head),
            write.addr.eq(tail),
            read.addr.eq(self.offset + self.position),
            self.data.eq(read.data),
            self.pending.eq(tail - self.offset),
            claimed.eq(self.acknowledged - head),
            self.progress.eq(self.acknowledge & is_progress),
            # Less than none, if bytes are acknowledged that have yet to be sent again.
            ahead.eq(self.offset - head),
            self.waiting.eq((ahead != 0) & ~ahead[-1]),
        ]
        # two bytes may come before the first of them shows
        m.d.sync += self.i.ready.eq(~kept[2:].all())
        m.d.sync += is_progress.eq(
            (claimed != 0) & (claimed[len(kept):] == 0) & (claimed[:len(kept)] <= kept))
        with m.If(write.en):
            m.d.sync += tail.eq(tail + 1)
        with m.If(self.progress):
            m.d.sync += head.eq(self.acknowledged)
        with m.If(self.advance):
            m.d.sync += self.offset.eq(self.offset + self.length)
        with m.Elif(~self.hold & (self.returning | ~self.waiting)):
            m.d.comb += self.resends.eq(self.returning & self.waiting)
            m.d.sync += [self.offset.eq(head), self.returning.eq(0)]
        with m.If(self.rewind):
            m.d.sync += self.returning.eq(1)
        with m.If(self.clear):
            m.d.sync += [head.eq(0), tail.eq(0), self.offset.eq(0), self.returning.eq(0),
                         write.en.eq(0)]
        return m
