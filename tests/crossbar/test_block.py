"""A pool with a dense block against the specification, cell by cell."""

from dataclasses import replace

import numpy as np
import pytest

from golden.arch.block import BlockParams, check_place, lane, slow_tick
from golden.arch.config import PoolConfig
from golden.arch.crossbar import CrossbarParams
from golden.model import first_difference, new
from golden.model.block import DenseBlock
from golden.model.crossbar import DEVICES, compute_tables, ideal_array
from tests.support.literal import LiteralPool, assert_same
from tests.support.pools import any_block, any_options, any_pool

TABLES = compute_tables(DEVICES["magic"])


def small_block(n=4, **settings):
    array = ideal_array(CrossbarParams(rows=2, columns=2), TABLES)
    return DenseBlock.at_rest(BlockParams(**settings), array)


@pytest.mark.parametrize("seed", range(12))
def test_ticks_and_modulation_are_those_of_the_specification(seed):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, options=any_options(rng), block=True)
    literal = LiteralPool(pool)
    for step in range(12):
        current = rng.integers(-32768, 32768, 12).astype(np.int16)
        pool.tick(current)
        literal.tick(current.tolist())
        assert_same(pool, literal)
        if step % 3 == 2:
            levels = [int(level) for level in rng.integers(0, 256, 2)]
            assert pool.modulate(*levels) == literal.modulate(*levels)
            assert_same(pool, literal)


def test_synapses_and_cells_share_the_order_of_their_sources():
    """Saturation tells the order: −, then + to the rail and back, as the rows come."""
    rng = np.random.default_rng(3)
    config = PoolConfig(max_delay=1)
    pool = any_pool(rng, n=6, synapses=80, config=config)
    pool.block = any_block(rng, 6, rows=6, columns=6)
    pool.target[:] = rng.integers(0, 2, pool.synapse_count)
    pool.potential[:], pool.threshold[:], pool.refractory[:] = 0, -30000, 0
    pool.ring[:] = 32767
    literal = LiteralPool(pool)
    pool.tick()
    literal.tick([])
    assert pool.last_spike_count == 6
    assert_same(pool, literal)


def test_a_pool_owns_its_block():
    block = small_block()
    pool = replace(new("own", 4), block=block)
    other = pool.copy()
    pool.block.array.state[:] = 0
    pool.block.eligibility[:] = 5
    assert block.array.state.min() > 0
    assert first_difference(pool, other) == ("block state", (0, 0, 0), 0,
                                             int(other.block.array.state[0, 0, 0]))
    assert pool.digest() != other.digest() == replace(new("own", 4), block=block).digest()


@pytest.mark.parametrize("change", [
    {"params": BlockParams(drift_period=7)},
    {"array": ideal_array(CrossbarParams(rows=2, columns=2, noise=3), TABLES)},
    {"eligibility": np.ones((2, 2), np.int8)},
    {"array": replace(ideal_array(CrossbarParams(rows=2, columns=2), TABLES),
                      tables=replace(TABLES, step_shift=(0, 0)))},
])
def test_differences_and_digests_see_all_of_a_block(change):
    one = replace(new("one", 4), block=small_block())
    two = replace(one, block=replace(small_block(), **change))
    assert first_difference(one, two)[0].startswith("block ")
    assert one.digest() != two.digest()
    assert first_difference(one, one.copy()) is None


def test_having_a_block_is_a_difference():
    without = new("one", 4)
    assert first_difference(without, replace(without, block=small_block()))[0] == "block params"


@pytest.mark.parametrize(("settings", "message"), [
    ({"first_source": 3}, r"block: first_source \+ rows must be at most the 4 neurons of the "
                          r"pool, not 3 \+ 2"),
    ({"first_target": 3}, r"block: first_target \+ columns must be at most the 4 neurons of the "
                          r"pool, not 3 \+ 2"),
])
def test_a_block_past_the_pool_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        replace(new("past", 4), block=small_block(**settings))


@pytest.mark.parametrize(("settings", "message"), [
    ({"first_source": -1}, r"first_source must be in 0\.\.65535, not -1"),
    ({"first_target": 65536}, r"first_target must be in 0\.\.65535, not 65536"),
    ({"delay": 256}, r"delay must be in 0\.\.255, not 256"),
    ({"drift_period": 65536}, r"drift_period must be in 0\.\.65535, not 65536"),
])
def test_parameters_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        BlockParams(**settings)


def test_eligibility_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"eligibility must be int8 of shape \(2, 2\), not int8"):
        replace(small_block(), eligibility=np.zeros((2, 3), np.int8))


def test_a_block_may_fill_its_pool():
    check_place(BlockParams(first_source=2, first_target=1), CrossbarParams(rows=2, columns=3), 4)


def test_slow_ticks_come_after_every_period():
    assert [tick for tick in range(9) if slow_tick(tick, 3)] == [2, 5, 8]
    assert not any(slow_tick(tick, 0) for tick in range(9))
    assert all(slow_tick(tick, 1) for tick in range(9))


def test_lanes_follow_the_tiles_of_the_targets():
    for tiles in (1, 2, 4):
        for first in range(9):
            for column in range(9):
                place, tile = divmod(lane(column, first, tiles), tiles)
                assert tile == (first + column) % tiles
                assert first // tiles + place == (first + column) // tiles
