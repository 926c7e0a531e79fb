import numpy as np
import pytest
from amaranth.sim import Simulator

from golden.arch.config import Dale, Options
from golden.arch.maturity import COLD, reinforced, weakened
from golden.model.connectivity import new
from hdl.modulation import Modulation


def simulate(weights, eligibilities, maturities, *, dopamine, cortisol, inhibitory, dale):
    dut, results = Modulation(), []

    async def testbench(ctx):
        ctx.set(dut.config, {"dale": int(dale)})
        ctx.set(dut.reward, max(dopamine - 128, 0))
        ctx.set(dut.punishment, max(cortisol - 30, 0))
        ctx.set(dut.inhibitory, inhibitory)
        for weight, eligibility, maturity in zip(weights, eligibilities, maturities, strict=True):
            ctx.set(dut.weight, int(weight))
            ctx.set(dut.eligibility, int(eligibility))
            ctx.set(dut.maturity, int(maturity))
            await ctx.delay(1e-9)
            results.append((ctx.get(dut.new_weight), ctx.get(dut.new_maturity),
                            ctx.get(dut.reinforced), ctx.get(dut.weakened)))

    simulator = Simulator(dut)
    simulator.add_testbench(testbench)
    simulator.run()
    return np.array(results).T


@pytest.mark.parametrize("dale", list(Dale))
@pytest.mark.parametrize("inhibitory", [0, 1])
@pytest.mark.parametrize(("dopamine", "cortisol"), [
    (128, 30), (129, 30), (255, 30), (128, 31), (128, 255), (255, 255), (135, 60), (200, 40),
    (0, 0),
])
def test_matches_golden(dopamine, cortisol, inhibitory, dale):
    rng = np.random.default_rng(seed=3)
    edges = np.array([-128, -127, -126, -2, -1, 0, 1, 2, 126, 127])
    count = 400
    weight = np.where(rng.random(count) < 0.6, rng.choice(edges, count),
                      rng.integers(-128, 128, count))
    eligibility = np.where(rng.random(count) < 0.4, rng.choice(edges, count),
                           rng.integers(-128, 128, count))
    maturity = rng.integers(0, 256, count)

    pool = new("synapses", 2, options=Options(dale=dale))
    pool.flags[0] = inhibitory
    pool.row_ptr = np.array([0, count, count], np.uint32)
    pool.target = np.ones(count, np.uint16)
    pool.weight = weight.astype(np.int8)
    pool.delay = np.ones(count, np.uint8)
    pool.eligibility = eligibility.astype(np.int8)
    pool.maturity = maturity.astype(np.uint8)
    counts = pool.modulate(dopamine, cortisol)

    got = simulate(weight, eligibility, maturity, dopamine=dopamine, cortisol=cortisol,
                   inhibitory=inhibitory, dale=dale)
    np.testing.assert_array_equal(got[0], pool.weight)
    np.testing.assert_array_equal(got[1], pool.maturity)
    assert (got[2].sum(), got[3].sum()) == counts


@pytest.mark.parametrize("eligibility", [64, -64])
def test_every_maturity_moves_as_the_contract_says(eligibility):
    maturity = np.arange(256)
    got = simulate(np.full(256, 10), np.full(256, eligibility), maturity,
                   dopamine=200, cortisol=0, inhibitory=0, dale=Dale.OFF)
    move = reinforced if eligibility > 0 else weakened
    warm = maturity & 3 != COLD
    np.testing.assert_array_equal(got[0], np.where(warm, 82 if eligibility > 0 else 0, 10))
    np.testing.assert_array_equal(got[1], [move(m) for m in maturity])
    np.testing.assert_array_equal(got[2], warm & (eligibility > 0))
    np.testing.assert_array_equal(got[3], warm & (eligibility < 0))
