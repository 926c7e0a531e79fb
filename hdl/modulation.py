"""The third factor: eligibilities become weight changes."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from golden.arch.maturity import COUNTER_MAX, DEMOTION, PROMOTION, Temperature
from golden.arch.numeric import I8_MIN, REWARD_SHIFT

from .delay import delayed
from .numeric import divide_toward_zero, saturate


class Modulation(wiring.Component):
    """Weight and maturity of one synapse under reward and punishment.

    ::

        Δ = trunc(e · reward / 64) − trunc(e · punishment / 64)
        w ← clip(w + Δ, −127, 127), or 0 where that would flip the sign

    Nothing happens where e or Δ is 0 or the synapse is COLD. Δ > 0 reinforces the maturity, Δ < 0
    weakens it. With ``dale`` a weight of 0 may only take the sign of its source. Computes, bit for
    bit, what :meth:`golden.model.pool.Pool.modulate` computes for one synapse.

    A pipeline of 3 stages, 1 synapse per cycle: the outputs come 3 cycles after the inputs. No
    combinational paths from inputs to outputs but from `dale`, which is constant during a pass.

    Members
    -------
    dale : In(1)
        Configuration register of that name.
    reward, punishment : In(8)
        Dopamine and cortisol above their neutral levels; constant during a pass.
    inhibitory : In(1)
        Kind of the source.
    weight, eligibility, maturity : In
        Synapse before, with its eligibility up to date.
    new_weight, new_maturity : Out
        Synapse after.
    reinforced, weakened : Out(1)
        What was done to it.
    change : Out(signed(10))
        Δ, `CHANGED` cycles after the inputs.
    """

    LATENCY = 3
    CHANGED = 2

    dale: In(1)
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
    change: Out(signed(10))

    def elaborate(self, platform):
        m = Module()

        # 0: products
        rewarded = Signal(signed(16), reset_less=True)
        punished = Signal(signed(16), reset_less=True)
        m.d.sync += [
            rewarded.eq(self.eligibility * self.reward),
            punished.eq(self.eligibility * self.punishment),
        ]

        # 1: change; |Δ| <= 128 · 225 / 64, since both parts have the sign of e
        delta = Signal(signed(10), reset_less=True)
        m.d.sync += delta.eq(divide_toward_zero(rewarded, REWARD_SHIFT)
                             - divide_toward_zero(punished, REWARD_SHIFT))
        m.d.comb += self.change.eq(delta)

        # 2: outcome
        weight = delayed(m, self.weight, 2, name="weight")
        maturity = delayed(m, self.maturity, 2, name="maturity")
        inhibitory = delayed(m, self.inhibitory, 2, name="inhibitory")
        moved = Signal(signed(11))
        saturated = Signal(signed(8))
        clipped = Signal(signed(8))
        flips = Signal()
        m.d.comb += [
            moved.eq(weight + delta),
            saturated.eq(saturate(moved, 8)),
            clipped.eq(Mux(saturated == I8_MIN, I8_MIN + 1, saturated)),
            flips.eq(((weight > 0) & (moved < 0)) | ((weight < 0) & (moved > 0))),
        ]
        with m.If(self.dale & (weight == 0)):
            m.d.comb += flips.eq(Mux(inhibitory, moved > 0, moved < 0))

        m.d.sync += [
            self.new_weight.eq(weight),
            self.new_maturity.eq(maturity),
            self.reinforced.eq(0),
            self.weakened.eq(0),
        ]
        with m.If((maturity[:2] != Temperature.COLD) & (delta != 0)):
            m.d.sync += [
                self.reinforced.eq(delta > 0),
                self.weakened.eq(delta < 0),
                self.new_weight.eq(Mux(flips, 0, clipped)),
                self.new_maturity.eq(Mux(delta > 0, reinforced(m, maturity),
                                         weakened(m, maturity))),
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
