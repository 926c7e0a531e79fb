"""The integer leaky integrate-and-fire neuron."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.config import Reset
from golden.arch.numeric import LEAK_FRACTION_BITS, LEAK_ONE, TRACE_SHIFT

from .delay import delayed
from .numeric import divide_toward_zero, saturate
from .registers import CONFIG


class SweepOp(enum.Enum, shape=2):
    """What a sweep does to each neuron."""

    TICK = 0    # integrate, fire
    ADAPT = 1   # move rate and threshold
    INJECT = 2  # add to the potential
    REST = 3    # return to rest, ready to fire


class SomaWord(data.StructLayout):
    """What integration reads and writes of a neuron.

    Members
    -------
    potential : signed(16)
        Membrane potential, Q8.8 mV.
    refractory : unsigned(8)
        Ticks of dead time that remain.
    trace : signed(8)
        Spike trace.
    spike : unsigned(1)
        Whether it fired in the latest tick.
    """

    def __init__(self):
        super().__init__({
            "potential": signed(16),
            "refractory": 8,
            "trace": signed(8),
            "spike": 1,
        })


class Integration(wiring.Component):
    """Potential, spike and trace of one neuron after another.

    TICK, unless the neuron is refractory (it then counts down, and current and leak are lost)::

        v ← sat16(v + (λ (rest − v) [+ 2¹¹]) >> 12)
        v ← sat16(v + input);  v ← sat16(v + delayed)
        spike ← v ≥ θ
        spike:  v ← reset, or sat16(v − θ);  refractory ← refractory_ticks
                trace ← sat8(trace + stdp_positive)
        trace ← trunc(trace · trace_decay / 256)

    Computes, bit for bit, what :meth:`golden.model.pool.Pool.tick` computes for one neuron.

    A pipeline of 6 stages, 1 neuron per cycle, in which a value is asked for when it is needed:
    `soma` and `factor` in the first cycle, `delayed` and `threshold` in the fifth. `result` comes 6
    cycles after `soma`. No combinational paths from inputs to outputs but from `config` and `op`,
    which are constant during a sweep.

    Parameters
    ----------
    input_cycle : int
        In which cycle `input` is there: from 0, the first, to 3, in which it is needed.

    Members
    -------
    config : In(CONFIG)
        Configuration registers.
    op : In(SweepOp)
        Operation; ADAPT leaves the soma as it is.
    delta : In(signed(16))
        INJECT: what is added.
    soma : In(SomaWord())
        State before.
    factor : In(13)
        Leak factor λ, 1/4096.
    input, delayed : In(signed(16))
        Current from the input vector and from the delay ring.
    threshold : In(signed(16))
        Potential at and above which it fires.
    result : Out(SomaWord())
        State after; its `spike` changes with TICK alone.
    """

    LATENCY = 6
    LATE = 4  # cycle of `delayed` and `threshold`

    def __init__(self, input_cycle: int = 0):
        self.input_cycle = input_cycle
        super().__init__({
            "config": In(CONFIG),
            "op": In(SweepOp),
            "delta": In(signed(16)),
            "soma": In(SomaWord()),
            "factor": In(range(LEAK_ONE + 1)),
            "input": In(signed(16)),
            "delayed": In(signed(16)),
            "threshold": In(signed(16)),
            "result": Out(SomaWord()),
        })

    def elaborate(self, platform):
        m = Module()
        self.fires = Signal()
        self._integrate(m)
        self._trace(m)
        return m

    def _integrate(self, m):
        config, soma = self.config, self.soma
        ticking = self.op == SweepOp.TICK

        # 0: way to rest
        difference = Signal(signed(17), reset_less=True)
        awake = Signal(reset_less=True)
        left = Signal(8, reset_less=True)  # dead time unless it fires
        m.d.sync += [
            difference.eq(config.resting_potential - soma.potential),
            awake.eq(ticking & (soma.refractory == 0)),
            left.eq(soma.refractory),
        ]
        with m.Switch(self.op):
            with m.Case(SweepOp.TICK), m.If(soma.refractory != 0):
                m.d.sync += left.eq(soma.refractory - 1)
            with m.Case(SweepOp.REST):
                m.d.sync += left.eq(0)
        before = delayed(m, soma.potential, 2, name="potential")

        # 1: leak
        product = Signal(signed(30), reset_less=True)
        m.d.sync += product.eq(difference * delayed(m, self.factor, 1, name="factor"))

        # 2: the bit below the cut, if it counts, rounds to nearest
        leaked = Signal(signed(16), reset_less=True)
        awake_2 = delayed(m, awake, 1, name="awake_leak")
        half = product[LEAK_FRACTION_BITS - 1] & config.leak_rounding
        with m.If(awake_2):
            m.d.sync += leaked.eq(saturate(before + (product >> LEAK_FRACTION_BITS) + half, 16))
        with m.Else():
            m.d.sync += leaked.eq(Mux(self.op == SweepOp.REST, config.resting_potential, before))

        # 3: input
        driven = Signal(signed(16), reset_less=True)
        awake_3 = delayed(m, awake_2, 1, name="awake_input")
        given = delayed(m, self.input, 3 - self.input_cycle, name="input")
        term = Mux(awake_3, given, Mux(self.op == SweepOp.INJECT, self.delta, 0))
        m.d.sync += driven.eq(saturate(leaked + term, 16))

        # 4: delayed current
        charged = Signal(signed(16), reset_less=True)
        threshold = Signal(signed(16), reset_less=True)
        awake_4 = delayed(m, awake_3, 1, name="awake_delayed")
        m.d.sync += [
            charged.eq(saturate(driven + Mux(awake_4, self.delayed, 0), 16)),
            threshold.eq(self.threshold),
        ]

        # 5: spike
        potential = Signal(signed(16), reset_less=True)
        excess = Signal(signed(17))
        over = Signal()
        awake_5 = delayed(m, awake_4, 1, name="awake_spike")
        m.d.comb += [excess.eq(charged - threshold), over.eq(awake_5 & (excess >= 0))]
        m.d.sync += [
            self.fires.eq(over),
            potential.eq(charged),
            self.result.refractory.eq(Mux(over, config.refractory_ticks,
                                          delayed(m, left, 4, name="left"))),
        ]
        # what is left over threshold can't be less than 0, so it saturates upward alone
        rest = delayed(m, Mux(excess[15:] == 0, excess[:15], 0x7FFF), 1, name="rest")
        m.d.comb += [
            self.result.potential.eq(Mux(
                self.fires,
                Mux(config.reset_mode == Reset.SUBTRACT, rest, config.reset_potential),
                potential)),
            self.result.spike.eq(Mux(ticking, self.fires,
                                     delayed(m, soma.spike, self.LATENCY, name="spike"))),
        ]

    def _trace(self, m):
        """Compute the trace for either outcome, since the product takes longer than the choice."""
        config = self.config
        updating = (self.op == SweepOp.TICK) & (self.soma.refractory == 0)
        # by 256/256 it stays as it is
        factor = Signal(9)
        m.d.comb += factor.eq(Mux(delayed(m, updating, 3, name="updating"),
                                  config.trace_decay, 256))
        trace = delayed(m, self.soma.trace, 2, name="trace")
        bumped = delayed(m, saturate(trace + config.stdp_positive, 8), 1, name="bumped")
        trace = delayed(m, trace, 1, name="trace_product")
        outcomes = []
        for name, value in (("silent", trace), ("fired", bumped)):
            product = Signal(signed(17), name=f"{name}_product", reset_less=True)
            result = Signal(signed(8), name=f"{name}_trace", reset_less=True)
            m.d.sync += [
                product.eq(value * factor),
                result.eq(divide_toward_zero(product, TRACE_SHIFT)),
            ]
            outcomes.append(delayed(m, result, 1, name=f"{name}_outcome"))
        silent, fired = outcomes
        m.d.comb += self.result.trace.eq(Mux(self.fires, fired, silent))
