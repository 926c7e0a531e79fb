"""The whole design of a board: clock, core, line and LEDs."""

from amaranth.hdl import Elaboratable, Module, Mux, Signal

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
        m.submodules.clock = ClockGenerator(board.pll)
        m.submodules.tripartite = core = Tripartite(board.params)
        uart = platform.request("uart", 0)
        m.d.comb += [core.rx.eq(uart.rx.i), uart.tx.o.eq(core.tx)]

        look = Signal((board.clock_hz // LOOKS_PER_SECOND).bit_length())
        active = Signal()
        shown = Signal()
        blink = Signal()
        m.d.sync += [look.eq(look + 1), active.eq(active | core.busy)]
        with m.If(look == 0):
            m.d.sync += [shown.eq(active), active.eq(core.busy), blink.eq(~blink)]

        activity = platform.request(*board.activity)
        if board.error == board.activity:
            m.d.comb += activity.o.eq(Mux(core.fault, blink, shown))
        else:
            m.d.comb += [activity.o.eq(shown), platform.request(*board.error).o.eq(core.fault)]
        return m
