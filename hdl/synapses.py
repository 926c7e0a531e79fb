"""The synapses of one tile, in block memory."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams, index_width
from golden.arch.windows import Window, window_words

from .delay import delayed
from .eligibility import EligibilityDecay
from .records import SynapseWord, place_width
from .store import HostPort, Store


class SynapsePorts(wiring.Signature):
    """How a tile sees its synapses; what comes in which cycle is up to who keeps them.

    A synapse named in cycle 0 is there in cycle `READ`, its eligibility up to date in cycle `KEPT`;
    what is to be kept of it is taken in the cycles `BUMPED` (eligibility) and `CHANGED` (the rest).

    Members
    -------
    index : Out
        Cycle 0: a synapse, 1 per cycle while `hold` is 0; in a core with a dense block, the highest
        bit tells its cells.
    cell : Out(SynapseWord(params))
        Cycle 0: the synapse that such a cell stands for, but for its eligibility.
    fresh : Out(1)
        Cycle 0: it does not follow the one before.
    age : Out(8)
        Cycle 0: decays that it is behind.
    pruning : Out(1)
        Synapses are moved, not updated; constant during a pass.
    hold : In(1)
        Cycle 0: `index` can't be taken now; to be offered again.
    word : In(SynapseWord(params))
        Cycle `READ`: the synapse as it is kept.
    target : In
        Cycle `KEPT` - 1: its target.
    decayed : In(signed(8))
        Cycle `KEPT`: its eligibility, up to date.
    bumped_enable : Out(1), bumped_index : Out, bumped : Out(signed(8))
        Cycle `BUMPED`: eligibility to be kept.
    changed_enable : Out(1), changed_index : Out, changed : Out(SynapseWord(params))
        Cycle `CHANGED`: weight and maturity to be kept; target, offset and eligibility as in the
        cycles before.
    moved_enable : Out(1), moved_index : Out
        Cycle `READ`, when pruning: keep `word` there.
    host : Out(HostPort(SynapseWord(params), synapse_width))
        The host's side; it reads `word`.
    load : Out(1), load_address : Out, load_data : Out(8)
        Word of the window DECAYS to be kept.
    """

    def __init__(self, params: CoreParams):
        word = SynapseWord(params)
        width = place_width(params)
        super().__init__({
            "index": Out(width),
            "cell": Out(word),
            "fresh": Out(1),
            "age": Out(8),
            "pruning": Out(1),
            "hold": In(1),
            "word": In(word),
            "target": In(params.local_width),
            "decayed": In(word["eligibility"].shape),
            "bumped_enable": Out(1),
            "bumped_index": Out(width),
            "bumped": Out(word["eligibility"].shape),
            "changed_enable": Out(1),
            "changed_index": Out(width),
            "changed": Out(word),
            "moved_enable": Out(1),
            "moved_index": Out(params.synapse_width),
            "host": Out(HostPort(word, width)),
            "load": Out(1),
            "load_address": Out(range(window_words(Window.DECAYS, params))),
            "load_data": Out(8),
        })


class BlockSynapses(wiring.Component):
    """Synapses in block memory, whole words of 36 bits, with decay tables in logic cells.

    One read and one write per cycle, so nothing is ever held. All of a synapse is written in cycle
    `CHANGED`. No combinational paths from inputs to outputs.

    The memory is cut into parts: a part is chosen a cycle after it has been read, since a block
    memory shows its word so late in a cycle that little can be done with it. One more part has the
    eligibilities of a dense block.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    ports : In(SynapsePorts(params))
        The tile's side.
    """

    READ = 3
    KEPT = READ + EligibilityDecay.LATENCY
    CHANGED = KEPT + 3
    BUMPED = CHANGED
    PART = 2048

    ports: wiring.PureInterface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({"ports": In(SynapsePorts(params))})

    def elaborate(self, platform):
        m = Module()
        ports, host = self.ports, self.ports.host
        shape = SynapseWord(self.params)
        depth = self.params.tile_synapses
        m.submodules.decay = decay = EligibilityDecay()

        written = Signal()
        target = Signal.like(ports.index)
        kept = Signal(shape)
        m.d.comb += [
            written.eq(ports.changed_enable | ports.bumped_enable),
            target.eq(ports.changed_index),
            kept.eq(ports.changed),
            kept.eligibility.eq(ports.bumped),
        ]
        with m.If(ports.pruning):
            m.d.comb += [
                written.eq(ports.moved_enable),
                target.eq(ports.moved_index),
                kept.eq(ports.word),
            ]

        words = []
        within = index_width(min(depth, self.PART))
        for number, start in enumerate(range(0, depth, self.PART)):
            part = Store(shape, min(self.PART, depth - start))
            m.submodules[f"part{number}"] = part
            m.d.comb += [
                part.read_address.eq(ports.index),
                part.write_enable.eq(written & (target >> within == number)),
                part.write_address.eq(target),
                part.write_data.eq(kept),
                part.host.claim.eq(host.claim),
                part.host.address.eq(host.address),
                part.host.write.eq(host.write & (host.address >> within == number)),
                part.host.data.eq(host.data),
            ]
            words.append(delayed(m, part.read_data, 1, name=f"word{number}"))
        index = Mux(host.claim, host.address, ports.index)
        chosen = delayed(m, index >> within, 2, name="chosen")
        word = Signal(shape)
        with m.Switch(chosen):
            for number, candidate in enumerate(words):
                with m.Case(number):
                    m.d.comb += word.eq(candidate)
        if self.params.block_rows:
            cells = cell_store(m, self.params, ports, written, target, kept.eligibility)
            is_cell = delayed(m, index[-1], 2, name="is_cell")
            cell = delayed(m, ports.cell, 2, name="cell")
            eligibility = delayed(m, cells.read_data, 1, name="cell_eligibility")
            with m.If(is_cell):
                m.d.comb += [word.eq(cell), word.eligibility.eq(eligibility)]
        word = delayed(m, word, 1, name="word")

        m.d.comb += [
            ports.word.eq(word),
            ports.target.eq(delayed(m, word.target, decay.LATENCY - 1, name="target")),
            decay.load.eq(ports.load),
            decay.load_address.eq(ports.load_address),
            decay.load_data.eq(ports.load_data),
            decay.eligibility.eq(word.eligibility),
            decay.age.eq(delayed(m, ports.age, self.READ, name="age")),
            ports.decayed.eq(decay.result),
        ]
        return m


def cell_store(m: Module, params: CoreParams, ports, written, index, eligibility) -> Store:
    """Add the memory of the eligibilities of a dense block, which reads that of `ports.index`.

    Parameters
    ----------
    m : Module
        Where it goes.
    params : CoreParams
        Build parameters.
    ports : SynapsePorts
        The tile's side.
    written, index, eligibility : Value
        Eligibility to be kept, if `index` is that of a cell.
    """
    host = ports.host
    cells = Store(ports.bumped.shape(), params.block_rows * params.tile_columns)
    m.submodules.cells = cells
    m.d.comb += [
        cells.read_address.eq(ports.index),
        cells.write_enable.eq(written & index[-1]),
        cells.write_address.eq(index),
        cells.write_data.eq(eligibility),
        cells.host.claim.eq(host.claim),
        cells.host.address.eq(host.address),
        cells.host.write.eq(host.write & host.address[-1]),
        cells.host.data.eq(host.data.eligibility),
    ]
    return cells
