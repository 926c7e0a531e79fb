import itertools

import numpy as np
import pytest
from amaranth.sim import Simulator

from golden.arch import numeric
from golden.arch.config import Homeostasis, Leak, Options, PoolConfig, Reset
from golden.model.connectivity import new
from hdl.neuron import NeuronUpdate, SweepOp

LOW, HIGH = numeric.I16_MIN, numeric.I16_MAX
FIELDS = ("potential", "threshold", "rate", "refractory", "trace", "spike")


def simulate(cases):
    """Return what the gateware makes of each (config, op, word, inputs)."""
    dut, results = NeuronUpdate(), []

    async def testbench(ctx):
        for config, op, word, inputs in cases:
            ctx.set(dut.config, config)
            ctx.set(dut.op, op)
            ctx.set(dut.word, word)
            for name, value in inputs.items():
                ctx.set(getattr(dut, name), value)
            await ctx.delay(1e-9)
            result = ctx.get(dut.result)
            results.append({name: result[name] for name in FIELDS})

    simulator = Simulator(dut)
    simulator.add_testbench(testbench)
    simulator.run()
    return results


def golden_tick(config, options, leaks, words, inputs, delayed, *, due):
    """Return what the golden pool makes of the same neurons, all of them without synapses."""
    pool = new("neurons", len(words), config, options)
    for name in FIELDS:
        getattr(pool, name)[:] = [word[name] for word in words]
    if options.leak is Leak.FRACTION:
        pool.leak_fraction[:] = leaks
    else:
        pool.leak[:] = leaks
    pool.ring[0] = delayed
    pool.tick_count = 300 if due else 301
    pool.tick(np.array(inputs, np.int16))
    return [{name: int(getattr(pool, name)[i]) for name in FIELDS} for i in range(pool.n)]


def registers(config, options, *, due):
    return {
        **{name: getattr(config, name) for name in (
            "resting_potential", "reset_potential", "refractory_ticks", "trace_decay",
            "homeostatic_rate", "stdp_positive", "stdp_negative")},
        "homeostasis": options.homeostasis,
        "leak_rounding": int(options.leak),
        "reset_mode": int(options.reset),
        "tick_phase": 0 if due else 1,
    }


def compare_tick(config, options, leaks, words, inputs, delayed, *, due):
    factors = leaks if options.leak is Leak.FRACTION else map(numeric.leak_factor, leaks)
    got = simulate([(registers(config, options, due=due), SweepOp.TICK, word,
                     {"factor": factor, "input": i, "delayed": d})
                    for word, factor, i, d in zip(words, factors, inputs, delayed, strict=True)])
    expected = golden_tick(config, options, leaks, words, inputs, delayed, due=due)
    for index, (word, a, b) in enumerate(zip(words, got, expected, strict=True)):
        assert a == b, f"neuron {index}, {word} with leak {leaks[index]}"


def random_words(rng, count):
    edges = np.array([LOW, LOW + 1, -17920, -1, 0, 1, HIGH - 1, HIGH])

    def potentials():
        return np.where(rng.random(count) < 0.3, rng.choice(edges, count),
                        rng.integers(LOW, HIGH + 1, count)).tolist()

    rate = np.where(rng.random(count) < 0.5, rng.integers(0, 300, count),
                    rng.integers(0, 65536, count))
    columns = (potentials(), potentials(), rate.tolist(),
               rng.choice([0, 0, 0, 1, 2, 255], count).tolist(),
               rng.integers(-128, 128, count).tolist(), rng.integers(0, 2, count).tolist())
    return [dict(zip(FIELDS, word, strict=True)) for word in zip(*columns, strict=True)], \
        potentials(), potentials()


CONFIGS = (
    PoolConfig(),
    PoolConfig(resting_potential=0, reset_potential=-5, refractory_ticks=0, trace_decay=255,
               homeostatic_rate=255, stdp_positive=127),
    PoolConfig(resting_potential=HIGH, reset_potential=LOW, refractory_ticks=255, trace_decay=0,
               homeostatic_rate=0, stdp_positive=-128),
)


@pytest.mark.parametrize("due", [True, False], ids=["due", "between"])
@pytest.mark.parametrize("config", CONFIGS, ids=["default", "low", "high"])
@pytest.mark.parametrize("options", [
    Options(), Options(homeostasis=Homeostasis.RATE), Options(homeostasis=Homeostasis.FIXED),
    Options(leak=Leak.FRACTION), Options(reset=Reset.SUBTRACT),
], ids=["reference", "rate", "fixed", "fraction", "subtract"])
def test_tick_matches_golden(config, options, due):
    rng = np.random.default_rng(seed=7)
    words, inputs, delayed = random_words(rng, 300)
    leaks = (rng.integers(0, 4097, 300) if options.leak is Leak.FRACTION
             else rng.integers(0, 256, 300) >> rng.integers(0, 8, 300)).tolist()
    compare_tick(config, options, leaks, words, inputs, delayed, due=due)


@pytest.mark.parametrize("options", [Options(), Options(reset=Reset.SUBTRACT)])
@pytest.mark.parametrize("distance", [-1, 0, 1])
def test_fires_at_threshold_not_below(options, distance):
    config = PoolConfig(resting_potential=0)
    word = {"potential": 0, "threshold": 1000, "rate": 0, "refractory": 0, "trace": 0, "spike": 0}
    result, = simulate([(registers(config, options, due=False), SweepOp.TICK, word,
                         {"factor": 0, "input": 600, "delayed": 400 + distance})])
    assert result["spike"] == (distance >= 0)
    compare_tick(config, options, [0], [word], [600], [400 + distance], due=False)


@pytest.mark.parametrize("homeostasis", list(Homeostasis))
def test_thresholds_follow_rates_around_their_limits(homeostasis):
    rates = [0, 1, 4, 5, 6, 7, 8, 25, 26, 27, 28, 255, 256, 257, 3263, 3276, 3277, 3278, 3289,
             3290, 3291, 65279, 65280, 65534, 65535]
    words = [{"potential": potential, "threshold": threshold, "rate": rate, "refractory": 0,
              "trace": 0, "spike": 0}
             for rate, (potential, threshold) in itertools.product(rates, [
                 (0, HIGH), (HIGH, HIGH), (HIGH, HIGH - 1), (LOW, LOW), (LOW, LOW + 1)])]
    compare_tick(PoolConfig(homeostatic_rate=2, resting_potential=0),
                 Options(homeostasis=homeostasis), [0] * len(words), words, [0] * len(words),
                 [0] * len(words), due=True)


@pytest.mark.parametrize("potential", [LOW, LOW + 1, -1, 0, HIGH - 1, HIGH])
@pytest.mark.parametrize("delta", [-32640, -1, 0, 1, 32640])
def test_inject_adds_and_saturates_and_touches_nothing_else(potential, delta):
    word = {"potential": potential, "threshold": 5, "rate": 6, "refractory": 7, "trace": -8,
            "spike": 1}
    result, = simulate([({}, SweepOp.INJECT, word, {"delta": delta})])
    assert result == {**word, "potential": numeric.saturate(potential + delta, 16)}


def test_rest_sets_potential_and_ends_dead_time_and_touches_nothing_else():
    word = {"potential": 44, "threshold": 5, "rate": 6, "refractory": 7, "trace": -8, "spike": 1}
    result, = simulate([({"resting_potential": -123}, SweepOp.REST, word, {})])
    assert result == {**word, "potential": -123, "refractory": 0}
