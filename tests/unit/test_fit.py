from dataclasses import replace

import numpy as np
import pytest

from golden.arch.config import Options, PoolConfig
from golden.arch.params import CoreParams
from golden.model import with_random_connectivity_seeded
from host.errors import FitError
from host.fit import check_fit, limits, notes
from host.image import Image
from tests.support.pools import any_pool

PARAMS = CoreParams(neurons=32, synapses=512, tiles=4, delay_slots=8)


def make_pool(n=24, synapses=100, max_delay=8, dangling=0):
    """Return a pool whose targets run through its neurons in turn, the last few outside it."""
    pool = any_pool(np.random.default_rng(1), n=n, synapses=synapses,
                    config=PoolConfig(max_delay=max_delay))
    pool.target = (np.arange(synapses) % n).astype(np.uint16)
    pool.target[synapses - dangling:] = 60_000
    pool.delay = np.full(synapses, 3, np.uint8)
    return pool


def short(pool, params=PARAMS):
    return [(limit.limit, limit.needed, limit.available) for limit in limits(pool, params)
            if not limit.fits]


@pytest.mark.parametrize(("pool", "expected"), [
    (make_pool(n=32), []),
    (make_pool(n=33), [("neurons", 33, 32), ("rows per tile", 33, 32)]),
    (make_pool(n=31, dangling=1), []),
    (make_pool(n=32, dangling=1), [("spare neuron for targets outside the pool", 1, 0)]),
    (make_pool(n=4, synapses=512), []),
    (make_pool(n=4, synapses=513), [("synapses in the fullest tile", 129, 128)]),
    (make_pool(n=1, synapses=129), [("synapses in the fullest tile", 129, 128)]),
    (make_pool(max_delay=8), []),
    (make_pool(max_delay=9), [("delay slots", 9, 8)]),
    (make_pool(max_delay=0), []),
])
def test_tells_what_is_too_large(pool, expected):
    assert short(pool) == expected


def test_several_things_may_be_too_large():
    found = short(make_pool(n=40, synapses=600, max_delay=20, dangling=2))
    assert [limit for limit, *_ in found] == [
        "neurons", "rows per tile", "spare neuron for targets outside the pool",
        "synapses in the fullest tile", "delay slots"]


@pytest.mark.parametrize("pool", [make_pool(n=33), make_pool(n=32, dangling=1),
                                  make_pool(synapses=600), make_pool(max_delay=9)])
def test_remedy_is_one(pool):
    for limit in limits(pool, PARAMS):
        if not limit.fits:
            name, value = limit.remedy.split(",")[0].split("with ")[1].split("=")
            larger = CoreParams(**{**vars(PARAMS), name: int(value)})
            assert limit.limit not in [short for short, *_ in short(pool, larger)]


def test_agrees_with_what_a_core_takes():
    rng = np.random.default_rng(2)
    outcomes = set()
    for _ in range(60):
        pool = any_pool(rng, n=int(rng.integers(20, 40)), synapses=int(rng.integers(400, 600)))
        fits = not short(pool)
        outcomes.add(fits)
        if fits:
            Image(pool, PARAMS)
        else:
            with pytest.raises(FitError):
                Image(pool, PARAMS)
    assert outcomes == {True, False}


def test_message_names_limit_value_and_remedy():
    with pytest.raises(FitError, match=r"^pool 'any' does not fit: it needs 33 neurons, the core "
                                       r"has 32; take a core built with neurons=64, or a smaller "
                                       r"pool$"):
        check_fit(make_pool(n=33), PARAMS)


def test_pool_without_neurons_is_refused():
    pool = with_random_connectivity_seeded("empty", 0, 0.1)
    with pytest.raises(FitError, match="pool 'empty' has no neurons"):
        limits(pool, PARAMS)


def test_notes_tell_what_is_kept_otherwise():
    pool = make_pool(max_delay=5, dangling=3)
    pool.delay[:4] = 0, 5, 6, 255
    outside, dangling = notes(pool)
    assert outside.startswith("3 synapses have a delay outside 1..5; ")
    assert dangling.startswith("3 synapses point outside the pool")
    assert notes(make_pool()) == []


def test_options_need_a_core_with_options():
    pool = make_pool()
    plain = replace(PARAMS, options=False)
    assert short(pool, plain) == []
    pool.options = Options(reset="subtract", weight_shift=5)
    assert short(pool) == []
    assert short(pool, plain) == [("options beyond the reference", 2, 0)]
    with pytest.raises(FitError, match="options=1"):
        check_fit(pool, plain)
