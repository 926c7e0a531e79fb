"""Rows in stretches: first the synapses of a row, then what the dense block has of it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams

from .registers import CONFIG
from .rows import Stretch, Visit, VisitOp


class RowSplitter(wiring.Component):
    """Send the walker through a row, and then through its cells, if the dense block has any.

    PRUNE leaves the cells out. MODULATE goes through them in rounds, each of which gives a weight
    one pulse at most: when the cells of a round have been through the pipeline, `more` tells
    whether there is another one. In rounds from the second on, they are up to date.

    A row without cells takes 1 cycle, one with cells 2, and another `drained` for each round. No
    combinational paths from inputs to outputs but from the `ready` of `stretches` to that of
    `visits`.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    op : In(VisitOp)
        Pass, constant while it lasts.
    visits : In(stream.Signature(Visit(params)))
        Rows to visit.
    stretches : Out(stream.Signature(Stretch(params)))
        What to walk.
    drained : In(1)
        No stretch is under way.
    more : In(1)
        Some weight has more pulses to come than it has got.
    round : Out(7)
        MODULATE: rounds that have passed.
    idle : Out(1)
        No row under way.
    """

    visits: stream.Interface
    stretches: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "config": In(CONFIG),
            "op": In(VisitOp),
            "visits": In(stream.Signature(Visit(params))),
            "stretches": Out(stream.Signature(Stretch(params))),
            "drained": In(1),
            "more": In(1),
            "round": Out(7),
            "idle": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        stretch = self.stretches.p
        taken = Signal()
        visit = Signal(Visit(self.params), reset_less=True)
        row = Signal(range(-(1 << 16), 1 << 16))
        has_cells = Signal()
        over = Signal()  # the last stretch of the row goes
        m.d.comb += [
            row.eq(visit.source - self.config.block_source),
            has_cells.eq((row >= 0) & (row < self.config.block_rows)
                         & (self.op != VisitOp.PRUNE)),
            self.visits.ready.eq(~taken | over),
            self.idle.eq(~taken),
        ]
        with m.If(self.visits.ready):
            m.d.sync += [taken.eq(self.visits.valid), visit.eq(self.visits.p)]

        with m.FSM():
            with m.State("SYNAPSES"):
                m.d.comb += [
                    self.stretches.valid.eq(taken),
                    stretch.source.eq(visit.source),
                    stretch.age.eq(visit.age),
                    over.eq(self.stretches.ready & ~has_cells),
                ]
                m.d.sync += self.round.eq(0)
                with m.If(taken & self.stretches.ready & has_cells):
                    m.next = "CELLS"
            with m.State("CELLS"):
                modulating = self.op == VisitOp.MODULATE
                m.d.comb += [
                    self.stretches.valid.eq(1),
                    stretch.source.eq(row),
                    stretch.age.eq(Mux(self.round == 0, visit.age, 0)),
                    stretch.dense.eq(1),
                    over.eq(self.stretches.ready & ~modulating),
                ]
                with m.If(self.stretches.ready):
                    m.next = "SYNAPSES"
                    with m.If(modulating):
                        m.next = "PULSED"
            with m.State("PULSED"):
                m.d.comb += over.eq(self.drained & ~self.more)
                with m.If(self.drained):
                    m.d.sync += self.round.eq(self.round + 1)
                    m.next = "SYNAPSES"
                    with m.If(self.more):
                        m.next = "CELLS"
        return m
