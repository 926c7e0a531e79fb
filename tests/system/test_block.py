"""A pool with a dense block on a virtual board, beside the golden model."""

from dataclasses import replace

import numpy as np
import pytest

from golden.model import first_difference
from host.board import BoardDevice
from host.device import GoldenDevice
from host.fit import fitting_params
from host.open import open_device
from host.stimulus import Segment, Stimulus
from tests.support.pools import any_block, any_pool


def pool_with_block(seed, n=24):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, n=n, synapses=80)
    pool.target %= n
    block = any_block(rng, n, rows=16, columns=15)
    settings = replace(block.array.params, pulse_gain=100, pulse_cap=5)
    return replace(pool, config=replace(pool.config, trace_decay=250, stdp_positive=40,
                                             stdp_negative=-30),
                   block=replace(block, array=replace(block.array, params=settings)))


def stimulus(rng, ticks, n):
    return Stimulus([Segment(rng.integers(-32768, 32768, n).astype(np.int16), 1)
                     for _ in range(ticks)])


@pytest.fixture(scope="module")
def device():
    params = fitting_params(pool_with_block(0), 2) | {"delay_slots": 32}
    with open_device("virtual", verify=True, **params) as device:
        yield device


@pytest.mark.parametrize("seed", [0, 1])
def test_a_board_equals_the_golden_model(device, seed):
    pool, rng = pool_with_block(seed), np.random.default_rng(seed)
    device.load(pool)
    assert first_difference(pool, device.snapshot()) is None
    for _ in range(3):
        device.run(stimulus(rng, 6, pool.n))
        device.modulate(int(rng.integers(129, 256)), int(rng.integers(0, 60)))
        device.snapshot()
    device.prune()
    device.synaptogenesis(200)
    device.run(stimulus(rng, 4, pool.n))
    assert device.snapshot().block.digest() != pool.block.digest()


def test_counters_are_those_of_the_golden_model(device):
    pool, golden, board = pool_with_block(2), GoldenDevice(), device.device
    names = "spikes", "events", "conversions", "pulses"
    before = [board.status()[name] for name in names]
    for one in (golden, board):
        one.load(pool)
        one.run(stimulus(np.random.default_rng(2), 8, pool.n))
        one.modulate(255, 0)
    status = board.status()
    counted = [status[name] - start for name, start in zip(names, before, strict=True)]
    assert counted == [golden.status()[name] for name in names]
    assert min(counted) > 0


def test_attaching_goes_on_with_the_block(device):
    board = device.device
    assert isinstance(board, BoardDevice)
    pool = pool_with_block(3)
    board.load(pool)
    board.run(stimulus(np.random.default_rng(3), 8, pool.n))
    ran = pool.copy()
    for segment in stimulus(np.random.default_rng(3), 8, pool.n):
        ran.tick(segment.current)
    assert first_difference(ran, board.attach(like=pool)) is None
