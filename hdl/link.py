"""The board's end of the line: two reliable byte streams over frames."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.frames import HELLO, PAYLOAD_MAX, SILENCE_BYTES, Kind
from golden.arch.identity import IDENTITY, identity_fields
from golden.arch.params import CoreParams, index_width
from golden.arch.registers import REGISTER_ADDRESS

from .counters import LinkEvents
from .frame import FrameReceiver, FrameSender, Outcome
from .queue import OFFSET_WIDTH, CommandQueue, LoopControl, ReportQueue
from .uart import AT_REST, FRAME_BITS, UartReceiver, UartTransmitter

SESSION_WIDTH = 8 * HELLO.size

PART_SIZE = 32
"""Bytes of the first part of the identity, which has all that all cores have to tell."""


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
        Bytes of the commands, in order, each exactly once but for loops.
    loop : In(LoopControl())
        What the core orders of the queue of its commands.
    reports : In(stream.Signature(8))
        Bytes of the reports.
    flush : Out(1)
        A new session begins: the core drops commands, and ends a batch after the tick that runs;
        its reports are swallowed. Lasts until the core is `idle` and offers no report. `commands`
        may offer one more byte of the former session, which must be taken.
    idle : In(1)
        Nothing is left in the core.
    events : Out(LinkEvents())
        What happens.
    damage : Out(1)
        Strobe: a frame was dropped because it was damaged.
    greeting : Out(1)
        Strobe: a HELLO came.
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
    events: data.View
    active: Signal

    def __init__(self, params: CoreParams, silence: int = SILENCE_BYTES):
        self.params = params
        self.silence = silence
        super().__init__({
            "rx": In(1, **AT_REST),
            "tx": Out(1, **AT_REST),
            "commands": Out(stream.Signature(8)),
            "loop": In(LoopControl()),
            "reports": In(stream.Signature(8)),
            "flush": Out(1),
            "idle": In(1),
            "events": Out(LinkEvents()),
            "damage": Out(1),
            "greeting": Out(1),
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
        wiring.connect(m, wiring.flipped(self.loop), commands.loop)
        m.d.comb += [
            uart_receiver.rx.eq(self.rx),
            self.tx.eq(uart_transmitter.tx),
            self.events.framing_errors.eq(uart_receiver.error),
            self.events.resends.eq(reports.resends),
        ]

        byte_cycles = FRAME_BITS * params.divisor
        cycle = Signal(range(byte_cycles))
        byte_time = Signal()
        m.d.comb += [byte_time.eq(cycle == byte_cycles - 1), receiver.byte_time.eq(byte_time)]
        m.d.sync += cycle.eq(Mux(byte_time, 0, cycle + 1))

        # Session: what belongs to the former one leaves before the new one is answered.

        session = Signal(SESSION_WIDTH, reset_less=True)
        is_open = Signal()    # there has been a HELLO, and the flush is over
        session_open = Signal()
        reading = Signal()    # a frame is being sent, whose header and reports must hold still
        m.d.comb += [
            is_open.eq(session_open & ~self.flush),
            commands.clear.eq(self.flush),
            reports.clear.eq(self.flush & ~reading),
            reports.i.payload.eq(self.reports.payload),
            reports.i.valid.eq(self.reports.valid & ~self.flush),
            self.reports.ready.eq(reports.i.ready | self.flush),
        ]
        with m.If(self.idle & ~self.commands.valid & ~self.reports.valid & ~reading):
            m.d.sync += self.flush.eq(0)

        # Send. The identity goes before all else, since the host awaits it.

        # largest payload that the host wants
        window = Signal(range(PAYLOAD_MAX + 1), reset_less=True)
        identity_due = Signal()
        answer_due = Signal()
        resend_due = Signal()  # the answer must ask for what is missing
        data_due = Signal()
        is_away = Signal()     # the host has not been heard for long: one frame will do
        piece = Signal(range(PAYLOAD_MAX + 1))
        at_rest = Signal()     # no frame is being judged
        kind = Signal(Kind, reset_less=True)  # of the frame that is being sent
        length = Signal.like(piece, reset_less=True)
        expected = Signal(OFFSET_WIDTH, reset_less=True)  # offset of the next frame of the host
        told_room = Signal(range(params.command_depth), init=params.command_depth - 1)
        m.d.sync += piece.eq(Mux(reports.pending < window, reports.pending, window))
        with m.If(is_away & reports.waiting):
            m.d.sync += piece.eq(0)
        m.d.comb += [
            sender.header.kind.eq(kind),
            sender.header.length.eq(length),
            sender.header.offset.eq(reports.offset),
            sender.header.acknowledge.eq(expected),
            sender.header.window.eq(told_room),
        ]
        m.d.comb += data_due.eq(is_open & (answer_due | (piece != 0)) & ~reports.returning)
        hears = Signal()  # a HELLO is being received, whose session is taken in byte by byte
        m.d.sync += sender.start.eq(
            ~sender.busy & ~sender.start & at_rest
            & Mux(identity_due, ~self.flush & ~hears, data_due))
        with m.If(sender.start):
            m.d.sync += [
                identity_due.eq(0),
                told_room.eq(commands.room),
                expected.eq(commands.offset),
            ]
            with m.If(identity_due):
                m.d.sync += [kind.eq(Kind.BOARD_IDENTITY), length.eq(IDENTITY.size)]
            with m.Else():
                m.d.sync += [
                    kind.eq(Mux(resend_due, Kind.BOARD_RESEND, Kind.BOARD_DATA)),
                    length.eq(piece),
                    answer_due.eq(0),
                    resend_due.eq(0),
                ]

        # A host that was told of little room waits until it hears of more.
        quarter = params.command_depth // 4
        with m.Elif((told_room < quarter) & (commands.room >= quarter)):
            m.d.sync += answer_due.eq(1)

        tells = kind == Kind.BOARD_IDENTITY
        facts = IDENTITY.pack(**identity_fields(params))[HELLO.size:]
        identity = Cat(session, Const(int.from_bytes(facts, "little"), 8 * len(facts)))
        told = Signal(8, reset_less=True)
        # cut in two, the second part takes no logic where there is no dense block to tell of
        low, high = identity[:8 * PART_SIZE], identity[8 * PART_SIZE:]
        part_width, width = index_width(PART_SIZE), index_width(IDENTITY.size)
        m.d.sync += told.eq(Mux(
            sender.position[part_width:width].any(),
            high.word_select(sender.position[:index_width(IDENTITY.size - PART_SIZE)], 8),
            low.word_select(sender.position[:part_width], 8)))
        m.d.comb += [
            sender.data.eq(Mux(tells, told, reports.data)),
            reports.position.eq(sender.position),
            reading.eq(sender.busy),
            reports.hold.eq(reading),
            reports.advance.eq(sender.done & ~tells),
            reports.length.eq(length),
        ]

        # Reports that stay without an acknowledgement are sent again.

        quiet = Signal(range(self.silence + 1))
        silent = Signal()
        resends = Signal()  # the host asks for it
        m.d.comb += [
            silent.eq(quiet >= self.silence),
            reports.rewind.eq(silent | resends),
        ]
        with m.If(~reports.waiting | reports.progress | sender.busy | silent):
            m.d.sync += quiet.eq(0)
        with m.Elif(byte_time):
            m.d.sync += quiet.eq(quiet + 1)
        with m.If(silent):
            m.d.sync += is_away.eq(1)

        # Receive. This comes after "Send": an answer that falls due in the very cycle in which a
        # frame is cut stays due.

        header = receiver.header
        differs = Signal()  # the session of the latest HELLOs, of which none was good, is another
        fits = Signal()
        spilled = Signal()  # not all of the payload could be written
        m.d.sync += fits.eq((header.length <= commands.room) & ~self.flush)
        m.d.comb += [
            receiver.expected.eq(commands.offset),
            commands.position.eq(receiver.position),
            commands.data.eq(receiver.payload.payload),
            commands.write.eq(receiver.payload.valid & fits),
            commands.length.eq(header.length),
            reports.acknowledged.eq(header.acknowledge),
        ]
        with m.If(receiver.payload.valid):
            with m.If(~fits):
                m.d.sync += spilled.eq(1)

        # The session of a HELLO that starts while the identity is being sent would change under the
        # sender: it is left out, and the answer to it tells of the session before.
        hearing = Signal()
        takes = Signal()
        is_telling = (sender.busy & tells) | (sender.start & identity_due)
        m.d.comb += takes.eq(Mux(receiver.position == 0, ~is_telling, hearing))
        with m.If(receiver.payload.valid & header.is_hello):
            m.d.comb += hears.eq(1)
            m.d.sync += hearing.eq(takes)
            with m.If(takes):
                m.d.sync += session.eq(Cat(session[8:], receiver.payload.payload))
                with m.If(session[:8] != receiver.payload.payload):
                    m.d.sync += differs.eq(1)
        with m.If(hearing):
            m.d.comb += hears.eq(1)

        # No frame is cut before what the judgement changes has come to rest.
        judged = Signal()
        with m.FSM():
            with m.State("AWAIT-FRAME"):
                m.d.comb += at_rest.eq(1)
                with m.If(receiver.outcome.valid):
                    m.next = "JUDGE"
            with m.State("JUDGE"):
                m.d.comb += judged.eq(1)
                m.next = "SETTLE"
            with m.State("SETTLE"):
                m.next = "AWAIT-FRAME"
        def count(counter):
            m.d.comb += self.events.verdict.eq(REGISTER_ADDRESS[counter])

        m.d.comb += self.events.judged.eq(judged)
        with m.If(judged):
            m.d.sync += [spilled.eq(0), hearing.eq(0)]
            with m.Switch(receiver.outcome.payload):
                for outcome, counter in ((Outcome.BAD_CRC, "crc_errors"),
                                         (Outcome.BAD_LENGTH, "length_errors"),
                                         (Outcome.UNKNOWN_KIND, "unknown_kinds"),
                                         (Outcome.SILENCE, "silences")):
                    with m.Case(outcome):
                        m.d.comb += self.damage.eq(1)
                        count(counter)
                with m.Case(Outcome.GOOD):
                    m.d.sync += [
                        is_away.eq(0),
                        window.eq(Mux(header.window[4:].all(), PAYLOAD_MAX, header.window)),
                    ]
                    with m.If(header.is_hello & (header.length != HELLO.size)):
                        m.d.comb += self.damage.eq(1)
                        count("length_errors")
                    with m.Elif(header.is_hello):
                        m.d.comb += self.greeting.eq(1)
                        count("frames")
                        m.d.sync += [
                            identity_due.eq(1),
                            session_open.eq(1),
                            differs.eq(0),
                        ]
                        with m.If(differs):
                            m.d.sync += self.flush.eq(1)
                    with m.Elif(is_open):
                        m.d.comb += [reports.acknowledge.eq(1), resends.eq(header.is_resend)]
                        with m.If(header.is_resend | (header.length != 0)):
                            m.d.sync += answer_due.eq(1)
                        count("frames")
                        with m.If(header.length != 0):
                            m.d.comb += commands.commit.eq(~header.misplaced & ~spilled)
                            with m.If(header.misplaced):
                                count("gaps")
                                with m.If(header.repeated):
                                    count("repeats")
                            with m.Elif(spilled):
                                count("overflows")
                    with m.Else():
                        m.d.comb += self.events.judged.eq(0)
        with m.If(self.damage):
            m.d.sync += [answer_due.eq(1), resend_due.eq(1)]
        with m.If(self.flush):
            m.d.sync += [answer_due.eq(0), resend_due.eq(0)]
            with m.If(~sender.busy):
                m.d.sync += told_room.eq(params.command_depth - 1)

        m.d.comb += self.active.eq(
            uart_receiver.busy | receiver.busy | ~at_rest | ~commands.room.all()
            | self.commands.valid | self.flush | identity_due | data_due
            | sender.busy | uart_transmitter.busy)
        return m
