"""Compaction of the synapses of one tile."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from golden.arch.maturity import DEAD
from golden.arch.params import CoreParams, index_width

from .records import SynapseWord

IN_FLIGHT = 6
"""Dead synapses that may wait: the one that made it hold, and those between it and the walker."""

IN_FLIGHT_SINGLE_PORT = 1
"""Likewise with single-port memories, from which they come in every fourth cycle."""


class Compactor(wiring.Component):
    """Move living synapses down over dead ones, and say which ones died.

    Takes all synapses in ascending order. One whose maturity is DEAD is dropped and its number
    offered; any other is written to `end`, which then moves on by one. `end` never passes the
    number taken, so nothing is overwritten before it is read.

    1 synapse per cycle; after a dead one `hold` comes 2 cycles later and stays until its number is
    taken. `write_enable` and `new_end` depend combinationally on the synapse.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    pruning : In(1)
        The pass is a prune; before it begins, 0 for a cycle.
    valid : In(1), index : In, word : In(SynapseWord(params))
        A synapse, and its number.
    hold : Out(1)
        No further synapses, please; up to `in_flight` - 1 may come.
    write_enable : Out(1), write_address : Out
        The synapse is to be written there.
    new_end : Out
        Living synapses so far, this one included: where its row ends if it is the last of it.
    dropped : Out(stream.Signature(unsigned))
        Numbers of the dead synapses.
    """

    dropped: stream.Interface

    def __init__(self, params: CoreParams):
        width = params.synapse_width
        self.in_flight = IN_FLIGHT_SINGLE_PORT if params.single_port else IN_FLIGHT
        super().__init__({
            "pruning": In(1),
            "valid": In(1),
            "index": In(width),
            "word": In(SynapseWord(params)),
            "hold": Out(1),
            "write_enable": Out(1),
            "write_address": Out(width),
            "new_end": Out(index_width(params.tile_synapses + 1)),
            "dropped": Out(stream.Signature(unsigned(width))),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.dead = dead = SyncFIFO(width=len(self.index), depth=self.in_flight)
        end = Signal.like(self.new_end)
        lives = Signal()
        m.d.comb += [
            lives.eq(self.word.maturity != DEAD),
            self.write_enable.eq(self.pruning & self.valid & lives),
            self.write_address.eq(end),
            self.new_end.eq(Mux(self.write_enable, end + 1, end)),
            dead.w_data.eq(self.index),
            dead.w_en.eq(self.pruning & self.valid & ~lives),
            self.dropped.payload.eq(dead.r_data),
            self.dropped.valid.eq(dead.r_rdy),
            dead.r_en.eq(self.dropped.ready),
        ]
        m.d.sync += [
            self.hold.eq(dead.r_rdy),
            end.eq(Mux(self.pruning, self.new_end, 0)),
        ]
        return m
