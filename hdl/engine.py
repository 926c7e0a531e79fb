"""The pool at work: ticks, and the passes between them."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import Tag
from golden.arch.config import Homeostasis
from golden.arch.params import CoreParams

from .ages import AgeTable
from .astrocytes import AstrocyteOp, Astrocytes
from .bytes import Report
from .delay import delayed, marked
from .neuron import SweepOp
from .registers import CONFIG
from .report import SpikeReporter
from .rows import VisitOp
from .spikes import SpikeList, population
from .sweep import Sweeper
from .tile import Modulators, Tile
from .visits import Visitor
from .window import WindowBus, relay


class Work(enum.Enum, shape=3):
    """What the pool can do."""

    RUN = 0
    INJECT = 1
    REST = 2
    MODULATE = 3
    PRUNE = 4
    SETTLE = 5
    ASTROCYTES = 6


class Job(data.StructLayout):
    """One piece of work.

    Members
    -------
    work : Work
        What to do.
    ticks : unsigned(16)
        RUN: number of ticks.
    silent : unsigned(1)
        RUN: spikes are counted, not reported.
    first, end : unsigned(17)
        INJECT: neurons ``first <= i < end``.
    delta : signed(16)
        INJECT: what to add.
    modulators : Modulators
        MODULATE: their levels.
    clear : unsigned(1)
        ASTROCYTES: they forget everything instead.
    """

    def __init__(self):
        super().__init__({
            "work": Work,
            "ticks": 16,
            "silent": 1,
            "first": 17,
            "end": 17,
            "delta": signed(16),
            "modulators": Modulators(),
            "clear": 1,
        })


class Activity(data.StructLayout):
    """What the pool is doing in a cycle; nothing if no member is 1.

    Members
    -------
    sweep : unsigned(1)
        Updating the neurons of a tick.
    propagate : unsigned(1)
        Delivering its spikes.
    stall : unsigned(1)
        Waiting for the report of its spikes alone.
    passes : unsigned(1)
        Anything that is not a tick.
    """

    def __init__(self):
        super().__init__(dict.fromkeys(("sweep", "propagate", "stall", "passes"), 1))


class PoolEngine(wiring.Component):
    """All tiles, and what keeps them in step.

    A tick is a sweep, in which the slot at the head of the delay ring is taken and the spikes are
    collected, if thresholds move another sweep for that, and then, at the same time, the visits of
    the spikes' rows and the report. The next tick starts when both have ended; a report that finds
    no room waits, and the pool with it, so nothing is lost. With a dense block, a slow tick may
    come before it. With astrocytes, a batch of ticks begins by computing their gains anew, if the
    host has changed them.

    Beside its sweeps and visits a tick takes some 30 cycles, in which the pipelines fill and drain.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    jobs : In(stream.Signature(Job()))
        Work to do, piece by piece. `ready` comes when it has been done and reported.
    abort : In(1)
        End a batch of ticks after the tick under way.
    spike_bytes : Out(stream.Signature(8))
        Bytes of the reports of ticks.
    reports : Out(stream.Signature(Report()))
        MODULATED, DROPPED and PRUNED.
    head_advance, tick_done : Out(1)
        A slot has been taken; a tick has ended.
    spike_count : Out(params.count_width)
        Spikes of the tick under way.
    events, conversions, pulses : Out(range(tiles + 1))
        Synaptic events of a cycle; those of the dense block, and its pulses.
    activity : Out(Activity())
        What is going on in this cycle.
    bus : In(WindowBus(params))
        The host's windows onto tiles and ages; `read_data` comes 5 cycles after the address.
    """

    jobs: stream.Interface
    spike_bytes: stream.Interface
    reports: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "config": In(CONFIG),
            "jobs": In(stream.Signature(Job())),
            "abort": In(1),
            "spike_bytes": Out(stream.Signature(8)),
            "reports": Out(stream.Signature(Report())),
            "head_advance": Out(1),
            "tick_done": Out(1),
            "spike_count": Out(params.count_width),
            "events": Out(range(params.tiles + 1)),
            "conversions": Out(range(params.tiles + 1)),
            "pulses": Out(range(params.tiles + 1)),
            "activity": Out(Activity()),
            "bus": In(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params
        m.submodules.sweeper = self.sweeper = Sweeper(params)
        m.submodules.visitor = self.visitor = Visitor(params)
        m.submodules.ages = self.ages = AgeTable(params)
        m.submodules.spikes = self.spikes = SpikeList(params)
        m.submodules.reporter = self.reporter = SpikeReporter(params)
        self.tiles = [Tile(params, index) for index in range(params.tiles)]
        for index, tile in enumerate(self.tiles):
            m.submodules[f"tile{index}"] = tile
        if params.astrocytes:
            m.submodules.astrocytes = self.astrocytes = Astrocytes(params)
        self.sweep_op = Signal(SweepOp)
        self.passing = Signal()
        self._sweep(m)
        self._visit(m)
        self._report(m)
        self._windows(m)
        self._order(m)
        return m

    def _sweep(self, m):
        """Tiles, ages and spikes in step."""
        sweeper, ages, spikes, job = self.sweeper, self.ages, self.spikes, self.jobs.p
        ticking = self.sweep_op == SweepOp.TICK
        injecting = self.sweep_op == SweepOp.INJECT
        swept = marked(m, sweeper.step.valid, Tile.SPIKE_LATENCY, name="swept")
        self.sweep_over = sweeper.idle & ~Cat(swept).any()
        m.d.comb += [
            sweeper.neuron_count.eq(self.config.neuron_count),
            sweeper.first.eq(Mux(injecting, job.first, 0)),
            sweeper.end.eq(Mux(injecting, job.end, -1)),
            # a rate is read and written through one port
            sweeper.slow.eq(self.params.single_port & (self.sweep_op == SweepOp.ADAPT)),
            ages.advance.eq(sweeper.step.valid & ticking),
            ages.advance_local.eq(sweeper.step.local),
            spikes.valid.eq(swept[-1] & ticking),
            spikes.local.eq(delayed(m, sweeper.step.local, Tile.SPIKE_LATENCY, name="local")),
            spikes.mask.eq(Cat(tile.spike for tile in self.tiles)),
            self.spike_count.eq(spikes.count),
        ]
        for index, tile in enumerate(self.tiles):
            m.d.comb += [
                tile.config.eq(self.config),
                tile.sweep_op.eq(self.sweep_op),
                tile.delta.eq(job.delta),
                tile.step.eq(sweeper.step),
                tile.enable.eq(sweeper.enable[index]),
            ]

    def _visit(self, m):
        """Rows to the tiles, with their ages."""
        visitor, ages, spikes = self.visitor, self.ages, self.spikes
        wiring.connect(m, visitor.spikes, spikes.readers[0])
        m.d.comb += [
            visitor.neuron_count.eq(self.config.neuron_count),
            visitor.drained.eq(spikes.drained[0]),
            visitor.row_age.eq(ages.age),
            ages.source.eq(visitor.source),
            ages.enable.eq(visitor.enable),
            ages.set.eq(visitor.set),
            ages.set_source.eq(visitor.set_source),
            ages.set_age.eq(visitor.set_age),
        ]
        with m.Switch(self.jobs.p.work):
            for work, op in ((Work.RUN, VisitOp.PROPAGATE), (Work.MODULATE, VisitOp.MODULATE),
                             (Work.PRUNE, VisitOp.PRUNE), (Work.SETTLE, VisitOp.SETTLE)):
                with m.Case(work):
                    m.d.comb += visitor.op.eq(op)
        for tile, visits in zip(self.tiles, visitor.visits, strict=True):
            wiring.connect(m, tile.visits, visits)
            m.d.comb += [
                tile.op.eq(visitor.op),
                tile.passing.eq(self.passing),
                tile.modulators.eq(self.jobs.p.modulators),
            ]
        self.visits_over = Signal()
        m.d.sync += [
            self.visits_over.eq(visitor.idle & Cat(tile.idle for tile in self.tiles).all()),
            self.events.eq(population(Cat(tile.event for tile in self.tiles))),
        ]
        if self.params.astrocytes:
            m.d.comb += [
                self.astrocytes.fired.eq(visitor.set & (self.jobs.p.work == Work.RUN)),
                self.astrocytes.source.eq(visitor.set_source),
            ]
        if self.params.block_rows:
            m.d.sync += [
                self.conversions.eq(population(Cat(tile.conversion for tile in self.tiles))),
                self.pulses.eq(population(Cat(tile.pulse for tile in self.tiles))),
            ]

    def _report(self, m):
        """Tell what a tick or a pass has brought."""
        reporter, spikes, report = self.reporter, self.spikes, self.reports.p
        wiring.connect(m, reporter.spikes, spikes.readers[1])
        wiring.connect(m, reporter.o, wiring.flipped(self.spike_bytes))
        m.d.comb += [
            reporter.neuron_count.eq(self.config.neuron_count),
            reporter.spike_count.eq(spikes.count),
            reporter.drained.eq(spikes.drained[1]),
        ]

        count = Signal(range(self.params.synapses + 1))  # reinforced, or dropped
        weakened = Signal.like(count)
        for total, name in ((count, "reinforced"), (weakened, "weakened")):
            now = delayed(m, population(Cat(getattr(tile, name) for tile in self.tiles)), 1,
                          name=name)
            m.d.sync += total.eq(total + now)

        # dropped synapses are told one tile at a time; the turn passes when a tile has none to tell
        turn = Signal(max(1, self.params.tile_width))
        self.dropping = Signal()
        address = Signal(32)
        with m.Switch(turn):
            for index, tile in enumerate(self.tiles):
                with m.Case(index):
                    m.d.comb += [
                        self.dropping.eq(tile.dropped.valid),
                        address.eq(Cat(Const(index, self.params.tile_width),
                                       tile.dropped.payload)),
                        tile.dropped.ready.eq(self.reports.ready),
                    ]
        with m.If(~self.dropping):
            m.d.sync += turn.eq(Mux(turn == self.params.tiles - 1, 0, turn + 1))
        self.summing = Signal()
        m.d.comb += self.reports.valid.eq(self.dropping | self.summing)
        with m.If(self.dropping):
            m.d.comb += [report.tag.eq(Tag.DROPPED), report.fields.eq(address)]
            with m.If(self.reports.ready):
                m.d.sync += count.eq(count + 1)
        with m.Elif(self.jobs.p.work == Work.PRUNE):
            m.d.comb += [report.tag.eq(Tag.PRUNED), report.fields.eq(count)]
        with m.Else():
            m.d.comb += [
                report.tag.eq(Tag.MODULATED),
                report.fields.eq(Cat(count, Const(0, 32 - len(count)), weakened)),
            ]
        with m.If(~self.jobs.valid):
            m.d.sync += [count.eq(0), weakened.eq(0)]

    def _astrocytes(self, m, running):
        """Add the states in which calcium moves, or gains are computed anew for what follows."""
        astrocytes = self.astrocytes
        m.d.comb += [
            astrocytes.config.eq(self.config),
            astrocytes.op.eq(Mux(running, AstrocyteOp.REFRESH, Mux(
                self.jobs.p.clear, AstrocyteOp.CLEAR, AstrocyteOp.STEP))),
        ]
        for tile in self.tiles:
            m.d.comb += tile.gains.eq(astrocytes.gains)
        with m.State("ASTROCYTES"):
            m.d.comb += astrocytes.start.eq(1)
            m.next = "CALCIUM"
        with m.State("CALCIUM"):
            with m.If(astrocytes.idle):
                m.next = "FINISH"
                with m.If(running):
                    m.next = "SWEEP"

    def _windows(self, m):
        """One answer: whoever was not asked says 0."""
        parts = [self.ages, *self.tiles, *([self.astrocytes] if self.params.astrocytes else [])]
        for part in parts:
            relay(m, self.bus, part.bus)
        answers = [part.bus.read_data for part in parts]
        m.d.comb += self.bus.read_data.eq(reduce(or_, answers))

    def _order(self, m):
        """Let one thing follow another."""
        config, job, spikes = self.config, self.jobs.p, self.spikes
        visitor, reporter = self.visitor, self.reporter
        ticks = Signal.like(job.ticks)
        started = Signal()  # the visits have begun, and `visits_over` knows it
        adapts = ((config.homeostasis == Homeostasis.RATE)
                  | ((config.homeostasis == Homeostasis.REFERENCE) & (config.tick_phase == 0)
                     & (config.homeostatic_rate != 0)))
        activity = self.activity
        running = job.work == Work.RUN
        drift = Signal()
        m.d.comb += [tile.drift.eq(drift) for tile in self.tiles]

        def end_tick():
            m.d.comb += self.tick_done.eq(1)
            m.d.sync += [ticks.eq(ticks - 1), started.eq(0)]
            m.next = "SWEEP"
            with m.If((ticks == 1) | self.abort):
                m.next = "FINISH"

        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [ticks.eq(job.ticks), started.eq(0)]
                with m.If(self.jobs.valid):
                    with m.Switch(job.work):
                        with m.Case(Work.RUN):
                            m.next = "FINISH"
                            with m.If(job.ticks != 0):
                                m.next = "SWEEP"
                                if self.params.astrocytes:
                                    with m.If(self.astrocytes.stale):
                                        m.next = "ASTROCYTES"
                        with m.Case(Work.INJECT, Work.REST):
                            m.next = "SWEEP"
                        if self.params.astrocytes:
                            with m.Case(Work.ASTROCYTES):
                                m.next = "ASTROCYTES"
                        with m.Default():
                            m.next = "PASS"
            if self.params.astrocytes:
                self._astrocytes(m, running)
            with m.State("SWEEP"):
                m.d.comb += [self.sweeper.start.eq(1), spikes.clear.eq(running)]
                with m.Switch(job.work):
                    for work, op in ((Work.RUN, SweepOp.TICK), (Work.INJECT, SweepOp.INJECT),
                                     (Work.REST, SweepOp.REST)):
                        with m.Case(work):
                            m.d.sync += self.sweep_op.eq(op)
                m.next = "SWEEPING"
            with m.State("SWEEPING"):
                with m.If(self.sweep_over):
                    m.next = "CLOSE"
                    with m.If(~running):
                        m.next = "FINISH"
            with m.State("CLOSE"):
                m.d.comb += spikes.finish.eq(1)
                m.next = "PROPAGATE"
                with m.If(adapts):
                    m.d.comb += self.sweeper.start.eq(1)
                    m.d.sync += self.sweep_op.eq(SweepOp.ADAPT)
                    m.next = "ADAPTING"
            with m.State("ADAPTING"):
                with m.If(self.sweep_over):
                    m.next = "PROPAGATE"
            with m.State("PROPAGATE"):
                m.d.comb += [
                    self.head_advance.eq(1),
                    self.passing.eq(1),
                    visitor.start.eq(1),
                    spikes.start.eq(Cat(1, ~job.silent)),
                    reporter.start.eq(~job.silent),
                ]
                m.next = "PROPAGATING"
            with m.State("PROPAGATING"):
                m.d.comb += self.passing.eq(1)
                m.d.sync += started.eq(1)
                with m.If(started & self.visits_over & reporter.idle):
                    m.d.sync += started.eq(0)
                    if self.params.block_rows:
                        m.next = "END"
                        with m.If((config.drift_period != 0)
                                  & (config.drift_phase == config.drift_period - 1)):
                            m.next = "DRIFT"
                    else:
                        end_tick()
            if self.params.block_rows:
                with m.State("DRIFT"):
                    m.d.comb += [self.passing.eq(1), drift.eq(1)]
                    m.next = "DRIFTING"
                with m.State("DRIFTING"):
                    m.d.comb += self.passing.eq(1)
                    m.d.sync += started.eq(1)
                    with m.If(started & self.visits_over):
                        m.d.sync += started.eq(0)
                        m.next = "END"
                with m.State("END"):
                    m.d.comb += self.passing.eq(1)
                    end_tick()
            with m.State("PASS"):
                m.d.comb += [self.passing.eq(1), visitor.start.eq(1)]
                m.next = "PASSING"
            with m.State("PASSING"):
                m.d.comb += self.passing.eq(1)
                m.d.sync += started.eq(1)
                with m.If(started & self.visits_over & ~self.dropping):
                    m.next = "REPORT"
                    with m.If(job.work == Work.SETTLE):
                        m.next = "FINISH"
            with m.State("REPORT"):
                m.d.comb += self.summing.eq(1)
                with m.If(self.reports.ready):
                    m.next = "FINISH"
            with m.State("FINISH"):
                m.d.comb += self.jobs.ready.eq(1)
                m.next = "IDLE"

        stalled = started & self.visits_over
        m.d.comb += [
            activity.sweep.eq(self.jobs.valid & running & ~self.passing),
            activity.propagate.eq(running & self.passing & ~stalled),
            activity.stall.eq(running & self.passing & stalled),
            activity.passes.eq(self.jobs.valid & ~running),
        ]
