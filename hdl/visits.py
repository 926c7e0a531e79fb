"""The order of visits: which rows, one after the other, with their ages."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.records import AGE_HORIZON

from .records import SourceWord
from .rows import Visit, VisitOp


class Visitor(wiring.Component):
    """Send all tiles through the rows of a pass.

    PROPAGATE visits the rows of the spikes, in ascending order. The other passes go through all
    rows: MODULATE leaves out those past the horizon, whose eligibilities are all zero, SETTLE
    those that are up to date, PRUNE none. A visit brings a row up to date, so its age becomes 0,
    or 1 in a tick, whose end decays it once; a settled row past the horizon stays there, and PRUNE
    changes no age. In a tick the sweep has advanced the ages already, so the row is one decay less
    behind than its age says.

    A row takes 4 cycles, or longer if a tile is busy; the tiles may be one row apart. No
    combinational paths from inputs to outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    neuron_count : In(17)
        Neurons of the pool.
    commands : In(stream.Signature(VisitOp))
        Passes to make.
    spikes : In(stream.Signature(unsigned(source_width)))
        Spiking neurons of the tick.
    drained : In(1)
        There are no more of them.
    source : Out, source_word : In(SourceWord)
        Lookup of a row in the age table, one cycle later.
    set_age : Out(1), age : Out(8)
        New age of row `source`.
    visits : Out(stream.Signature(Visit(params))).array(tiles)
        Rows for each tile.
    idle : Out(1)
        All rows have been handed out.
    """

    commands: stream.Interface
    spikes: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "neuron_count": In(17),
            "commands": In(stream.Signature(VisitOp)),
            "spikes": In(stream.Signature(unsigned(params.source_width))),
            "drained": In(1),
            "source": Out(params.source_width),
            "source_word": In(SourceWord),
            "set_age": Out(1),
            "age": Out(8),
            "visits": Out(stream.Signature(Visit(params))).array(params.tiles),
            "idle": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        op = Signal(VisitOp)
        source = Signal(range(params.neurons + 1))
        visit = Signal(Visit(params))
        waiting = Signal(params.tiles)
        row_age = self.source_word.age
        young = row_age < AGE_HORIZON
        wanted = Signal()
        with m.Switch(op):
            with m.Case(VisitOp.MODULATE):
                m.d.comb += wanted.eq(young)
            with m.Case(VisitOp.SETTLE):
                m.d.comb += wanted.eq(row_age != 0)
            with m.Default():
                m.d.comb += wanted.eq(1)

        m.d.comb += self.source.eq(source)
        for tile, port in enumerate(self.visits):
            m.d.comb += [port.payload.eq(visit), port.valid.eq(waiting[tile])]
            with m.If(port.ready):
                m.d.sync += waiting[tile].eq(0)

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.idle.eq(1), self.commands.ready.eq(1)]
                m.d.sync += source.eq(0)
                with m.If(self.commands.valid):
                    m.d.sync += op.eq(self.commands.payload)
                    m.next = "LOOK-UP"
                    with m.If(self.commands.payload == VisitOp.PROPAGATE):
                        m.next = "AWAIT-SPIKE"
            with m.State("AWAIT-SPIKE"):
                m.d.comb += self.spikes.ready.eq(1)
                with m.If(self.spikes.valid):
                    m.d.sync += source.eq(self.spikes.payload)
                    m.next = "LOOK-UP"
                with m.Elif(self.drained):
                    m.next = "IDLE"
            with m.State("LOOK-UP"):
                m.next = "JUDGE"
            with m.State("JUDGE"):
                m.d.sync += [
                    visit.op.eq(op),
                    visit.source.eq(source),
                    visit.age.eq(Mux(op == VisitOp.PROPAGATE, row_age - 1, row_age)),
                    visit.inhibitory.eq(self.source_word.inhibitory),
                ]
                m.d.comb += self.age.eq(Mux(op == VisitOp.PROPAGATE, 1,
                                            Mux(young, 0, AGE_HORIZON)))
                m.next = "NEXT"
                with m.If(wanted):
                    m.d.comb += self.set_age.eq(op != VisitOp.PRUNE)
                    m.d.sync += waiting.eq(-1)
                    m.next = "HAND-OUT"
            with m.State("HAND-OUT"):
                with m.If(waiting == 0):
                    m.next = "NEXT"
            with m.State("NEXT"):
                with m.If(op == VisitOp.PROPAGATE):
                    m.next = "AWAIT-SPIKE"
                with m.Elif(visit.op == VisitOp.CLOSE):
                    m.next = "IDLE"
                with m.Elif(source + 1 != self.neuron_count):
                    m.d.sync += source.eq(source + 1)
                    m.next = "LOOK-UP"
                with m.Elif(op == VisitOp.PRUNE):
                    m.d.sync += [
                        visit.op.eq(VisitOp.CLOSE),
                        visit.source.eq(self.neuron_count),
                        waiting.eq(-1),
                    ]
                    m.next = "HAND-OUT"
                with m.Else():
                    m.next = "IDLE"
        return m
