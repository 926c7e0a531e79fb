"""The core: commands in, reports out, without the line."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.windows import Window

from .access import WindowAccess
from .bytes import ReportSender, join
from .engine import PoolEngine
from .link import LinkCounters
from .registers import RegisterBank
from .sequencer import Sequencer
from .window import relay


class Core(wiring.Component):
    """Everything between the command stream and the report stream.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    commands : In(stream.Signature(8))
        Commands (`golden.arch.commands`).
    reports : Out(stream.Signature(8))
        Reports.
    flush : In(1)
        Drop commands, end a batch after the tick under way. To be held until `idle`.
    idle : Out(1)
        No command under way and no report half written.
    link_counters : In(LinkCounters())
        Counters of the line, for the register window.
    """

    commands: stream.Interface
    reports: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "commands": In(stream.Signature(8)),
            "reports": Out(stream.Signature(8)),
            "flush": In(1),
            "idle": Out(1),
            "link_counters": In(LinkCounters()),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.sequencer = sequencer = Sequencer()
        m.submodules.access = access = WindowAccess(self.params)
        m.submodules.engine = engine = PoolEngine(self.params)
        m.submodules.registers = registers = RegisterBank(self.params)
        m.submodules.sender = sender = ReportSender()

        wiring.connect(m, sequencer.commands, wiring.flipped(self.commands))
        wiring.connect(m, sequencer.accesses, access.commands)
        wiring.connect(m, sequencer.access_bytes, access.i)
        wiring.connect(m, sequencer.jobs, engine.jobs)
        join(m, (sequencer.reports, engine.reports), sender.i)
        join(m, (access.o, engine.spike_bytes, sender.o), self.reports)

        counters = registers.counters
        events = Signal.like(engine.events)
        activity = Signal.like(engine.activity)
        m.d.sync += [
            events.eq(engine.events),
            activity.eq(engine.activity),
            counters.events.eq(counters.events + events),
        ]
        with m.If(engine.tick_done):
            m.d.sync += counters.spikes.eq(counters.spikes + engine.spike_count)
        with m.If(activity.sweep):
            m.d.sync += counters.sweep_cycles.eq(counters.sweep_cycles + 1)
        with m.If(activity.propagate):
            m.d.sync += counters.propagate_cycles.eq(counters.propagate_cycles + 1)
        with m.If(activity.stall):
            m.d.sync += counters.stall_cycles.eq(counters.stall_cycles + 1)
        with m.If(activity.passes):
            m.d.sync += counters.pass_cycles.eq(counters.pass_cycles + 1)
        with m.If(~activity.as_value().any()):
            m.d.sync += counters.idle_cycles.eq(counters.idle_cycles + 1)

        m.d.comb += [
            sequencer.flush.eq(self.flush),
            sequencer.access_fault.eq(access.fault),
            access.abort.eq(self.flush),
            engine.abort.eq(self.flush),
            engine.config.eq(registers.config),
            registers.head_advance.eq(engine.head_advance),
            registers.tick_done.eq(engine.tick_done),
            registers.spike_count.eq(engine.spike_count),
            self.idle.eq(sequencer.idle & sender.i.ready),
        ]
        m.d.comb += [registers.counters[name].eq(self.link_counters[name])
                     for name in self.link_counters.shape().members]

        # the register window is here, all others are in the engine
        bus = access.bus
        relay(m, bus, engine.bus)
        selected = bus.active & (bus.window == Window.REGISTERS)
        m.d.comb += [
            registers.address.eq(bus.address[:len(registers.address)]),
            registers.write.eq(selected & bus.write),
            registers.write_data.eq(bus.write_data),
            bus.read_data.eq(Mux(bus.window == Window.REGISTERS, registers.read_data,
                                 engine.bus.read_data)),
        ]
        return m
