"""The register bank."""

from amaranth.hdl import Array, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.config import TICKS_PER_HOMEOSTASIS
from golden.arch.params import CoreParams
from golden.arch.registers import COUNTERS, REGISTER_ADDRESS, REGISTERS


def _shape(register):
    return signed(register.width) if register.signed else unsigned(register.width)


CONFIG = data.StructLayout({register.name: _shape(register) for register in REGISTERS
                            if register.access == "rw"})
"""All registers that the host may write."""

CounterValues = data.StructLayout({counter.name: unsigned(counter.width) for counter in COUNTERS})
"""All counters of the board."""


class RegisterBank(wiring.Component):
    """The registers of the contract, and the clockwork of a tick.

    A read shows the register addressed in the previous cycle. `neuron_count` is kept within
    1..neurons, whatever is written: a sweep over no neurons, or more than there are, has no end.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    config : Out(CONFIG)
        Values of the registers.
    counters : In(CounterValues)
        Values of the counters.
    address : In(range(len(REGISTERS)))
        Register to read or write.
    write : In(1)
        Write `write_data`; counters ignore it.
    write_data, read_data : In(32), Out(32)
        Words.
    head_advance : In(1)
        The slot at the head has been taken: the next one becomes due.
    tick_done : In(1)
        A tick ends: it is counted, and `spike_count` is kept.
    spike_count : In(17)
        Spikes of that tick.
    """

    config: Out(CONFIG)
    counters: In(CounterValues)
    address: In(range(len(REGISTERS)))
    write: In(1)
    write_data: In(32)
    read_data: Out(32)
    head_advance: In(1)
    tick_done: In(1)
    spike_count: In(17)

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        values = {register.name: Signal(_shape(register), init=register.reset, name=register.name)
                  for register in REGISTERS if register.access == "rw"}
        m.d.comb += [self.config[name].eq(value) for name, value in values.items()]

        words = Array((self.counters if register.access == "r" else values)[register.name]
                      .as_unsigned() for register in REGISTERS)
        m.d.sync += self.read_data.eq(words[self.address])

        ticks = Signal(65)
        m.d.comb += ticks.eq((values["tick_high"] << 32 | values["tick_low"]) + 1)
        with m.If(self.head_advance):
            m.d.sync += values["slot_head"].eq(
                Mux(values["slot_head"] + 1 >= values["slot_count"], 0, values["slot_head"] + 1))
        with m.If(self.tick_done):
            m.d.sync += [
                values["tick_low"].eq(ticks[:32]),
                values["tick_high"].eq(ticks[32:64]),
                # the count wraps at 2**64, which is no multiple of 100
                values["tick_phase"].eq(Mux(
                    (values["tick_phase"] == TICKS_PER_HOMEOSTASIS - 1) | ticks[64], 0,
                    values["tick_phase"] + 1)),
                values["last_spike_count"].eq(self.spike_count),
            ]
        with m.If(self.write), m.Switch(self.address):
            for register in REGISTERS:
                if register.access == "rw":
                    with m.Case(REGISTER_ADDRESS[register.name]):
                        m.d.sync += values[register.name].eq(self.write_data)
        count = self.write_data[:17]
        with m.If(self.write & (self.address == REGISTER_ADDRESS["neuron_count"])):
            with m.If(count == 0):
                m.d.sync += values["neuron_count"].eq(1)
            with m.Elif(count > self.params.neurons):
                m.d.sync += values["neuron_count"].eq(self.params.neurons)
        return m
