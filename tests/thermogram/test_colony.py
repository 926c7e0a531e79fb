"""Colonies: where keys go, and how members split, merge and share their load."""

import dataclasses

import numpy as np
import pytest

from host.thermogram.colony import Colony, ColonyConfig, ColonyResult
from host.thermogram.delta import Delta, DeltaKind
from host.thermogram.entries import Entry
from host.thermogram.instant import Instant
from host.thermogram.plasticity import PlasticityRule
from host.thermogram.signal import SIGNAL, Signal, positive
from host.thermogram.temperature import Temperature, ThermalConfig

HOT, WARM, COOL, COLD = Temperature
VALUE = np.array([(1, 7)], SIGNAL).tobytes()


def entry(key, magnitude=100, count=1):
    return Entry(key, VALUE, positive(magnitude), Instant(0), count)


def colony(**config):
    """Return a colony that changes its members only when a test asks for it."""
    sizes = {"split_threshold": 1000, "merge_threshold": 0, "balance_tolerance": 100.0} | config
    return Colony("c", "Colony", config=ColonyConfig(**sizes), clock=lambda: Instant(1))


def fill(colony, keys, temperature=HOT, **options):
    for key in keys:
        colony.write(key, entry(key, **options), temperature)


def numbered(prefix, count, first=0):
    return [f"{prefix}_{k:03d}" for k in range(first, first + count)]


def keys_of(colony):
    return [sorted(member.keys()) for member in colony.members]


def change(colony, **config):
    colony.config = dataclasses.replace(colony.config, **config)


def four_members():
    """Return a colony of four members with four entries each."""
    made = colony(split_threshold=8)
    fill(made, numbered("a", 16))
    made.consolidate()
    change(made, split_threshold=7)
    made.consolidate()
    assert keys_of(made) == [numbered("a", 4), numbered("a", 4, 8), numbered("a", 4, 12),
                             numbered("a", 4, 4)]
    return made


def test_t19_colony_grows_splits_merges_and_balances():
    made = colony(split_threshold=8, max_members=3)
    fill(made, numbered("a", 12))
    assert made.sizes() == [12]

    assert made.consolidate() == ColonyResult(splits=1, merges=0, rebalanced=0)
    assert keys_of(made) == [numbered("a", 6), numbered("a", 6, 6)]

    fill(made, numbered("a", 7, 12))  # to the first of the members with as many a's
    assert made.sizes() == [13, 6]
    assert made.consolidate() == ColonyResult(1, 0, 0)
    assert [member.name for member in made.members] == ["c_0", "c_1", "c_2"]
    assert keys_of(made) == [numbered("a", 6), numbered("a", 6, 6), numbered("a", 7, 12)]

    fill(made, numbered("a", 5, 19))
    assert made.sizes() == [6, 6, 12]
    change(made, balance_tolerance=0.2)  # three members are the most: the large one stays whole
    assert made.consolidate() == ColonyResult(0, 0, 4)
    assert keys_of(made) == [sorted(numbered("a", 6) + numbered("a", 2, 12)),
                             sorted(numbered("a", 6, 6) + numbered("a", 2, 14)),
                             numbered("a", 8, 16)]

    change(made, merge_threshold=9)
    assert made.consolidate() == ColonyResult(0, 1, 4)
    assert made.sizes() == [12, 12]
    assert (made.split_count, made.merge_count, made.total_entries) == (2, 1, 24)
    for key in numbered("a", 24):
        assert made.read(key) == entry(key)
        assert key in made.members[made.locality[key]].entries


def test_configurations():
    assert ColonyConfig() == ColonyConfig(
        split_threshold=10_000, merge_threshold=1_000, balance_target=0.5, balance_tolerance=0.3,
        max_members=16, thermal_config=ThermalConfig.default())
    assert ColonyConfig.fast_learner() == ColonyConfig(
        split_threshold=5_000, merge_threshold=500, balance_target=0.5, balance_tolerance=0.25,
        max_members=8, thermal_config=ThermalConfig.fast_learner())


def test_members_share_rule_and_temperatures():
    rule = PlasticityRule.bayesian()
    made = Colony("x", "X", rule, ColonyConfig.fast_learner())
    change(made, split_threshold=1)
    fill(made, ["a", "b"])
    made.consolidate()
    change(made, merge_threshold=0)
    for member in made.members:
        assert (member.rule, member.thermal) == (rule, ThermalConfig.fast_learner())


def test_a_split_takes_the_upper_half_by_bytes():
    made = colony(split_threshold=4)
    keys = ["b", "Z", "ä", "a", "\U0001f600", "\uffff"]
    for key, temperature in zip(keys, (HOT, WARM, COOL, COLD, HOT, WARM), strict=True):
        made.write(key, entry(key, magnitude=150, count=1), temperature)
    made.consolidate()
    assert [set(member.keys()) for member in made.members] == [
        {"Z", "a", "b"}, {"ä", "\uffff", "\U0001f600"}]
    assert made.layer_sizes() == [2, 2, 1, 1]
    assert made.read_layer("ä", COOL) == entry("ä", magnitude=150)
    assert made.read_layer("ä", HOT) is None


def test_of_an_odd_number_the_new_member_gets_more():
    made = colony(split_threshold=4)
    fill(made, numbered("a", 5))
    made.consolidate()
    assert made.sizes() == [2, 3]


def test_every_large_member_is_split_once_the_last_first():
    made = four_members()
    assert made.split_count == 3
    assert made.locality["a_005"] == 3


def test_splits_stop_at_the_most_members():
    made = colony(split_threshold=3, max_members=3)
    fill(made, numbered("a", 8))
    made.consolidate()
    assert made.sizes() == [4, 4]
    made.consolidate()
    assert made.sizes() == [4, 2, 2]  # the last one has been split, then there was no room
    assert made.consolidate().splits == 0


def test_indices_above_a_merged_member_move_down():
    made = four_members()
    made.members[1].entries.pop("a_008", HOT)
    made.members[2].entries.pop("a_012", HOT)
    change(made, split_threshold=1000, merge_threshold=4)
    assert made.consolidate().merges == 1
    assert keys_of(made) == [numbered("a", 4), numbered("a", 3, 9) + numbered("a", 3, 13),
                             numbered("a", 4, 4)]
    assert {key: made.locality[key] for key in ("a_000", "a_009", "a_013", "a_005")} == {
        "a_000": 0, "a_009": 1, "a_013": 1, "a_005": 2}


def test_members_merge_until_at_most_one_is_small():
    made = four_members()
    change(made, split_threshold=1000, merge_threshold=9)
    assert made.consolidate().merges == 2
    assert made.sizes() == [12, 4]
    assert made.consolidate().merges == 0  # nobody is left to join


def test_merging_takes_the_entries_of_the_second():
    made = four_members()
    made.members[0].entries.put(entry("a_008", magnitude=200), HOT)
    change(made, split_threshold=1000, merge_threshold=100)
    made.consolidate()
    assert made.read("a_008") == entry("a_008", magnitude=100)


def test_only_hot_and_warm_entries_move():
    made = colony(split_threshold=10)
    fill(made, numbered("a", 6), COLD, magnitude=200)
    fill(made, numbered("b", 6), COLD, magnitude=200)
    made.consolidate()
    fill(made, numbered("b", 2, 50), WARM, magnitude=100)
    fill(made, numbered("b", 2, 60), HOT)
    assert made.sizes() == [6, 10]
    fill(made, numbered("b", 10, 70), COOL, magnitude=120)
    change(made, split_threshold=1000, balance_tolerance=0.1)
    assert made.consolidate().rebalanced == 4
    assert made.sizes() == [10, 16]
    assert made.layer_sizes() == [2, 2, 10, 12]
    assert made.members[0].entries.sizes() == [2, 2, 0, 6]


def test_the_tolerance_is_rounded_down_in_single_precision():
    made = colony(split_threshold=9)
    fill(made, numbered("a", 10))
    made.consolidate()
    fill(made, numbered("a", 10, 10))
    assert made.sizes() == [15, 5]
    change(made, split_threshold=1000, balance_tolerance=0.5)
    assert made.consolidate().rebalanced == 0  # 10 ± 5
    change(made, balance_tolerance=0.49)
    assert made.consolidate().rebalanced == 5  # 10 ± 4


def test_new_keys_go_to_their_like():
    made = colony(split_threshold=5)
    fill(made, numbered("a", 3) + numbered("b", 3))
    made.consolidate()
    made.write("b_new", entry("b_new"), COLD)
    made.write("a_new_and_long", entry("a_new_and_long"), HOT)
    made.write("bee", entry("bee"), HOT)  # no underscore: all of it is looked for
    assert keys_of(made)[0] == [*numbered("a", 3), "a_new_and_long", "bee"]
    assert "b_new" in made.members[1].entries


def test_keys_without_like_go_where_there_is_most_room():
    made = colony(split_threshold=2)
    fill(made, ["a_0", "b_0", "c_0"])
    made.consolidate()
    assert made.sizes() == [1, 2]
    for key, expected in [("x_0", 0), ("y_0", 0), ("z_0", 1)]:
        made.write(key, entry(key), HOT)
        assert made.locality[key] == expected, key


def test_keys_that_start_with_an_underscore_are_like_all():
    made = colony(split_threshold=2)
    fill(made, ["a_0", "b_0", "c_0"])
    made.consolidate()
    made.write("_x", entry("_x"), HOT)
    assert made.locality["_x"] == 1


def test_deltas_find_their_member_and_are_linked_there():
    made = colony(split_threshold=5)
    fill(made, numbered("a", 3) + numbered("b", 3))
    made.consolidate()
    keys = ["a_000", "b_000", "a_001", "b_009", "a_000"]
    made.apply_deltas(Delta.new(DeltaKind.Update, key, VALUE, "test", positive(200))
                      for key in keys)
    assert [[delta.key for delta in member.chain] for member in made.members] == [
        ["a_000", "a_001", "a_000"], ["b_000", "b_009"]]
    for member in made.members:
        member.chain.verify()
    assert made.read("b_009") is None  # it waits
    made.consolidate()
    assert made.read("b_009") is not None


def test_deltas_that_wait_do_not_attract_but_count():
    made = colony(split_threshold=2)
    fill(made, ["a_0", "b_0", "c_0"])
    made.consolidate()
    made.apply_delta(Delta.create("q_0", VALUE, "test"))
    assert made.sizes() == [2, 2]
    made.apply_delta(Delta.create("q_1", VALUE, "test"))
    assert made.locality == {"a_0": 0, "b_0": 1, "c_0": 1, "q_0": 0, "q_1": 0}


def test_reinforces_and_weakens_wherever_the_entry_is():
    made = colony(split_threshold=3)
    fill(made, numbered("a", 4))
    made.consolidate()
    assert made.reinforce("a_003", positive(51))
    assert made.read("a_003").strength == Signal(1, 151)
    assert made.weaken("a_003", positive(1))
    made.locality.clear()
    assert made.weaken("a_003", positive(50))
    assert made.read("a_003") == Entry("a_003", VALUE, Signal(1, 100), Instant(1), 2)
    assert not made.reinforce("nobody", positive(1))
    assert not made.weaken("nobody", positive(1))
    made.apply_decay()
    assert made.read("a_003").strength.magnitude == made.read("a_000").strength.magnitude == 89


def test_a_place_that_is_no_more_is_only_looked_at_first():
    made = colony()
    fill(made, ["a"])
    made.locality["a"] = 5
    assert made.read("a") == entry("a")
    assert not made.reinforce("a", positive(1))  # as in the reference
    made.write("a", entry("a", magnitude=9), HOT)
    assert made.locality["a"] == 0


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_whatever_happens(seed):
    rng = np.random.default_rng(seed)
    made = colony(split_threshold=12, merge_threshold=4, balance_tolerance=0.2, max_members=6)
    written = set()
    for _ in range(12):
        for key in (f"{rng.choice(list('abc'))}_{rng.integers(60)}" for _ in range(15)):
            made.write(key, entry(key, magnitude=int(rng.integers(120, 256))), HOT)
            written.add(key)
        made.consolidate()
        assert set().union(*map(set, keys_of(made))) == written
        assert 1 <= len(made.members) <= 6
        assert sum(size < 4 for size in made.sizes()) < 2 or made.total_entries < 8
