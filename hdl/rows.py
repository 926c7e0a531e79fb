"""The CSR rows of one tile: where they end, and who walks them."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, unsigned
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width

from .records import cell_width, place_width
from .store import HostPort, Store


class VisitOp(enum.Enum, shape=2):
    """What a pass does with the synapses of the rows it visits."""

    PROPAGATE = 0  # carry a spike: bring up to date, bump, deliver
    MODULATE = 1   # bring up to date, turn eligibility into weight
    SETTLE = 2     # bring up to date
    PRUNE = 3      # move the living together


class Visit(data.StructLayout):
    """One row to be visited, the same for all tiles.

    Members
    -------
    source : unsigned(source_width)
        Source neuron of the row.
    age : unsigned(8)
        Decays that its eligibilities are behind.
    """

    def __init__(self, params: CoreParams):
        super().__init__({"source": params.source_width, "age": 8})


class Stretch(data.StructLayout):
    """A piece of a row, walked without a pause.

    Members
    -------
    source : unsigned(source_width)
        Source neuron of the row; of a piece of the dense block, row of the block.
    age : unsigned(8)
        Decays that its eligibilities are behind.
    dense : unsigned(1)
        The cells that the dense block has of it, instead of its synapses; there only in a core
        with a block.
    """

    def __init__(self, params: CoreParams):
        super().__init__({"source": params.source_width, "age": 8}
                         | ({"dense": 1} if params.block_rows else {}))


class RowWord(data.StructLayout):
    """What a tile keeps of a row.

    Members
    -------
    end : unsigned
        Number of the synapse after its last one.
    inhibitory : unsigned(1)
        Kind of the source.
    """

    def __init__(self, params: CoreParams):
        super().__init__({"end": index_width(params.tile_synapses + 1), "inhibitory": 1})


class Step(data.StructLayout):
    """One synapse of a visit.

    Members
    -------
    index : unsigned(place_width(params))
        Number of the synapse within the tile, or of the cell and a 1 above it.
    age : unsigned(8)
        Decays that it is behind.
    inhibitory : unsigned(1)
        Kind of its source.
    column : unsigned(cell_width(params))
        Of a cell, its place in the row; there only in a core with a dense block.
    """

    def __init__(self, params: CoreParams):
        super().__init__({"index": place_width(params), "age": 8, "inhibitory": 1}
                         | ({"column": cell_width(params)} if params.block_rows else {}))


class RowTable(wiring.Component):
    """Ends of the rows of one tile.

    A row starts where the one before it ends, so whoever wants to walk one needs two neighbouring
    words at once: odd and even rows lie in memories of their own.

    A lookup takes 1 cycle, and one may start in each. No combinational paths from inputs to
    outputs but within the host's answer.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    source : In, enable : In(1)
        Row to look up; unless enabled, the former one goes on being shown.
    start : Out
        Where it starts, one cycle later.
    row : Out(RowWord(params))
        Where it ends, and its kind, one cycle later.
    write_enable, write_source, write_row : In
        Row to write.
    host : In(HostPort(RowWord(params), source_width))
        The host's side; it reads what `row` shows.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        word = RowWord(params)
        super().__init__({
            "source": In(params.source_width),
            "enable": In(1),
            "start": Out(word["end"].shape),
            "row": Out(word),
            "write_enable": In(1),
            "write_source": In(params.source_width),
            "write_row": In(word),
            "host": In(HostPort(word, params.source_width)),
        })

    def elaborate(self, platform):
        m = Module()
        depth = (self.params.neurons + 1) // 2
        banks = [Store(RowWord(self.params), depth) for _ in range(2)]
        m.submodules.even, m.submodules.odd = banks
        place = Signal(self.params.source_width)
        m.d.comb += place.eq(Mux(self.host.claim, self.host.address, self.source))
        # An odd row and the even one before it lie at the same address; an even row and the odd
        # one before it do not.
        m.d.comb += [
            banks[0].read_address.eq(place >> 1),
            banks[1].read_address.eq(Mux(place[0] | self.host.claim, place, place - 1) >> 1),
        ]
        odd = Signal()
        first = Signal()
        with m.If(self.enable | self.host.claim):
            m.d.sync += [odd.eq(place[0]), first.eq(place == 0)]
        rows = [bank.read_data for bank in banks]
        m.d.comb += [
            self.row.eq(Mux(odd, rows[1], rows[0])),
            self.start.eq(Mux(first, 0, Mux(odd, rows[0].end, rows[1].end))),
        ]
        for parity, bank in enumerate(banks):
            m.d.comb += [
                bank.read_enable.eq(self.enable | self.host.claim),
                bank.write_address.eq(Mux(self.host.claim, self.host.address,
                                          self.write_source) >> 1),
                bank.write_data.eq(Mux(self.host.claim, self.host.data, self.write_row)),
                bank.write_enable.eq(Mux(
                    self.host.claim, self.host.write & (self.host.address[0] == parity),
                    self.write_enable & (self.write_source[0] == parity))),
            ]
        return m


class RowWalker(wiring.Component):
    """Walk the synapses of rows, one per cycle, without a pause between rows.

    While one row is walked, the next ones are looked up: rows wait in four stages (taken, looked
    up, known, walked), each of which moves on as soon as the one after it does. The first synapse
    comes 4 cycles after its visit was offered; with a single tile, which no queue of visits stands
    before, the first stage is left out, and it comes after 3. An empty row takes a cycle.

    A prune walks through all synapses, whatever the rows say of their starts, since it changes
    their ends while it goes.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    visits : In(stream.Signature(Stretch(params)))
        What to walk. `ready` depends combinationally on `hold`.
    first, end : In
        In a core with a dense block: its first column in the tile, and the one after the last.
    pruning : In(1)
        The pass is a prune; constant while it lasts, and 1 from its first row on.
    hold : In(1)
        Offer nothing in this cycle.
    valid : Out(1), step : Out(Step(params))
        A synapse. Depends combinationally on `hold`.
    fresh : Out(1)
        It is the first cycle in which `step` may be offered.
    ends : Out(1)
        PRUNE: the row of `step` ends with it, or is empty if not `valid`.
    idle : Out(1)
        Nothing under way.
    end_enable : In(1), end_row : In(RowWord(params))
        PRUNE: where the next row, counted from the first one, ends now.
    host : In(HostPort(RowWord(params), source_width))
        The host's side of the rows; it reads `row`.
    row : Out(RowWord(params))
        What the host reads, one cycle after the address.
    """

    visits: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        word = RowWord(params)
        columns = index_width(params.tile_columns + 1)
        super().__init__({
            "visits": In(stream.Signature(Stretch(params))),
            "first": In(columns),
            "end": In(columns),
            "pruning": In(1),
            "hold": In(1),
            "valid": Out(1),
            "step": Out(Step(params)),
            "fresh": Out(1),
            "ends": Out(1),
            "idle": Out(1),
            "end_enable": In(1),
            "end_row": In(word),
            "host": In(HostPort(word, params.source_width)),
            "row": Out(word),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        m.submodules.table = table = RowTable(params)
        wiring.connect(m, table.host, wiring.flipped(self.host))
        m.d.comb += self.row.eq(table.row)
        place = RowWord(params)["end"].shape
        if params.block_rows:
            place = unsigned(max(Shape.cast(place).width, len(self.end)))

        taken = Signal()
        visit = Signal(Stretch(params), reset_less=params.tiles > 1)
        # looked up: the table shows it
        looked_up = Signal()
        age = Signal(8, reset_less=True)
        is_first = Signal()
        # known
        known = Signal()
        start = Signal(place, reset_less=True)
        end = Signal(place, reset_less=True)
        known_age = Signal(8, reset_less=True)
        known_inhibitory = Signal()
        # walked
        walking = Signal()
        at = Signal(place, reset_less=True)
        left = Signal(place, reset_less=True)
        nothing = Signal()  # the row is empty
        last = Signal()     # no more than one synapse is left
        count = Signal(place)
        walked_moves = Signal()
        known_moves = Signal()
        looked_up_moves = Signal()
        taken_moves = Signal()
        m.d.comb += [
            count.eq(end - start),
            walked_moves.eq(~walking | (last & ~self.hold)),
            known_moves.eq(~known | walked_moves),
            looked_up_moves.eq(~looked_up | known_moves),
            self.visits.ready.eq(taken_moves),
            table.source.eq(visit.source),
            table.enable.eq(looked_up_moves),
            self.idle.eq(~taken & ~looked_up & ~known & ~walking),
        ]
        if params.tiles > 1:
            m.d.comb += taken_moves.eq(~taken | looked_up_moves)
            with m.If(taken_moves):
                m.d.sync += [taken.eq(self.visits.valid), visit.eq(self.visits.p)]
        else:
            m.d.comb += [
                taken_moves.eq(looked_up_moves),
                taken.eq(self.visits.valid),
                visit.eq(self.visits.p),
            ]
        with m.If(looked_up_moves):
            m.d.sync += [
                looked_up.eq(taken),
                age.eq(visit.age),
                is_first.eq(visit.source == 0),
            ]
        with m.If(known_moves):
            m.d.sync += known.eq(looked_up)
        with m.If(known_moves & looked_up):
            m.d.sync += [
                # a prune may have changed the end of the row before, so it goes on from the old one
                start.eq(Mux(self.pruning & ~is_first, end, table.start)),
                end.eq(table.row.end),
                known_age.eq(age),
                known_inhibitory.eq(table.row.inhibitory),
            ]
        m.d.sync += self.fresh.eq(walked_moves)
        with m.If(walked_moves):
            m.d.sync += [
                walking.eq(known),
                at.eq(start),
                left.eq(count),
                nothing.eq(count == 0),
                last.eq(count[1:] == 0),
                self.step.age.eq(known_age),
                self.step.inhibitory.eq(known_inhibitory),
            ]
        with m.Elif(~self.hold):
            m.d.sync += [at.eq(at + 1), left.eq(left - 1), last.eq(left == 2)]
        m.d.comb += [
            self.valid.eq(walking & ~nothing & ~self.hold),
            self.ends.eq(walking & last & ~self.hold),
        ]

        if params.block_rows:
            # a stretch of the dense block counts columns, and keeps its row beside
            dense, row = [visit.dense], [visit.source]
            for stage, moves in (("looked_up", looked_up_moves), ("known", known_moves),
                                 ("walked", walked_moves)):
                dense.append(Signal(name=f"{stage}_dense", reset_less=True))
                row.append(Signal.like(visit.source, name=f"{stage}_row", reset_less=True))
                with m.If(moves):
                    m.d.sync += [dense[-1].eq(dense[-2]), row[-1].eq(row[-2])]
            with m.If(known_moves & dense[1]):
                m.d.sync += [start.eq(self.first), end.eq(self.end)]
            width = (params.tile_columns - 1).bit_length()
            cell = Cat(at[:width], row[-1])[:place_width(params) - 1]
            m.d.comb += [
                self.step.index.eq(Mux(dense[-1], cell | 1 << place_width(params) - 1, at)),
                self.step.column.eq(at),
            ]
        else:
            m.d.comb += self.step.index.eq(at)

        rewritten = Signal(params.source_width)
        m.d.comb += [
            table.write_enable.eq(self.end_enable),
            table.write_source.eq(rewritten),
            table.write_row.eq(self.end_row),
        ]
        with m.If(~self.pruning):
            m.d.sync += rewritten.eq(0)
        with m.Elif(self.end_enable):
            m.d.sync += rewritten.eq(rewritten + 1)
        return m
