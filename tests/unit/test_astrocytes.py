import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.arch.astrocytes import (
    AstrocyteConfig,
    calcium_after,
    effective_weight,
    gain,
)
from golden.arch.config import Options, PoolConfig
from golden.arch.params import CoreParams
from golden.arch.windows import Window, window_words
from golden.model import Astrocytes, first_difference
from host.checkpoint import read_checkpoint, write_checkpoint
from host.errors import FileError, FitError
from host.files import write_any_pool
from host.image import Image
from host.open import open_device
from host.recorder import Recorder
from host.replay import replay
from host.runfile import read_run, write_run
from host.thermogram.structure import describe
from tests.support.literal import LiteralPool, assert_same
from tests.support.pools import any_astrocytes, any_options, any_pool
from tests.unit.test_synapses import connected

seeds = st.integers(0, 2**32 - 1)
u16, i8 = st.integers(0, 65535), st.integers(-128, 127)


def some_pool(seed: int = 5):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng)
    pool.astrocytes = any_astrocytes(rng, pool)
    return pool


@pytest.mark.parametrize(("calcium", "active", "shift", "influx", "after"), [
    (0, False, 7, 65535, 0), (1, False, 7, 0, 0), (127, False, 7, 0, 126), (128, False, 7, 0, 127),
    (255, False, 7, 0, 254), (256, False, 7, 0, 254), (65535, False, 7, 0, 65024),
    (65535, False, 1, 0, 32768), (65535, True, 7, 510, 65534), (65535, True, 7, 511, 65535),
    (65535, True, 7, 512, 65535), (0, True, 7, 8192, 8192), (0, True, 15, 65535, 65535),
])
def test_calcium_decays_by_at_least_1_then_rises_up_to_the_rail(calcium, active, shift, influx,
                                                                after):
    assert calcium_after(calcium, active, shift, influx) == after


@pytest.mark.parametrize("shift", range(1, 16))
def test_calcium_reaches_0(shift):
    calcium, steps = 65535, 0
    while calcium:
        calcium, before = calcium_after(calcium, False, shift, 0), calcium
        steps += 1
        assert calcium < before
    assert steps < 2**shift * (17 - shift)


@pytest.mark.parametrize(("alpha", "amount", "weakened", "strengthened"), [
    (0, 255, 256, 256), (256, 0, 256, 256), (256, 255, 1, 511), (256, 128, 128, 384),
    (1, 255, 256, 256), (255, 255, 2, 510), (128, 3, 255, 257),
])
def test_gain(alpha, amount, weakened, strengthened):
    assert (gain(alpha, amount, False), gain(alpha, amount, True)) == (weakened, strengthened)


@pytest.mark.parametrize(("weight", "factor", "carried"), [
    (127, 256, 127), (-128, 256, -128), (32, 255, 31), (32, 1, 0), (-1, 1, -1), (-128, 1, -1),
    (127, 257, 127), (64, 511, 127), (63, 511, 125), (-64, 511, -128), (-65, 511, -128),
    (0, 511, 0),
])
def test_effective_weight_rounds_down_and_saturates(weight, factor, carried):
    assert effective_weight(weight, factor) == carried


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_arrays_compute_what_the_contract_says(seed):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng)
    astrocytes = any_astrocytes(rng, pool)
    config, before = astrocytes.config, astrocytes.copy()
    gains = [gain(config.alpha, int(before.gliotransmitter[calcium >> 8]), config.facilitates)
             for calcium in before.calcium.tolist()]
    assert astrocytes.gains().tolist() == gains
    everyone = np.arange(pool.synapse_count)
    assert astrocytes.effective(pool.weight, everyone).tolist() == [
        effective_weight(weight, gains[domain]) if domain < len(gains) else weight
        for weight, domain in zip(pool.weight.tolist(), before.domain.tolist(), strict=True)]
    astrocytes.step()
    assert astrocytes.calcium.tolist() == [
        calcium_after(calcium, active, config.decay_shift, config.influx)
        for calcium, active in zip(before.calcium.tolist(), before.active.tolist(), strict=True)]
    assert not astrocytes.active.any()


@settings(max_examples=150, deadline=None)
@given(seed=seeds)
def test_any_pool_with_astrocytes_does_what_the_specification_says(seed):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, options=any_options(rng))
    pool.astrocytes = any_astrocytes(rng, pool)
    literal = LiteralPool(pool)
    for _ in range(12):
        match rng.choice(["tick", "tick", "tick", "step", "grow", "prune"]):
            case "tick":
                current = rng.choice([-32768, 32767, 4000, 0], pool.n).astype(np.int16)
                pool.tick(current)
                literal.tick(current)
            case "step":
                clear = bool(rng.random() < 0.2)
                pool.astrocyte_step(clear)
                literal.astrocytes.step(clear)
            case "grow" if pool.config.max_delay:
                assert pool.synaptogenesis(200) == literal.synaptogenesis(200)
            case "prune":
                assert pool.prune() == literal.prune()
        assert_same(pool, literal)


def test_calcium_moves_in_a_step_only_and_acts_from_then_on():
    pool = connected([(0, 1, 100, 1)], n=2, config=PoolConfig(refractory_ticks=0),
                     options=Options(weight_shift=0))
    pool.astrocytes = Astrocytes.at_rest(np.array([0, 65535], np.uint16),
                                         np.zeros(1, np.uint16), 1)
    arrived = []
    for _ in range(2):
        for _ in range(3):
            pool.tick([32767, 0])
            arrived.append(int(pool.ring[0, 1]))
        assert pool.astrocytes.active.tolist() == [True]
        pool.astrocyte_step()
        assert pool.astrocytes.active.tolist() == [False]
    assert arrived == [100, 100, 100, 0, 0, 0]
    assert pool.astrocytes.calcium.tolist() == [65535]


def test_alpha_0_is_a_pool_without_astrocytes():
    with_them, without = some_pool(), some_pool()
    astrocytes = with_them.astrocytes
    astrocytes.config = dataclasses.replace(astrocytes.config, alpha=0)
    without.astrocytes = None
    for _ in range(20):
        current = np.full(12, 9000, np.int16)
        assert with_them.tick(current).tolist() == without.tick(current).tolist()
    with_them.astrocytes = None
    assert first_difference(without, with_them) is None


def test_pools_differ_by_their_astrocytes():
    pool = some_pool()
    other = pool.copy()
    assert first_difference(pool, other) is None
    assert pool.digest() == other.digest()
    other.astrocytes.calcium[3] ^= 1
    assert pool.astrocytes.calcium[3] != other.astrocytes.calcium[3]
    field, index, *_ = first_difference(pool, other)
    assert (field, index) == ("astrocytes calcium", 3)
    assert pool.digest() != other.digest()
    other.astrocytes = None
    assert first_difference(pool, other)[0] == "astrocytes config"


def test_checkpoint_keeps_astrocytes(tmp_path):
    pool = some_pool()
    write_checkpoint(pool, tmp_path / "a.checkpoint")
    again = read_checkpoint(tmp_path / "a.checkpoint")
    assert first_difference(pool, again) is None
    assert again.digest() == pool.digest()


def test_files_without_a_place_for_astrocytes_refuse_them(tmp_path):
    pool = some_pool()
    pool.options = Options()
    with pytest.raises(FileError, match=r"no place for astrocytes; name it .*a\.checkpoint"):
        write_any_pool(pool, tmp_path / "a.pool")
    with pytest.raises(FileError, match=r"keep it in a \.checkpoint"):
        describe(pool)


def test_run_with_astrocyte_steps_is_replayed(tmp_path):
    pool = some_pool()
    with Recorder(open_device("golden", verify=True)) as device:
        device.load(pool)
        for clear in (False, False, True):
            device.tick(np.full(12, 9000, np.int16))
            device.astrocyte_step(clear)
        write_run(device.finish(), tmp_path / "a.run")
    assert replay(read_run(tmp_path / "a.run")).complete


def test_core_without_astrocytes_refuses_the_pool():
    pool = some_pool()
    with pytest.raises(FitError, match="7 astrocyte domains, the core has 0; take a core built "
                                       "with astrocytes=7"):
        Image(pool, CoreParams())
    assert CoreParams().domain_width == 0
    assert {window_words(window, CoreParams()) for window in Window if window >= Window.DOMAINS} \
        == {0}


@pytest.mark.parametrize("wrong", [{"alpha": 257}, {"alpha": -1}, {"decay_shift": 0},
                                   {"decay_shift": 16}, {"influx": 65536}])
def test_settings_reject(wrong):
    with pytest.raises(ValueError, match=f"astrocytes: {next(iter(wrong))} must be in"):
        AstrocyteConfig(**wrong)


def test_settings_that_are_no_integers_and_a_negative_count_are_refused():
    none = np.zeros(0, np.uint16)
    with pytest.raises(ValueError, match=r"astrocytes: alpha must be an integer, not 1\.5"):
        Astrocytes.at_rest(none, none, 1, AstrocyteConfig(alpha=1.5))
    with pytest.raises(ValueError, match=r"number of domains must be in 0\.\.65535, not -1"):
        Astrocytes.at_rest(none, none, -1)


def test_astrocytes_of_another_pool_are_refused():
    pool = some_pool()
    pool.astrocytes.domain = pool.astrocytes.domain[:-1]
    with pytest.raises(ValueError, match="those of 12 neurons and 60 synapses, not of 12 and 59"):
        pool.copy()
    with pytest.raises(ValueError, match="feed must be uint16"):
        dataclasses.replace(pool.astrocytes, feed=np.zeros(12, np.int64))


def test_step_needs_astrocytes():
    pool = some_pool()
    pool.astrocytes = None
    with pytest.raises(ValueError, match="has no astrocytes"):
        pool.astrocyte_step()
