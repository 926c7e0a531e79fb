"""From bytes to commands: the order in which everything happens."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import ARGUMENTS, Fault, Opcode, Tag

from .access import Access, AccessOp
from .bytes import Report
from .engine import Job, Work
from .records import line_layout_of

ACCESSES = {
    Opcode.WRITE: AccessOp.WRITE,
    Opcode.READ: AccessOp.READ,
    Opcode.INPUT: AccessOp.INPUT,
}
JOBS = {
    Opcode.RUN: Work.RUN,
    Opcode.INJECT: Work.INJECT,
    Opcode.REST: Work.REST,
    Opcode.MODULATE: Work.MODULATE,
    Opcode.PRUNE: Work.PRUNE,
    Opcode.SETTLE: Work.SETTLE,
}
ARGUMENTS_SIZE = max(record.size for record in ARGUMENTS.values())


class Sequencer(wiring.Component):
    """Take commands from the byte stream and have them done, one after the other.

    This is the tick barrier: a command is started when all its arguments have arrived and
    everything before it has been done, so a tick never runs on half an input. After a fault all
    bytes are dropped until the next flush.

    1 byte per cycle, and 1 cycle more per command. `commands.ready` depends combinationally on
    `access_bytes.ready`.

    Members
    -------
    commands : In(stream.Signature(8))
        Commands, byte by byte.
    flush : In(1)
        Forget the command under way, once it is done; drop what comes.
    idle : Out(1)
        Nothing under way: a flush is complete.
    accesses : Out(stream.Signature(Access()))
        Window accesses, held until they have ended.
    access_bytes : Out(stream.Signature(8))
        The bytes that follow WRITE and INPUT.
    access_fault : In(8)
        Why the access ended early, or 0, when it is taken.
    jobs : Out(stream.Signature(Job()))
        Work for the pool, held until it has been done.
    reports : Out(stream.Signature(Report()))
        SYNCED and FAULT.
    """

    commands: In(stream.Signature(8))
    flush: In(1)
    idle: Out(1)
    accesses: Out(stream.Signature(Access()))
    access_bytes: Out(stream.Signature(8))
    access_fault: In(8)
    jobs: Out(stream.Signature(Job()))
    reports: Out(stream.Signature(Report()))

    def elaborate(self, platform):
        m = Module()
        opcode = Signal(8)
        fault = Signal(8)
        arguments = Signal(8 * ARGUMENTS_SIZE)
        position = Signal(range(ARGUMENTS_SIZE))
        last = Signal.like(position)

        def arguments_of(code):
            layout = line_layout_of(ARGUMENTS[code])
            return layout(arguments[:layout.size])

        self._route(m, opcode, arguments_of)

        received = Signal(8)
        m.d.comb += received.eq(self.commands.payload)
        with m.Switch(opcode):
            for code, record in ARGUMENTS.items():
                with m.Case(code):
                    m.d.comb += last.eq(max(record.size, 1) - 1)

        with m.FSM():
            with m.State("OPCODE"):
                m.d.comb += [self.idle.eq(1), self.commands.ready.eq(1)]
                m.d.sync += [position.eq(0), opcode.eq(received), fault.eq(Fault.OPCODE)]
                with m.If(self.commands.valid & ~self.flush):
                    m.next = "FAULT"
                    with m.Switch(received):
                        for code, record in ARGUMENTS.items():
                            with m.Case(code):
                                m.next = "ARGUMENTS" if record.size else "START"
            with m.State("ARGUMENTS"):
                m.d.comb += self.commands.ready.eq(1)
                with m.If(self.flush):
                    m.next = "OPCODE"
                with m.Elif(self.commands.valid):
                    m.d.sync += [
                        arguments.word_select(position, 8).eq(received),
                        position.eq(position + 1),
                    ]
                    with m.If(position == last):
                        m.next = "START"
            with m.State("START"):
                with m.Switch(opcode):
                    with m.Case(*ACCESSES):
                        m.d.comb += [
                            self.accesses.valid.eq(1),
                            self.access_bytes.valid.eq(self.commands.valid),
                            self.commands.ready.eq(self.access_bytes.ready),
                        ]
                        with m.If(self.accesses.ready):
                            m.d.sync += fault.eq(self.access_fault)
                            m.next = "OPCODE"
                            with m.If(self.access_fault != 0):
                                m.next = "FAULT"
                    with m.Case(*JOBS):
                        m.d.comb += self.jobs.valid.eq(1)
                        with m.If(self.jobs.ready):
                            m.next = "OPCODE"
                    with m.Default():
                        m.d.comb += self.reports.valid.eq(1)
                        with m.If(self.reports.ready):
                            m.next = "OPCODE"
            with m.State("FAULT"):
                m.d.comb += [
                    self.reports.valid.eq(1),
                    self.reports.p.tag.eq(Tag.FAULT),
                    self.reports.p.fields.eq(Cat(fault, opcode)),
                ]
                with m.If(self.reports.ready):
                    m.next = "FAULTED"
            with m.State("FAULTED"):
                m.d.comb += self.commands.ready.eq(1)
                with m.If(self.flush):
                    m.next = "OPCODE"
        return m

    def _route(self, m, opcode, arguments_of):
        """Lay out the arguments as every receiver wants them; the states say who takes them."""
        m.d.comb += [
            self.access_bytes.payload.eq(self.commands.payload),
            self.reports.p.tag.eq(Tag.SYNCED),
            self.reports.p.fields.eq(arguments_of(Opcode.SYNC).token),
        ]
        inject, modulate = arguments_of(Opcode.INJECT), arguments_of(Opcode.MODULATE)
        m.d.comb += [
            self.jobs.p.ticks.eq(arguments_of(Opcode.RUN).ticks),
            self.jobs.p.silent.eq(arguments_of(Opcode.RUN).silent),
            # no neuron is beyond 16 bits: whoever has a higher one set is beyond them all
            self.jobs.p.first.eq(Cat(inject.first[:16], inject.first[16:].any())),
            self.jobs.p.end.eq(Cat(inject.end[:16], inject.end[16:].any())),
            self.jobs.p.delta.eq(inject.delta),
            self.jobs.p.modulators.dopamine.eq(modulate.dopamine),
            self.jobs.p.modulators.cortisol.eq(modulate.cortisol),
            self.accesses.p.window.eq(arguments_of(Opcode.WRITE).window),
            self.accesses.p.address.eq(arguments_of(Opcode.WRITE).address),
            self.accesses.p.count.eq(arguments_of(Opcode.WRITE).count),
        ]
        with m.Switch(opcode):
            for code, op in ACCESSES.items():
                with m.Case(code):
                    m.d.comb += self.accesses.p.op.eq(op)
                    if code is Opcode.INPUT:
                        m.d.comb += self.accesses.p.count.eq(arguments_of(code).count)
            for code, work in JOBS.items():
                with m.Case(code):
                    m.d.comb += self.jobs.p.work.eq(work)
