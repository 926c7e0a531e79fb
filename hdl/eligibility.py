"""Eligibility traces: lazy decay by row age, and the STDP bump."""

from amaranth.hdl import Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from golden.arch.records import AGE_HORIZON, DECAY_POWERS

from .delay import delayed
from .numeric import saturate

TABLE_WORDS = 128


class EligibilityDecay(wiring.Component):
    """Decay of an eligibility by the age of its row: D applied `age` times.

    D(e) = trunc(e · trace_decay / 256) depends on the magnitude alone, so a table for each of 1,
    2, 4 ... 64 ticks, selected by the bits of the age, gives the same bits as a sweep over all
    synapses in every tick (specification 3). From age 128 on the result is 0.

    A pipeline of 8 stages, one for the magnitude and one for each table, 1 eligibility per cycle:
    `result` comes 8 cycles after `eligibility` and `age`. No combinational paths from inputs to
    outputs.

    Members
    -------
    load : In(1)
        Write word `load_address` of the tables; word 128 k + m is what magnitude m decays to in
        2**k ticks, and m = 0 stands for 128.
    load_address, load_data : In
        Word of the tables, and its value.
    eligibility : In(signed(8))
        Eligibility as kept.
    age : In(8)
        Decays that it is behind.
    result : Out(signed(8))
        Eligibility brought up to date.
    """

    LATENCY = 1 + DECAY_POWERS

    load: In(1)
    load_address: In(range(DECAY_POWERS * TABLE_WORDS))
    load_data: In(7)
    eligibility: In(signed(8))
    age: In(8)
    result: Out(signed(8))

    def elaborate(self, platform):
        m = Module()
        magnitude = delayed(m, abs(self.eligibility)[:8], 1, name="magnitude")
        age = delayed(m, self.age, 1, name="age")
        negative = delayed(m, self.eligibility < 0, self.LATENCY - 1, name="negative")
        expired = delayed(m, self.age >= AGE_HORIZON, self.LATENCY - 1, name="expired")
        for power in range(DECAY_POWERS):
            # written in the memories of logic cells, which are read in the cycle of the address
            table = Memory(shape=unsigned(7), depth=TABLE_WORDS, init=[])
            m.submodules[f"table{power}"] = table
            write = table.write_port()
            read = table.read_port(domain="comb")
            decayed = Signal(8, name=f"decayed{power}")
            m.d.comb += [
                write.addr.eq(self.load_address[:7]),
                write.data.eq(self.load_data),
                write.en.eq(self.load & (self.load_address[7:] == power)),
                read.addr.eq(magnitude[:7]),
                decayed.eq(Mux(age[power] & (magnitude != 0), read.data, magnitude)),
            ]
            if power < DECAY_POWERS - 1:
                magnitude = delayed(m, decayed, 1, name=f"magnitude{power}")
                age = delayed(m, age, 1, name=f"age{power}")
            else:
                m.d.sync += self.result.eq(Mux(expired, 0, Mux(negative, -decayed, decayed)))
        return m


def bumped(eligibility: Value, target_fires: Value, config) -> Value:
    """Return an eligibility after the STDP bump of a presynaptic spike.

    sat8(e + stdp_negative) if the target fired in the same tick, else sat8(e + stdp_positive).
    Both are computed, since a memory tells late in the cycle which of them it is.
    """
    return Mux(target_fires, saturate(eligibility + config.stdp_negative, 8),
               saturate(eligibility + config.stdp_positive, 8))
