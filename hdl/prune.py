"""Compaction of the synapses of one tile."""

from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.maturity import DEAD
from golden.arch.params import CoreParams, index_width

from .records import SynapseWord


class Compactor(wiring.Component):
    """Move living synapses down over dead ones, and say which ones died.

    Takes the numbers of all synapses in ascending order. A synapse whose maturity is DEAD is
    dropped and its number offered; any other is written to `end`, which then moves on by one.
    `end` never passes the number taken, so nothing is overwritten before it is read.

    2 cycles per living synapse; a dead one waits until its number is taken. No combinational paths
    from inputs to outputs but from `i.payload` to `read_address`.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    restart : In(1)
        A prune begins: `end` is 0 again.
    i : In(stream.Signature(unsigned))
        Synapses, in ascending order.
    dropped : Out(stream.Signature(unsigned))
        Dead synapses.
    end : Out
        Living synapses so far, where the next one goes.
    idle : Out(1)
        Nothing under way.
    read_address : Out, word : In
        Read port of the synapses, one cycle later.
    write_enable, write_address, write_data : Out
        Write port of the synapses.
    """

    i: stream.Interface
    dropped: stream.Interface

    def __init__(self, params: CoreParams):
        width = params.synapse_width
        super().__init__({
            "restart": In(1),
            "i": In(stream.Signature(unsigned(width))),
            "dropped": Out(stream.Signature(unsigned(width))),
            "end": Out(index_width(params.tile_synapses + 1)),
            "idle": Out(1),
            "read_address": Out(width),
            "word": In(SynapseWord(params)),
            "write_enable": Out(1),
            "write_address": Out(width),
            "write_data": Out(SynapseWord(params)),
        })

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.read_address.eq(self.i.payload),
            self.write_address.eq(self.end),
            self.write_data.eq(self.word),
        ]
        with m.If(self.restart):
            m.d.sync += self.end.eq(0)
        with m.FSM():
            with m.State("TAKE"):
                m.d.comb += [self.idle.eq(1), self.i.ready.eq(1)]
                with m.If(self.i.valid):
                    m.d.sync += self.dropped.payload.eq(self.i.payload)
                    m.next = "JUDGE"
            with m.State("JUDGE"):
                with m.If(self.word.maturity == DEAD):
                    m.next = "DROP"
                with m.Else():
                    m.d.comb += self.write_enable.eq(1)
                    m.d.sync += self.end.eq(self.end + 1)
                    m.next = "TAKE"
            with m.State("DROP"):
                m.d.comb += self.dropped.valid.eq(1)
                with m.If(self.dropped.ready):
                    m.next = "TAKE"
        return m
