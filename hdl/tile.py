"""One tile: its neurons, their delay ring, and every synapse that ends in it."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.config import CORTISOL_NEUTRAL, DOPAMINE_NEUTRAL
from golden.arch.numeric import LEAK_ONE
from golden.arch.params import CoreParams
from golden.arch.records import NEURON, SYNAPSE
from golden.arch.windows import Window

from .eligibility import EligibilityDecay, bumped
from .modulation import Modulation
from .neuron import NeuronUpdate, SweepOp
from .prune import Compactor
from .records import (
    NeuronWord,
    SynapseWord,
    from_line,
    line_layout_of,
    synapse_from_line,
    synapse_to_line,
    to_line,
)
from .registers import CONFIG
from .ring import DelayRing, slot_after
from .rows import RowWalker, Visit, VisitOp
from .store import Store
from .window import WindowBus


class SweepStep(data.StructLayout):
    """One step of a sweep, the same for all tiles.

    Members
    -------
    valid : unsigned(1)
        A step starts.
    op : SweepOp
        What to do.
    local : unsigned
        Which neuron of each tile.
    delta : signed(16)
        INJECT: what to add.
    """

    def __init__(self, params: CoreParams):
        super().__init__({
            "valid": 1,
            "op": SweepOp,
            "local": params.local_width,
            "delta": signed(16),
        })


class Modulators(data.StructLayout):
    """Levels of the neuromodulators.

    Members
    -------
    dopamine, cortisol : unsigned(8)
        Levels; their neutral ones are 128 and 30.
    """

    def __init__(self):
        super().__init__({"dopamine": 8, "cortisol": 8})


class Tile(wiring.Component):
    """One tile of the core.

    *Sweep*: a step reads a neuron with its leak, input and delayed current in one cycle and writes
    it back in the next, when `spike` tells whether it fires. 1 neuron per cycle.

    *Visit*: the synapses of a row go through three stages, 1 per cycle: fetch; decay by age,
    while the delay slot and the spike of the target are fetched; bump or modulate, write back, and
    add to the slot. A synapse whose target is past the end of the pool is only brought up to date.
    Slots are read transparently, so two synapses in a row onto one target need no stall.

    Sweeps, visits and windows never overlap; the caller sees to it.

    Parameters
    ----------
    params : CoreParams
        Build parameters.
    index : int
        Number of the tile.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    step : In(SweepStep(params))
        Step of a sweep.
    enable : In(1)
        The neuron of the step belongs to the pool and to the sweep.
    spike : Out(1)
        The neuron of the previous cycle's step fires.
    modulators : In(Modulators())
        Levels while MODULATE visits run.
    visits : In(stream.Signature(Visit(params)))
        Rows to visit, one after the other.
    idle : Out(1)
        No visit under way.
    event, reinforced, weakened : Out(1)
        A synapse carried a spike; was reinforced; was weakened. One cycle each.
    dropped : Out(stream.Signature(unsigned))
        PRUNE: numbers of the synapses dropped.
    bus : In(WindowBus(params))
        The host's windows; `read_data` is 0 unless this tile was addressed.
    """

    visits: stream.Interface
    dropped: stream.Interface

    def __init__(self, params: CoreParams, index: int):
        self.params = params
        self.index = index
        super().__init__({
            "config": In(CONFIG),
            "step": In(SweepStep(params)),
            "enable": In(1),
            "spike": Out(1),
            "modulators": In(Modulators()),
            "visits": In(stream.Signature(Visit(params))),
            "idle": Out(1),
            "event": Out(1),
            "reinforced": Out(1),
            "weakened": Out(1),
            "dropped": Out(stream.Signature(unsigned(params.synapse_width))),
            "bus": In(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        m.submodules.neurons = self.neurons = Store(NeuronWord, params.tile_neurons)
        m.submodules.leaks = self.leaks = Store(range(LEAK_ONE + 1), params.tile_neurons)
        m.submodules.inputs = self.inputs = Store(signed(16), params.tile_neurons)
        # the spikes of the latest sweep, apart from the neurons: a visit needs nothing else of them
        m.submodules.spikes = self.spikes = Store(1, params.tile_neurons)
        m.submodules.ring = self.ring = DelayRing(params)
        m.submodules.walker = self.walker = RowWalker(params)
        m.submodules.synapses = self.synapses = Store(SynapseWord(params), params.tile_synapses)
        m.submodules.decay = self.decay = EligibilityDecay()
        m.submodules.update = self.update = NeuronUpdate()
        m.submodules.modulation = self.modulation = Modulation()
        m.submodules.compactor = self.compactor = Compactor(params)
        self._sweep(m)
        self._visit(m)
        self._windows(m)
        return m

    def _sweep(self, m):
        step, update = self.step, self.update
        swept = Signal(SweepStep(self.params))
        enabled = Signal()
        m.d.sync += [swept.eq(step), enabled.eq(step.valid & self.enable)]
        m.d.comb += [
            self.neurons.read_address.eq(step.local),
            self.leaks.read_address.eq(step.local),
            self.inputs.read_address.eq(step.local),
            update.config.eq(self.config),
            update.op.eq(swept.op),
            update.word.eq(self.neurons.read_data),
            update.factor.eq(self.leaks.read_data),
            update.input.eq(self.inputs.read_data),
            update.delayed.eq(self.ring.current),
            update.delta.eq(swept.delta),
            self.neurons.write_address.eq(swept.local),
            self.neurons.write_data.eq(update.result),
            self.neurons.write_enable.eq(enabled),
            self.spikes.write_address.eq(swept.local),
            self.spikes.write_data.eq(update.result.spike),
            self.spikes.write_enable.eq(enabled),
            self.ring.clear.eq(enabled & (swept.op == SweepOp.TICK)),
            self.spike.eq(enabled & (swept.op == SweepOp.TICK) & update.result.spike),
        ]

    def _visit(self, m):
        params, config = self.params, self.config
        walker, compactor, synapses = self.walker, self.compactor, self.synapses
        visit = walker.visit
        pruning = visit.op == VisitOp.PRUNE
        wiring.connect(m, walker.visits, wiring.flipped(self.visits))
        wiring.connect(m, compactor.dropped, wiring.flipped(self.dropped))

        # fetch
        fetched = Signal()
        fetched_index = Signal(params.synapse_width)
        m.d.comb += [
            synapses.read_address.eq(walker.synapses.payload),
            compactor.i.payload.eq(walker.synapses.payload),
            compactor.i.valid.eq(walker.synapses.valid & pruning),
            walker.synapses.ready.eq(compactor.i.ready | ~pruning),
        ]
        m.d.sync += [
            fetched.eq(walker.synapses.valid & ~pruning),
            fetched_index.eq(walker.synapses.payload),
        ]

        # decay, while slot and spike of the target are fetched
        word = synapses.read_data
        decayed = Signal()
        decayed_index = Signal.like(fetched_index)
        synapse = Signal(SynapseWord(params))
        m.d.comb += [
            self.decay.eligibility.eq(word.eligibility),
            self.decay.age.eq(visit.age),
            self.spikes.read_address.eq(word.target),
            self.ring.slot.eq(slot_after(config.slot_head, word.offset, config.slot_count)),
            self.ring.neuron.eq(word.target),
        ]
        with m.If(self.step.valid):
            m.d.comb += [self.ring.slot.eq(config.slot_head),
                         self.ring.neuron.eq(self.step.local)]
        m.d.sync += [
            decayed.eq(fetched),
            decayed_index.eq(fetched_index),
            synapse.eq(word),
            synapse.eligibility.eq(self.decay.result),
        ]

        # bump or modulate, deliver, write back
        modulation = self.modulation
        target = Signal(range(params.neurons))
        m.d.comb += [
            target.eq(synapse.target * params.tiles + self.index),
            modulation.config.eq(config),
            modulation.reward.eq(Mux(self.modulators.dopamine > DOPAMINE_NEUTRAL,
                                     self.modulators.dopamine - DOPAMINE_NEUTRAL, 0)),
            modulation.punishment.eq(Mux(self.modulators.cortisol > CORTISOL_NEUTRAL,
                                         self.modulators.cortisol - CORTISOL_NEUTRAL, 0)),
            modulation.inhibitory.eq(visit.inhibitory),
            modulation.weight.eq(synapse.weight),
            modulation.eligibility.eq(synapse.eligibility),
            modulation.maturity.eq(synapse.maturity),
            self.ring.amount.eq(synapse.weight << config.weight_shift),
            synapses.write_address.eq(decayed_index),
            synapses.write_data.eq(synapse),
            synapses.write_enable.eq(decayed),
        ]
        with m.If(decayed), m.Switch(visit.op):
            with m.Case(VisitOp.PROPAGATE), m.If(target < config.neuron_count):
                m.d.comb += [
                    synapses.write_data.eligibility.eq(
                        bumped(synapse.eligibility, self.spikes.read_data, config)),
                    self.ring.add.eq(1),
                    self.event.eq(1),
                ]
            with m.Case(VisitOp.MODULATE):
                m.d.comb += [
                    synapses.write_data.weight.eq(modulation.new_weight),
                    synapses.write_data.maturity.eq(modulation.new_maturity),
                    self.reinforced.eq(modulation.reinforced),
                    self.weakened.eq(modulation.weakened),
                ]

        # prune: the compactor has the synapses to itself
        m.d.comb += [
            compactor.restart.eq(walker.visits.valid & (walker.visits.p.op == VisitOp.PRUNE)
                                 & (walker.visits.p.source == 0)),
            compactor.word.eq(word),
            walker.new_start.eq(compactor.end),
            walker.rest.eq(~fetched & ~decayed & compactor.idle),
            self.idle.eq(walker.idle & walker.rest),
        ]
        with m.If(pruning):
            m.d.comb += [
                synapses.read_address.eq(compactor.read_address),
                synapses.write_address.eq(compactor.write_address),
                synapses.write_data.eq(compactor.write_data),
                synapses.write_enable.eq(compactor.write_enable),
            ]

    def _windows(self, m):
        bus = self.bus
        line = bus.write_data
        addressed = bus.active & (bus.tile == self.index)
        line_synapse = Signal(line_layout_of(SYNAPSE))
        shown = Signal(line_layout_of(SYNAPSE))
        m.d.comb += line_synapse.eq(line)
        m.d.comb += [shown[name].eq(value) for name, value
                     in synapse_to_line(self.synapses.read_data).items()]

        views = (Window.SYNAPSES, Window.WEIGHTS, Window.ELIGIBILITIES, Window.MATURITIES)
        hosts = (
            ((Window.NEURONS,), self.neurons.host, from_line(NEURON, line)),
            ((Window.NEURONS,), self.spikes.host, from_line(NEURON, line)[-1]),
            ((Window.LEAKS,), self.leaks.host, line),
            ((Window.INPUTS,), self.inputs.host, line[:16]),
            ((Window.RING,), self.ring.host, line[:16]),
            ((Window.ROWS,), self.walker.host, line),
            (views, self.synapses.host, synapse_from_line(self.params, line_synapse)),
        )
        for windows, host, value in hosts:
            m.d.comb += [
                host.claim.eq(addressed & Cat(bus.window == window for window in windows).any()),
                host.address.eq(bus.address),
                host.write.eq(bus.write),
                host.data.eq(value),
            ]
        m.d.comb += [  # the tables are the same in every tile
            self.decay.load.eq(bus.active & bus.write & (bus.window == Window.DECAYS)),
            self.decay.load_address.eq(bus.address),
            self.decay.load_data.eq(line),
        ]

        answered = Signal()
        answers = {
            Window.NEURONS: to_line(NEURON, self.neurons.read_data),
            Window.LEAKS: self.leaks.read_data,
            Window.INPUTS: self.inputs.read_data.as_unsigned(),
            Window.RING: self.ring.current.as_unsigned(),
            Window.ROWS: self.walker.row_start,
            Window.SYNAPSES: shown.as_value(),
            Window.WEIGHTS: shown.weight.as_unsigned(),
            Window.ELIGIBILITIES: shown.eligibility.as_unsigned(),
            Window.MATURITIES: shown.maturity,
        }
        m.d.sync += answered.eq(addressed)
        with m.If(answered), m.Switch(bus.window):
            for window, value in answers.items():
                with m.Case(window):
                    m.d.comb += bus.read_data.eq(value)
