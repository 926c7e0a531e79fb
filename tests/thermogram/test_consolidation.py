import numpy as np
import pytest

from host.thermogram.capsule import Capsule
from host.thermogram.delta import Delta, DeltaKind
from host.thermogram.instant import Instant
from host.thermogram.plasticity import PlasticityRule, UpdatePolicy
from host.thermogram.signal import Signal, positive
from host.thermogram.temperature import Temperature, ThermalConfig
from host.thermogram.triggers import (
    ConsolidationPolicy,
    DeltaCount,
    DirtySize,
    Manual,
    TimePeriod,
)
from tests.thermogram.capsules import (
    BORN,
    MANUAL,
    Ticking,
    five_deltas,
    put,
    seven_deltas,
    wire,
)
from tests.thermogram.literal_capsule import Literal
from tests.thermogram.test_transitions import assert_alike

HOT, WARM, COOL, COLD = Temperature


def test_t15_delta_types_as_they_are_read():
    capsule = five_deltas()
    assert capsule.read("k1") is None
    assert capsule.read("k2").signals.tolist() == []
    assert capsule.keys() == {"k1", "k2"}
    assert capsule.history("k1")[2].kind is DeltaKind.Merge


def test_t15_merge_is_read_as_its_value_until_consolidated():
    capsule = Capsule("x", policy=MANUAL, clock=Ticking())
    put(capsule, "k", 200, value=[(1, 1)])
    capsule.record(DeltaKind.Merge, "k", [(1, 9)], "s", positive(3))
    assert capsule.read("k").signals.tolist() == [(1, 9)]
    assert capsule.read("k")[1:] == ((1, 3), HOT)
    capsule.consolidate()
    assert capsule.read("k").signals.tolist() == [(1, 1)]


def test_t15_delta_types_as_they_are_consolidated():
    """As the reference has it in v06_consolidate_after."""
    capsule = seven_deltas()
    capsule.consolidate()
    entries = {(t.name, e.key): (e.value, e.strength, e.updated_at.seconds - BORN.seconds,
                                 e.update_count) for t in Temperature
               for e in capsule.entries.layer(t)}
    assert entries == {
        ("HOT", "edge26"): (wire((1, 5)), (1, 26), 0, 1),
        ("HOT", "exist"): (wire((1, 50)), (1, 157), 86500, 3),
        ("HOT", "new"): (wire((1, 60)), (1, 40), 10, 1),
        ("COLD", "crystal"): (wire((1, 8)), (1, 255), 10, 3),
        ("COLD", "crystal2"): (wire((1, 7)), (1, 163), 0, 8),
    }


def test_t17_consolidation_tells_what_it_did():
    capsule = seven_deltas()
    before = capsule.last_consolidation
    assert capsule.consolidate() == (7, 5, 2, 2, 0)
    assert (len(capsule.chain), capsule.chain.head_hash) == (0, None)
    assert (capsule.total_deltas, capsule.total_consolidations) == (7, 1)
    assert capsule.last_consolidation > before
    assert capsule.consolidate() == (0, 3, 0, 0, 0)


def test_t17_the_1000th_delta_consolidates():
    capsule = Capsule("x", clock=Ticking())
    for index in range(999):
        capsule.record(DeltaKind.Update, f"k{index % 7}", [], "s")
    assert (len(capsule.chain), capsule.total_consolidations) == (999, 0)
    capsule.record(DeltaKind.Update, "k", [], "s")
    assert (len(capsule.chain), capsule.total_consolidations) == (0, 1)
    assert capsule.total_deltas == 1000


def test_t17_manual_never():
    capsule = Capsule("x", policy=MANUAL, clock=Ticking())
    for _ in range(1001):
        capsule.record(DeltaKind.Update, "k", [], "s")
    capsule.clock = lambda: Instant(BORN.seconds + 10**10)
    capsule.record(DeltaKind.Update, "k", [], "s")
    assert capsule.total_consolidations == 0


@pytest.mark.parametrize(("ago", "count"), [
    (Instant(86400, 0), 1), (Instant(86399, 999_999_999), 0), (Instant(-1, 0), 0)])
def test_t17_after_24_hours(ago, count):
    now = BORN
    capsule = Capsule("x", clock=lambda: now)
    now = Instant(BORN.seconds + ago.seconds, ago.nanoseconds)
    capsule.record(DeltaKind.Update, "k", [], "s")
    assert capsule.total_consolidations == count


def test_t17_dirty_size():
    capsule = Capsule("x", policy=ConsolidationPolicy((DirtySize(2 * (200 + 3 + 8)),)))
    capsule.record(DeltaKind.Update, "ü1", [(1, 1)] * 4, "s")
    assert len(capsule.chain) == 1
    capsule.record(DeltaKind.Update, "ü2", [(1, 1)] * 4, "s")
    assert len(capsule.chain) == 0


def test_t17_policies():
    default, aggressive, conservative = (ConsolidationPolicy.default(),
                                         ConsolidationPolicy.aggressive(),
                                         ConsolidationPolicy.conservative())
    assert default.triggers == (DeltaCount(1000), TimePeriod(24))
    assert aggressive.triggers == (DeltaCount(100), TimePeriod(1))
    assert conservative.triggers == (DeltaCount(10_000), TimePeriod(168))
    assert [p.enable_pruning for p in (default, aggressive, conservative)] == [True, True, False]
    assert [p.enable_merging for p in (default, aggressive, conservative)] == [True, True, False]
    never = ConsolidationPolicy((TimePeriod(2**64 - 1), DeltaCount(2**64 - 1), Manual()))
    assert not never.fires(10**6, Instant(10**12), Instant(0), 10**9)
    assert not ConsolidationPolicy(()).fires(10**6, Instant(10**12), Instant(0), 10**9)


def test_a_deleted_key_resurfaces_from_colder_layers():
    capsule = Capsule("x", policy=MANUAL)
    put(capsule, "k", 100)
    put(capsule, "k", 200, temperature=COOL, value=[(1, 7)])
    capsule.record(DeltaKind.Delete, "k", [], "s")
    assert capsule.read("k") is None
    assert capsule.keys() == {"k"}
    capsule.consolidate()
    assert capsule.read("k")[1:] == ((1, 200), COOL)


def test_deltas_in_a_loop_are_linked_across_consolidations():
    """T23, the part that concerns the capsule."""
    capsule = Capsule("x", policy=ConsolidationPolicy((DeltaCount(4),)))
    capsule.apply_deltas([Delta.create(f"k{index}", [], "s") for index in range(10)])
    assert (len(capsule.chain), capsule.total_deltas, capsule.total_consolidations) == (2, 10, 2)
    capsule.chain.verify()


def test_empty_keys_are_keys():
    capsule = Capsule("", policy=MANUAL)
    capsule.record(DeltaKind.Create, "", [(1, 3)], "")
    assert capsule.read("").signals.tolist() == [(1, 3)]
    capsule.consolidate()
    assert capsule.reinforce("", positive(1))
    assert capsule.keys() == {""}


@pytest.mark.parametrize("policy", UpdatePolicy)
@pytest.mark.parametrize("seed", range(8))
def test_consolidation_equals_the_literal_one(seed, policy):
    """Random chains of all kinds, times that go back and forth, several consolidations."""
    rng = np.random.default_rng(seed)
    rule = PlasticityRule(policy, *(positive(int(m)) for m in rng.integers(0, 256, 5)))
    triggers = ConsolidationPolicy((Manual(),), enable_pruning=bool(seed % 2))
    thermal = ThermalConfig.fast_learner()
    capsule = Capsule("x", rule, thermal=thermal, policy=triggers, clock=Ticking())
    literal = Literal()
    keys = [f"k{index}" for index in range(1 + 4 * seed)]
    for _ in range(4):
        for _ in range(int(rng.integers(0, 120))):
            at = Instant(int(rng.integers(-10**7, 10**7)), int(rng.integers(0, 10**9)))
            capsule.apply_delta(Delta.new(
                DeltaKind(int(rng.choice(4, p=[0.2, 0.4, 0.15, 0.25]))), str(rng.choice(keys)),
                bytes(rng.integers(0, 256, 2, np.uint8)), "s",
                Signal(int(rng.integers(-1, 2)), int(rng.integers(0, 256))),
                capsule.chain.head_hash, at))
        deltas = capsule.chain.deltas
        assert capsule.consolidate() == literal.consolidate(deltas, rule, thermal, triggers)
        assert_alike(capsule, literal)
        capsule.run_transitions()
        literal.transitions(thermal, now := Instant(0))
        for layer in literal.layers:  # demotions take the time
            for key, cell in layer.items():
                if cell.time == now:
                    cell.time = capsule.entries.get(key, Temperature(
                        literal.layers.index(layer))).updated_at
