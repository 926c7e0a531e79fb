"""From bytes to commands: the order in which everything happens."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import ARGUMENTS, REPORTS, Fault, Opcode, Tag
from golden.arch.params import CoreParams

from .access import AccessOp
from .bytes import FIELDS_SIZE, RECORD_SIZE, Report, Transfer
from .engine import Job, Work
from .queue import LoopControl
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
    Opcode.ASTROCYTES: Work.ASTROCYTES,
}


class Sequencer(wiring.Component):
    """Take commands from the byte stream and have them done, one after the other.

    This is the tick barrier: a command is started when all its arguments have arrived and
    everything before it has been done, so a tick never runs on half an input. After a fault all
    bytes are dropped until the next flush.

    The arguments stay in the byte register while their command is done; nobody copies them. 1 cycle
    per byte, and 3 more per command.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    commands : In(stream.Signature(8))
        Commands, of which this takes the opcodes, and everything after a fault.
    flush : In(1)
        Forget the command under way, once it is done; drop what comes.
    idle : Out(1)
        Nothing under way: a flush is complete.
    record : In(8 * RECORD_SIZE)
        The byte register.
    transfer : Out(Transfer())
        Orders for it.
    access_valid, access_op : Out(1), Out(AccessOp)
        A window access, held until it is done. Its arguments are in the byte register at first.
    access_abort : Out(1)
        To be ended early.
    access_done, access_fault : In(1), In(Fault)
        It has ended, and why early, or 0.
    jobs : Out(stream.Signature(Job()))
        Work for the pool, held until it has been done.
    reports : In(stream.Signature(Report()))
        What a job has to tell; each is taken when it has left.
    o : Out(stream.Signature(8))
        Tags and fields of reports, but for those that the byte register gives.
    fault : Out(1)
        Strobe: a command can't be done.
    loop : Out(LoopControl())
        Orders for the queue of the commands.
    """

    commands: In(stream.Signature(8))
    flush: In(1)
    idle: Out(1)
    record: In(8 * RECORD_SIZE)
    transfer: Out(Transfer())
    access_valid: Out(1)
    access_op: Out(AccessOp)
    access_abort: Out(1)
    access_done: In(1)
    access_fault: In(Fault)
    jobs: Out(stream.Signature(Job()))
    reports: In(stream.Signature(Report()))
    o: Out(stream.Signature(8))
    fault: Out(1)
    loop: Out(LoopControl())

    def __init__(self, params: CoreParams):
        self.unknown = () if params.astrocytes else (Opcode.ASTROCYTES,)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        opcode = Signal(8, reset_less=True)
        fault = Signal(Fault, reset_less=True)
        is_job, is_access = Signal(), Signal()
        size = Signal(range(RECORD_SIZE + 1))
        is_known = Signal()
        times = Signal(16, reset_less=True)  # that the loop is still to be done
        lowest = Signal(9)
        borrow, is_over = Signal(), Signal()
        with m.Switch(opcode):
            for code, record in ARGUMENTS.items():
                if code in self.unknown:
                    continue
                with m.Case(code):
                    m.d.comb += [is_known.eq(1), size.eq(record.size)]
        with m.Switch(opcode):
            with m.Case(*JOBS.keys() - self.unknown):
                m.d.comb += is_job.eq(1)
            with m.Case(*ACCESSES):
                m.d.comb += is_access.eq(1)
        self._lay_out(m, opcode)

        # Reports, but for the token of a SYNC, which the byte register gives
        at = Signal(range(FIELDS_SIZE))
        report = Signal(Report())
        fields_size = Signal(range(FIELDS_SIZE + 1))
        m.d.comb += [
            report.eq(self.reports.p),
            self.transfer.size.eq(size),
            self.transfer.shifts.eq(Mux(opcode == Opcode.SYNC, RECORD_SIZE, size)),
        ]
        with m.If(~is_job):
            m.d.comb += [
                report.tag.eq(Mux(opcode == Opcode.SYNC, Tag.SYNCED, Tag.FAULT)),
                report.fields.eq(Cat(fault, Const(0, 8 - len(fault)), opcode)),
            ]
        with m.Switch(report.tag):
            for tag, record in REPORTS.items():
                with m.Case(tag):
                    m.d.comb += fields_size.eq(record.size)

        stuck = self.loop.active & self.loop.stuck  # it waits for bytes that find no room
        m.d.comb += self.access_abort.eq(self.flush | stuck)
        with m.FSM() as states:
            with m.State("OPCODE"):
                m.d.comb += [self.idle.eq(1), self.commands.ready.eq(1)]
                m.d.sync += [opcode.eq(self.commands.payload), fault.eq(Fault.OPCODE)]
                with m.If(self.flush):
                    m.d.sync += self.loop.active.eq(0)
                with m.Elif(self.commands.valid):
                    m.next = "DECODE"
                with m.Elif(stuck):
                    m.d.sync += [fault.eq(Fault.LOOP), opcode.eq(Opcode.LOOP)]
                    m.next = "TAG"
            with m.State("DECODE"):
                m.next = "ARGUMENTS"
                with m.If(~is_known):
                    m.next = "TAG"
                with m.Elif(size == 0):
                    m.next = "START"
            with m.State("ARGUMENTS"):
                m.d.comb += self.transfer.take.eq(1)
                with m.If(self.flush):
                    m.next = "OPCODE"
                with m.Elif(self.transfer.done):
                    m.next = "START"
                with m.Elif(stuck):
                    m.d.sync += [fault.eq(Fault.LOOP), opcode.eq(Opcode.LOOP)]
                    m.next = "TAG"
            with m.State("START"):
                m.d.comb += self.access_valid.eq(is_access)
                with m.If(is_access):
                    with m.If(self.access_done):
                        m.d.sync += fault.eq(self.access_fault)
                        m.next = "OPCODE"
                        with m.If(self.access_fault != 0):
                            m.next = "TAG"
                with m.Elif(is_job):
                    with m.If(self.reports.valid):
                        m.next = "TAG"
                    with m.Elif(self.jobs.ready):
                        m.next = "OPCODE"
                with m.Elif(opcode == Opcode.SYNC):
                    m.next = "TAG"
                with m.Else():
                    m.next = "LOOP"
            with m.State("LOOP"):
                is_first = opcode == Opcode.LOOP
                m.d.sync += [fault.eq(Fault.LOOP), borrow.eq(1), is_over.eq(1)]
                m.next = "TAG"
                with m.If(is_first & ~self.loop.active):
                    m.d.sync += [times.eq(self.record[-len(times):]), self.loop.active.eq(1)]
                    m.next = "OPCODE"
                with m.Elif(~is_first & self.loop.active):
                    m.next = "COUNT"
            with m.State("COUNT"):  # down, byte by byte
                m.d.comb += lowest.eq(times[:8] - borrow)
                m.d.sync += [
                    at.eq(at + 1),
                    times.eq(Cat(times[8:], lowest[:8])),
                    borrow.eq(lowest[8]),
                    is_over.eq(is_over & (lowest[:8] == 0)),
                ]
                with m.If(at == len(times) // 8 - 1):
                    m.d.sync += at.eq(0)
                    m.next = "REPEAT"
            with m.State("REPEAT"):
                again = ~is_over & ~borrow
                m.d.comb += [self.loop.again.eq(again), self.commands.ready.eq(again)]
                m.d.sync += self.loop.active.eq(again)
                m.next = "OPCODE"
            with m.State("TAG"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(report.tag)]
                with m.If(self.o.ready):
                    m.next = "FIELDS"
                    with m.If(opcode == Opcode.SYNC):
                        m.next = "TOKEN"
            with m.State("FIELDS"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.eq(report.fields.word_select(at, 8)),
                ]
                with m.If(self.o.ready):
                    m.d.sync += at.eq(at + 1)
                    with m.If(at + 1 == fields_size):
                        m.d.sync += at.eq(0)
                        m.d.comb += self.reports.ready.eq(is_job)
                        m.next = "FAULTED"
                        with m.If(is_job):
                            m.next = "START"
            with m.State("TOKEN"):
                m.d.comb += [self.transfer.give.eq(1), self.transfer.shifts.eq(size)]
                with m.If(self.transfer.done):
                    m.next = "OPCODE"
            with m.State("FAULTED"):
                m.d.comb += self.commands.ready.eq(1)
                m.d.sync += self.loop.active.eq(0)
                m.d.comb += self.fault.eq(1)
                with m.If(self.flush):
                    m.next = "OPCODE"
            under_way = states.ongoing("START") | states.ongoing("TAG") | states.ongoing("FIELDS")
            m.d.comb += self.jobs.valid.eq(is_job & under_way)
        return m

    def _lay_out(self, m, opcode):
        """Lay out the arguments as every receiver wants them."""
        def arguments_of(code):
            layout = line_layout_of(ARGUMENTS[code])
            return layout(self.record[-layout.size:])

        inject, modulate = arguments_of(Opcode.INJECT), arguments_of(Opcode.MODULATE)
        m.d.comb += [
            self.jobs.p.ticks.eq(arguments_of(Opcode.RUN).ticks),
            self.jobs.p.silent.eq(arguments_of(Opcode.RUN).silent),
            self.jobs.p.clear.eq(arguments_of(Opcode.ASTROCYTES).clear),
            # no neuron is beyond 16 bits: whoever has a higher one set is beyond them all
            self.jobs.p.first.eq(Cat(inject.first[:16], inject.first[16:].any())),
            self.jobs.p.end.eq(Cat(inject.end[:16], inject.end[16:].any())),
            self.jobs.p.delta.eq(inject.delta),
            self.jobs.p.modulators.dopamine.eq(modulate.dopamine),
            self.jobs.p.modulators.cortisol.eq(modulate.cortisol),
        ]
        with m.Switch(opcode):
            for code, op in ACCESSES.items():
                with m.Case(code):
                    m.d.comb += self.access_op.eq(op)
            for code, work in JOBS.items():
                if code in self.unknown:
                    continue
                with m.Case(code):
                    m.d.comb += self.jobs.p.work.eq(work)
