"""The core: commands in, reports out, without the line."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.windows import Window

from .access import WindowAccess
from .bytes import ByteRegister, join
from .counters import LinkEvents
from .engine import PoolEngine
from .queue import LoopControl
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
    loop : Out(LoopControl())
        Orders for the queue of the commands.
    reports : Out(stream.Signature(8))
        Reports.
    flush : In(1)
        Drop commands, end a batch after the tick under way. To be held until `idle`.
    idle : Out(1)
        No command under way and no report half written.
    link_events : In(LinkEvents())
        What happens on the line, for the register window.
    fault : Out(1)
        Strobe: a command can't be done.
    """

    commands: stream.Interface
    reports: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "commands": In(stream.Signature(8)),
            "loop": Out(LoopControl()),
            "reports": Out(stream.Signature(8)),
            "flush": In(1),
            "idle": Out(1),
            "link_events": In(LinkEvents()),
            "fault": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.record = record = ByteRegister()
        m.submodules.sequencer = sequencer = Sequencer(self.params)
        m.submodules.access = access = WindowAccess(self.params)
        m.submodules.engine = engine = PoolEngine(self.params)
        m.submodules.registers = registers = RegisterBank(self.params)

        wiring.connect(m, sequencer.transfer, record.transfers[0])
        wiring.connect(m, access.transfer, record.transfers[1])
        wiring.connect(m, sequencer.jobs, engine.jobs)
        wiring.connect(m, engine.reports, sequencer.reports)
        wiring.connect(m, sequencer.loop, wiring.flipped(self.loop))
        join(m, (access.o, engine.spike_bytes, sequencer.o, record.o), self.reports)
        m.d.comb += [
            sequencer.commands.valid.eq(self.commands.valid),
            sequencer.commands.payload.eq(self.commands.payload),
            record.i.valid.eq(self.commands.valid),
            record.i.payload.eq(self.commands.payload),
            self.commands.ready.eq(sequencer.commands.ready | record.i.ready),
            sequencer.flush.eq(self.flush),
            sequencer.record.eq(record.value),
            access.record.eq(record.value),
            access.valid.eq(sequencer.access_valid),
            access.op.eq(sequencer.access_op),
            access.abort.eq(sequencer.access_abort),
            sequencer.access_done.eq(access.done),
            sequencer.access_fault.eq(access.fault),
            engine.abort.eq(self.flush),
            engine.config.eq(registers.config),
            registers.head_advance.eq(engine.head_advance),
            registers.tick_done.eq(engine.tick_done),
            registers.spike_count.eq(engine.spike_count),
            registers.link.eq(self.link_events),
            self.idle.eq(sequencer.idle),
            self.fault.eq(sequencer.fault),
        ]

        # events and cycles may be counted late
        activity = engine.activity
        m.d.sync += [
            registers.events.eq(engine.events),
            registers.conversions.eq(engine.conversions),
            registers.pulses.eq(engine.pulses),
            registers.cycles.sweep_cycles.eq(activity.sweep),
            registers.cycles.propagate_cycles.eq(activity.propagate),
            registers.cycles.stall_cycles.eq(activity.stall),
            registers.cycles.pass_cycles.eq(activity.passes),
            registers.cycles.idle_cycles.eq(~activity.as_value().any()),
        ]

        # the register window is here, all others are in the engine
        bus = access.bus
        relay(m, bus, engine.bus)
        selected = bus.active & (bus.window == Window.REGISTERS)
        m.d.comb += [
            record.load.eq(access.load),
            record.loaded.eq(engine.bus.read_data | registers.read_data),  # who isn't asked says 0
            registers.active.eq(selected),
            registers.half.eq(access.half),
            registers.address.eq(bus.address[:len(registers.address)]),
            registers.write.eq(selected & bus.write),
            registers.write_data.eq(bus.write_data[:len(registers.write_data)]),
        ]
        return m
