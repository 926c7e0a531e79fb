"""Small designs to try the simulator with."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from hdl.uart import UartReceiver, UartTransmitter


class Echo(wiring.Component):
    """Sends back each byte that it receives.

    Members
    -------
    rx : In(1, init=1)
        Serial line in.
    tx : Out(1, init=1)
        Serial line out.
    busy : Out(1)
        Whether a byte is on its way.
    count : Out(16)
        Bytes received.
    """

    rx: In(1, init=1)
    tx: Out(1, init=1)
    busy: Out(1)
    count: Out(16)

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self.params.divisor)
        m.submodules.transmitter = transmitter = UartTransmitter(self.params.divisor)
        m.submodules.queue = queue = fifo.SyncFIFOBuffered(width=8, depth=64)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            queue.w_data.eq(receiver.o.payload),
            queue.w_en.eq(receiver.o.valid),
            transmitter.i.payload.eq(queue.r_data),
            transmitter.i.valid.eq(queue.r_rdy),
            queue.r_en.eq(transmitter.i.ready),
            self.tx.eq(transmitter.tx),
            self.busy.eq(receiver.busy | queue.r_rdy | transmitter.busy),
        ]
        with m.If(receiver.o.valid):
            m.d.sync += self.count.eq(self.count + 1)
        return m


class StreamEcho(wiring.Component):
    """Reports each byte of a command, with its bits inverted.

    Members
    -------
    commands : In(stream.Signature(8))
        Bytes.
    reports : Out(stream.Signature(8))
        The same, inverted.
    """

    commands: In(stream.Signature(8))
    reports: Out(stream.Signature(8))

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = queue = fifo.SyncFIFO(width=8, depth=4)
        m.d.comb += [
            queue.w_data.eq(~self.commands.payload),
            queue.w_en.eq(self.commands.valid),
            self.commands.ready.eq(queue.w_rdy),
            self.reports.payload.eq(queue.r_data),
            self.reports.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.reports.ready),
        ]
        return m


class Mixer(wiring.Component):
    """Mixes numbers in memories of every kind that the gateware uses, and some that it doesn't.

    Members
    -------
    address, write : In
        Word, and which of its halves are written.
    value : In(signed(40))
        What is written, and added up.
    word : Out(40)
        Word read in the latest cycle, after what was written in that cycle.
    old : Out(24)
        Word of the second memory, which is short of a power of two, before the write.
    sum : Out(signed(48))
        Sum of the values.
    mixed : Out(40)
        `sum` and `value`, combinationally.
    """

    address: In(6)
    write: In(2)
    value: In(signed(40))
    word: Out(40)
    old: Out(24)
    sum: Out(signed(48))
    mixed: Out(40)

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__()

    def elaborate(self, platform):
        m = Module()

        m.submodules.wide = wide = Memory(shape=unsigned(40), depth=64, init=range(3, 899, 14))
        write = wide.write_port(granularity=20)
        read = wide.read_port(transparent_for=(write,))
        m.d.comb += [
            write.addr.eq(self.address),
            write.data.eq(self.value),
            write.en.eq(self.write),
            read.addr.eq(self.address ^ self.value[:2]),
            read.en.eq(~self.value[2]),
            self.word.eq(read.data),
        ]

        # Two writers, which never meet.
        m.submodules.short = short = Memory(shape=unsigned(24), depth=50, init=[])
        even, odd, reader = short.write_port(), short.write_port(), short.read_port()
        m.d.comb += [
            even.addr.eq(self.address & 62),
            even.data.eq(self.value),
            even.en.eq(self.write[0]),
            odd.addr.eq(self.address | 1),
            odd.data.eq(self.sum),
            odd.en.eq(self.write[1]),
            reader.addr.eq(self.value[:6]),
            reader.en.eq(1),
            self.old.eq(reader.data),
        ]

        with m.If(self.write.any()):
            m.d.sync += self.sum.eq(self.sum + self.value)
        mixed = Signal(40)
        m.d.comb += [mixed.eq(self.sum * 3 ^ self.value), self.mixed.eq(mixed)]
        return m


class Loop(wiring.Component):
    """Drives a bit of a signal from another bit of it.

    Members
    -------
    i : In(2)
        Input.
    o : Out(2)
        ``i``, and in its high bit the conjunction of both.
    """

    i: In(2)
    o: Out(2)

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.o[0].eq(self.i[0]), self.o[1].eq(self.i[1] & self.o[0])]
        return m
