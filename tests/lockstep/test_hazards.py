"""What a pipeline could get wrong, brought about on purpose rather than by chance.

All neurons fire in every tick. Of the currents that a tick adds up in one slot of one neuron, the
first half drives the sum against a rail, and the others take it away from there, one small step
each: a sum that misses one of them, or that is made in another order, shows.
"""

from collections import Counter

import numpy as np
import pytest

from golden.arch.block import BlockParams
from golden.arch.config import Options, PoolConfig
from golden.arch.crossbar import STATE_FULL, CrossbarParams, Plane
from golden.model import Pool, new
from golden.model.block import DenseBlock
from golden.model.crossbar_array import CrossbarTables, ideal_array
from sim.streams import StreamLink

from .cores import CORES
from .side_by_side import SideBySide

NEURONS = 48
SHIFT = 8


@pytest.fixture(params=[name for name, params in CORES.items() if params.options])
def pair(request):
    return SideBySide(StreamLink(CORES[request.param]))


def firing(rows, *, slots=8) -> Pool:
    """Return a pool whose neurons fire in every tick, with rows of (target, delay)."""
    config = PoolConfig(refractory_ticks=0, homeostatic_rate=0, max_delay=slots)
    pool = new("", len(rows), config, Options(weight_shift=SHIFT))
    pool.threshold[:] = -32768
    pool.flags[1::2] = 1
    pool.row_ptr = np.cumsum([0, *map(len, rows)]).astype(np.uint32)
    edges = [edge for row in rows for edge in row]
    target, delay = np.array(edges).T
    pool.target, pool.delay = target.astype(np.uint16), delay.astype(np.uint8)
    pool.weight = np.array(weights(edges), np.int8)
    pool.eligibility = np.random.default_rng(seed=1).integers(-128, 128, len(edges), np.int8)
    pool.maturity = np.full(len(edges), 0x10, np.uint8)
    return pool


def weights(edges):
    total, seen, values = Counter(edges), Counter(), []
    for edge in edges:
        strong, weak = (127, -1) if edge[0] % 2 == 0 else (-128, 1)
        values.append(strong if 2 * seen[edge] < total[edge] else weak)
        seen[edge] += 1
    return values


def add_up(amounts):
    total = 0
    for amount in amounts:
        total = max(-32768, min(32767, total + amount))
    return total


def assert_order_counts(pool: Pool, target: int):
    """Fail unless a tick adds up to a slot of `target` what depends on order and saturation."""
    for delay in np.unique(pool.delay):
        amounts = [int(weight) << SHIFT for weight in
                   pool.weight[(pool.target == target) & (pool.delay == delay)]]
        orders = amounts, sorted(amounts), sorted(amounts, reverse=True)
        sums = [add_up(order) for order in orders]
        if len(set(sums)) > 1 and add_up([sum(amounts)]) != sums[0]:
            return
    raise AssertionError("any order gives the same")


def play(pair: SideBySide, pool: Pool):
    """Tick one by one and at full speed, learning in between."""
    pair.load(pool)
    for _ in range(3):
        pair.run(1)
    pair.run(5)
    pair.run(40, silent=True)
    pair.modulate(200, 40)
    pair.run(3, silent=True)
    pair.modulate(128, 255)
    pair.run(2)
    pair.prune()
    pair.run(9, silent=True)
    pair.settle()


@pytest.mark.parametrize("distance", [1, 2, 3, 4])
def test_synapses_of_one_row_onto_one_target(pair, distance):
    tiles = pair.core.params.tiles
    # in each tile, the row goes round `distance` neurons
    row = [(place * tiles + tile, 3)
           for _ in range(9) for place in range(distance) for tile in range(tiles)]
    pool = firing([row, [], row, row] + [[]] * (NEURONS - 4))
    assert_order_counts(pool, target=0)
    play(pair, pool)


@pytest.mark.parametrize("distance", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [1, 2])
def test_rows_back_to_back_onto_one_target(pair, length, distance):
    tiles = pair.core.params.tiles
    # in each tile, every row has one or two synapses, and the rows go round the neurons
    rows = [[((source + number) % distance * tiles + tile, 2)
             for number in range(length) for tile in range(tiles)] for source in range(NEURONS)]
    pool = firing(rows)
    assert_order_counts(pool, target=0)
    play(pair, pool)


@pytest.mark.parametrize("empty", [1, 2, 3])
def test_empty_rows_between_rows_onto_one_target(pair, empty):
    tiles = pair.core.params.tiles
    # each tile lacks other rows, so that its pipeline is ahead of the others by then
    rows = [[(tile, 1) for tile in range(tiles) if (source + tile) % (empty + 1) == 0]
            for source in range(NEURONS)]
    pool = firing(rows)
    assert_order_counts(pool, target=0)
    play(pair, pool)


@pytest.mark.parametrize("slots", [1, 8])
@pytest.mark.parametrize("sweep", ["one neuron", "one step", "two steps", "two, the second short"])
def test_spikes_whose_rows_are_still_in_the_pipeline(pair, sweep, slots):
    tiles = pair.core.params.tiles
    n = {"one neuron": 1, "one step": tiles, "two steps": 2 * tiles,
         "two, the second short": tiles + 1}[sweep]
    # everyone onto everyone, again and again, so that a row takes far longer than a sweep
    rows = [[(target, 1 + target % slots) for _ in range(9) for target in range(n)]
            for _ in range(n)]
    pool = firing(rows, slots=slots)
    assert_order_counts(pool, target=0)
    play(pair, pool)


def test_a_long_row_in_one_tile_beside_short_ones_in_the_others(pair):
    tiles = pair.core.params.tiles
    # the long part goes round the tiles, so that each is ahead of the others and behind them
    rows = [[(tile, 1 + number % 2)
             for tile in range(tiles) for number in range(30 if source % tiles == tile else 1)]
            for source in range(NEURONS)]
    pool = firing(rows)
    assert_order_counts(pool, target=0)
    play(pair, pool)


@pytest.fixture(params=[name for name, params in CORES.items() if params.block_rows])
def block_pair(request):
    return SideBySide(StreamLink(CORES[request.param]))


def opposed(rows: int, columns: int) -> DenseBlock:
    """Return a block whose weights are as low as can be."""
    ramp = np.linspace(1 << 15, 0, 256).astype(np.uint16)
    tables = CrossbarTables(np.full((2, 256), 3000, np.uint16), (0, 2), ramp)
    array = ideal_array(CrossbarParams(rows=rows, columns=columns, noise=90, drift_shift=9), tables)
    array.state[Plane.PLUS], array.state[Plane.MINUS] = STATE_FULL, 0
    eligibility = np.random.default_rng(seed=2).integers(-128, 128, (rows, columns), np.int8)
    return DenseBlock(params=BlockParams(first_source=1, delay=2, drift_period=3), array=array,
                      eligibility=eligibility)


@pytest.mark.parametrize("places", [1, 2, 4])
@pytest.mark.parametrize("length", [0, 1, 2])
def test_cells_follow_the_synapses_of_their_row(block_pair, length, places):
    params = block_pair.core.params
    columns = places * params.tiles
    # every row drives each target to the upper rail, and its cells take that away again: that is
    # gone, or the lower rail is met, if cells come before their row or after the next one
    rows = [[(target, 2) for _ in range(length) for target in range(columns)]
            for _ in range(NEURONS)]
    rows[0].append((NEURONS - 1, 1))
    pool = firing(rows)
    pool.weight[:] = 127
    pool.block = opposed(params.block_rows, columns)
    assert (pool.block.weights() == -127).all()
    play(block_pair, pool)
