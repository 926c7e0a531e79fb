import itertools

import numpy as np
import pytest

from host.thermogram.plasticity import PlasticityRule, UpdatePolicy
from host.thermogram.signal import SIGNAL, Signal, one, positive
from tests.thermogram.literal_capsule import update

DAYS = [0, 1, -1, 59, 86399, 86400, 86401, -86400, 10**6, 10**9, -(10**9), 16_544_868_105_599]
MAGNITUDES = [0, 1, 2, 13, 25, 26, 77, 127, 128, 153, 204, 254, 255]


def rule(policy, decay=3, learning=26):
    return PlasticityRule(policy, *map(positive, (153, 77, decay, 26, learning)))


@pytest.mark.parametrize(("decay", "learning"), [(3, 26), (0, 0), (255, 255), (1, 13), (5, 51)])
@pytest.mark.parametrize("policy", UpdatePolicy)
def test_t16_plasticity_rules_are_exact(policy, decay, learning):
    """Against the same formula, one number after the other."""
    tuples = list(itertools.product(MAGNITUDES, MAGNITUDES, DAYS))
    current = np.array([(1, c) for c, _, _ in tuples], SIGNAL)
    new = np.array([(-1, n) for _, n, _ in tuples], SIGNAL)
    seconds = np.array([s for *_, s in tuples])
    chosen = rule(policy, decay, learning)
    result = chosen.apply_update(current, new, seconds)
    expected = [update(chosen, (1, c), (-1, n), s) for c, n, s in tuples]
    assert result.tolist() == expected


@pytest.mark.parametrize(("policy", "current", "new", "seconds", "expected"), [
    (UpdatePolicy.STDP, (1, 128), (1, 204), 86400, (1, 147)),
    (UpdatePolicy.STDP, (1, 128), (-1, 128), 0, (-1, 141)),
    (UpdatePolicy.STDP, (1, 255), (1, 255), 0, (1, 255)),
    (UpdatePolicy.STDP, (1, 255), (1, 0), 10**9, (1, 0)),
    (UpdatePolicy.STDP, (1, 10), (1, 0), -(10**9), (1, 255)),
    (UpdatePolicy.Replace, (1, 255), (0, 7), 5, (1, 7)),
    (UpdatePolicy.EMA, (1, 100), (1, 100), 0, (1, 100)),
    (UpdatePolicy.Bayesian, (1, 0), (-1, 0), 0, (-1, 0)),
    (UpdatePolicy.Bayesian, (1, 100), (-1, 200), 0, (-1, 166)),
    (UpdatePolicy.WTA, (1, 100), (-1, 99), 0, (1, 100)),
    (UpdatePolicy.WTA, (1, 100), (-1, 100), 0, (-1, 100)),
])
def test_t16_plasticity_rules_by_hand(policy, current, new, seconds, expected):
    assert one(rule(policy).apply_update(Signal(*current), Signal(*new), seconds)) == expected


@pytest.mark.parametrize(("preset", "policy", "magnitudes"), [
    (PlasticityRule.stdp_like, "STDP", (153, 77, 3, 26, 26)),
    (PlasticityRule.conservative, "EMA", (204, 102, 1, 13, 13)),
    (PlasticityRule.aggressive, "STDP", (102, 51, 5, 51, 51)),
    (PlasticityRule.replace_only, "Replace", (255, 0, 0, 0, 255)),
    (PlasticityRule.bayesian, "Bayesian", (179, 77, 3, 26, 26)),
])
def test_t16_presets(preset, policy, magnitudes):
    found = preset()
    assert found.policy.name == policy
    assert (found.novelty_threshold, found.merge_threshold, found.decay_rate,
            found.prune_threshold, found.learning_rate) == tuple(map(positive, magnitudes))


def test_thresholds():
    stdp = PlasticityRule.stdp_like()
    assert [stdp.should_create_new(positive(m)) for m in (153, 154)] == [False, True]
    assert [stdp.should_merge(positive(m)) for m in (178, 179)] == [False, True]
    assert [stdp.should_prune(positive(m)) for m in (25, 26)] == [True, False]
    assert [stdp.should_create_new(Signal(-1, m)) for m in (153, 154)] == [False, True]
