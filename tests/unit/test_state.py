import dataclasses
import re

import numpy as np
import pytest

from golden.arch.config import Dale, Options, PoolConfig
from golden.model import STATE_FIELDS, Pool, first_difference, new
from golden.model.state import ARRAYS
from tests.support.pools import any_pool


@pytest.fixture
def pool() -> Pool:
    return any_pool(np.random.default_rng(1), config=PoolConfig())


def test_state_fields_are_the_reference_order():
    assert STATE_FIELDS == (
        "potential", "threshold", "leak", "refractory", "flags", "trace", "spike", "rate", "ring",
        "row_ptr", "target", "weight", "delay", "eligibility", "maturity")


def test_copy_shares_nothing(pool):
    copy = pool.copy()
    assert first_difference(pool, copy) is None
    assert type(copy) is Pool
    for name in ARRAYS:
        assert not np.shares_memory(getattr(pool, name), getattr(copy, name))


def test_arrays_given_are_copied():
    data = np.frombuffer(bytes(4), np.uint8)
    pool = dataclasses.replace(new("", 4), leak=data)
    pool.leak[0] = 7
    assert data[0] == 0


@pytest.mark.parametrize("name", ARRAYS)
def test_difference_and_digest_see_every_array(pool, name):
    other = pool.copy()
    array = getattr(other, name).reshape(-1)
    index = 1 if name == "row_ptr" else len(array) - 1
    array[index] ^= 1
    field, where, expected, actual = first_difference(pool, other)
    assert (field, expected != actual) == (name, True)
    assert where == ((7, 11) if name == "ring" else index)
    assert other.digest() != pool.digest()


@pytest.mark.parametrize(("name", "value"), [
    ("name", "other"), ("tick_count", 5), ("last_spike_count", 5), ("n_excitatory", 0),
    ("n_inhibitory", 0), ("config", PoolConfig(max_delay=8, trace_decay=7)),
    ("options", Options(dale=Dale.STRICT)),
])
def test_difference_and_digest_see_every_value(pool, name, value):
    other = dataclasses.replace(pool, **{name: value})
    assert first_difference(pool, other) == (name, None, getattr(pool, name), value)
    assert other.digest() != pool.digest()


def test_difference_reports_the_first(pool):
    other = pool.copy()
    pool.trace[[2, 3]], other.trace[[2, 3]] = 5, 6
    other.rate[0] ^= 1
    assert first_difference(pool, other) == ("trace", 2, 5, 6)


def test_difference_of_shapes(pool):
    other = new("any", 5, pool.config)
    assert first_difference(pool, other) == ("shape of potential", None, (12,), (5,))


def test_digest_of_equal_pools_is_equal(pool):
    assert pool.digest() == pool.copy().digest()


@pytest.mark.parametrize(("row_ptr", "message"), [
    ([1, 1, 2, 3], "row 0 must start at synapse 0, not 1"),
    ([0, 2, 1, 3], "row 1 must not end before it starts, at synapse 2, but ends at 1"),
    ([0, 1, 2, 2], "the last row must end at 3, the number of synapses, not 2"),
    ([0, 1, 2, 4], "the last row must end at 3, the number of synapses, not 4"),
])
def test_rows_must_cover_the_synapses(row_ptr, message):
    three = {name: np.zeros(3, ARRAYS[name][0])
             for name in ("target", "weight", "delay", "eligibility", "maturity")}
    with pytest.raises(ValueError, match=re.escape(message)):
        dataclasses.replace(new("", 3), row_ptr=np.array(row_ptr, np.uint32), **three)


@pytest.mark.parametrize("tick_count", [-1, 2**64])
def test_tick_count_must_fit(tick_count):
    with pytest.raises(ValueError, match="tick_count must be in"):
        dataclasses.replace(new("", 3), tick_count=tick_count)


@pytest.mark.parametrize(("name", "array"), [
    ("potential", np.zeros(3, np.int32)), ("leak", np.zeros(2, np.uint8)),
    ("ring", np.zeros((7, 3), np.int16)), ("row_ptr", np.zeros(3, np.uint32)),
    ("weight", np.zeros(1, np.int8)), ("leak_fraction", np.full(3, 4097, np.uint16)),
])
def test_arrays_must_fit(name, array):
    with pytest.raises(ValueError, match=f"pool: {name} must be"):
        dataclasses.replace(new("", 3), **{name: array})
