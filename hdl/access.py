"""The host's windows: words as bytes, into the memories and out of them."""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import INPUT_CHANGE, Fault, Tag
from golden.arch.params import CoreParams
from golden.arch.windows import WINDOWS, Window, window_words

from .records import LINE_WIDTH, line_layout_of
from .window import READ_LATENCY, WHOLE, WRITE_LATENCY, WindowBus


class AccessOp(enum.Enum, shape=2):
    """What to do with words."""

    WRITE = 0  # take them from the host
    READ = 1   # give them to the host
    INPUT = 2  # take changes of the input vector


class Access(data.StructLayout):
    """A run of words.

    Members
    -------
    op : AccessOp
        What to do.
    window : unsigned(8)
        Number of the window; unused by INPUT.
    address : unsigned(32)
        First word; unused by INPUT.
    count : unsigned(16)
        Number of words.
    """

    def __init__(self):
        super().__init__({"op": AccessOp, "window": 8, "address": 32, "count": 16})


class WindowAccess(wiring.Component):
    """Carry words between the streams and the memories.

    A word takes 1 cycle per byte and `WRITE_LATENCY` or `READ_LATENCY` more. A run that does not
    fit its window ends before its first word, an INPUT at the change that names no neuron; bytes
    of the command that are still to come are then the caller's to drop. No combinational paths
    from inputs to outputs.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    commands : In(stream.Signature(Access()))
        Runs of words. Each is taken when it has ended.
    abort : In(1)
        End the access at the next byte or word.
    i : In(stream.Signature(8))
        Bytes of WRITE and INPUT.
    o : Out(stream.Signature(8))
        Report WORDS and its bytes.
    fault : Out(8)
        Why the access ended early (`golden.arch.commands.Fault`), or 0, when it is taken.
    bus : Out(WindowBus(params))
        The memories.
    """

    commands: stream.Interface
    i: stream.Interface
    o: stream.Interface

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "commands": In(stream.Signature(Access())),
            "abort": In(1),
            "i": In(stream.Signature(8)),
            "o": Out(stream.Signature(8)),
            "fault": Out(8),
            "bus": Out(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        params, bus = self.params, self.bus
        access = self.commands.p
        start = Signal(32)
        left = Signal(16)  # words to go
        word = Signal(LINE_WIDTH)
        position = Signal(range(LINE_WIDTH // 8))
        change = Signal(line_layout_of(INPUT_CHANGE))
        m.d.comb += change.eq(word)

        # where the word lies, and whether it may be touched
        address = Signal(32)
        end = Signal(33)  # of the run, so that no part of it is done if any can't be
        last = Signal.like(position)
        fault = Signal(8)
        window = Mux(access.op == AccessOp.INPUT, Window.INPUTS, access.window)
        writing = access.op != AccessOp.READ
        m.d.comb += [
            bus.window.eq(window),
            address.eq(start),
            end.eq(start + left),
            bus.address.eq(address >> params.tile_width),
            bus.tile.eq(address[:params.tile_width] if params.tiles > 1 else Const(0)),
            bus.write_data.eq(word),
            fault.eq(Fault.WINDOW),
        ]
        with m.Switch(window):
            for number, spec in WINDOWS.items():
                with m.Case(number):
                    refused = Mux(writing, "w" not in spec.access, "r" not in spec.access)
                    m.d.comb += [
                        last.eq(spec.record.size - 1),
                        fault.eq(Mux(refused, Fault.WINDOW,
                                     Mux(end > window_words(number, params),
                                         Fault.ADDRESS, 0))),
                    ]
                    if number in WHOLE:
                        m.d.comb += bus.address.eq(address)
        with m.If(access.op == AccessOp.INPUT):
            m.d.comb += [
                address.eq(change.neuron),
                end.eq(change.neuron + 1),
                bus.write_data.eq(change.current),
                last.eq(INPUT_CHANGE.size - 1),
            ]

        wait = Signal(range(max(READ_LATENCY, WRITE_LATENCY)))
        m.d.sync += wait.eq(wait + 1)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [
                    position.eq(0),
                    self.fault.eq(0),
                    start.eq(access.address),
                    left.eq(access.count),
                ]
                with m.If(self.commands.valid):
                    m.next = "NEXT"
                    with m.If(access.op == AccessOp.READ):
                        m.next = "TAG"
            with m.State("NEXT"):
                m.d.sync += [position.eq(0), wait.eq(0)]
                m.next = "TAKE"
                with m.If(~writing):
                    m.next = "FETCH"
                with m.If((left == 0) | self.abort):
                    m.next = "END"
            with m.State("TAKE"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += wait.eq(0)
                with m.If(self.abort):
                    m.next = "END"
                with m.Elif(self.i.valid):
                    m.d.sync += [
                        word.word_select(position, 8).eq(self.i.payload),
                        position.eq(position + 1),
                    ]
                    with m.If(position == last):
                        m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += [bus.active.eq(1), bus.write.eq((fault == 0) & (wait == 0))]
                with m.If(fault != 0):
                    m.d.sync += self.fault.eq(fault)
                    m.next = "END"
                with m.Elif(wait == WRITE_LATENCY - 1):
                    m.d.sync += [start.eq(start + 1), left.eq(left - 1)]
                    m.next = "NEXT"
            with m.State("TAG"):
                m.d.comb += [self.o.valid.eq(fault == 0), self.o.payload.eq(Tag.WORDS)]
                with m.If(fault != 0):
                    m.d.sync += self.fault.eq(fault)
                    m.next = "END"
                with m.Elif(self.o.ready):
                    m.next = "NEXT"
            with m.State("FETCH"):
                m.d.comb += bus.active.eq(1)
                m.d.sync += word.eq(bus.read_data)
                with m.If(wait == READ_LATENCY - 1):
                    m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(word.word_select(position, 8))]
                with m.If(self.o.ready):
                    m.d.sync += position.eq(position + 1)
                    with m.If(position == last):
                        m.d.sync += [start.eq(start + 1), left.eq(left - 1)]
                        m.next = "NEXT"
            with m.State("END"):
                m.d.comb += self.commands.ready.eq(1)
                m.next = "IDLE"
        return m
