"""Streams of bytes: records put together from them and taken apart, and streams joined."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import ARGUMENTS, REPORTS

from .records import LINE_WIDTH

RECORD_SIZE = max(LINE_WIDTH // 8, *(record.size for record in ARGUMENTS.values()))
"""Bytes of the longest record that comes from the line or goes to it."""

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


class Transfer(wiring.Signature):
    """A record on its way into the byte register, or out of it.

    It is asked for by `take` or `give`, held until `done`. The register is shifted down `shifts`
    times; with each of the first `size` shifts a byte comes in at its top or goes out at its
    bottom. So a record that comes in lies below the top if `shifts` is `size`, and from bit 0 if
    it is `RECORD_SIZE`; above it are zeros.

    Members
    -------
    take, give : Out(1)
        Which way, or none.
    size, shifts : Out(range(RECORD_SIZE + 1))
        Bytes of the record, at least 1, and shifts, at least as many.
    done : In(1)
        This is the last shift.
    """

    def __init__(self):
        super().__init__({
            "take": Out(1),
            "give": Out(1),
            "size": Out(range(RECORD_SIZE + 1)),
            "shifts": Out(range(RECORD_SIZE + 1)),
            "done": In(1),
        })


class ByteRegister(wiring.Component):
    """The one place where bytes become records and records bytes: arguments and words.

    1 byte per cycle. `i.ready` and `o.valid` depend combinationally on `transfers`, `done` on all
    inputs.

    Members
    -------
    transfers : In(Transfer()), 2 of them
        What to do; never both at the same time.
    load : In(1)
        Take `loaded`, instead of a transfer.
    loaded : In(LINE_WIDTH)
        A record, from bit 0.
    value : Out(8 * RECORD_SIZE)
        What the register holds.
    i, o : In(stream.Signature(8)), Out(stream.Signature(8))
        The bytes.
    """

    transfers: In(Transfer()).array(2)
    load: In(1)
    loaded: In(LINE_WIDTH)
    value: Out(8 * RECORD_SIZE)
    i: In(stream.Signature(8))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        first, second = self.transfers
        chosen = second.take | second.give
        take, give = first.take | second.take, first.give | second.give
        size = Mux(chosen, second.size, first.size)
        shifts = Mux(chosen, second.shifts, first.shifts)

        position = Signal(range(RECORD_SIZE + 1))
        following = Signal.like(position)
        moves = Signal(init=1)  # the shift is with a byte
        shift, done = Signal(), Signal()
        value = Signal(8 * RECORD_SIZE, reset_less=True)
        m.d.comb += [
            following.eq(position + 1),
            self.i.ready.eq(take & moves),
            self.o.valid.eq(give & moves),
            self.value.eq(value),
            self.o.payload.eq(value[:8]),
            shift.eq(Mux(give, self.o.ready, take & (self.i.valid | ~moves))),
            done.eq(shift & (following == shifts)),
            first.done.eq(done),
            second.done.eq(done),
        ]
        with m.If(shift):
            m.d.sync += [
                position.eq(following),
                moves.eq(moves & (following != size)),
                value.eq(Cat(value[8:], Mux(moves, self.i.payload, 0))),
            ]
        with m.If(done | ~(take | give)):
            m.d.sync += [position.eq(0), moves.eq(1)]
        with m.If(self.load):
            m.d.sync += value[:LINE_WIDTH].eq(self.loaded)
        return m


def join(m: Module, sources, sink):
    """Connect streams of which only one speaks at a time to one that takes them all."""
    for source in sources:
        m.d.comb += source.ready.eq(sink.ready)
        with m.If(source.valid):
            m.d.comb += [sink.valid.eq(1), sink.payload.eq(source.payload)]
