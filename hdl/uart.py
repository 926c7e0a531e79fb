"""UART: bytes to and from a serial line, 8 data bits, no parity, 1 stop bit."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

DATA_BITS = 8
FRAME_BITS = DATA_BITS + 2
"""Bits of one byte on the line: start, data, stop."""

AT_REST = {"init": 1}
"""A line rests high. (A dict, since the type stubs know this argument by its former name alone.)"""


class UartReceiver(wiring.Component):
    """Receiver of bytes.

    The line is sampled in the middle of each bit. A start bit that is gone by its middle is taken
    for a glitch. A byte whose stop bit is missing is dropped, and the next one is looked for when
    the line has been high again, so that a break is one error and no bytes.

    The next start bit is accepted from the middle of the stop bit on. So, even with 3 cycles per
    bit, the sender may be 2 % off.

    Parameters
    ----------
    divisor : int
        Clock cycles of one bit, at least 3.

    Members
    -------
    rx : In(1, init=1)
        The line, not synchronised to the clock.
    o : Out(stream.Signature(8, always_ready=True))
        Bytes received.
    error : Out(1)
        Strobe: a byte was dropped.
    busy : Out(1)
        The line is not at rest.
    """

    rx: Signal
    o: stream.Interface
    error: Signal
    busy: Signal

    def __init__(self, divisor: int):
        self.divisor = divisor
        super().__init__({
            "rx": In(1, **AT_REST),
            "o": Out(stream.Signature(DATA_BITS, always_ready=True)),
            "error": Out(1),
            "busy": Out(1),
        })

    def elaborate(self, platform):
        m = Module()

        rx = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, rx, init=1)

        timer = Signal(range(self.divisor))
        m.d.sync += timer.eq(timer - 1)
        due = Signal()
        m.d.comb += due.eq(timer == 0)
        with m.If(due):
            m.d.sync += timer.eq(self.divisor - 1)

        remaining = Signal(range(DATA_BITS + 1))
        m.d.sync += [self.o.valid.eq(0), self.error.eq(0)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(~rx)
                # The line is seen low half a cycle, on average, after it fell.
                m.d.sync += timer.eq((self.divisor - 1) // 2 - 1)
                with m.If(~rx):
                    m.next = "START"
            with m.State("START"):
                m.d.comb += self.busy.eq(1)
                m.d.sync += remaining.eq(DATA_BITS)
                with m.If(due):
                    m.next = "IDLE"
                    with m.If(~rx):
                        m.next = "DATA"
            with m.State("DATA"):
                m.d.comb += self.busy.eq(1)
                with m.If(due):
                    m.d.sync += remaining.eq(remaining - 1)
                    with m.If(remaining == 0):
                        m.d.sync += [self.o.valid.eq(rx), self.error.eq(~rx)]
                        m.next = "BREAK"
                        with m.If(rx):
                            m.next = "IDLE"
                    with m.Else():
                        m.d.sync += self.o.payload.eq(Cat(self.o.payload[1:], rx))
            with m.State("BREAK"):
                m.d.comb += self.busy.eq(1)
                with m.If(rx):
                    m.next = "IDLE"

        return m


class UartTransmitter(wiring.Component):
    """Transmitter of bytes.

    Takes a byte every ``10 * divisor`` cycles; `tx` shows its start bit 1 cycle after the transfer.
    `i.ready` depends on registers alone.

    Parameters
    ----------
    divisor : int
        Clock cycles of one bit.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes to send.
    tx : Out(1, init=1)
        The line; a register, high at rest.
    busy : Out(1)
        A byte is on the line.
    """

    i: stream.Interface
    tx: Signal
    busy: Signal

    def __init__(self, divisor: int):
        self.divisor = divisor
        super().__init__({
            "i": In(stream.Signature(DATA_BITS)),
            "tx": Out(1, **AT_REST),
            "busy": Out(1),
        })

    def elaborate(self, platform):
        m = Module()

        timer = Signal(range(self.divisor))
        bits = Signal(DATA_BITS + 1)
        remaining = Signal(range(DATA_BITS + 2))
        m.d.comb += [
            self.busy.eq((remaining != 0) | (timer != 0)),
            self.i.ready.eq(~self.busy),
        ]
        with m.If(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(remaining != 0):
            m.d.sync += [
                Cat(self.tx, bits).eq(bits),
                remaining.eq(remaining - 1),
                timer.eq(self.divisor - 1),
            ]
        with m.Elif(self.i.valid):
            m.d.sync += [
                self.tx.eq(0),
                bits.eq(Cat(self.i.payload, Const(1, 1))),
                remaining.eq(DATA_BITS + 1),
                timer.eq(self.divisor - 1),
            ]

        return m
