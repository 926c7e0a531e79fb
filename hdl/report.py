"""The report of one tick: its spikes as a list or as a bitmap, whichever is shorter."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import Tag
from golden.arch.params import CoreParams


class SpikeReporter(wiring.Component):
    """Write the spikes of a tick as EVENTS or as BITMAP (see `golden.arch.commands`).

    The bitmap is made from the ascending list as it goes: no second copy of the spikes is kept.

    EVENTS takes 1 cycle per byte and 2 more per word of the spike list, BITMAP 1 more per byte and
    per spike. `o.valid` and `spikes.ready` depend on registers and on `spikes` alone.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    start : In(1)
        Report the tick whose spikes the list holds; when `idle`.
    neuron_count, spike_count : In(params.count_width)
        Neurons of the pool, and how many of them fired.
    spikes : In(stream.Signature(unsigned(source_width)))
        The spiking neurons, ascending.
    drained : In(1)
        There are no more of them.
    o : Out(stream.Signature(8))
        Bytes of the report.
    idle : Out(1)
        The report has been written.
    """

    spikes: stream.Interface
    o: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "start": In(1),
            "neuron_count": In(params.count_width),
            "spike_count": In(params.count_width),
            "spikes": In(stream.Signature(unsigned(params.source_width))),
            "drained": In(1),
            "o": Out(stream.Signature(8)),
            "idle": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        size = self.params.event_bytes
        bitmap_bytes = Signal(range((self.params.neurons + 7) // 8 + 1))
        events = Signal()
        m.d.comb += [
            bitmap_bytes.eq((self.neuron_count + 7) >> 3),
            events.eq(size * (1 + self.spike_count) <= bitmap_bytes),
        ]

        number = Signal(16)  # count or neuron under way
        high = Signal()      # its second byte is due
        position = Signal.like(bitmap_bytes)
        bits = Signal(8)
        at_end = Signal()
        m.d.comb += at_end.eq(high == size - 1)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.idle.eq(1)
                m.d.sync += [high.eq(0), position.eq(0), bits.eq(0)]
                with m.If(self.start):
                    m.next = "TAG"
            with m.State("TAG"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.eq(Mux(events, Tag.EVENTS, Tag.BITMAP)),
                ]
                m.d.sync += number.eq(self.spike_count)
                with m.If(self.o.ready):
                    m.next = "BITMAP"
                    with m.If(events):
                        m.next = "NUMBER"
            with m.State("NUMBER"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.eq(number.word_select(high, 8)),
                ]
                with m.If(self.o.ready):
                    m.d.sync += high.eq(~at_end)
                    with m.If(at_end):
                        m.next = "AWAIT-SPIKE"
            with m.State("AWAIT-SPIKE"):
                m.d.comb += self.spikes.ready.eq(1)
                m.d.sync += number.eq(self.spikes.payload)
                with m.If(self.spikes.valid):
                    m.next = "NUMBER"
                with m.Elif(self.drained):
                    m.next = "IDLE"
            with m.State("BITMAP"):
                inside = (self.spikes.payload >> 3) == position
                with m.If(self.spikes.valid & inside):
                    m.d.comb += self.spikes.ready.eq(1)
                    m.d.sync += bits.eq(bits | (1 << self.spikes.payload[:3]))
                with m.Elif(self.spikes.valid | self.drained):
                    m.next = "BYTE"
            with m.State("BYTE"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(bits)]
                with m.If(self.o.ready):
                    m.d.sync += [bits.eq(0), position.eq(position + 1)]
                    m.next = "BITMAP"
                    with m.If(position + 1 == bitmap_bytes):
                        m.next = "IDLE"
        return m
