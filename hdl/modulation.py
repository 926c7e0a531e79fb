"""The third factor: eligibilities become weight changes."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.maturity import COUNTER_MAX, DEMOTION, PROMOTION, Temperature
from golden.arch.numeric import I8_MAX, REWARD_SHIFT

from .numeric import divide_toward_zero
from .registers import CONFIG


class Modulation(wiring.Component):
    """Weight and maturity of one synapse under reward and punishment.

    ::

        Δ = trunc(e · reward / 64) − trunc(e · punishment / 64)
        w ← clip(w + Δ, −127, 127), or 0 where that would flip the sign

    Nothing happens where e or Δ is 0 or the synapse is COLD. Δ > 0 reinforces the maturity, Δ < 0
    weakens it. With ``dale`` a weight of 0 may only take the sign of its source. Computes, bit for
    bit, what :meth:`golden.model.pool.Pool.modulate` computes for one synapse.

    Combinational throughout: latency 0.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    reward, punishment : In(8)
        Dopamine and cortisol above their neutral levels.
    inhibitory : In(1)
        Kind of the source.
    weight, eligibility, maturity : In
        Synapse before, with its eligibility up to date.
    new_weight, new_maturity : Out
        Synapse after.
    reinforced, weakened : Out(1)
        What was done to it.
    """

    config: In(CONFIG)
    reward: In(8)
    punishment: In(8)
    inhibitory: In(1)
    weight: In(signed(8))
    eligibility: In(signed(8))
    maturity: In(8)
    new_weight: Out(signed(8))
    new_maturity: Out(8)
    reinforced: Out(1)
    weakened: Out(1)

    def elaborate(self, platform):
        m = Module()
        delta = Signal(signed(10))  # |Δ| <= 128 · 225 / 64, since both parts have the sign of e
        moved = Signal(signed(11))
        clipped = Signal(signed(8))
        flips = Signal()
        m.d.comb += [
            delta.eq(divide_toward_zero(self.eligibility * self.reward, REWARD_SHIFT)
                     - divide_toward_zero(self.eligibility * self.punishment, REWARD_SHIFT)),
            moved.eq(self.weight + delta),
            clipped.eq(Mux(moved < -I8_MAX, -I8_MAX, Mux(moved > I8_MAX, I8_MAX, moved))),
            flips.eq(((self.weight > 0) & (clipped < 0)) | ((self.weight < 0) & (clipped > 0))),
        ]
        with m.If(self.config.dale & (self.weight == 0)):
            m.d.comb += flips.eq(Mux(self.inhibitory, clipped > 0, clipped < 0))

        m.d.comb += [self.new_weight.eq(self.weight), self.new_maturity.eq(self.maturity)]
        with m.If((self.maturity[:2] != Temperature.COLD) & (delta != 0)):
            m.d.comb += [
                self.reinforced.eq(delta > 0),
                self.weakened.eq(delta < 0),
                self.new_weight.eq(Mux(flips, 0, clipped)),
                self.new_maturity.eq(Mux(delta > 0, reinforced(m, self.maturity),
                                         weakened(m, self.maturity))),
            ]
        return m


def reinforced(m: Module, maturity: Value) -> Signal:
    """Return the maturity of a synapse, not COLD, after one reinforcement."""
    result = Signal(8, name="reinforced_maturity")
    counter = Signal(6, name="reinforced_counter")
    m.d.comb += [
        counter.eq(Mux(maturity[2:] == COUNTER_MAX, COUNTER_MAX, maturity[2:] + 1)),
        result.eq(Cat(maturity[:2], counter)),
    ]
    with m.Switch(maturity[:2]):
        for temperature, (limit, warmer) in PROMOTION.items():
            with m.Case(temperature), m.If(counter >= limit):
                m.d.comb += result.eq(warmer)
    return result


def weakened(m: Module, maturity: Value) -> Signal:
    """Return the maturity of a synapse, not COLD, after one weakening."""
    result = Signal(8, name="weakened_maturity")
    m.d.comb += result.eq(maturity - 4)
    with m.If(maturity[2:] == 0), m.Switch(maturity[:2]):
        for temperature, demoted in DEMOTION.items():
            with m.Case(temperature):
                m.d.comb += result.eq(demoted)
    return result
