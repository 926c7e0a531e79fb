"""The synapses of one tile, in block memory."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.windows import Window, window_words

from .delay import delayed
from .eligibility import EligibilityDecay
from .records import SynapseWord
from .store import HostPort, Store


class SynapsePorts(wiring.Signature):
    """How a tile sees its synapses; what comes in which cycle is up to who keeps them.

    A synapse named in cycle 0 is there in cycle 2, its eligibility up to date in cycle `KEPT`; what
    is to be kept of it is taken in the cycles `BUMPED` (eligibility) and `CHANGED` (the rest).

    Members
    -------
    index : Out
        Cycle 0: a synapse, 1 per cycle while `hold` is 0.
    fresh : Out(1)
        Cycle 0: it does not follow the one before.
    age : Out(8)
        Cycle 0: decays that it is behind.
    pruning : Out(1)
        Synapses are moved, not updated; constant during a pass.
    hold : In(1)
        Cycle 0: `index` can't be taken now; to be offered again.
    word : In(SynapseWord(params))
        Cycle 2: the synapse as it is kept.
    decayed : In(signed(8))
        Cycle `KEPT`: its eligibility, up to date.
    bumped_enable : Out(1), bumped_index : Out, bumped : Out(signed(8))
        Cycle `BUMPED`: eligibility to be kept.
    changed_enable : Out(1), changed_index : Out, changed : Out(SynapseWord(params))
        Cycle `CHANGED`: weight and maturity to be kept; target, offset and eligibility as in the
        cycles before.
    moved_enable : Out(1), moved_index : Out
        Cycle 2, when pruning: keep `word` there.
    host : Out(HostPort(SynapseWord(params), synapse_width))
        The host's side.
    stored : In(SynapseWord(params))
        What it reads, one cycle after the address.
    load : Out(1), load_address : Out, load_data : Out(8)
        Word of the window DECAYS to be kept.
    """

    def __init__(self, params: CoreParams):
        word = SynapseWord(params)
        super().__init__({
            "index": Out(params.synapse_width),
            "fresh": Out(1),
            "age": Out(8),
            "pruning": Out(1),
            "hold": In(1),
            "word": In(word),
            "decayed": In(word["eligibility"].shape),
            "bumped_enable": Out(1),
            "bumped_index": Out(params.synapse_width),
            "bumped": Out(word["eligibility"].shape),
            "changed_enable": Out(1),
            "changed_index": Out(params.synapse_width),
            "changed": Out(word),
            "moved_enable": Out(1),
            "moved_index": Out(params.synapse_width),
            "host": Out(HostPort(word, params.synapse_width)),
            "stored": In(word),
            "load": Out(1),
            "load_address": Out(range(window_words(Window.DECAYS, params))),
            "load_data": Out(8),
        })


class BlockSynapses(wiring.Component):
    """Synapses in block memory, whole words of 36 bits, with decay tables in logic cells.

    One read and one write per cycle, so nothing is ever held. All of a synapse is written in cycle
    `CHANGED`. No combinational paths from inputs to outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    ports : In(SynapsePorts(params))
        The tile's side.
    """

    KEPT = 2 + EligibilityDecay.LATENCY
    CHANGED = KEPT + 3
    BUMPED = CHANGED

    ports: wiring.PureInterface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({"ports": In(SynapsePorts(params))})

    def elaborate(self, platform):
        m = Module()
        ports = self.ports
        m.submodules.store = store = Store(SynapseWord(self.params), self.params.tile_synapses)
        m.submodules.decay = decay = EligibilityDecay()
        wiring.connect(m, store.host, wiring.flipped(ports.host))
        word = delayed(m, store.read_data, 1, name="word")
        m.d.comb += [
            store.read_address.eq(ports.index),
            ports.stored.eq(store.read_data),
            ports.word.eq(word),
            decay.load.eq(ports.load),
            decay.load_address.eq(ports.load_address),
            decay.load_data.eq(ports.load_data),
            decay.eligibility.eq(word.eligibility),
            decay.age.eq(delayed(m, ports.age, 2, name="age")),
            ports.decayed.eq(decay.result),
            store.write_enable.eq(ports.changed_enable | ports.bumped_enable),
            store.write_address.eq(ports.changed_index),
            store.write_data.eq(ports.changed),
            store.write_data.eligibility.eq(ports.bumped),
        ]
        with m.If(ports.pruning):
            m.d.comb += [
                store.write_enable.eq(ports.moved_enable),
                store.write_address.eq(ports.moved_index),
                store.write_data.eq(word),
            ]
        return m
