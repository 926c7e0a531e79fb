"""The whole design of a board: clock, core, line and LEDs."""

from amaranth.hdl import ClockDomain, Elaboratable, Module, Mux, Signal, Value
from amaranth.lib import io

from hdl.top import Tripartite

from .board import Board
from .clock import ClockGenerator

LOOKS_PER_SECOND = 16
"""How often, about, the LEDs change at most: what is shorter is shown for as long."""


class BoardTop(Elaboratable):
    """Everything that a bitstream holds.

    Parameters
    ----------
    board : Board
        The board.
    """

    def __init__(self, board: Board):
        self.board = board

    def elaborate(self, platform):
        m = Module()
        board = self.board
        m.domains.sync = ClockDomain()
        m.submodules.clock = ClockGenerator(board.pll)
        m.submodules.tripartite = core = Tripartite(board.params)
        pins = platform.lookup("uart", 0).ios
        uart = platform.request("uart", 0, dir={pin.name: "-" for pin in pins})
        m.submodules.rx = rx = io.Buffer(io.Direction.Input, uart.rx)
        m.submodules.tx = tx = io.Buffer(io.Direction.Output, uart.tx)
        m.d.comb += [core.rx.eq(rx.i), tx.o.eq(core.tx)]

        look = Signal((board.clock_hz // LOOKS_PER_SECOND).bit_length())
        active = Signal()
        shown = Signal()
        blink = Signal()
        m.d.sync += [look.eq(look + 1), active.eq(active | core.busy)]
        with m.If(look == 0):
            m.d.sync += [shown.eq(active), active.eq(core.busy), blink.eq(~blink)]

        def show(name: str, led: tuple[str, int], value: Value):
            m.submodules[name] = light = io.Buffer(io.Direction.Output,
                                                   platform.request(*led, dir="-"))
            m.d.comb += light.o.eq(value)

        if board.error == board.activity:
            show("light", board.activity, Mux(core.fault, blink, shown))
        else:
            show("activity", board.activity, shown)
            show("error", board.error, core.fault)
        return m
