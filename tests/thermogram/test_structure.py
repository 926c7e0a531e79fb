"""What entries can't carry of a pool: described, and read back."""

import base64
import json
import zlib

import numpy as np
import pytest

from golden.model import first_difference, new
from host.errors import FileError
from host.thermogram.structure import ARRAY_BYTES, describe, forget, pool_of
from tests.support.pools import any_options, any_pool


def some_pool(seed=1):
    rng = np.random.default_rng(seed)
    return any_pool(rng, options=any_options(rng))


@pytest.mark.parametrize("seed", range(8))
def test_everything_but_the_weights_comes_back(seed):
    pool = some_pool(seed)
    found = pool_of(json.loads(json.dumps(describe(pool))))
    assert not found.weight.any()
    found.weight = pool.weight
    assert first_difference(pool, found) is None


def test_a_pool_without_synapses():
    pool = new("none", 3)
    assert first_difference(pool, pool_of(describe(pool))) is None


def test_weights_do_not_travel_twice():
    pool = some_pool()
    before = describe(pool)
    pool.weight[:] = 1
    assert describe(pool) == before


def bomb():
    return base64.b64encode(zlib.compress(bytes(ARRAY_BYTES + 1))).decode()


@pytest.mark.parametrize(("change", "complaint"), [
    (lambda d: d.update(version=2), "described in version 2; 1 can be read"),
    (lambda d: d.pop("version"), "described in version None"),
    (lambda d: d.pop("name"), "damaged"),
    (lambda d: d["config"].update(max_delay=256), "max_delay must be in"),
    (lambda d: d["options"].update(leak="maybe"), "leak must be one of"),
    (lambda d: d["arrays"].update(target="!"), "damaged"),
    (lambda d: d["arrays"].update(target="AAAA"), "damaged"),
    (lambda d: d["arrays"].update(target=None), "damaged"),
    (lambda d: d["arrays"].update(leak=d["arrays"]["ring"]), "damaged"),
    (lambda d: d["arrays"].update(target=bomb()), f"target exceeds {ARRAY_BYTES} bytes"),
])
def test_damage_is_told(change, complaint):
    description = describe(some_pool())
    change(description)
    with pytest.raises(FileError, match=complaint):
        pool_of(description)


def test_forgotten_rows_are_empty():
    pool = some_pool(2)
    gone = np.arange(pool.n) % 3 == 1
    found = forget(pool, gone)
    for source in range(pool.n):
        ours, theirs = (p.target[p.row_ptr[source]:p.row_ptr[source + 1]] for p in (pool, found))
        np.testing.assert_array_equal(theirs, [] if gone[source] else ours)
    assert first_difference(pool, forget(pool, np.zeros(pool.n, bool))) is None
