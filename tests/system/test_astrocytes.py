"""A pool with astrocytes on a virtual board, beside the golden model."""

from dataclasses import replace

import numpy as np
import pytest

from golden.model import first_difference
from host.board import BoardDevice
from host.errors import DeviceError, MismatchError
from host.fit import fitting_params
from host.open import open_device
from host.recorder import Recorder
from host.replay import replay
from host.runfile import read_run, write_run
from host.stimulus import Segment, Stimulus
from tests.support.pools import any_astrocytes, any_pool


def pool_with_astrocytes(seed, n=24):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, n=n, synapses=80)
    pool.target %= n
    pool = replace(pool, config=replace(pool.config, trace_decay=250, stdp_positive=40,
                                        stdp_negative=-30))
    pool.astrocytes = any_astrocytes(rng, pool)
    pool.astrocytes.config = replace(pool.astrocytes.config, alpha=200, influx=9000)
    return pool


def stimulus(seed, ticks, n):
    rng = np.random.default_rng(seed)
    return Stimulus([Segment(rng.integers(-32768, 32768, n).astype(np.int16), 1)
                     for _ in range(ticks)])


@pytest.fixture(scope="module")
def device():
    params = fitting_params(pool_with_astrocytes(0), 2) | {"delay_slots": 32, "synapses": 512}
    with open_device("virtual", verify=True, **params) as device:
        yield device


@pytest.fixture
def board(device):
    assert isinstance(device.device, BoardDevice)
    return device.device


@pytest.mark.parametrize("seed", [0, 1])
def test_a_board_equals_the_golden_model(device, seed):
    pool = pool_with_astrocytes(seed)
    device.load(pool)
    assert first_difference(pool, device.snapshot()) is None
    for part in range(3):
        device.run(stimulus(part, 6, pool.n))
        device.astrocyte_step()
        device.run(stimulus(part, 2, pool.n))
        device.modulate(200, 30 + part)
        device.snapshot()
    assert device.prune() > 0
    device.run(stimulus(seed, 4, pool.n))
    device.synaptogenesis(200)
    device.run(stimulus(seed + 1, 4, pool.n))
    assert device.read_calcium().any()
    assert device.snapshot().astrocytes.active.any()
    device.astrocyte_step(clear=True)
    assert not device.read_calcium().any()
    device.run(stimulus(seed + 2, 4, pool.n))


def test_a_difference_in_calcium_is_found_at_once(device, board):
    pool = pool_with_astrocytes(2)
    device.load(pool)
    board.astrocyte_step()
    with pytest.raises(MismatchError, match="astrocytes calcium"):
        device.astrocyte_step()
    device.load(pool)
    device.astrocyte_step()
    device.snapshot()


def test_attaching_goes_on_with_the_astrocytes(board):
    pool = pool_with_astrocytes(3)
    board.load(pool)
    board.run(stimulus(3, 8, pool.n))
    board.astrocyte_step()
    board.run(stimulus(4, 1, pool.n))
    before = board.snapshot()
    assert first_difference(before, board.attach(like=pool)) is None
    board.astrocyte_step()
    before.astrocyte_step()
    assert first_difference(before, board.snapshot()) is None


def test_a_checkpoint_of_a_board_goes_on_where_it_stood(board, tmp_path):
    pool = pool_with_astrocytes(4)
    board.load(pool)
    board.run(stimulus(5, 8, pool.n))
    board.astrocyte_step()
    board.save(tmp_path / "there.checkpoint")
    with open_device("golden") as golden:
        golden.load(pool)
        golden.run(stimulus(5, 8, pool.n))
        golden.astrocyte_step()
        golden.save(tmp_path / "here.checkpoint")
    here, there = ((tmp_path / f"{name}.checkpoint").read_bytes() for name in ("here", "there"))
    assert here == there


def test_a_recorded_run_is_repeated_in_the_golden_model(board, tmp_path):
    pool = pool_with_astrocytes(5)
    recorder = Recorder(board)
    recorder.load(pool)
    for part in range(3):
        recorder.run(stimulus(part, 5, pool.n))
        recorder.astrocyte_step()
    recorder.astrocyte_step(clear=True)
    recorder.run(stimulus(9, 5, pool.n))
    write_run(recorder.finish(), tmp_path / "steps.run")
    assert replay(read_run(tmp_path / "steps.run")).complete


def test_a_pool_without_astrocytes_takes_no_astrocyte_step(board):
    pool = pool_with_astrocytes(6)
    board.load(pool)
    pool.astrocytes = None
    board.load(pool)
    with pytest.raises(DeviceError, match="has no astrocytes"):
        board.astrocyte_step()
    assert board.read_calcium().size == 0
    expected = pool.copy()
    board.run(stimulus(7, 8, pool.n))
    for segment in stimulus(7, 8, pool.n):
        expected.tick(segment.current)
    assert first_difference(expected, board.snapshot()) is None
    assert first_difference(expected, board.attach(like=pool)) is None
