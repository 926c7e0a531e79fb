"""The register bank."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.config import TICKS_PER_HOMEOSTASIS
from golden.arch.params import CoreParams
from golden.arch.registers import (
    OPTION_REGISTERS,
    REGISTER_ADDRESS,
    REGISTERS,
    idle_registers,
)

from .counters import HALF_SIZE, Counters, Cycles, LinkEvents

HALF_WIDTH = 8 * HALF_SIZE

LIVE = ("neuron_count", "slot_head", "tick_phase", "last_spike_count", "drift_phase")
"""Registers that are not always as they were written."""

CONFIG = data.StructLayout({
    register.name: signed(register.width) if register.signed else unsigned(register.width)
    for register in REGISTERS
    if register.access == "rw" and register.name not in ("tick_low", "tick_high")})
"""The registers that the pool reads."""


class RegisterBank(wiring.Component):
    """The registers of the contract, and the clockwork of a tick.

    All are in a memory for the host. Those that the pool reads are in registers of their own, too;
    the host is shown these where the two may differ. Like the memory, they outlast a reset.

    `neuron_count` is kept within 1..neurons, whatever is written: a sweep over no neurons, or more
    than there are, has no end.

    Parameters
    ----------
    params : CoreParams
        Build parameters.

    Members
    -------
    config : Out(CONFIG)
        Values of the registers.
    active : In(1)
        The host has an access.
    half, address : In(1), In(range(len(REGISTERS)))
        To this half of this register.
    write : In(1)
        Write `write_data`; counters ignore it.
    write_data, read_data : In(16), Out(16)
        Half words; `read_data` comes in the 4th cycle of `active`, and is 0 while that is.
    head_advance : In(1)
        The slot at the head has been taken: the next one becomes due.
    tick_done : In(1)
        A tick ends: it is counted, and `spike_count` is kept.
    spike_count : In(17)
        Spikes of that tick.
    events, conversions, pulses, cycles, link
        To be counted; as of `Counters`.
    """

    def __init__(self, params: CoreParams):
        self.params = params
        super().__init__({
            "config": Out(CONFIG),
            "active": In(1),
            "half": In(1),
            "address": In(range(len(REGISTERS))),
            "write": In(1),
            "write_data": In(HALF_WIDTH),
            "read_data": Out(HALF_WIDTH),
            "head_advance": In(1),
            "tick_done": In(1),
            "spike_count": In(17),
            "events": In(range(params.tiles + 1)),
            "conversions": In(range(params.tiles + 1)),
            "pulses": In(range(params.tiles + 1)),
            "cycles": In(Cycles()),
            "link": In(LinkEvents()),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.counters = counters = Counters(self.params)
        idle = idle_registers(self.params)
        absent = (*(() if self.params.options else OPTION_REGISTERS), *idle)
        values = {register.name: Signal(CONFIG[register.name].shape, init=register.reset,
                                        name=register.name, reset_less=True)
                  for register in REGISTERS
                  if register.name in CONFIG.members and register.name not in absent}
        m.d.comb += [
            *(self.config[register.name].eq(values.get(register.name, register.reset))
              for register in REGISTERS if register.name in CONFIG.members),
            *(getattr(counters, name).eq(getattr(self, name)) for name in (
                "events", "conversions", "pulses", "cycles", "link", "active", "half", "address",
                "write", "write_data")),
            counters.tick.eq(self.tick_done),
            counters.spike_count.eq(values["last_spike_count"]),
        ]

        # what the host is shown
        mask = Signal(HALF_WIDTH, init=-1)
        live = Signal(HALF_WIDTH)
        with m.Switch(Cat(self.half, self.address)):
            for register in REGISTERS:
                for half in range(2):
                    width = min(max(register.width - half * HALF_WIDTH, 0), HALF_WIDTH)
                    with m.Case(2 * REGISTER_ADDRESS[register.name] + half):
                        if register.name in LIVE and register.name in values:
                            m.d.comb += [mask.eq(0), live.eq(
                                values[register.name].as_unsigned() >> half * HALF_WIDTH)]
                        elif register.access == "rw" and register.name not in idle:
                            m.d.comb += mask.eq((1 << width) - 1)
        m.d.sync += self.read_data.eq(0)
        with m.If(self.active):
            m.d.sync += self.read_data.eq((counters.read_data & mask) | live)

        # a tick
        head, phase = values["slot_head"], values["tick_phase"]
        with m.If(self.head_advance):
            m.d.sync += head.eq(Mux(head + 1 == values["slot_count"], 0, head + 1))
        with m.If(self.tick_done):
            m.d.sync += [
                phase.eq(Mux(phase == TICKS_PER_HOMEOSTASIS - 1, 0, phase + 1)),
                values["last_spike_count"].eq(self.spike_count),
            ]
        with m.If(counters.wrapped):  # at 2**64, which is no multiple of 100
            m.d.sync += phase.eq(0)
        if self.params.block_rows:
            drift_phase, period = values["drift_phase"], values["drift_period"]
            with m.If(self.tick_done & (period != 0)):
                m.d.sync += drift_phase.eq(Mux(drift_phase == period - 1, 0, drift_phase + 1))
            with m.If(counters.wrapped):
                m.d.sync += drift_phase.eq(0)

        # what the host writes
        with m.If(self.write), m.Switch(Cat(self.half, self.address)):
            for name, value in values.items():
                for half in range(-(-len(value) // HALF_WIDTH)):
                    with m.Case(2 * REGISTER_ADDRESS[name] + half):
                        m.d.sync += value[half * HALF_WIDTH:(half + 1) * HALF_WIDTH].eq(
                            self.write_data)
        count = values["neuron_count"]
        with m.If(self.write & (self.address == REGISTER_ADDRESS["neuron_count"])):
            with m.If(Mux(self.half, self.write_data[0], self.write_data >= self.params.neurons)):
                m.d.sync += count.eq(self.params.neurons)
            with m.Elif(~self.half & (self.write_data == 0)):
                m.d.sync += count.eq(1)
        return m
