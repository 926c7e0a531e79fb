import numpy as np
import pytest

from host.thermogram.capsule import Capsule
from host.thermogram.entries import Entry
from host.thermogram.instant import Instant
from host.thermogram.signal import Signal, positive
from host.thermogram.temperature import NEVER, Temperature, ThermalConfig
from tests.thermogram.capsules import BORN, Ticking, found, put, wire
from tests.thermogram.literal_capsule import Cell, Literal

HOT, WARM, COOL, COLD = Temperature
CONFIGS = [ThermalConfig.default(), ThermalConfig.fast_learner(), ThermalConfig.organic()]
IDS = ["default", "fast", "organic"]


@pytest.fixture
def capsule():
    return Capsule("x", clock=Ticking())


def test_t01_four_temperatures():
    assert [(t.name, int(t)) for t in Temperature] == [("HOT", 0), ("WARM", 1), ("COOL", 2),
                                                       ("COLD", 3)]
    assert [t.colder for t in Temperature] == [WARM, COOL, COLD, None]
    assert [t.hotter for t in Temperature] == [None, HOT, WARM, COOL]


@pytest.mark.parametrize("config", CONFIGS, ids=IDS)
def test_t02_cement_forward(config):
    """One more or less than each threshold, from each temperature."""
    for source in (HOT, WARM, COOL):
        strong = config.promotion_thresholds[source].magnitude
        often = config.min_observations[source]
        for magnitude, updates, passes in ((strong, often, True), (strong - 1, often, False),
                                           (strong, often - 1, False)):
            capsule = Capsule("x", thermal=config, clock=Ticking())
            put(capsule, "k", magnitude, updates, source)
            capsule.run_transitions()
            assert found(capsule, "k") == (source + passes, (1, magnitude), updates)


def test_t02_one_call_may_cement_for_good(capsule):
    put(capsule, "k", 255, 50)
    put(capsule, "never", 255, 2**40, COLD)
    capsule.run_transitions()
    assert found(capsule, "k")[0] is COLD
    assert found(capsule, "never")[0] is COLD


def test_t03_degrade_backward(capsule):
    put(capsule, "k", 77, temperature=COLD)
    capsule.run_transitions()
    # cold → cool 73, cool → warm 69, warm → hot 65: each is below the next threshold
    assert found(capsule, "k") == (HOT, (1, 65), 1)
    cool = Capsule("x", clock=Ticking(), thermal=ThermalConfig(
        *(getattr(ThermalConfig.default(), name) for name in (
            "decay_rates", "promotion_thresholds", "demotion_thresholds", "min_observations")),
        (False, False, False, True), positive(13), positive(191), True, positive(77)))
    put(cool, "k", 77, temperature=COLD)
    cool.run_transitions()
    assert found(cool, "k") == (COOL, (1, 73), 1)
    assert cool.entries.get("k", COOL).updated_at > BORN


@pytest.mark.parametrize(("config", "weakest"), list(zip(CONFIGS, (13, 8, 13), strict=True)),
                         ids=IDS)
@pytest.mark.parametrize("temperature", Temperature)
def test_t04_automatic_prune(config, weakest, temperature):
    capsule = Capsule("x", thermal=config, clock=Ticking())
    put(capsule, "gone", weakest - 1, temperature=temperature)
    put(capsule, "kept", weakest + 4, temperature=temperature)  # demoted up to three times
    put(capsule, "edge", weakest, temperature=HOT)
    capsule.run_transitions()
    assert capsule.keys() == {"kept", "edge"}


def test_t04_what_is_demoted_to_nothing_is_pruned_as_one(capsule):
    put(capsule, "k", 1, temperature=WARM)
    put(capsule, "zero", 0, temperature=WARM, polarity=-1)
    capsule.run_transitions()
    assert not capsule.keys()


@pytest.mark.parametrize(("config", "rates", "up", "down", "often", "demotes", "rest"), [
    (CONFIGS[0], (26, 3, 1, 1), (153, 191, 230, 255), (0, 77, 102, 128), (3, 10, 50, NEVER),
     (0, 1, 1, 1), (13, 191, 77)),
    (CONFIGS[1], (13, 1, 1, 1), (128, 166, 217, 255), (0, 51, 77, 102), (2, 5, 20, NEVER),
     (0, 1, 1, 0), (8, 217, 51)),
    (CONFIGS[2], (26, 3, 1, 1), (179, 204, 242, 255), (0, 64, 89, 115), (5, 15, 100, NEVER),
     (0, 1, 1, 1), (13, 242, 77)),
], ids=IDS)
def test_t05_three_configs(config, rates, up, down, often, demotes, rest):
    assert config.decay_rates == tuple(map(positive, rates))
    assert config.promotion_thresholds == tuple(map(positive, up))
    assert config.demotion_thresholds == tuple(map(positive, down))
    assert config.min_observations == often
    assert config.allow_demotion == demotes
    assert (config.prune_threshold, config.crystallization_threshold,
            config.warming_delta) == tuple(map(positive, rest))
    assert config.allow_warming


@pytest.mark.parametrize(("config", "ticks"), [
    (CONFIGS[0], (36, 155, 255, 255)), (CONFIGS[1], (61, 255, 255, 255)),
    (CONFIGS[2], (36, 155, 255, 255)),
], ids=IDS)
def test_t06_decay_takes_so_many_ticks(config, ticks):
    capsule = Capsule("x", thermal=config)
    for temperature in Temperature:
        put(capsule, temperature.name, 255, temperature=temperature, polarity=-1)
    gone = {}
    for tick in range(1, 256):
        capsule.apply_decay()
        for temperature in Temperature:
            if found(capsule, temperature.name)[1] == (0, 0):
                gone.setdefault(temperature, tick)
    assert tuple(gone[temperature] for temperature in Temperature) == ticks


def test_t07_reinforce(capsule):
    put(capsule, "k", 204, 1)
    assert capsule.reinforce("k", positive(51)) is True
    assert found(capsule, "k") == (HOT, (1, 255), 2)
    assert capsule.entries.get("k", HOT).updated_at > BORN
    assert capsule.reinforce("absent", positive(51)) is False


def test_t07_weaken(capsule):
    put(capsule, "k", 50, 4, polarity=-1)
    assert capsule.weaken("k", Signal(1, 49)) is True
    assert found(capsule, "k") == (HOT, (-1, 1), 4)
    assert capsule.weaken("k", Signal(1, 1)) is True
    assert found(capsule, "k") == (HOT, (0, 0), 4)
    assert capsule.entries.get("k", HOT).updated_at > BORN
    assert capsule.weaken("absent", positive(1)) is False


def test_t07_the_hottest_is_meant(capsule):
    put(capsule, "k", 100, temperature=COLD)
    put(capsule, "k", 100, temperature=WARM)
    capsule.reinforce("k", positive(10))
    capsule.weaken("k", positive(5))
    assert capsule.entries.get("k", WARM).strength == (1, 105)
    assert capsule.entries.get("k", COLD).strength == (1, 100)


def test_t18_crystallize(capsule):
    """Directly from hot to cold; united with what is there."""
    for key, magnitude, updates in (("a", 191, 3), ("weak", 190, 3), ("rare", 255, 2)):
        put(capsule, key, magnitude, updates)
    put(capsule, "b", 191, 3, value=[(1, 7)])
    put(capsule, "b", 100, 5, COLD, value=[(1, 6)])
    assert capsule.crystallize() == (1, 1)
    assert found(capsule, "a") == (COLD, (1, 191), 3)
    assert found(capsule, "b") == (COLD, (1, 163), 8)  # ⌊0.3 · 100⌋ + ⌊0.7 · 191⌋
    assert capsule.entries.get("b", COLD).value == wire((1, 7))
    assert {entry.key for entry in capsule.entries.layer(HOT)} == {"weak", "rare"}


@pytest.mark.parametrize(("before", "after"), [(204, 197), (255, 247), (1, 1), (0, 1)])
def test_t18_warm(capsule, before, after):
    put(capsule, "k", before, 9, COLD, polarity=-1)
    put(capsule, "k", 99, 1, HOT)
    assert capsule.warm("k") is True
    assert found(capsule, "k") == (HOT, (-1, after), 9)
    assert capsule.warm("k") is False


def test_t18_warm_must_be_allowed():
    config = ThermalConfig.default()
    frozen = ThermalConfig(*(getattr(config, name) for name in (
        "decay_rates", "promotion_thresholds", "demotion_thresholds", "min_observations",
        "allow_demotion", "prune_threshold", "crystallization_threshold")), False,
        config.warming_delta)
    capsule = Capsule("x", thermal=frozen)
    put(capsule, "k", 200, temperature=COLD)
    assert capsule.warm("k") is False
    assert capsule.warm_matching(lambda entry: True) == 0
    assert found(capsule, "k")[0] is COLD


def test_warm_matching_chooses(capsule):
    for index in range(6):
        put(capsule, f"k{index}", 200 + index, temperature=COLD)
    assert capsule.warm_matching(lambda entry: entry.strength.magnitude > 203) == 2
    assert capsule.entries.sizes() == [2, 0, 0, 4]


def test_prune_hot_leaves_the_rest(capsule):
    for temperature in Temperature:
        put(capsule, "k", 12, temperature=temperature)
    put(capsule, "strong", 13)
    assert capsule.prune_hot() == 1
    assert capsule.entries.sizes() == [1, 1, 1, 1]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("config", CONFIGS, ids=IDS)
def test_everything_equals_the_literal_capsule(config, seed):
    """Random entries, keys at several temperatures, and a random walk of all operations."""
    rng = np.random.default_rng(seed)
    clock = Ticking()
    capsule, literal = Capsule("x", thermal=config, clock=clock), Literal()
    keys = [f"k{index}" for index in range(40)]
    for key in keys:
        for temperature in Temperature:
            if rng.random() < 0.5:
                strength = Signal(int(rng.integers(-1, 2)), int(rng.integers(0, 256)))
                at = Instant(int(rng.integers(-10**9, 10**9)), int(rng.integers(0, 10**9)))
                value, updates = bytes(rng.integers(0, 256, 4, np.uint8)), int(rng.integers(0, 60))
                capsule.entries.put(Entry(key, value, strength, at, updates), temperature)
                literal.layers[temperature][key] = Cell(value, strength, at, updates)
    now = BORN
    capsule.clock = lambda: now
    for step in range(60):
        now = Instant(BORN.seconds + step, step)
        key, amount = str(rng.choice(keys)), Signal(int(rng.integers(-1, 2)),
                                                    int(rng.integers(0, 200)))
        match rng.integers(0, 6):
            case 0:
                capsule.run_transitions()
                literal.transitions(config, now)
            case 1:
                capsule.apply_decay()
                literal.decay(config)
            case 2 | 3:
                assert capsule.reinforce(key, amount) == literal.reinforce(key, amount, now)
            case 4:
                assert capsule.weaken(key, amount) == literal.weaken(key, amount, now)
            case 5:
                assert capsule.warm(key) == literal.warm(key, config, now)
        assert_alike(capsule, literal)


def assert_alike(capsule, literal):
    for temperature, layer in zip(Temperature, literal.layers, strict=True):
        assert {entry.key: (entry.value, entry.strength, entry.updated_at, entry.update_count)
                for entry in capsule.entries.layer(temperature)} == {
            key: (cell.value, cell.strength, cell.time, cell.count)
            for key, cell in layer.items()}
    assert len(capsule.entries) == sum(map(len, literal.layers))
    assert set(capsule.entries.all_keys()) == set().union(*literal.layers)
