"""One tile: its neurons, their delay ring, and every synapse that ends in it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from golden.arch.config import CORTISOL_NEUTRAL, DOPAMINE_NEUTRAL
from golden.arch.crossbar import Plane, Polarity
from golden.arch.params import CoreParams
from golden.arch.records import CELL, DRAW, ENTRY, NEURON, ROW, TRAITS
from golden.arch.windows import Window

from .astrocytes import AstrocyteWeights, GainUpdate, domain_from_line
from .banks import BankedSynapses
from .block import DenseBlock
from .crossbar import Crossbar
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
from .stretches import RowSplitter
from .sweep import SweepStep
from .synapses import BlockSynapses
from .window import WHOLE, WindowBus

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

    The cells of a dense block go through the same pipeline, each row after the synapses of its
    source: their eligibilities are kept beside those of synapses, their currents come from a
    `DenseBlock`, and the currents of synapses are held back until those would come, so that all of
    them are added in order. The currents of synapses in astrocyte domains are held back, too, until
    their effective weights are there.

    Sweeps, passes, slow ticks and windows never overlap; the caller sees to it.

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
    drift : In(1)
        Strobe: a slow tick begins.
    conversion, pulse : Out(1)
        A weight of the dense block carried a spike; got a pulse. One cycle each.
    dropped : Out(stream.Signature(unsigned))
        PRUNE: numbers of the synapses dropped.
    gains : In(GainUpdate(params))
        New gain of an astrocyte domain; there only in a core with astrocytes.
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
            "drift": In(1),
            "conversion": Out(1),
            "pulse": Out(1),
            "dropped": Out(stream.Signature(unsigned(params.synapse_width))),
            "bus": In(WindowBus(params)),
        } | ({"gains": In(GainUpdate(params))} if params.astrocytes else {}))

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
        m.submodules.adaptation = self.adaptation = Adaptation(fast=not params.single_port)
        m.submodules.modulation = self.modulation = Modulation()
        m.submodules.compactor = self.compactor = Compactor(params)
        if params.block_rows:
            m.submodules.splitter = self.splitter = RowSplitter(params)
            m.submodules.block = self.block = DenseBlock(params)
        if params.astrocytes:
            m.submodules.weights = self.weights = AstrocyteWeights(params)
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
        visits = walker.visits
        if self.params.block_rows:
            visits = self.splitter.visits
            waiting = ~self.splitter.idle
            wiring.connect(m, walker.visits, self.splitter.stretches)
        if self.params.tiles == 1:
            wiring.connect(m, visits, wiring.flipped(self.visits))
        else:
            layout = Visit(self.params)
            m.submodules.queue = queue = SyncFIFO(width=layout.size, depth=QUEUE_DEPTH)
            waiting = waiting | queue.r_rdy
            m.d.comb += [
                queue.w_data.eq(self.visits.payload),
                queue.w_en.eq(self.visits.valid),
                self.visits.ready.eq(queue.w_rdy),
                visits.payload.eq(queue.r_data),
                visits.valid.eq(queue.r_rdy),
                queue.r_en.eq(visits.ready),
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
        modulating = Signal()
        m.d.sync += [
            pruning.eq(self.passing & (self.op == VisitOp.PRUNE)),
            propagating.eq(self.passing & (self.op == VisitOp.PROPAGATE)),
            modulating.eq(self.passing & (self.op == VisitOp.MODULATE)),
        ]

        # the synapse is read; currents wait for those of cells, and for effective weights
        effective = AstrocyteWeights.EFFECTIVE if params.astrocytes else read
        lag = max(effective, Crossbar.LATENCY if params.block_rows else 0) - read
        changes = kept + modulation.CHANGED  # the change of a weight is known
        added = read + lag + 4               # its delay slot is written
        moved = changes + DenseBlock.MODULATED if params.block_rows else change
        valid = marked(m, walker.valid, max(change, added, moved) + 2, name="visited")
        step = walker.step
        index = [step.index]
        for cycle in range(1, max(change, read + lag) + 1):
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
                                     config.slot_count[:params.slot_width + 1]), 1 + lag,
                       name="slot")
        local = delayed(m, synapse.target, 1 + lag, name="target")

        # its current is added
        m.d.comb += [
            self.ring.slot.eq(Mux(self.passes, slot, config.slot_head)),
            self.ring.neuron.eq(Mux(self.passes, local, self.swept_slot)),
        ]
        carries = marked(m, valid[read] & conducts & propagating, 3 + lag, name="carries")
        weight = synapse.weight
        if params.astrocytes:
            m.d.comb += [
                self.weights.index.eq(step.index),
                self.weights.weight.eq(weight),
                self.weights.moved_enable.eq(synapses.moved_enable),
                self.weights.moved_index.eq(synapses.moved_index),
                self.weights.gains.eq(self.gains),
            ]
            weight = self.weights.effective
        weight = delayed(m, weight, read + lag - effective, name="lagging")
        if params.block_rows:
            weight = Mux(index[read + lag][-1], self.block.code, weight)
            self._block(m)
            m.d.comb += [
                self.block.modulating.eq(modulating),
                self.block.change_valid.eq(valid[changes] & index[changes][-1] & modulating),
                self.block.change_index.eq(index[changes]),
                self.conversion.eq(carries[-1] & delayed(m, index[read + lag][-1], 3,
                                                         name="converts")),
                self.splitter.drained.eq(walker.idle & ~Cat(valid).any()),
            ]
        weight = delayed(m, weight, 2, name="weight")
        m.d.comb += [
            self.ring.amount.eq(delayed(m, (weight << config.weight_shift)[:16].as_signed(), 1,
                                        name="amount")),
            self.ring.add.eq(carries[-1]),
            self.event.eq(carries[-1]),
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
        repeats = self.splitter.round != 0 if params.block_rows else Const(0, 1)
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
            self.reinforced.eq(modulation.reinforced & valid[change] & ~repeats),
            self.weakened.eq(modulation.weakened & valid[change] & ~repeats),
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
        at_rest = self.block.idle if params.block_rows else Const(1, 1)
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
                         & ~compactor.hold & at_rest),
        ]

    def _block(self, m):
        """Read weights of the dense block, turn their changes into pulses, let them drift."""
        params, config, block, splitter = self.params, self.config, self.block, self.splitter
        modulation, cell = self.modulation, self.synapses.ports.cell
        # lanes begin with that of the first target, which may lie in any tile
        lane = config.block_target[:params.tile_width]
        before = params.tiles - 1 - self.index
        m.d.sync += [
            self.walker.first.eq(lane > self.index),
            self.walker.end.eq((lane + config.block_columns + before) >> params.tile_width),
        ]
        m.d.comb += [
            cell.target.eq((config.block_target >> params.tile_width) + self.walker.step.column),
            cell.offset.eq(config.block_delay - 1),
            splitter.config.eq(config),
            splitter.op.eq(self.op),
            splitter.more.eq(block.more),
            block.config.eq(config),
            block.index.eq(self.walker.step.index),
            block.change.eq(modulation.change),
            block.round.eq(splitter.round),
            block.restart.eq(splitter.stretches.valid),
            block.drift.eq(self.drift),
            self.pulse.eq(block.pulse),
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
        if self.params.astrocytes:
            hosts = (*hosts, ((Window.DOMAINS,), self.weights.host,
                              domain_from_line(self.params, line)))
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
        if self.params.astrocytes:
            answers[Window.DOMAINS] = self.weights.domain
        if self.params.block_rows:
            answers |= self._block_windows(m, addressed, window, address, line)
        answer = Signal.like(bus.read_data)
        with m.If(delayed(m, addressed, 1 + far, name="answered")), m.Switch(window):
            for asked, value in answers.items():
                with m.Case(asked):
                    m.d.comb += answer.eq(value)
        m.d.sync += bus.read_data.eq(answer)

    def _block_windows(self, m, addressed, window, address, line):
        """Let the host have the dense block; return what it reads there."""
        bus, block = self.bus, self.block
        cell, traits, draw = (from_line(record, line) for record in (CELL, TRAITS, DRAW))
        hosts = {
            Window.CELLS: (block.cells, [cell[name] for name in (
                "plus", "plus_loss", "minus", "minus_loss")]),
            Window.TRAITS: (block.traits, [
                traits["plus_gain"], traits["plus_set"], traits["plus_reset"],
                traits["stuck"][:2],
                traits["minus_gain"], traits["minus_set"], traits["minus_reset"],
                traits["stuck"][2:]]),
            Window.ENTRIES: (block.entries, [line[:8 * ENTRY.size]]),
            Window.DRAWS: (block.draws, [draw["plus"], draw["minus"]]),
        }
        for place, (host, fields) in hosts.items():
            # the tables are the same in every tile
            asked = (bus.active if place in WHOLE else addressed) & (bus.window == place)
            m.d.sync += [host.claim.eq(asked), host.write.eq(bus.write)]
            m.d.comb += [host.address.eq(address), host.data.eq(Cat(fields))]

        # eligibilities are kept with those of the synapses
        synapses = self.synapses.ports.host
        with m.If(addressed & (bus.window == Window.CELLS)):
            m.d.sync += synapses.claim.eq(1)
        with m.If(window == Window.CELLS):
            m.d.comb += [
                synapses.address.eq(address | 1 << len(synapses.address) - 1),
                synapses.data.eligibility.eq(cell["eligibility"]),
            ]
        plus, minus = block.cell
        plus_traits, minus_traits = block.trait
        return {
            Window.CELLS: to_line(CELL, {
                "plus": plus.state, "minus": minus.state,
                "plus_loss": plus.loss, "minus_loss": minus.loss,
                "eligibility": self.synapses.ports.word.eligibility}),
            Window.TRAITS: to_line(TRAITS, {
                "plus_gain": plus_traits.gain, "minus_gain": minus_traits.gain,
                "plus_set": plus_traits.scales[Polarity.SET],
                "plus_reset": plus_traits.scales[Polarity.RESET],
                "minus_set": minus_traits.scales[Polarity.SET],
                "minus_reset": minus_traits.scales[Polarity.RESET],
                "stuck": Cat(plus_traits.stuck, minus_traits.stuck)}),
            Window.ENTRIES: block.entry.as_value(),
            Window.DRAWS: to_line(DRAW, {"plus": block.draw[Plane.PLUS],
                                         "minus": block.draw[Plane.MINUS]}),
        }
