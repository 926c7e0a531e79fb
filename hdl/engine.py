"""The pool at work: ticks, and the passes between them."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import REPORTS, Tag
from golden.arch.params import CoreParams

from .ages import AgeTable
from .bytes import ReportSender, join
from .neuron import SweepOp
from .records import layout_of
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


class Job(data.StructLayout):
    """One piece of work.

    Members
    -------
    work : Work
        What to do.
    ticks : unsigned(32)
        RUN: number of ticks.
    first, end : unsigned(32)
        INJECT: neurons ``first <= i < end``.
    delta : signed(16)
        INJECT: what to add.
    modulators : Modulators
        MODULATE: their levels.
    """

    def __init__(self):
        super().__init__({
            "work": Work,
            "ticks": 32,
            "first": 32,
            "end": 32,
            "delta": signed(16),
            "modulators": Modulators(),
        })


class PoolEngine(wiring.Component):
    """All tiles, and what keeps them in step.

    A tick is a sweep, in which the slot at the head of the delay ring is taken and the spikes are
    collected, and then, at the same time, the visits of their rows and the report. The next tick
    starts when both have ended; a report that finds no room waits, and the pool with it, so
    nothing is lost.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    jobs : In(stream.Signature(Job()))
        Work to do, piece by piece.
    abort : In(1)
        End a batch of ticks after the tick under way.
    reports : Out(stream.Signature(8))
        Bytes of the reports.
    idle : Out(1)
        Nothing under way.
    head_advance, tick_done : Out(1)
        A slot has been taken; a tick has ended.
    spike_count : Out(17)
        Spikes of the tick under way.
    events : Out(32)
        Synaptic events since power-up.
    bus : In(WindowBus(params))
        The host's windows onto tiles and ages.
    """

    jobs: stream.Interface
    reports: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "config": In(CONFIG),
            "jobs": In(stream.Signature(Job())),
            "abort": In(1),
            "reports": Out(stream.Signature(8)),
            "idle": Out(1),
            "head_advance": Out(1),
            "tick_done": Out(1),
            "spike_count": Out(17),
            "events": Out(32),
            "bus": In(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        params, config = self.params, self.config
        m.submodules.sweeper = sweeper = Sweeper(params)
        m.submodules.visitor = visitor = Visitor(params)
        m.submodules.ages = ages = AgeTable(params)
        m.submodules.spikes = spikes = SpikeList(params)
        m.submodules.reporter = reporter = SpikeReporter(params)
        m.submodules.sender = sender = ReportSender()
        tiles = [Tile(params, index) for index in range(params.tiles)]
        for index, tile in enumerate(tiles):
            m.submodules[f"tile{index}"] = tile
        join(m, (reporter.o, sender.o), self.reports)

        job = Signal(Job())
        sweeping = job.work == Work.RUN

        # sweep: tiles, ages and spikes in step
        m.d.comb += [
            sweeper.neuron_count.eq(config.neuron_count),
            sweeper.commands.p.delta.eq(job.delta),
            sweeper.commands.p.first.eq(0),
            sweeper.commands.p.end.eq(config.neuron_count),
            ages.advance.eq(sweeper.step.valid & sweeping),
            ages.advance_local.eq(sweeper.step.local),
            spikes.local.eq(sweeper.swept_local),
            spikes.mask.eq(Cat(tile.spike for tile in tiles)),
            self.spike_count.eq(spikes.count),
        ]
        with m.Switch(job.work):
            with m.Case(Work.RUN):
                m.d.comb += sweeper.commands.p.op.eq(SweepOp.TICK)
            with m.Case(Work.INJECT):
                m.d.comb += [
                    sweeper.commands.p.op.eq(SweepOp.INJECT),
                    sweeper.commands.p.first.eq(job.first),
                    sweeper.commands.p.end.eq(job.end),
                ]
            with m.Case(Work.REST):
                m.d.comb += sweeper.commands.p.op.eq(SweepOp.REST)

        # visits, and the report beside them
        m.d.comb += [
            visitor.neuron_count.eq(config.neuron_count),
            visitor.source_word.eq(ages.source_word),
            visitor.drained.eq(spikes.drained[0]),
            ages.source.eq(visitor.source),
            ages.set.eq(visitor.set_age),
            ages.age.eq(visitor.age),
            reporter.neuron_count.eq(config.neuron_count),
            reporter.spike_count.eq(spikes.count),
            reporter.drained.eq(spikes.drained[1]),
        ]
        wiring.connect(m, visitor.spikes, spikes.readers[0])
        wiring.connect(m, reporter.spikes, spikes.readers[1])
        with m.Switch(job.work):
            for work, op in ((Work.RUN, VisitOp.PROPAGATE), (Work.MODULATE, VisitOp.MODULATE),
                             (Work.PRUNE, VisitOp.PRUNE), (Work.SETTLE, VisitOp.SETTLE)):
                with m.Case(work):
                    m.d.comb += visitor.commands.payload.eq(op)

        for index, tile in enumerate(tiles):
            m.d.comb += [
                tile.config.eq(config),
                tile.step.eq(sweeper.step),
                tile.enable.eq(sweeper.enable[index]),
                tile.modulators.eq(job.modulators),
            ]
            wiring.connect(m, tile.visits, visitor.visits[index])
        tiles_idle = Cat(tile.idle for tile in tiles).all()

        # what a pass counts
        reinforced = Signal(32)
        weakened = Signal(32)
        pruned = Signal(32)
        m.d.sync += [
            self.events.eq(self.events + population(Cat(tile.event for tile in tiles))),
            reinforced.eq(reinforced + population(Cat(tile.reinforced for tile in tiles))),
            weakened.eq(weakened + population(Cat(tile.weakened for tile in tiles))),
        ]

        # dropped synapses are told one tile at a time; the turn passes when a tile has none to tell
        turn = Signal(max(1, params.tile_width))
        dropped = Signal(layout_of(REPORTS[Tag.DROPPED]))
        dropping = Signal()
        with m.Switch(turn):
            for index, tile in enumerate(tiles):
                with m.Case(index):
                    m.d.comb += [
                        dropping.eq(tile.dropped.valid),
                        dropped.address.eq(tile.dropped.payload * params.tiles + index),
                        tile.dropped.ready.eq(sender.i.ready),
                    ]
        with m.If(~dropping):
            m.d.sync += turn.eq(Mux(turn == params.tiles - 1, 0, turn + 1))
        with m.If(dropping):
            m.d.comb += [
                sender.i.p.tag.eq(Tag.DROPPED),
                sender.i.p.fields.eq(dropped),
                sender.i.valid.eq(1),
            ]
            with m.If(sender.i.ready):
                m.d.sync += pruned.eq(pruned + 1)

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.idle.eq(sender.i.ready), self.jobs.ready.eq(1)]
                m.d.sync += [reinforced.eq(0), weakened.eq(0), pruned.eq(0)]
                with m.If(self.jobs.valid):
                    m.d.sync += job.eq(self.jobs.payload)
                    with m.Switch(self.jobs.p.work):
                        with m.Case(Work.RUN):
                            with m.If(self.jobs.p.ticks != 0):
                                m.next = "SWEEP"
                        with m.Case(Work.INJECT, Work.REST):
                            m.next = "SWEEP"
                        with m.Default():
                            m.next = "VISIT"
            with m.State("SWEEP"):
                m.d.comb += [sweeper.commands.valid.eq(1), spikes.clear.eq(sweeping)]
                with m.If(sweeper.commands.ready):
                    m.next = "AWAIT-SWEEP"
            with m.State("AWAIT-SWEEP"):
                with m.If(sweeper.idle):
                    m.next = "IDLE"
                    with m.If(sweeping):
                        m.d.comb += [
                            self.head_advance.eq(1),
                            spikes.start.eq(1),
                            reporter.start.eq(1),
                        ]
                        m.next = "VISIT"
            with m.State("VISIT"):
                m.d.comb += visitor.commands.valid.eq(1)
                with m.If(visitor.commands.ready):
                    m.next = "AWAIT-VISITS"
            with m.State("AWAIT-VISITS"):
                with m.If(visitor.idle & tiles_idle & reporter.idle & ~dropping):
                    m.next = "REPORT"
                    with m.If(sweeping):
                        m.d.comb += self.tick_done.eq(1)
                        m.d.sync += job.ticks.eq(job.ticks - 1)
                        m.next = "SWEEP"
                        with m.If((job.ticks == 1) | self.abort):
                            m.next = "IDLE"
                    with m.Elif(job.work == Work.SETTLE):
                        m.next = "IDLE"
            with m.State("REPORT"):
                m.d.comb += sender.i.valid.eq(1)
                with m.If(job.work == Work.MODULATE):
                    m.d.comb += [
                        sender.i.p.tag.eq(Tag.MODULATED),
                        sender.i.p.fields.eq(Cat(reinforced, weakened)),
                    ]
                with m.Else():
                    m.d.comb += [
                        sender.i.p.tag.eq(Tag.PRUNED),
                        sender.i.p.fields.eq(pruned),
                    ]
                with m.If(sender.i.ready):
                    m.next = "IDLE"

        # one answer to the host: whoever was not asked says 0
        answers = [ages.bus, *(tile.bus for tile in tiles)]
        for bus in answers:
            relay(m, self.bus, bus)
        m.d.comb += self.bus.read_data.eq(reduce(or_, (bus.read_data for bus in answers)))
        return m
