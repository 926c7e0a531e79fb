"""Homeostasis: what keeps the rate of a neuron."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.config import RATE_HIGH, RATE_LOW, RATE_TARGET, Homeostasis
from golden.arch.numeric import U16_MAX
from golden.arch.params import CoreParams

from .delay import delayed
from .numeric import saturate
from .registers import CONFIG
from .store import Store, StorePorts


class ThresholdWord(data.StructLayout):
    """What homeostasis reads and writes of a neuron.

    Members
    -------
    threshold : signed(16)
        Potential at and above which it fires, Q8.8 mV.
    rate : unsigned(16)
        Spike rate.
    """

    def __init__(self):
        super().__init__({"threshold": signed(16), "rate": 16})


class Adaptation(wiring.Component):
    """Rate and threshold of one neuron after another.

    REFERENCE: ``rate ← floor((255 rate + 256 spike) / 256)``, and the threshold rises by
    `homeostatic_rate` if the rate is above 26, and falls if it is below 6. RATE:
    ``rate ← min(rate − (rate >> 8) + 256 spike, 65535)``, and the threshold moves, if `due`, toward
    a rate of 3277. Computes, bit for bit, what `golden.model.homeostasis` does for one neuron.

    A pipeline, 1 neuron per cycle: `result` comes `latency` cycles after `word`. No combinational
    paths from inputs to outputs.

    Parameters
    ----------
    fast : bool
        Short stages, for memories that show a word late in the cycle, and configuration registers
        that are far away.

    Attributes
    ----------
    latency : int
        4 if `fast`, else 2.

    Members
    -------
    config : In(CONFIG)
        Configuration registers, constant during a sweep and a cycle ahead of it.
    due : In(1)
        The tick is one in which thresholds move.
    word : In(ThresholdWord())
        State before.
    spike : In(1)
        Whether it fired in this tick.
    result : Out(ThresholdWord())
        State after.
    """

    def __init__(self, *, fast: bool = True):
        self.fast = fast
        self.latency = 4 if fast else 2
        super().__init__({
            "config": In(CONFIG),
            "due": In(1),
            "word": In(ThresholdWord()),
            "spike": In(1),
            "result": Out(ThresholdWord()),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        averaging = delayed(m, config.homeostasis == Homeostasis.RATE, self.fast, name="averaging")

        word = delayed(m, self.word, self.fast, name="word")
        spike = delayed(m, self.spike, self.fast, name="spike")

        # rate
        average = Signal(17, reset_less=True)
        threshold = Signal(signed(16), reset_less=True)
        # ceil(rate / 256) of the reference is (rate + 255) >> 8
        rate = word.rate
        leaving = (rate + Mux(averaging, 0, 255)) >> 8
        m.d.sync += [
            average.eq(rate - leaving + Mux(averaging, spike << 8, spike)),
            threshold.eq(word.threshold),
        ]

        # threshold
        rises = average > Mux(averaging, RATE_TARGET, RATE_HIGH)
        falls = average < Mux(averaging, RATE_TARGET, RATE_LOW)
        step = Mux(delayed(m, rises, self.fast, name="rises"), config.homeostatic_rate, Mux(
            delayed(m, falls, self.fast, name="falls"), -config.homeostatic_rate, 0))
        rate = delayed(m, Mux(average[16], U16_MAX, average[:16]), self.fast, name="rate")
        threshold = delayed(m, threshold, self.fast, name="threshold")
        m.d.sync += [
            self.result.rate.eq(rate),
            self.result.threshold.eq(saturate(threshold + Mux(self.due, step, 0), 16)),
        ]
        return m


class SplitThresholds(wiring.Component):
    """Thresholds in a memory of their own, and rates wherever there is room for them.

    Looks like a `Store` of `ThresholdWord`, except that a rate is read only if it is asked for, and
    that a write may not come in the cycle of a read. No combinational paths from inputs to outputs
    but to `rates`.

    Parameters
    ----------
    params : CoreParams
        Build parameters.
    rates : StorePorts(unsigned(16), neurons)
        Where the rates are.

    Members
    -------
    both : In(1)
        Not only the threshold is read.

    All others are as of `Store`.
    """

    def __init__(self, params: CoreParams, rates: wiring.PureInterface):
        self.depth = params.tile_neurons
        self.rates = rates
        super().__init__({"both": In(1),
                          **dict(StorePorts(ThresholdWord(), self.depth).flip().members.items())})

    def elaborate(self, platform):
        m = Module()
        m.submodules.thresholds = thresholds = Store(signed(16), self.depth)
        for store in (thresholds, self.rates):
            m.d.comb += [
                store.read_address.eq(self.read_address),
                store.write_enable.eq(self.write_enable),
                store.write_address.eq(self.write_address),
                store.host.claim.eq(self.host.claim),
                store.host.address.eq(self.host.address),
                store.host.write.eq(self.host.write),
            ]
        m.d.comb += [
            thresholds.read_enable.eq(self.read_enable),
            self.rates.read_enable.eq(self.both),
            self.read_data.threshold.eq(thresholds.read_data),
            self.read_data.rate.eq(self.rates.read_data),
            thresholds.write_data.eq(self.write_data.threshold),
            self.rates.write_data.eq(self.write_data.rate),
            thresholds.host.data.eq(self.host.data.threshold),
            self.rates.host.data.eq(self.host.data.rate),
        ]
        return m
