"""The board's end of the line: two reliable byte streams over frames."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.frames import HELLO, PAYLOAD_MAX, SILENCE_BYTES, Kind
from golden.arch.identity import IDENTITY, identity_fields
from golden.arch.params import CoreParams

from .frame import FrameReceiver, FrameSender, Outcome
from .queue import OFFSET_WIDTH, CommandQueue, ReportQueue
from .uart import AT_REST, FRAME_BITS, UartReceiver, UartTransmitter

SESSION_WIDTH = 8 * HELLO.size


class LinkCounters(data.StructLayout):
    """Counters of the link, each 16 bits, as `golden.arch.registers` describes them.

    Members
    -------
    frames, crc_errors, length_errors, silences, framing_errors, unknown_kinds, repeats, gaps, \
overflows, resends : unsigned(16)
        Events since power-up.
    """

    def __init__(self):
        super().__init__({name: unsigned(16) for name in (
            "frames", "crc_errors", "length_errors", "silences", "framing_errors",
            "unknown_kinds", "repeats", "gaps", "overflows", "resends")})


def _minimum(first, second):
    return Mux(first < second, first, second)


class Link(wiring.Component):
    """The board's end of the line, as `golden.arch.frames` rules it.

    A payload is written to the command queue while it arrives and confirmed when its frame has
    proved good, so a frame is never kept twice. A frame to the host is cut when the transmitter is
    free: it takes along what has gathered by then, and the answer to all that came in meanwhile.

    Parameters
    ----------
    params : CoreParams
        `divisor`, the depths of the queues, and what the identity tells.
    silence : int
        Byte times of silence after which a started frame is given up, and after which reports
        without an acknowledgement are sent again.

    Members
    -------
    rx : In(1, init=1)
        Line from the host, not synchronised to the clock.
    tx : Out(1, init=1)
        Line to the host; a register.
    commands : Out(stream.Signature(8))
        Bytes of the commands, in order, each exactly once.
    reports : In(stream.Signature(8))
        Bytes of the reports.
    flush : Out(1)
        A new session begins: the core drops commands, and ends a batch after the tick that runs;
        its reports are swallowed. Lasts until the core is `idle` and offers no report. `commands`
        may offer one more byte of the former session, which must be taken.
    idle : In(1)
        Nothing is left in the core.
    counters : Out(LinkCounters())
        Counters, cumulative.
    active : Out(1)
        Something is on the line, queued to be sent or handed to the core, or a frame is half
        received.
    """

    rx: Signal
    tx: Signal
    commands: stream.Interface
    reports: stream.Interface
    flush: Signal
    idle: Signal
    counters: data.View
    active: Signal

    def __init__(self, params: CoreParams, silence: int = SILENCE_BYTES):
        self.params = params
        self.silence = silence
        super().__init__({
            "rx": In(1, **AT_REST),
            "tx": Out(1, **AT_REST),
            "commands": Out(stream.Signature(8)),
            "reports": In(stream.Signature(8)),
            "flush": Out(1),
            "idle": In(1),
            "counters": Out(LinkCounters()),
            "active": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        params = self.params

        m.submodules.uart_receiver = uart_receiver = UartReceiver(params.divisor)
        m.submodules.receiver = receiver = FrameReceiver(
            (Kind.HELLO, Kind.DATA, Kind.RESEND), self.silence)
        m.submodules.commands = commands = CommandQueue(params.command_depth)
        m.submodules.reports = reports = ReportQueue(params.report_depth)
        m.submodules.sender = sender = FrameSender()
        m.submodules.uart_transmitter = uart_transmitter = UartTransmitter(params.divisor)
        wiring.connect(m, uart_receiver=uart_receiver.o, receiver=receiver.i)
        wiring.connect(m, sender=sender.o, uart_transmitter=uart_transmitter.i)
        wiring.connect(m, wiring.flipped(self.commands), commands.o)
        m.d.comb += [
            uart_receiver.rx.eq(self.rx),
            self.tx.eq(uart_transmitter.tx),
        ]

        byte_cycles = FRAME_BITS * params.divisor
        cycle = Signal(range(byte_cycles))
        byte_time = Signal()
        m.d.comb += [byte_time.eq(cycle == byte_cycles - 1), receiver.byte_time.eq(byte_time)]
        m.d.sync += cycle.eq(Mux(byte_time, 0, cycle + 1))

        def count(name):
            m.d.sync += self.counters[name].eq(self.counters[name] + 1)

        # Session: what belongs to the former one leaves before the new one is answered.

        session = Signal(SESSION_WIDTH)  # 0 before the first HELLO
        is_open = Signal()
        m.d.comb += [
            is_open.eq((session != 0) & ~self.flush),
            commands.clear.eq(self.flush),
            reports.clear.eq(self.flush),
            reports.i.payload.eq(self.reports.payload),
            reports.i.valid.eq(self.reports.valid & ~self.flush),
            self.reports.ready.eq(reports.i.ready | self.flush),
        ]
        with m.If(self.idle & ~self.commands.valid & ~self.reports.valid):
            m.d.sync += self.flush.eq(0)

        # Send. The identity goes before all else, since the host awaits it.

        window = Signal(OFFSET_WIDTH)  # largest payload that the host wants
        identity_due = Signal()
        answer_due = Signal()
        resend_due = Signal()          # the answer must ask for what is missing
        data_due = Signal()
        is_away = Signal()             # the host has not been heard for long: one frame will do
        piece = Signal(range(PAYLOAD_MAX + 1))
        tells = Signal()               # the payload is the identity
        told = Signal(range(IDENTITY.size))
        told_room = Signal(OFFSET_WIDTH)
        m.d.comb += [
            piece.eq(Mux(is_away & reports.waiting, 0,
                         _minimum(_minimum(reports.pending, window), PAYLOAD_MAX))),
            data_due.eq(is_open & (answer_due | (piece != 0))),
            sender.header.offset.eq(reports.offset),
            sender.header.acknowledge.eq(commands.offset),
            sender.header.window.eq(commands.room),
        ]
        with m.If(identity_due & ~self.flush):
            m.d.comb += [
                sender.start.eq(sender.ready),
                sender.header.kind.eq(Kind.BOARD_IDENTITY),
                sender.header.length.eq(IDENTITY.size),
            ]
            with m.If(sender.start):
                m.d.sync += [identity_due.eq(0), tells.eq(1), told.eq(0)]
        with m.Elif(data_due):
            m.d.comb += [
                sender.start.eq(sender.ready),
                sender.header.kind.eq(Mux(resend_due, Kind.BOARD_RESEND, Kind.BOARD_DATA)),
                sender.header.length.eq(piece),
                reports.cut.eq(sender.start),
                reports.length.eq(piece),
            ]
            with m.If(sender.start):
                m.d.sync += [answer_due.eq(0), resend_due.eq(0), tells.eq(0)]

        # A host that was told of little room waits until it hears of more.
        quarter = params.command_depth // 4
        with m.If(sender.start):
            m.d.sync += told_room.eq(commands.room)
        with m.Elif((told_room < quarter) & (commands.room >= quarter)):
            m.d.sync += answer_due.eq(1)

        facts = IDENTITY.pack(**identity_fields(params))[HELLO.size:]
        identity = Cat(session, Const(int.from_bytes(facts, "little"), 8 * len(facts)))
        with m.If(tells):
            m.d.comb += [
                sender.payload.valid.eq(1),
                sender.payload.payload.eq(identity.word_select(told, 8)),
            ]
            with m.If(sender.payload.ready):
                m.d.sync += told.eq(told + 1)
        with m.Else():
            m.d.comb += [
                sender.payload.valid.eq(reports.o.valid),
                sender.payload.payload.eq(reports.o.payload),
                reports.o.ready.eq(sender.payload.ready),
            ]

        # Reports that stay without an acknowledgement are sent again.

        quiet = Signal(range(self.silence + 1))
        silent = Signal()
        m.d.comb += silent.eq(quiet == self.silence)
        with m.If(~reports.waiting | reports.progress | ~sender.ready | silent):
            m.d.sync += quiet.eq(0)
        with m.Elif(byte_time):
            m.d.sync += quiet.eq(quiet + 1)
        with m.If(silent):
            m.d.comb += reports.rewind.eq(1)
            m.d.sync += is_away.eq(1)
        with m.If(reports.resends):
            count("resends")

        # Receive. This comes after "Send": an answer that falls due in the very cycle in which a
        # frame is cut stays due, since that frame does not contain it.

        header = receiver.header
        latest = Signal(SESSION_WIDTH)  # latest bytes of a payload; a HELLO's are its session
        spilled = Signal()              # not all of the payload could be written
        ahead = Signal(OFFSET_WIDTH)    # bytes missing before the payload; negative: taken already
        m.d.comb += [
            commands.i.payload.eq(receiver.payload.payload),
            commands.i.valid.eq(receiver.payload.valid),
            commands.drop.eq(receiver.outcome.valid & ~commands.commit),
            reports.acknowledged.eq(header.acknowledge),
            ahead.eq(header.offset - commands.offset),
        ]
        with m.If(receiver.payload.valid):
            m.d.sync += latest.eq(Cat(latest, receiver.payload.payload)[8:])
            with m.If(~commands.i.ready | self.flush):
                m.d.sync += spilled.eq(1)

        bad = Signal()
        is_hello = receiver.header.kind == Kind.HELLO
        with m.If(uart_receiver.error):
            count("framing_errors")
        with m.If(receiver.outcome.valid):
            m.d.sync += spilled.eq(0)
            with m.Switch(receiver.outcome.payload):
                for outcome, counter in ((Outcome.BAD_CRC, "crc_errors"),
                                         (Outcome.BAD_LENGTH, "length_errors"),
                                         (Outcome.UNKNOWN_KIND, "unknown_kinds"),
                                         (Outcome.SILENCE, "silences")):
                    with m.Case(outcome):
                        m.d.comb += bad.eq(1)
                        count(counter)
                with m.Case(Outcome.GOOD):
                    m.d.sync += is_away.eq(0)
                    with m.If(is_hello & (header.length != HELLO.size)):
                        m.d.comb += bad.eq(1)
                        count("length_errors")
                    with m.Elif(is_hello):
                        count("frames")
                        m.d.sync += [identity_due.eq(1), window.eq(header.window)]
                        with m.If(latest != session):
                            m.d.sync += [session.eq(latest), self.flush.eq(1)]
                    with m.Elif(is_open):
                        m.d.comb += [
                            reports.acknowledge.eq(1),
                            reports.rewind.eq(silent | (header.kind == Kind.RESEND)),
                        ]
                        m.d.sync += window.eq(header.window)
                        with m.If((header.kind == Kind.RESEND) | (header.length != 0)):
                            m.d.sync += answer_due.eq(1)
                        with m.If(header.length == 0):
                            count("frames")
                        with m.Elif(ahead[-1]):
                            count("repeats")
                        with m.Elif(ahead != 0):
                            count("gaps")
                        with m.Elif(spilled):
                            count("overflows")
                        with m.Else():
                            count("frames")
                            m.d.comb += commands.commit.eq(1)
        with m.If(bad):
            m.d.sync += [answer_due.eq(1), resend_due.eq(1)]
        with m.If(self.flush):
            m.d.sync += [
                answer_due.eq(0),
                resend_due.eq(0),
                told_room.eq(params.command_depth),
            ]

        m.d.comb += self.active.eq(
            uart_receiver.busy | receiver.busy | (commands.room != params.command_depth)
            | self.commands.valid | self.flush | identity_due | data_due
            | ~sender.ready | uart_transmitter.busy)

        return m
