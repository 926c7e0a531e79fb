"""One tile: its neurons, their delay ring, and every synapse that ends in it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from golden.arch.config import CORTISOL_NEUTRAL, DOPAMINE_NEUTRAL
from golden.arch.params import CoreParams
from golden.arch.records import NEURON, ROW
from golden.arch.windows import Window

from .banks import BankedSynapses
from .delay import delayed, marked
from .eligibility import bumped
from .homeostasis import Adaptation, SplitThresholds, ThresholdWord
from .modulation import Modulation
from .neuron import Integration, SomaWord, SweepOp
from .prune import Compactor
from .records import from_line, synapse_from_line, synapse_to_line, to_line
from .registers import CONFIG
from .ring import DelayRing, slot_after
from .rows import RowWalker, Visit, VisitOp
from .store import DriveWord, Store
from .sweep import SweepStep
from .synapses import BlockSynapses
from .window import WindowBus

QUEUE_DEPTH = 16
"""Rows that may wait for a tile while others are behind it."""


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

    *Sweep*: one neuron per cycle goes through a pipeline, TICK through `Integration` and ADAPT
    through `Adaptation`; `spike` comes `SPIKE_LATENCY` cycles after its step.

    *Pass*: one synapse per cycle goes through a pipeline, whatever rows they belong to: read,
    decayed by the age of its row, bumped, modulated, written back (`BlockSynapses` and
    `BankedSynapses` tell when); meanwhile its current is added to a delay slot, with forwarding, so
    that synapses onto one target need no pause. A synapse whose target is past the end of the pool
    is only brought up to date. A prune leaves the pipeline when the synapse has been read. Rows
    wait in a queue, so that a tile with a short row need not wait for one with a long row.

    Sweeps, passes and windows never overlap; the caller sees to it.

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
    sweep_op : In(SweepOp), delta : In(signed(16))
        Sweep, constant while it lasts, and what INJECT adds.
    step : In(SweepStep(params)), enable : In(1)
        Step of a sweep; its neuron belongs to the pool and to the sweep.
    spike : Out(1)
        A neuron fires.
    op : In(VisitOp), passing : In(1)
        Pass, constant while it lasts; `passing` is 1 then, and 0 for a cycle before it begins.
    modulators : In(Modulators())
        Levels for MODULATE.
    visits : In(stream.Signature(Visit(params)))
        Rows to visit, one after the other.
    idle : Out(1)
        No synapse under way.
    event, reinforced, weakened : Out(1)
        A synapse carried a spike; was reinforced; was weakened. One cycle each.
    dropped : Out(stream.Signature(unsigned))
        PRUNE: numbers of the synapses dropped.
    bus : In(WindowBus(params))
        The host's windows; `read_data` comes 5 cycles after the address, 0 unless this tile was
        addressed.
    """

    SPIKE_LATENCY = 1 + Integration.LATENCY

    visits: stream.Interface
    dropped: stream.Interface

    def __init__(self, params: CoreParams, index: int):
        self.params = params
        self.index = index
        super().__init__({
            "config": In(CONFIG),
            "sweep_op": In(SweepOp),
            "delta": In(signed(16)),
            "step": In(SweepStep(params)),
            "enable": In(1),
            "spike": Out(1),
            "op": In(VisitOp),
            "passing": In(1),
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
        self.passes = Signal()
        m.d.sync += self.passes.eq(self.passing)
        m.submodules.somas = self.somas = Store(SomaWord(), params.tile_neurons)
        m.submodules.ring = self.ring = DelayRing(params)
        m.submodules.walker = self.walker = RowWalker(params)
        if params.single_port:
            m.submodules.synapses = self.synapses = banks = BankedSynapses(params)
            m.submodules.thresholds = self.thresholds = SplitThresholds(params, banks.rates)
            self.drives = banks.drives
            m.d.comb += [
                banks.passing.eq(self.passes),
                self.thresholds.both.eq(self.step.valid & (self.sweep_op == SweepOp.ADAPT)),
            ]
        else:
            m.submodules.synapses = self.synapses = BlockSynapses(params)
            m.submodules.thresholds = self.thresholds = Store(ThresholdWord(), params.tile_neurons)
            m.submodules.drives = self.drives = Store(DriveWord, params.tile_neurons, lanes=2)
        # inputs and leak factors share a memory, unless they lie in different banks
        m.submodules.integration = self.integration = Integration(3 if params.single_port else 0)
        # one port never reads and writes at once if that takes an odd number of cycles
        m.submodules.adaptation = self.adaptation = Adaptation(2 if params.single_port else 3)
        m.submodules.modulation = self.modulation = Modulation()
        m.submodules.compactor = self.compactor = Compactor(params)
        self._sweep(m)
        self._queue(m)
        self._pass(m)
        self._windows(m)
        return m

    def _sweep(self, m):
        step, integration, adaptation = self.step, self.integration, self.adaptation
        ticking = self.sweep_op == SweepOp.TICK
        adapting = self.sweep_op == SweepOp.ADAPT
        adapted = 1 + adaptation.latency
        valid = marked(m, step.valid & self.enable, self.SPIKE_LATENCY, name="swept")
        local = [step.local]
        for cycle in range(1, self.SPIKE_LATENCY + 1):
            local.append(delayed(m, local[-1], 1, name=f"local{cycle}"))

        late = Integration.LATE
        if self.params.single_port:
            m.d.comb += self.synapses.input_local.eq(local[integration.input_cycle])
        m.d.comb += [
            integration.config.eq(self.config),
            integration.op.eq(self.sweep_op),
            integration.delta.eq(self.delta),
            integration.soma.eq(self.somas.read_data),
            self.drives.read_address.eq(step.local),
            integration.input.eq(self.drives.read_data[0]),
            integration.factor.eq(self.drives.read_data[1]),
            integration.threshold.eq(self.thresholds.read_data.threshold),
            # the ring shows a current 2 cycles after its address, and takes its clearing then
            integration.delayed.eq(self.ring.current),
            self.ring.clear.eq(ticking & valid[late + 1]),
            self.thresholds.read_address.eq(Mux(adapting, step.local, local[late])),
        ]
        written = valid[-1] & ~adapting
        m.d.comb += [
            self.somas.write_address.eq(local[-1]),
            self.somas.write_data.eq(integration.result),
            self.somas.write_enable.eq(written),
            self.spike.eq(written & ticking & integration.result.spike),
            adaptation.config.eq(self.config),
            adaptation.due.eq(self.config.tick_phase == 0),
            adaptation.word.eq(self.thresholds.read_data),
            adaptation.spike.eq(self.somas.read_data.spike),
            self.thresholds.write_address.eq(local[adapted]),
            self.thresholds.write_data.eq(adaptation.result),
            self.thresholds.write_enable.eq(adapting & valid[adapted]),
        ]
        self.swept_slot = local[late - 1]

    def _queue(self, m):
        """Let rows wait, where there are other tiles that they must not hold up."""
        walker = self.walker
        waiting = Const(0, 1)
        if self.params.tiles == 1:
            wiring.connect(m, walker.visits, wiring.flipped(self.visits))
        else:
            layout = Visit(self.params)
            m.submodules.queue = queue = SyncFIFO(width=layout.size, depth=QUEUE_DEPTH)
            waiting = queue.r_rdy
            m.d.comb += [
                queue.w_data.eq(self.visits.payload),
                queue.w_en.eq(self.visits.valid),
                self.visits.ready.eq(queue.w_rdy),
                walker.visits.payload.eq(queue.r_data),
                walker.visits.valid.eq(queue.r_rdy),
                queue.r_en.eq(walker.visits.ready),
            ]
        self.rows_idle = walker.idle & ~waiting

    def _pass(self, m):
        params, config, walker, modulation = (self.params, self.config, self.walker,
                                              self.modulation)
        synapses = self.synapses.ports
        read, kept = self.synapses.READ, self.synapses.KEPT
        bump, change = self.synapses.BUMPED, self.synapses.CHANGED
        pruning = Signal()
        propagating = Signal()
        m.d.sync += [
            pruning.eq(self.passing & (self.op == VisitOp.PRUNE)),
            propagating.eq(self.passing & (self.op == VisitOp.PROPAGATE)),
        ]

        # the synapse is read
        added = read + 4  # its delay slot is written
        valid = marked(m, walker.valid, max(change, added) + 2, name="visited")
        step = walker.step
        index = [step.index]
        for cycle in range(1, change + 1):
            index.append(delayed(m, index[-1], 1, name=f"index{cycle}"))
        inhibitory = delayed(m, step.inhibitory, read, name="inhibitory")
        m.d.comb += [
            synapses.index.eq(step.index),
            synapses.fresh.eq(walker.fresh),
            synapses.age.eq(step.age),
            synapses.pruning.eq(pruning),
        ]

        # where does it lead?
        synapse = synapses.word
        target = Signal(range(params.neurons))
        conducts = Signal()
        m.d.comb += [
            target.eq(Cat(Const(self.index, params.tile_width), synapse.target)),
            conducts.eq(target < config.neuron_count[:params.count_width]),
        ]
        slot = delayed(m, slot_after(config.slot_head[:params.slot_width], synapse.offset,
                                     config.slot_count[:params.slot_width + 1]), 1, name="slot")
        local = delayed(m, synapse.target, 1, name="target")

        # its current is added
        m.d.comb += [
            self.ring.slot.eq(Mux(self.passes, slot, config.slot_head)),
            self.ring.neuron.eq(Mux(self.passes, local, self.swept_slot)),
        ]
        carries = marked(m, valid[read] & conducts & propagating, 3, name="carries")
        weight = delayed(m, synapse.weight, 2, name="weight")
        m.d.comb += [
            self.ring.amount.eq(delayed(m, (weight << config.weight_shift)[:16].as_signed(), 1,
                                        name="amount")),
            self.ring.add.eq(carries[3]),
            self.event.eq(carries[3]),
        ]

        # the eligibility is up to date; a bump needs to know whether the target fired
        bumps = delayed(m, conducts & propagating, kept - read, name="bumps")
        eligibility = Signal(signed(8))
        m.d.comb += [
            self.somas.read_address.eq(Mux(self.passes, synapses.target, self.step.local)),
            eligibility.eq(Mux(
                bumps, bumped(synapses.decayed, self.somas.read_data.spike, config),
                synapses.decayed)),
            synapses.bumped_enable.eq(valid[bump] & ~pruning),
            synapses.bumped_index.eq(index[bump]),
            synapses.bumped.eq(delayed(m, eligibility, bump - kept, name="eligibility")),
        ]

        # third factor; without one, weight and maturity go through as they are
        modulating = Signal()
        m.d.sync += modulating.eq(self.passing & (self.op == VisitOp.MODULATE))
        levels = ((modulation.reward, self.modulators.dopamine, DOPAMINE_NEUTRAL),
                  (modulation.punishment, self.modulators.cortisol, CORTISOL_NEUTRAL))
        for excess, level, neutral in levels:
            m.d.sync += excess.eq(Mux(modulating & (level > neutral), level - neutral, 0))
        m.d.comb += [
            modulation.dale.eq(config.dale),
            modulation.inhibitory.eq(delayed(m, inhibitory, kept - read, name="kind")),
            modulation.weight.eq(delayed(m, synapse.weight, kept - read, name="old_weight")),
            modulation.eligibility.eq(synapses.decayed),
            modulation.maturity.eq(delayed(m, synapse.maturity, kept - read, name="old_maturity")),
            self.reinforced.eq(modulation.reinforced & valid[change]),
            self.weakened.eq(modulation.weakened & valid[change]),
            synapses.changed_enable.eq(valid[change] & modulating),
            synapses.changed_index.eq(index[change]),
            synapses.changed.target.eq(delayed(m, synapse.target, change - read,
                                               name="kept_target")),
            synapses.changed.offset.eq(delayed(m, synapse.offset, change - read,
                                               name="kept_offset")),
            synapses.changed.weight.eq(modulation.new_weight),
            synapses.changed.maturity.eq(modulation.new_maturity),
        ]

        # a prune leaves the pipeline as soon as the synapse has been read
        compactor = self.compactor
        wiring.connect(m, compactor.dropped, wiring.flipped(self.dropped))
        m.d.comb += [
            compactor.pruning.eq(pruning),
            compactor.valid.eq(valid[read]),
            compactor.index.eq(index[read]),
            compactor.word.eq(synapse),
            synapses.moved_enable.eq(compactor.write_enable),
            synapses.moved_index.eq(compactor.write_address),
            walker.pruning.eq(pruning),
            walker.hold.eq(compactor.hold | synapses.hold),
            walker.end_enable.eq(pruning & marked(m, walker.ends, read, name="ends")[read]),
            walker.end_row.end.eq(compactor.new_end),
            walker.end_row.inhibitory.eq(inhibitory),
            self.idle.eq(self.rows_idle & ~Cat(valid).any() & ~compactor.dropped.valid
                         & ~compactor.hold),
        ]

    def _windows(self, m):
        bus = self.bus
        addressed = bus.active & (bus.tile == self.index)
        # orders come a cycle late, so that no pipeline waits to hear who is asked; the way to many
        # tiles is so long that the rest needs the cycle as well
        far = self.params.tiles > 1
        window = delayed(m, bus.window, far, name="window")
        address = delayed(m, bus.address, far, name="address")
        line = delayed(m, bus.write_data, far, name="line")
        neuron = from_line(NEURON, line)
        row = from_line(ROW, line)

        def neuron_fields(layout):
            return Cat(neuron[name] for name in layout.members)

        views = (Window.SYNAPSES, Window.WEIGHTS, Window.ELIGIBILITIES, Window.MATURITIES)
        drives = (Window.INPUTS, Window.LEAKS)
        hosts = (
            ((Window.NEURONS,), self.somas.host, neuron_fields(SomaWord())),
            ((Window.NEURONS,), self.thresholds.host, neuron_fields(ThresholdWord())),
            (drives, self.drives.host, line[:16].replicate(2)),
            ((Window.RING,), self.ring.host, line[:16]),
            ((Window.ROWS,), self.walker.host,
             Cat(row["end"][:len(self.walker.row.end)], row["inhibitory"])),
            (views, self.synapses.ports.host, synapse_from_line(self.params, line)),
        )
        for windows, host, value in hosts:
            asked = Cat(bus.window == window for window in windows).any()
            m.d.sync += [host.claim.eq(addressed & asked), host.write.eq(bus.write)]
            m.d.comb += [host.address.eq(address), host.data.eq(value)]
        ports = self.synapses.ports
        m.d.sync += [
            self.drives.host.write.eq(Cat(bus.write & (bus.window == drive) for drive in drives)),
            # the tables are the same in every tile
            ports.load.eq(bus.active & bus.write & (bus.window == Window.DECAYS)),
        ]
        m.d.comb += [ports.load_address.eq(address), ports.load_data.eq(line)]

        synapse, stored_row = ports.word, self.walker.row
        soma, threshold = self.somas.read_data, self.thresholds.read_data
        answers = {
            Window.NEURONS: to_line(NEURON, {
                name: soma[name] if name in SomaWord().members else threshold[name]
                for name in neuron}),
            Window.LEAKS: self.drives.read_data[1],
            Window.INPUTS: self.drives.read_data[0],
            Window.RING: self.ring.stored.as_unsigned(),
            Window.ROWS: to_line(ROW, {"end": stored_row.end,
                                       "inhibitory": stored_row.inhibitory}),
            Window.SYNAPSES: synapse_to_line(synapse),
            Window.WEIGHTS: synapse.weight.as_unsigned(),
            Window.ELIGIBILITIES: synapse.eligibility.as_unsigned(),
            Window.MATURITIES: synapse.maturity,
        }
        answer = Signal.like(bus.read_data)
        with m.If(delayed(m, addressed, 1 + far, name="answered")), m.Switch(window):
            for asked, value in answers.items():
                with m.Case(asked):
                    m.d.comb += answer.eq(value)
        m.d.sync += bus.read_data.eq(answer)
