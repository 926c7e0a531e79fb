"""The host's windows: words of the memories, to and from the byte register."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import enum, stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import ARGUMENTS, INPUT_CHANGE, Fault, Opcode, Tag
from golden.arch.params import CoreParams, index_width
from golden.arch.windows import WINDOWS, Window, window_words

from .bytes import RECORD_SIZE, Transfer
from .counters import HALF_SIZE
from .records import line_layout_of
from .window import READ_LATENCY, WHOLE, WRITE_LATENCY, WindowBus, window_width

ACCESS = line_layout_of(ARGUMENTS[Opcode.WRITE])
"""Arguments of WRITE and READ; INPUT has but the last one."""

ABOVE_ADDRESS = (ACCESS["address"].width + ACCESS["count"].width) // 8
"""Shifts that bring a neuron to where the arguments have their address, with zeros above it."""


class AccessOp(enum.Enum, shape=2):
    """What to do with words."""

    WRITE = 0  # take them from the host
    READ = 1   # give them to the host
    INPUT = 2  # take changes of the input vector


class WindowAccess(wiring.Component):
    """Carry words between the byte register and the memories.

    A word that is read takes 1 cycle per byte, one that is written `RECORD_SIZE` cycles, and a few
    more for the memories. A run that does not fit its window ends before its first word, an INPUT
    at the change that names no neuron; bytes of the command that are still to come are then the
    caller's to drop. `done` depends on registers alone.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    valid : In(1)
        There is an access; to be held until `done`.
    op : In(AccessOp)
        What to do; held likewise.
    record : In(8 * RECORD_SIZE)
        The byte register: first the arguments, below its top, then the words.
    transfer : Out(Transfer())
        Orders for the byte register.
    load : Out(1)
        The byte register shall take `bus.read_data`.
    o : Out(stream.Signature(8))
        The tag of report WORDS.
    abort : In(1)
        End the access at the next byte or word, with fault LOOP.
    done : Out(1)
        It has ended.
    fault : Out(Fault)
        Why it ended early, or 0; when `done`.
    bus : Out(WindowBus(params))
        The memories.
    half : Out(1)
        Which half of a register is accessed; they travel one by one.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "valid": In(1),
            "op": In(AccessOp),
            "record": In(8 * RECORD_SIZE),
            "transfer": Out(Transfer()),
            "load": Out(1),
            "o": Out(stream.Signature(8)),
            "abort": In(1),
            "done": Out(1),
            "fault": Out(Fault),
            "bus": Out(WindowBus(params)),
            "half": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        params, bus, transfer = self.params, self.bus, self.transfer
        words = {window: window_words(window, params) for window in WINDOWS}
        width = index_width(max(words.values()))
        arguments = ACCESS(self.record[-ACCESS.size:])
        is_read = self.op == AccessOp.READ
        is_input = self.op == AccessOp.INPUT

        window = Signal(window_width(params), reset_less=True)
        known = Signal(reset_less=True)     # the number of the window is not too large for it
        address = Signal(width, reset_less=True)
        beyond = Signal(reset_less=True)    # the address is wider than that
        left = Signal(16, reset_less=True)  # words to go
        end = Signal(range((1 << width) + (1 << 16)), reset_less=True)

        # what is known of the window
        size = Signal(range(RECORD_SIZE + 1))
        limit = Signal(range(max(words.values()) + 1))
        allowed, whole, halved = Signal(), Signal(), Signal()
        with m.Switch(window):
            for number, spec in WINDOWS.items():
                if words[number] == 0:  # those of a part that is not built
                    continue
                with m.Case(number):
                    m.d.comb += [
                        size.eq(HALF_SIZE if number is Window.REGISTERS else spec.record.size),
                        limit.eq(words[number]),
                        allowed.eq(Mux(is_read, "r" in spec.access, "w" in spec.access)),
                        whole.eq(number in WHOLE),
                        halved.eq(number is Window.REGISTERS),
                    ]
        m.d.comb += [
            bus.window.eq(window),
            bus.tile.eq(address[:params.tile_width]),
            bus.address.eq(Mux(whole, address, address >> params.tile_width)),
            bus.write_data.eq(self.record),
            self.o.payload.eq(Tag.WORDS),
        ]

        wait = Signal(range(READ_LATENCY))
        m.d.sync += wait.eq(0)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [
                    window.eq(Mux(is_input, Window.INPUTS, arguments.window)),
                    known.eq(is_input | (arguments.window[len(window):] == 0)),
                    left.eq(arguments.count),
                    self.half.eq(0),
                    self.fault.eq(0),
                ]
                with m.If(self.valid):
                    m.next = "PLACE"
                    with m.If(is_input):
                        m.next = "NEXT"
            with m.State("PLACE"):
                m.d.sync += [
                    address.eq(arguments.address),
                    beyond.eq(arguments.address[width:].any()),
                    end.eq(arguments.address[:width] + left),
                ]
                m.next = "CHECK"
            with m.State("CHECK"):
                m.next = "NEXT"
                with m.If(is_read):
                    m.next = "TAG"
                with m.Elif(is_input):
                    m.next = "TAKE"
                with m.If(~known | ~allowed):
                    m.d.sync += self.fault.eq(Fault.WINDOW)
                    m.next = "END"
                with m.Elif(beyond | Mux(is_input, address >= params.neurons, end > limit)):
                    m.d.sync += self.fault.eq(Fault.ADDRESS)
                    m.next = "END"
            with m.State("NEXT"):
                m.d.sync += left.eq(left - 1)
                m.next = "TAKE"
                with m.If(is_read):
                    m.next = "FETCH"
                with m.Elif(is_input):
                    m.next = "NEURON"
                with m.If(left == 0):
                    m.next = "END"
                with m.Elif(self.abort):
                    m.next = "ABORT"
            with m.State("NEURON"):
                m.d.comb += [
                    transfer.take.eq(1),
                    transfer.size.eq(INPUT_CHANGE.fields[0].size),
                    transfer.shifts.eq(ABOVE_ADDRESS),
                ]
                with m.If(self.abort):
                    m.next = "ABORT"
                with m.Elif(transfer.done):
                    m.next = "PLACE"
            with m.State("TAKE"):
                m.d.comb += [
                    transfer.take.eq(1),
                    transfer.size.eq(size),
                    transfer.shifts.eq(RECORD_SIZE),
                ]
                with m.If(self.abort):
                    m.next = "ABORT"
                with m.Elif(transfer.done):
                    m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += [bus.active.eq(1), bus.write.eq(wait == 0)]
                m.d.sync += wait.eq(wait + 1)
                with m.If(wait == WRITE_LATENCY - 1):
                    m.d.sync += [wait.eq(0), self.half.eq(halved & ~self.half)]
                    m.next = "TAKE"
                    with m.If(~halved | self.half):
                        m.d.sync += address.eq(address + 1)
                        m.next = "NEXT"
            with m.State("TAG"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.next = "NEXT"
            with m.State("FETCH"):
                m.d.comb += [bus.active.eq(1), self.load.eq(wait == READ_LATENCY - 1)]
                m.d.sync += wait.eq(wait + 1)
                with m.If(self.load):
                    m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += [
                    transfer.give.eq(1),
                    transfer.size.eq(size),
                    transfer.shifts.eq(size),
                ]
                with m.If(transfer.done):
                    m.d.sync += self.half.eq(halved & ~self.half)
                    m.next = "FETCH"
                    with m.If(~halved | self.half):
                        m.d.sync += address.eq(address + 1)
                        m.next = "NEXT"
            with m.State("ABORT"):
                m.d.sync += self.fault.eq(Fault.LOOP)
                m.next = "END"
            with m.State("END"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m
