import itertools

import numpy as np
import pytest

from golden.arch.config import Dale, Options
from golden.model.connectivity import new
from hdl.modulation import Modulation
from tests.support.gateware import feed
from tests.support.literal import LiteralPool, dec, inc

EDGES = [-128, -127, -126, -2, -1, 0, 1, 2, 126, 127]


def compare(synapses, *, dopamine, cortisol, inhibitory=0, dale=Dale.OFF):
    """Modulate the same synapses (weight, eligibility, maturity) in gates and by the letter."""
    items = [{"weight": weight, "eligibility": eligibility, "maturity": maturity,
              "inhibitory": inhibitory} for weight, eligibility, maturity in synapses]
    found = feed(Modulation(), items, reward=max(dopamine - 128, 0),
                 punishment=max(cortisol - 30, 0), dale=int(dale))

    pool = LiteralPool(new("synapses", 2, options=Options(dale=dale)))
    pool.flags = [inhibitory, 0]
    pool.row_ptr = [0, len(synapses), len(synapses)]
    pool.weight, pool.eligibility, pool.maturity = (
        list(column) for column in zip(*synapses, strict=True))
    counts = pool.modulate(dopamine, cortisol)
    for item, one, weight, maturity in zip(items, found, pool.weight, pool.maturity, strict=True):
        assert (one["new_weight"], one["new_maturity"]) == (weight, maturity), item
    assert tuple(sum(one[name] for one in found) for name in ("reinforced", "weakened")) == counts


@pytest.mark.parametrize("dale", list(Dale))
@pytest.mark.parametrize("inhibitory", [0, 1])
@pytest.mark.parametrize(("dopamine", "cortisol"), [
    (128, 30), (129, 30), (255, 30), (128, 31), (128, 255), (255, 255), (135, 60), (200, 40),
    (0, 0),
])
def test_does_what_the_specification_says(dopamine, cortisol, inhibitory, dale):
    rng = np.random.default_rng(seed=3)
    count = 400
    weight = np.where(rng.random(count) < 0.6, rng.choice(EDGES, count),
                      rng.integers(-128, 128, count))
    eligibility = np.where(rng.random(count) < 0.4, rng.choice(EDGES, count),
                           rng.integers(-128, 128, count))
    synapses = zip(weight.tolist(), eligibility.tolist(), rng.integers(0, 256, count).tolist(),
                   strict=True)
    compare(list(synapses), dopamine=dopamine, cortisol=cortisol, inhibitory=inhibitory, dale=dale)


@pytest.mark.parametrize("dale", list(Dale))
@pytest.mark.parametrize("inhibitory", [0, 1])
def test_weights_meet_zero_and_the_rails(inhibitory, dale):
    # reward 64: the change of a weight is the eligibility itself
    synapses = [(weight, eligibility, 0x10)
                for weight, eligibility in itertools.product(EDGES, repeat=2)]
    synapses += [(weight, eligibility, 0x10) for weight in range(-4, 5)
                 for eligibility in (-weight - 1, -weight, -weight + 1)]
    synapses += [(side * (127 - far), side * (far + more), 0x10)
                 for side in (-1, 1) for far in (0, 1, 50) for more in (-1, 0, 1)]
    compare(synapses, dopamine=192, cortisol=30, inhibitory=inhibitory, dale=dale)


@pytest.mark.parametrize(("eligibility", "move"), [(64, inc), (-64, dec)])
def test_every_maturity_moves_but_those_of_cold_synapses(eligibility, move):
    items = [{"weight": 10, "eligibility": eligibility, "maturity": maturity, "inhibitory": 0}
             for maturity in range(256)]
    found = feed(Modulation(), items, reward=72, punishment=0, dale=0)
    for maturity, one in enumerate(found):
        plastic = maturity & 3 != 3
        assert one == {
            "new_weight": 10 if not plastic else 82 if eligibility > 0 else 0,
            "new_maturity": move(maturity),
            "reinforced": plastic and eligibility > 0,
            "weakened": plastic and eligibility < 0,
            "change": 72 if eligibility > 0 else -72,
        }, maturity
