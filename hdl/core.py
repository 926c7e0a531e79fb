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
        wiring.connect(m, sequencer.reports, sender.i)
        join(m, (access.o, engine.reports, sender.o), self.reports)

        spikes = Signal(32)
        report_stalls = Signal(32)
        with m.If(engine.tick_done):
            m.d.sync += spikes.eq(spikes + engine.spike_count)
        with m.If(self.reports.valid & ~self.reports.ready):
            m.d.sync += report_stalls.eq(report_stalls + 1)

        m.d.comb += [
            sequencer.flush.eq(self.flush),
            sequencer.access_idle.eq(access.idle),
            sequencer.access_fault.eq(access.fault),
            sequencer.jobs_idle.eq(engine.idle),
            access.abort.eq(self.flush),
            engine.abort.eq(self.flush),
            engine.config.eq(registers.config),
            registers.head_advance.eq(engine.head_advance),
            registers.tick_done.eq(engine.tick_done),
            registers.spike_count.eq(engine.spike_count),
            registers.counters.spikes.eq(spikes),
            registers.counters.events.eq(engine.events),
            registers.counters.report_stalls.eq(report_stalls),
            self.idle.eq(sequencer.idle & sender.i.ready),
        ]
        m.d.comb += [registers.counters[name].eq(self.link_counters[name])
                     for name in self.link_counters.shape().members]

        # the register window is here, all others are in the engine
        bus = access.bus
        relay(m, bus, engine.bus)
        selected = bus.active & (bus.window == Window.REGISTERS)
        m.d.comb += [
            registers.address.eq(bus.address),
            registers.write.eq(selected & bus.write),
            registers.write_data.eq(bus.write_data),
            bus.read_data.eq(Mux(bus.window == Window.REGISTERS, registers.read_data,
                                 engine.bus.read_data)),
        ]
        return m
