"""The integer leaky integrate-and-fire neuron."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.config import RATE_HIGH, RATE_LOW, RATE_TARGET, Homeostasis, Reset
from golden.arch.numeric import LEAK_FRACTION_BITS, LEAK_ONE, TRACE_SHIFT, U16_MAX

from .numeric import divide_toward_zero, saturate
from .records import NeuronWord
from .registers import CONFIG


class SweepOp(enum.Enum, shape=2):
    """What a sweep does to each neuron."""

    TICK = 0    # integrate, fire, adapt
    INJECT = 1  # add to the potential
    REST = 2    # return to rest, ready to fire


class NeuronUpdate(wiring.Component):
    """One neuron, one operation.

    TICK, unless the neuron is refractory (it then counts down, and current and leak are lost)::

        v ← sat16(v + (λ (rest − v) [+ 2¹¹]) >> 12)
        v ← sat16(v + input);  v ← sat16(v + delayed)
        spike ← v ≥ θ
        spike:  v ← reset, or sat16(v − θ);  refractory ← refractory_ticks
                trace ← sat8(trace + stdp_positive)
        trace ← trunc(trace · trace_decay / 256)

    and then, refractory or not, homeostasis moves `rate` and θ. Computes, bit for bit, what
    :meth:`golden.model.pool.Pool.tick` computes for one neuron.

    Combinational throughout: latency 0.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    op : In(SweepOp)
        Operation.
    word : In(NeuronWord)
        State before.
    factor : In(13)
        Leak factor λ, 1/4096.
    input, delayed : In(signed(16))
        Current from the input vector and from the delay ring.
    delta : In(signed(16))
        INJECT: what is added.
    result : Out(NeuronWord)
        State after; after INJECT and REST its `spike` is as before.
    """

    config: In(CONFIG)
    op: In(SweepOp)
    word: In(NeuronWord)
    factor: In(range(LEAK_ONE + 1))
    input: In(signed(16))
    delayed: In(signed(16))
    delta: In(signed(16))
    result: Out(NeuronWord)

    def elaborate(self, platform):
        m = Module()
        config, word, result = self.config, self.word, self.result

        difference = Signal(signed(17))
        half = Mux(config.leak_rounding, 1 << (LEAK_FRACTION_BITS - 1), 0)
        leaked = Signal(signed(16))
        driven = Signal(signed(16))
        charged = Signal(signed(16))
        after_spike = Signal(signed(16))
        awake = Signal()
        fires = Signal()
        m.d.comb += [
            difference.eq(config.resting_potential - word.potential),
            leaked.eq(saturate(
                word.potential + ((difference * self.factor + half) >> LEAK_FRACTION_BITS), 16)),
            driven.eq(saturate(leaked + self.input, 16)),
            charged.eq(saturate(driven + self.delayed, 16)),
            awake.eq(word.refractory == 0),
            fires.eq(awake & (charged >= word.threshold)),
            after_spike.eq(Mux(config.reset_mode == Reset.SUBTRACT,
                               saturate(charged - word.threshold, 16), config.reset_potential)),
        ]

        bumped = Signal(signed(8))
        m.d.comb += bumped.eq(Mux(fires, saturate(word.trace + config.stdp_positive, 8),
                                  word.trace))

        m.d.comb += result.eq(word)
        with m.Switch(self.op):
            with m.Case(SweepOp.TICK):
                m.d.comb += result.spike.eq(fires)
                with m.If(awake):
                    m.d.comb += [
                        result.potential.eq(Mux(fires, after_spike, charged)),
                        result.refractory.eq(Mux(fires, config.refractory_ticks, 0)),
                        result.trace.eq(divide_toward_zero(bumped * config.trace_decay,
                                                           TRACE_SHIFT)),
                    ]
                with m.Else():
                    m.d.comb += result.refractory.eq(word.refractory - 1)
                self._adapt(m, fires)
            with m.Case(SweepOp.INJECT):
                m.d.comb += result.potential.eq(saturate(word.potential + self.delta, 16))
            with m.Case(SweepOp.REST):
                m.d.comb += [
                    result.potential.eq(config.resting_potential),
                    result.refractory.eq(0),
                ]
        return m

    def _adapt(self, m, fires):
        """Move rate and threshold; `due` in the ticks whose count is a multiple of 100."""
        config, word, result = self.config, self.word, self.result
        due = config.tick_phase == 0
        raised = saturate(word.threshold + config.homeostatic_rate, 16)
        lowered = saturate(word.threshold - config.homeostatic_rate, 16)
        average = Signal(17)

        with m.Switch(config.homeostasis):
            with m.Case(Homeostasis.REFERENCE):
                with m.If(due & (config.homeostatic_rate > 0)):
                    # floor((255 rate + 256 spike) / 256), without the product
                    m.d.comb += [
                        average.eq(word.rate + fires - ((word.rate + 255) >> 8)),
                        result.rate.eq(average),
                    ]
                    with m.If(average > RATE_HIGH):
                        m.d.comb += result.threshold.eq(raised)
                    with m.Elif(average < RATE_LOW):
                        m.d.comb += result.threshold.eq(lowered)
            with m.Case(Homeostasis.RATE):
                m.d.comb += [
                    average.eq(word.rate - (word.rate >> 8) + (fires << 8)),
                    result.rate.eq(Mux(average > U16_MAX, U16_MAX, average)),
                ]
                with m.If(due):
                    with m.If(average > RATE_TARGET):
                        m.d.comb += result.threshold.eq(raised)
                    with m.Elif(average < RATE_TARGET):
                        m.d.comb += result.threshold.eq(lowered)
