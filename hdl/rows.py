"""The CSR rows of one tile: where they start, and who walks them."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width

from .store import HostPort, Store


class VisitOp(enum.Enum, shape=3):
    """What a visit does with the synapses of a row."""

    PROPAGATE = 0  # carry a spike: bring up to date, bump, deliver
    MODULATE = 1   # bring up to date, turn eligibility into weight
    SETTLE = 2     # bring up to date
    PRUNE = 3      # move the living together
    CLOSE = 4      # end of a prune: say where the last row ends


class Visit(data.StructLayout):
    """One row to be visited, the same for all tiles.

    Members
    -------
    op : VisitOp
        What to do.
    source : unsigned
        Source neuron of the row; CLOSE: number of rows.
    age : unsigned(8)
        Decays that its eligibilities are behind.
    inhibitory : unsigned(1)
        Kind of the source.
    """

    def __init__(self, params: CoreParams):
        super().__init__({
            "op": VisitOp,
            "source": index_width(params.neurons + 1),
            "age": 8,
            "inhibitory": 1,
        })


class RowWalker(wiring.Component):
    """Walk the synapses of a row, one per cycle.

    Takes a visit when `rest` says that nothing of the previous one is left. Reads where the row
    starts and where the next one does, and offers the numbers in between. For PRUNE and CLOSE it
    writes `new_start` as the start of the row, having read the old one.

    The first synapse comes 3 cycles after its visit was taken; throughput is 1 synapse per cycle
    and 1 row per 3 cycles plus its synapses. `visits.ready` depends combinationally on `rest`.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    visits : In(stream.Signature(Visit(params)))
        Rows to visit.
    rest : In(1)
        The synapses offered so far have been dealt with.
    visit : Out(Visit(params))
        The visit under way, or the latest one.
    synapses : Out(stream.Signature(unsigned))
        Numbers of its synapses within the tile.
    new_start : In
        PRUNE, CLOSE: where the row will start.
    idle : Out(1)
        Nothing under way.
    host : In(HostPort)
        The host's side of the row starts.
    row_start : Out
        What the host reads there.
    """

    visits: stream.Interface
    synapses: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        # a row may start one past the last synapse
        self.start_width = index_width(params.tile_synapses + 1)
        self.depth = params.neurons + 1
        super().__init__({
            "visits": In(stream.Signature(Visit(params))),
            "rest": In(1),
            "visit": Out(Visit(params)),
            "synapses": Out(stream.Signature(unsigned(params.synapse_width))),
            "new_start": In(self.start_width),
            "idle": Out(1),
            "host": In(HostPort(unsigned(self.start_width), index_width(self.depth))),
            "row_start": Out(self.start_width),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.starts = starts = Store(unsigned(self.start_width), self.depth)
        wiring.connect(m, starts.host, wiring.flipped(self.host))
        visit = self.visit
        at = Signal(self.start_width)
        end = Signal(self.start_width)
        m.d.comb += [
            starts.read_address.eq(self.visits.p.source),
            starts.write_address.eq(visit.source),
            starts.write_data.eq(self.new_start),
            self.synapses.payload.eq(at),
            self.row_start.eq(starts.read_data),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.idle.eq(1), self.visits.ready.eq(self.rest)]
                with m.If(self.visits.valid & self.visits.ready):
                    m.d.sync += visit.eq(self.visits.p)
                    m.next = "START"
            with m.State("START"):
                m.d.sync += at.eq(starts.read_data)
                with m.If(visit.op == VisitOp.CLOSE):
                    m.d.comb += starts.write_enable.eq(1)
                    m.next = "IDLE"
                with m.Else():
                    m.d.comb += [
                        starts.read_address.eq(visit.source + 1),
                        starts.write_enable.eq(visit.op == VisitOp.PRUNE),
                    ]
                    m.next = "END"
            with m.State("END"):
                m.d.sync += end.eq(starts.read_data)
                m.next = "IDLE"
                with m.If(starts.read_data != at):
                    m.next = "WALK"
            with m.State("WALK"):
                m.d.comb += self.synapses.valid.eq(1)
                with m.If(self.synapses.ready):
                    m.d.sync += at.eq(at + 1)
                    with m.If(at + 1 == end):
                        m.next = "IDLE"
        return m
