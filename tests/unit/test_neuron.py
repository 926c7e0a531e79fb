import itertools

import numpy as np
import pytest

from golden.arch import numeric
from golden.arch.config import Leak, Options, PoolConfig, Reset
from golden.model.connectivity import new
from hdl.neuron import Integration, SweepOp
from tests.support.gateware import feed
from tests.support.literal import LiteralPool, sat16

LOW, HIGH = numeric.I16_MIN, numeric.I16_MAX
EDGES = [LOW, LOW + 1, -17920, -1, 0, 1, HIGH - 1, HIGH]
SOMA = ("potential", "refractory", "trace", "spike")


def registers(config, options=None):
    options = options or Options()
    return {
        **{name: getattr(config, name) for name in (
            "resting_potential", "reset_potential", "refractory_ticks", "trace_decay",
            "stdp_positive", "stdp_negative")},
        "leak_rounding": int(options.leak),
        "reset_mode": int(options.reset),
    }


def sweep(items, op, *, delta=0, config=None, options=None, input_cycle=0):
    """Return the somas after a sweep."""
    late = {"input": input_cycle, "delayed": Integration.LATE, "threshold": Integration.LATE}
    outcomes = feed(Integration(input_cycle), items, op=op, delta=delta, late=late,
                    config=registers(config or PoolConfig(), options))
    return [outcome["result"] for outcome in outcomes]


def literal_tick(items, leaks, config, options):
    """Return what the specification makes of the same neurons, all of them without synapses."""
    pool = LiteralPool(new("neurons", len(items), config, options))
    for name in SOMA:
        setattr(pool, name, [item["soma"][name] for item in items])
    pool.threshold = [item["threshold"] for item in items]
    pool.leak = pool.leak_fraction = leaks
    pool.ring[0] = [item["delayed"] for item in items]
    pool.tick_count = 1  # thresholds don't move
    pool.tick([item["input"] for item in items])
    return [dict(zip(SOMA, (int(value) for value in values), strict=True))
            for values in zip(*(getattr(pool, name) for name in SOMA), strict=True)]


def compare_tick(items, leaks, config=None, options=None, **how):
    config, options = config or PoolConfig(), options or Options()
    factors = leaks if options.leak is Leak.FRACTION else map(numeric.leak_factor, leaks)
    items = [item | {"factor": factor} for item, factor in zip(items, factors, strict=True)]
    found = sweep(items, SweepOp.TICK, config=config, options=options, **how)
    expected = literal_tick(items, leaks, config, options)
    for item, one, other in zip(items, found, expected, strict=True):
        assert one == other, item


def neuron(*, potential=0, refractory=0, trace=0, spike=0, **inputs):
    soma = {"potential": potential, "refractory": refractory, "trace": trace, "spike": spike}
    return {"soma": soma, "input": 0, "delayed": 0, "threshold": HIGH, "factor": 0} | inputs


def any_neurons(rng, count):
    """Return neurons with half of their potentials and currents near an edge."""
    def potential():
        return int(rng.choice(EDGES) if rng.random() < 0.5 else rng.integers(LOW, HIGH + 1))

    return [neuron(potential=potential(), threshold=potential(), input=potential(),
                   delayed=potential(), refractory=int(rng.choice([0, 0, 0, 1, 2, 255])),
                   trace=int(rng.choice([-128, 127, rng.integers(-128, 128)])),
                   spike=int(rng.integers(2))) for _ in range(count)]


CONFIGS = (
    PoolConfig(),
    PoolConfig(resting_potential=0, reset_potential=-5, refractory_ticks=0, trace_decay=255,
               stdp_positive=127),
    PoolConfig(resting_potential=HIGH, reset_potential=LOW, refractory_ticks=255, trace_decay=0,
               stdp_positive=-128),
    PoolConfig(resting_potential=LOW, reset_potential=HIGH, trace_decay=128, stdp_positive=-20),
)


@pytest.mark.parametrize("config", CONFIGS, ids=["default", "middle", "high", "low"])
@pytest.mark.parametrize("leak", list(Leak))
@pytest.mark.parametrize("reset", list(Reset))
def test_tick_does_what_the_specification_says(config, leak, reset):
    options = Options(leak=leak, reset=reset)
    rng = np.random.default_rng(seed=7)
    leaks = (rng.integers(0, numeric.LEAK_ONE + 1, 400) if options.leak is Leak.FRACTION
             else rng.integers(0, 256, 400) >> rng.integers(0, 8, 400)).tolist()
    compare_tick(any_neurons(rng, 400), leaks, config, options)


@pytest.mark.parametrize("input_cycle", [1, 2, 3])
def test_input_may_come_later(input_cycle):
    items = any_neurons(np.random.default_rng(seed=8), 100)
    compare_tick(items, [4] * 100, input_cycle=input_cycle)


@pytest.mark.parametrize("reset", list(Reset))
def test_fires_at_its_threshold_and_not_below(reset):
    charges = (LOW, LOW + 1, -1, 0, 1, 1000, HIGH - 1, HIGH)
    items = [neuron(input=charge // 2, delayed=charge - charge // 2,
                    threshold=max(LOW, min(HIGH, charge + distance)))
             for charge, distance in itertools.product(charges, (1, 0, -1))]
    compare_tick(items, [0] * len(items), PoolConfig(resting_potential=0), Options(reset=reset))


def test_charge_above_the_threshold_saturates_when_it_is_kept():
    items = [neuron(potential=HIGH, threshold=threshold)
             for threshold in (LOW, -2, -1, 0, 1, HIGH - 1, HIGH)]
    compare_tick(items, [0] * len(items), PoolConfig(resting_potential=HIGH),
                 Options(reset=Reset.SUBTRACT))


def test_currents_saturate_one_after_the_other():
    items = [neuron(input=first, delayed=second)
             for first, second in itertools.product(EDGES, repeat=2)]
    for rest in (LOW, -1, 0, 1, HIGH):
        items = [item | {"soma": item["soma"] | {"potential": rest}} for item in items]
        compare_tick(items, [0] * len(items), PoolConfig(resting_potential=rest))


@pytest.mark.parametrize("leak", list(Leak))
def test_leak_rounds_as_its_option_says(leak):
    # with λ = 2048/4096 every odd way to rest is a tie
    ways = [way for way in range(-9, 10)] + [-65535, 65535, 65534]
    for rest in (LOW, 0, HIGH):
        potentials = [rest - way for way in ways if LOW <= rest - way <= HIGH]
        items = [neuron(potential=potential) for potential in potentials]
        leaks = [2048 if leak is Leak.FRACTION else 7] * len(items)
        compare_tick(items, leaks, PoolConfig(resting_potential=rest), Options(leak=leak))


@pytest.mark.parametrize("trace_decay", [0, 1, 230, 255])
@pytest.mark.parametrize("bump", [-128, -1, 20, 127])
def test_every_trace_decays_and_is_bumped_by_a_spike(trace_decay, bump):
    items = [neuron(trace=trace, input=input, threshold=1, refractory=refractory)
             for trace in range(-128, 128) for input, refractory in ((0, 0), (1, 0), (1, 1))]
    compare_tick(items, [0] * len(items), PoolConfig(
        resting_potential=0, trace_decay=trace_decay, stdp_positive=bump))


@pytest.mark.parametrize("delta", [-32640, -1, 0, 1, 32640])
def test_inject_adds_to_the_potential_alone(delta):
    items = [neuron(potential=potential, refractory=refractory, trace=-8, spike=spike, input=99,
                    delayed=99, threshold=LOW, factor=999)
             for potential in EDGES for refractory, spike in ((0, 1), (7, 0))]
    assert sweep(items, SweepOp.INJECT, delta=delta) == [
        item["soma"] | {"potential": sat16(item["soma"]["potential"] + delta)} for item in items]


def test_rest_sets_the_potential_and_ends_the_dead_time_alone():
    items = any_neurons(np.random.default_rng(seed=1), 50)
    assert sweep(items, SweepOp.REST, delta=99) == [
        item["soma"] | {"potential": -17920, "refractory": 0} for item in items]


def test_adapt_leaves_the_soma_as_it_is():
    items = any_neurons(np.random.default_rng(seed=2), 50)
    assert sweep(items, SweepOp.ADAPT, delta=99) == [item["soma"] for item in items]
