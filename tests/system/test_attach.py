"""A board goes on with the pool that another session has left on it."""

import dataclasses

import numpy as np
import pytest

from golden.model import first_difference, with_random_connectivity_seeded
from host.errors import DeviceError
from host.open import open_device
from host.stimulus import Segment, Stimulus
from host.virtual import VirtualBoard
from tests.support.pools import any_config, any_options, any_pool


def learn(device, rng, n):
    for _ in range(4):
        current = rng.integers(-2000, 12000, n)
        device.run(Stimulus([Segment(current, 9), Segment(current[::-1], 5)]))
        device.modulate(*rng.integers(100, 256, 2).tolist())


def some_pool(seed):
    rng = np.random.default_rng(seed)
    return any_pool(rng, n=23, synapses=120, config=any_config(rng), options=any_options(rng))


@pytest.mark.parametrize("seed", range(4))
def test_the_pool_is_read_back_with_what_is_known_of_it(board_path, seed):
    rng, pool = np.random.default_rng(seed), some_pool(seed)
    with open_device(board_path) as device:
        device.load(pool)
        learn(device, rng, pool.n)
        expected = device.snapshot()
        expected.tick()  # with eligibilities that wait to be brought up to date
        device.tick()
    with open_device(board_path) as device:
        assert first_difference(expected, device.attach(pool)) is None
        assert first_difference(expected, device.snapshot()) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_pool_of_which_nothing_is_known_has_the_same_future(board_path, seed):
    rng, pool = np.random.default_rng(seed), some_pool(seed)
    with open_device(board_path) as device:
        device.load(pool)
        learn(device, rng, pool.n)
        expected = device.snapshot()
    with open_device(board_path) as device:
        device.attach()
        for _ in range(3):
            current = rng.integers(-2000, 12000, pool.n)
            for _ in range(5):
                assert device.tick(current).tolist() == expected.tick(current).tolist()
            assert device.modulate(200, 60) == expected.modulate(200, 60)
            assert device.prune() == expected.prune()
        found = device.snapshot()
    for name in ("potential", "threshold", "refractory", "trace", "spike", "rate", "ring"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_an_ordinary_pool_needs_no_file(board_path):
    pool = with_random_connectivity_seeded("board", 40, 0.2)
    with open_device(board_path) as device:
        device.load(pool)
        learn(device, np.random.default_rng(1), pool.n)
        expected = device.snapshot()
    with open_device(board_path) as device:
        found = device.attach()
    assert first_difference(expected, found) is None


def test_a_file_of_another_pool_is_not_believed(board_path):
    pool = with_random_connectivity_seeded("board", 40, 0.2)
    other = with_random_connectivity_seeded("other", 40, 0.2, seed=2)
    changed = dataclasses.replace(pool, name="changed")
    changed.leak[3] = 2
    with open_device(board_path) as device:
        device.load(pool)
        assert first_difference(pool, device.attach(changed)) is None
        assert first_difference(dataclasses.replace(pool, name="other"),
                                device.attach(other)) is None


def test_the_input_vector_is_taken_over(board_path):
    pool = with_random_connectivity_seeded("board", 40, 0.2)
    with open_device(board_path) as device:
        device.load(pool)
        device.tick(np.full(40, 12000))
    pool.tick(np.full(40, 12000))
    with open_device(board_path) as device:
        device.attach(pool)
        for current in ([0, 5000], None, np.full(40, 12000)):
            assert device.tick(current).tolist() == pool.tick(current).tolist()


def test_a_board_without_a_pool_says_so():
    board = VirtualBoard()
    try:
        with (open_device(board.path) as device,
              pytest.raises(DeviceError, match="holds no pool; load one first")):
            device.attach()
    finally:
        board.close()
