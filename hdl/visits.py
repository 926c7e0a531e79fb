"""The order of visits: which rows, one after the other, with their ages."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.records import AGE_HORIZON

from .rows import Visit, VisitOp


class Visitor(wiring.Component):
    """Send all tiles through the rows of a pass.

    PROPAGATE visits the rows of the spikes, in ascending order. The other passes go through all
    rows: MODULATE leaves out those past the horizon, whose eligibilities are all zero, SETTLE
    those that are up to date, PRUNE none. A visit brings a row up to date, so its age becomes 0,
    or 1 in a tick, whose end decays it once; a settled row past the horizon stays there, and PRUNE
    changes no age. In a tick the sweep has advanced the ages already, so the row is one decay less
    behind than its age says.

    1 row per cycle, the first 3 cycles after `start`, while all tiles have room. No combinational
    paths from inputs to outputs but from the `ready` of `visits` to their `valid`, to `enable` and
    to the `ready` of `spikes`.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    neuron_count : In(params.count_width)
        Neurons of the pool.
    op : In(VisitOp)
        Pass to make; constant from `start` until `idle`.
    start : In(1)
        Make it.
    spikes : In(stream.Signature(unsigned(source_width)))
        Spiking neurons of the tick.
    drained : In(1)
        There are no more of them.
    source : Out, enable : Out(1), row_age : In(8)
        Lookup of a row in the age table, one cycle later.
    set : Out(1), set_source : Out, set_age : Out(8)
        New age of a row.
    visits : Out(stream.Signature(Visit(params))).array(tiles)
        Rows for each tile; all take a row in the same cycle.
    idle : Out(1)
        All rows have been handed out; 0 from the cycle after `start`.
    """

    spikes: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "neuron_count": In(params.count_width),
            "op": In(VisitOp),
            "start": In(1),
            "spikes": In(stream.Signature(unsigned(params.source_width))),
            "drained": In(1),
            "source": Out(params.source_width),
            "enable": Out(1),
            "row_age": In(8),
            "set": Out(1),
            "set_source": Out(params.source_width),
            "set_age": Out(8),
            "visits": Out(stream.Signature(Visit(params))).array(params.tiles),
            "idle": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        propagating = self.op == VisitOp.PROPAGATE

        # which rows: those of the spikes, or all
        running = Signal()
        scanning = Signal()
        row = Signal(params.source_width)
        offered = Signal()
        moves = Signal()
        m.d.comb += [
            offered.eq(Mux(propagating, running & self.spikes.valid, scanning)),
            self.spikes.ready.eq(running & propagating & moves),
            self.source.eq(Mux(propagating, self.spikes.payload, row)),
            self.enable.eq(moves),
        ]
        with m.If(self.start):
            m.d.sync += [running.eq(1), row.eq(0), scanning.eq(~propagating)]
        with m.Elif(moves & scanning):
            m.d.sync += [row.eq(row + 1), scanning.eq(row + 1 != self.neuron_count)]

        # looked up: the age table shows it
        looked_up = Signal()
        source = Signal(params.source_width)
        with m.If(moves):
            m.d.sync += [looked_up.eq(offered), source.eq(self.source)]

        # fetched; only now judged, since the table shows an age late in a cycle, and handed out to
        # all tiles at once
        fetched = Signal()
        visit = Signal(Visit(params), reset_less=True)
        wanted = Signal()
        given = Signal()
        young = visit.age < AGE_HORIZON
        with m.Switch(self.op):
            with m.Case(VisitOp.MODULATE):
                m.d.comb += wanted.eq(fetched & young)
            with m.Case(VisitOp.SETTLE):
                m.d.comb += wanted.eq(fetched & (visit.age != 0))
            with m.Default():
                m.d.comb += wanted.eq(fetched)
        m.d.comb += [
            given.eq(wanted & Cat(port.ready for port in self.visits).all()),
            moves.eq(~wanted | given),
            self.set.eq(given & (self.op != VisitOp.PRUNE)),
            self.set_source.eq(visit.source),
            self.set_age.eq(Mux(propagating, 1, Mux(young, 0, AGE_HORIZON))),
        ]
        with m.If(moves):
            m.d.sync += [
                fetched.eq(looked_up),
                visit.source.eq(source),
                visit.age.eq(self.row_age),
            ]
        for port in self.visits:
            m.d.comb += [
                port.p.source.eq(visit.source),
                port.p.age.eq(Mux(propagating, visit.age - 1, visit.age)),
                port.valid.eq(given),
            ]

        over = Mux(propagating, self.drained, ~scanning) & ~looked_up & ~fetched
        with m.If(running & over & ~self.start):
            m.d.sync += running.eq(0)
        m.d.comb += self.idle.eq(~running)
        return m
