"""The clock and the reset of a board."""

from amaranth.hdl import ClockDomain, ClockSignal, Elaboratable, Module, Mux, ResetSignal, Signal
from amaranth.lib import io
from amaranth.lib.cdc import FFSynchronizer

from .pll import Pll

RESET_CYCLES = 1024
"""Cycles of reset once the clock is steady: the block RAMs of an iCE40 read as zero until some
microseconds after configuration, which amaranth's own reset for it waits out too."""


class ClockGenerator(Elaboratable):
    """Clocks the domain ``sync``, by a PLL, from the default clock of the platform.

    The domain is held in reset until the PLL has been locked for `RESET_CYCLES` cycles.

    Parameters
    ----------
    pll : Pll
        The PLL.
    """

    def __init__(self, pll: Pll):
        self.pll = pll

    def elaborate(self, platform):
        m = Module()
        m.domains.power_on = ClockDomain(reset_less=True, local=True)

        clock = Signal()
        locked = Signal()
        pad = platform.request(platform.default_clk, dir="-")
        if self.pll.PAD_INPUT:
            reference = pad.io
        else:
            m.submodules.buffer = buffer = io.Buffer(io.Direction.Input, pad)
            reference = buffer.i
        m.submodules.pll = self.pll.instance(reference, clock, locked)
        m.d.comb += [ClockSignal("power_on").eq(clock), ClockSignal("sync").eq(clock)]

        steady = Signal()
        m.submodules.locked = FFSynchronizer(locked, steady, o_domain="power_on")
        elapsed = Signal(range(RESET_CYCLES))
        # one register beside the count, and one amid what it resets, which is far away
        held = Signal(init=1)
        reset = Signal(init=1)
        m.d.power_on += [
            elapsed.eq(Mux(steady, elapsed + ~elapsed.all(), 0)),
            held.eq(~elapsed.all()),
            reset.eq(held),
        ]
        m.d.comb += ResetSignal("sync").eq(reset)
        return m
