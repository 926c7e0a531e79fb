"""Counters, in a memory: one after the other is brought up to date."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.params import CoreParams
from golden.arch.registers import COUNTERS, REGISTER_ADDRESS, REGISTERS, idle_registers

CYCLES = tuple(counter.name for counter in COUNTERS if counter.name.endswith("_cycles"))
EVENTS = tuple(counter.name for counter in COUNTERS if counter.width == 16)

HALF_SIZE = 2
"""Bytes of a word of the memory, which is half a register."""

WRITABLE = sum(register.access == "rw" for register in REGISTERS)
"""Registers that the host may write; they come first."""

LAST_OF_TICKS = 2 * REGISTER_ADDRESS["tick_high"] + 1

INTERVAL = 63
"""Most cycles between two visits of a counter: 7 visits of 2 cycles, as many carries, two ticks
with their carries and three accesses of the host."""

BLOCK_INTERVAL = INTERVAL + 8
"""Likewise with a dense block: 2 more visits, and as many carries."""


class Cycles(data.StructLayout):
    """What the pool does in a cycle.

    Members
    -------
    sweep_cycles, propagate_cycles, stall_cycles, pass_cycles, idle_cycles : unsigned(1)
        One of them is 1.
    """

    def __init__(self):
        super().__init__(dict.fromkeys(CYCLES, 1))


class LinkEvents(data.StructLayout):
    """What happens on the line, by the names of the counters in `golden.arch.registers`.

    Members
    -------
    judged : unsigned(1)
        Strobe: `verdict` is about a frame.
    verdict : range(len(REGISTERS))
        The register that counts it.
    framing_errors, resends : unsigned(1)
        Strobes.
    """

    def __init__(self):
        super().__init__({"judged": 1, "verdict": range(len(REGISTERS)),
                          "framing_errors": 1, "resends": 1})


class Counters(wiring.Component):
    """The memory of the registers, and what counts in it.

    What is to be counted is gathered in a few bits, and a visit every now and then adds it to its
    register, which lags by up to `INTERVAL` cycles. Ticks, whose spikes would be gone, are visited
    at once. A tick lasts 24 cycles at least. The line has one event in `INTERVAL` cycles.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    tick : In(1)
        Strobe: a tick has ended.
    spike_count : In(17)
        Its spikes, from the next cycle until the next tick has ended.
    events, conversions, pulses : In(range(tiles + 1))
        Synaptic events of a cycle; those of the dense block, and its pulses.
    cycles : In(Cycles())
        What to count that cycle as.
    link : In(LinkEvents())
        What happens on the line.
    wrapped : Out(1)
        Strobe: the ticks, 2**64 by now, are counted from 0 again.
    active : In(1)
        The host has an access.
    half, address : In(1), In(range(len(REGISTERS)))
        To this half of this register.
    write : In(1)
        Write `write_data`, unless the board counts in it, or has no use for it: the registers of
        parts that are not built are 0.
    write_data, read_data : In(16), Out(16)
        Half words; `read_data` comes in the 3rd cycle of `active`.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        words = [register.encode(register.reset) >> 8 * HALF_SIZE * half & 0xFFFF
                 for register in REGISTERS for half in range(2)]
        # too few words for a block memory, which shows them too late for the sum; an iCE40 has
        # nothing else
        attrs = {} if params.single_port else {"ram_style": "distributed"}
        self.memory = Memory(shape=8 * HALF_SIZE, depth=len(words), init=words, attrs=attrs)
        super().__init__({
            "tick": In(1),
            "spike_count": In(17),
            "events": In(range(params.tiles + 1)),
            "conversions": In(range(params.tiles + 1)),
            "pulses": In(range(params.tiles + 1)),
            "cycles": In(Cycles()),
            "link": In(LinkEvents()),
            "wrapped": Out(1),
            "active": In(1),
            "half": In(1),
            "address": In(range(len(REGISTERS))),
            "write": In(1),
            "write_data": In(8 * HALF_SIZE),
            "read_data": Out(8 * HALF_SIZE),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = self.memory
        write = memory.write_port()
        read = memory.read_port()

        place = Signal(range(memory.depth), reset_less=True)  # what is visited
        amount = Signal(8 * HALF_SIZE + 1, reset_less=True)   # to be added there
        total = Signal(8 * HALF_SIZE + 1)
        carry = Signal()    # to the next place
        carries = Signal()  # there is a next place
        host_place = Cat(self.half, self.address)
        host_writes = self.write & self.address.matches(*(
            REGISTER_ADDRESS[register.name] for register in REGISTERS[:WRITABLE]
            if register.name not in idle_registers(self.params)))
        m.d.comb += [
            total.eq(read.data + amount),
            write.addr.eq(Mux(host_writes, host_place, place)),
            write.data.eq(Mux(host_writes, self.write_data, total)),
            write.en.eq(host_writes),
            self.read_data.eq(read.data),
            carries.eq(~place[0] & ~place[1:].matches(*(REGISTER_ADDRESS[name] for name in EVENTS))
                       | (place == 2 * REGISTER_ADDRESS["tick_low"] + 1)),
        ]

        m.d.sync += self.wrapped.eq(0)
        follows = Signal.like(place)
        visits = Signal()
        with m.FSM():
            with m.State("VISIT"):
                m.d.comb += [
                    visits.eq(~self.active),
                    read.addr.eq(Mux(self.active, host_place, follows)),
                ]
                with m.If(visits):
                    m.d.sync += place.eq(follows)
                    m.next = "ADD"
            with m.State("ADD"):
                m.d.comb += read.en.eq(0)
                with m.If(~host_writes):
                    m.d.comb += write.en.eq(1)
                    m.d.sync += [
                        carry.eq(total[-1] & carries),
                        self.wrapped.eq(total[-1] & (place == LAST_OF_TICKS)),
                    ]
                    m.next = "VISIT"

        # Next comes the carry of the latest visit, a tick, its spikes, or whose turn it is.
        gathered = self._gather(m)
        ticked, spikes_due = Signal(), Signal()
        turn = Signal(range(len(gathered)))
        next_amount = Signal.like(amount)
        with m.If(visits):
            m.d.sync += [amount.eq(next_amount), carry.eq(0)]
        with m.If(carry):
            m.d.comb += [follows.eq(place + 1), next_amount.eq(1)]
        with m.Elif(ticked):
            m.d.comb += [follows.eq(2 * REGISTER_ADDRESS["tick_low"]), next_amount.eq(1)]
            with m.If(visits):
                m.d.sync += [ticked.eq(0), spikes_due.eq(1)]
        with m.Elif(spikes_due):
            m.d.comb += [
                follows.eq(2 * REGISTER_ADDRESS["spikes"]),
                next_amount.eq(self.spike_count),
            ]
            with m.If(visits):
                m.d.sync += spikes_due.eq(0)
        with m.Else():
            with m.Switch(turn):
                for number, (register, count, taken) in enumerate(gathered):
                    with m.Case(number):
                        m.d.comb += [
                            follows.eq(2 * register),
                            next_amount.eq(count),
                            taken.eq(visits),
                        ]
            with m.If(visits):
                m.d.sync += turn.eq(Mux(turn == len(gathered) - 1, 0, turn + 1))
        with m.If(self.tick):
            m.d.sync += ticked.eq(1)
        return m

    def _gather(self, m):
        """Gather what is to be counted.

        Returns
        -------
        list of tuple
            Register, what is to be added, and a signal that it has been.
        """
        gathered = []
        params = self.params
        sources = {name: (self.cycles[name], 1) for name in CYCLES}
        interval = BLOCK_INTERVAL if params.block_rows else INTERVAL
        for name in ("events", *(("conversions", "pulses") if params.block_rows else ())):
            sources[name] = getattr(self, name), params.tiles
        for name, (now, most) in sources.items():
            count = Signal(range(interval * most + 1), name=name, reset_less=True)
            taken = Signal(name=f"{name}_taken")
            m.d.sync += count.eq(count + now)
            with m.If(taken):
                m.d.sync += count.eq(now)
            gathered.append((REGISTER_ADDRESS[name], count, taken))

        # of the events on the line, the rarer come last
        due = Signal(LinkEvents())
        taken = Signal(name="event_taken")
        register = Signal(range(len(REGISTERS)))
        m.d.comb += register.eq(due.verdict)
        with m.If(due.judged):
            with m.If(taken):
                m.d.sync += due.judged.eq(0)
        for name in ("framing_errors", "resends"):
            with m.Elif(due[name]):
                m.d.comb += register.eq(REGISTER_ADDRESS[name])
                with m.If(taken):
                    m.d.sync += due[name].eq(0)
        with m.If(self.link.judged):
            m.d.sync += [due.judged.eq(1), due.verdict.eq(self.link.verdict)]
        for name in ("framing_errors", "resends"):
            with m.If(self.link[name]):
                m.d.sync += due[name].eq(1)
        is_due = due.judged | due.framing_errors | due.resends
        return [*gathered, (register, is_due, taken)]
