"""The whole board between its two serial lines."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams

from .core import Core
from .link import Link


class Tripartite(wiring.Component):
    """Link and core.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    rx, tx : In(1), Out(1)
        Serial lines, idle high; `tx` is a register.
    busy : Out(1)
        Something is on the line, queued, or under way.
    fault : Out(1)
        A frame was damaged, or a command could not be done, since the latest HELLO.
    """

    rx: In(1, init=1)
    tx: Out(1, init=1)
    busy: Out(1)
    fault: Out(1)

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.link = link = Link(self.params)
        m.submodules.core = core = Core(self.params)
        wiring.connect(m, link.commands, core.commands)
        wiring.connect(m, core.reports, link.reports)
        wiring.connect(m, core.loop, link.loop)
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            core.flush.eq(link.flush),
            link.idle.eq(core.idle),
            core.link_events.eq(link.events),
            self.busy.eq(link.active | ~core.idle),
        ]
        with m.If(link.greeting):
            m.d.sync += self.fault.eq(0)
        with m.If(link.damage | core.fault):
            m.d.sync += self.fault.eq(1)
        return m
