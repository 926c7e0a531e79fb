"""Streams of bytes: reports taken apart, and joined."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import REPORTS

FIELDS_SIZE = max(record.size for record in REPORTS.values())
"""Bytes of the longest report of fixed size, without its tag."""


class Report(data.StructLayout):
    """A report of fixed size.

    Members
    -------
    tag : unsigned(8)
        Its tag.
    fields : unsigned
        Its record, from bit 0.
    """

    def __init__(self):
        super().__init__({"tag": 8, "fields": 8 * FIELDS_SIZE})


class ReportSender(wiring.Component):
    """Take reports of fixed size apart into bytes, the tag first.

    1 byte per cycle, and 1 cycle between reports. No combinational paths from inputs to outputs.

    Members
    -------
    i : In(stream.Signature(Report()))
        Reports.
    o : Out(stream.Signature(8))
        Their bytes.
    """

    i: In(stream.Signature(Report()))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        shifter = Signal(8 * (1 + FIELDS_SIZE))
        left = Signal(range(2 + FIELDS_SIZE))
        m.d.comb += [
            self.i.ready.eq(left == 0),
            self.o.valid.eq(left != 0),
            self.o.payload.eq(shifter[:8]),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [shifter.eq(shifter >> 8), left.eq(left - 1)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += shifter.eq(Cat(self.i.p.tag, self.i.p.fields))
            with m.Switch(self.i.p.tag):
                for tag, record in REPORTS.items():
                    with m.Case(tag):
                        m.d.sync += left.eq(1 + record.size)
        return m


def join(m: Module, sources, sink):
    """Connect streams of which only one speaks at a time to one that takes them all."""
    for source in sources:
        m.d.comb += source.ready.eq(sink.ready)
        with m.If(source.valid):
            m.d.comb += [sink.valid.eq(1), sink.payload.eq(source.payload)]
