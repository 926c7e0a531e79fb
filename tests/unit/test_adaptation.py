import itertools

import numpy as np
import pytest
from amaranth.hdl import Module, unsigned
from amaranth.lib import wiring

from golden.arch.config import Homeostasis, Options, PoolConfig
from golden.arch.params import CoreParams
from golden.model.connectivity import new
from hdl.homeostasis import Adaptation, SplitThresholds
from hdl.store import Store
from tests.support.gateware import feed, plain, simulate
from tests.support.literal import LiteralPool

LOW, HIGH = -32768, 32767


def compare(words, spikes, mode, *, step, due=True, fast=True):
    """Adapt the same neurons in gates and by the specification."""
    items = [{"word": {"threshold": threshold, "rate": rate}, "spike": spike}
             for (threshold, rate), spike in zip(words, spikes, strict=True)]
    dut = Adaptation(fast=fast)
    found = feed(dut, items, latency=dut.latency, due=due,
                 config={"homeostasis": mode, "homeostatic_rate": step})

    pool = LiteralPool(new("neurons", len(words), PoolConfig(homeostatic_rate=step),
                           Options(homeostasis=mode)))
    pool.threshold, pool.rate = (list(column) for column in zip(*words, strict=True))
    pool.spike = spikes
    pool.tick_count = 300 if due else 301
    pool.homeostasis()
    expected = zip(pool.threshold, pool.rate, strict=True)
    for item, one, (threshold, rate) in zip(items, found, expected, strict=True):
        assert one["result"] == {"threshold": threshold, "rate": rate}, item


RATES = [0, 1, 4, 5, 6, 7, 8, 25, 26, 27, 28, 255, 256, 257, 2999, 3000, 3020, 3021, 3022, 3023,
         3032, 3033, 3034, 3035, 3276, 3277, 3278, 3288, 3289, 3290, 3291, 65279, 65280, 65534,
         65535]
THRESHOLDS = [LOW, LOW + 1, LOW + 2, -1, 0, 1, HIGH - 2, HIGH - 1, HIGH]


# REFERENCE is swept only when it is due, and FIXED never
@pytest.mark.parametrize(("mode", "due"), [
    (Homeostasis.REFERENCE, True), (Homeostasis.RATE, True), (Homeostasis.RATE, False),
], ids=str)
@pytest.mark.parametrize("step", [1, 2, 255])
def test_rates_and_thresholds_move_around_their_limits(mode, due, step):
    cases = list(itertools.product(itertools.product(THRESHOLDS, RATES), (0, 1)))
    words, spikes = (list(column) for column in zip(*cases, strict=True))
    compare(words, spikes, mode, step=step, due=due)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("mode", [Homeostasis.REFERENCE, Homeostasis.RATE])
def test_any_neuron_does_what_the_specification_says(mode, fast):
    rng = np.random.default_rng(seed=4)
    words = list(zip(rng.integers(LOW, HIGH + 1, 500).tolist(),
                     rng.integers(0, 65536, 500).tolist(), strict=True))
    compare(words, rng.integers(0, 2, 500).tolist(), mode, step=77, fast=fast)


def test_rate_option_without_a_step_counts_only():
    compare([(0, rate) for rate in RATES], [1] * len(RATES), Homeostasis.RATE, step=0)


NEURONS = 6


class SplitWords(wiring.Component):
    """`SplitThresholds` and a memory for the rates."""

    def __init__(self):
        self.rates = Store(unsigned(16), NEURONS)
        self.split = SplitThresholds(CoreParams(neurons=NEURONS, synapses=1), self.rates)
        super().__init__(self.split.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.rates = self.rates
        m.submodules.split = self.split
        wiring.connect(m, wiring.flipped(self), self.split)
        return m


def test_split_words_are_read_and_written_as_one():
    dut = SplitWords()
    rng = np.random.default_rng(seed=6)
    words = [{"threshold": 0, "rate": 0} for _ in range(NEURONS)]

    def any_word():
        return {"threshold": int(rng.integers(LOW, HIGH + 1)), "rate": int(rng.integers(65536))}

    async def testbench(ctx):
        for _ in range(600):
            neuron, other = (int(place) for place in rng.integers(0, NEURONS, 2))
            what = rng.choice(["both", "threshold", "write", "host reads", "host writes"])
            ctx.set(dut.read_enable, what in ("both", "threshold"))
            ctx.set(dut.read_address, neuron)
            ctx.set(dut.both, what == "both")
            ctx.set(dut.write_enable, what == "write")
            ctx.set(dut.write_address, neuron)
            ctx.set(dut.write_data, word := any_word())
            ctx.set(dut.host.claim, what.startswith("host"))
            ctx.set(dut.host.address, other)
            ctx.set(dut.host.write, what == "host writes")
            ctx.set(dut.host.data, host_word := any_word())
            await ctx.tick()
            match what:
                case "both":
                    assert plain(ctx.get(dut.read_data)) == words[neuron]
                case "threshold":
                    assert ctx.get(dut.read_data.threshold) == words[neuron]["threshold"]
                case "write":
                    words[neuron] = word
                case "host reads":
                    assert plain(ctx.get(dut.read_data)) == words[other]
                case "host writes":
                    words[other] = host_word

    simulate(dut, testbench)
