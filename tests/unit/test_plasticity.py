import numpy as np
import pytest

from golden.arch.config import Dale, Options
from golden.arch.maturity import reinforced, weakened
from golden.model import Pool
from tests.support.literal import dec, inc
from tests.unit.test_synapses import connected


def single(weight: int, eligibility: int, *, maturity: int = 0x10, inhibitory: bool = False,
           dale: Dale = Dale.OFF) -> Pool:
    """Return a pool with one synapse, from neuron 0 of 3, or from inhibitory neuron 2."""
    source = 2 if inhibitory else 0
    pool = connected([(source, 1, weight, 1)], options=Options(dale=dale))
    pool.eligibility[0], pool.maturity[0] = eligibility, maturity
    return pool


@pytest.mark.parametrize(("eligibility", "dopamine", "cortisol", "weight", "counts"), [
    (64, 128, 30, 50, (0, 0)), (64, 127, 29, 50, (0, 0)), (64, 0, 0, 50, (0, 0)),
    (64, 129, 30, 51, (1, 0)), (64, 128, 31, 49, (0, 1)), (-64, 129, 30, 49, (0, 1)),
    (63, 129, 30, 50, (0, 0)), (-63, 129, 30, 50, (0, 0)), (0, 255, 255, 50, (0, 0)),
    (127, 255, 30, 127, (1, 0)), (64, 129, 31, 50, (0, 0)),
    (63, 130, 31, 51, (1, 0)),   # 126 / 64 − 63 / 64: each part is truncated
    (-63, 130, 31, 49, (0, 1)),
])
def test_delta_is_truncated_in_parts(eligibility, dopamine, cortisol, weight, counts):
    pool = single(50, eligibility)
    assert pool.modulate(dopamine, cortisol, 99) == counts
    assert pool.weight[0] == weight
    assert pool.eligibility[0] == eligibility


@pytest.mark.parametrize(("weight", "eligibility", "after"), [
    (126, 64, 127), (127, 64, 127), (-127, -64, -127), (-128, 64, -127), (-128, -64, -127),
    (1, -64, 0), (1, -128, 0), (-1, 64, 0), (-1, 128 - 1, 0), (2, -64, 1),
    (0, 64, 1), (0, -64, -1),  # a weight of 0 may take either sign
])
def test_weight_clips_and_stops_at_zero(weight, eligibility, after):
    pool = single(weight, eligibility)
    pool.modulate(129 + (abs(eligibility) > 64), 30)
    assert pool.weight[0] == after


@pytest.mark.parametrize(("inhibitory", "weight", "eligibility", "after"), [
    (False, 0, 64, 1), (False, 0, -64, 0), (True, 0, 64, 0), (True, 0, -64, -1),
    (False, 5, -64, 4), (False, 1, -64, 0), (True, -1, 64, 0), (True, 1, 64, 2),
    (False, -3, -64, -4),  # a crafted sign is kept
])
def test_strict_dale_keeps_signs(inhibitory, weight, eligibility, after):
    pool = single(weight, eligibility, inhibitory=inhibitory, dale=Dale.STRICT)
    counts = pool.modulate(129, 30)
    assert pool.weight[0] == after
    assert counts == ((1, 0) if eligibility > 0 else (0, 1))
    assert pool.maturity[0] == (0x14 if eligibility > 0 else 0x0C)


def test_cold_synapses_are_frozen():
    pool = single(50, 127, maturity=0xFF)
    assert pool.modulate(255, 30) == (0, 0)
    assert (pool.weight[0], pool.maturity[0]) == (50, 0xFF)


@pytest.mark.parametrize("maturity", range(256))
def test_life_cycle_of_every_maturity(maturity):
    assert (reinforced(maturity), weakened(maturity)) == (inc(maturity), dec(maturity))
    for eligibility, after in ((64, inc(maturity)), (-64, dec(maturity))):
        pool = single(50, eligibility, maturity=maturity)
        pool.modulate(129, 30)
        assert pool.maturity[0] == after


def test_birth_to_cold_takes_91_reinforcements():
    pool = single(0, 64)
    for count in range(1, 92):
        assert pool.maturity[0] & 3 != 3
        assert pool.modulate(129, 30) == (1, 0), count
    assert pool.maturity[0] == 0x03


def test_dead_synapse_revives():
    pool = single(50, 64, maturity=0x00)
    pool.modulate(129, 30)
    assert pool.maturity[0] == 0x04


@pytest.mark.parametrize("wrong", [(-1, 0), (256, 0), (0, -1), (0, 256), (0, 0, 256)])
def test_modulation_rejects(wrong):
    with pytest.raises(ValueError, match=r"must be in 0\.\.255"):
        single(0, 0).modulate(*wrong)


def test_sources_of_zero_weights_are_found_among_empty_rows():
    pool = connected([(0, 1, 0, 1), (0, 2, 0, 1), (4, 1, 0, 1), (4, 2, 0, 1)], n=6,
                     options=Options(dale=Dale.STRICT))
    pool.flags[:] = [1, 0, 0, 0, 0, 1]
    pool.eligibility[:] = [64, -64, 64, -64]
    pool.modulate(129, 30)
    assert pool.weight.tolist() == [0, -1, 1, 0]
    assert np.all(pool.maturity == [0x14, 0x0C, 0x14, 0x0C])
