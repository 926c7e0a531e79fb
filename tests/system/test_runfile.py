import dataclasses

import h5py
import numpy as np
import pytest

from golden.arch.config import Homeostasis, Options, PoolConfig
from golden.model import first_difference, with_random_connectivity_seeded
from host.device import GoldenDevice
from host.errors import FileError
from host.recorder import Recorder
from host.replay import replay
from host.runfile import Operation, read_run, write_run
from host.stimulus import Segment, Stimulus


@pytest.fixture
def pool():
    config = PoolConfig(max_delay=3)
    options = Options(homeostasis=Homeostasis.RATE)
    pool = with_random_connectivity_seeded("näme", 24, 0.2, config, options=options)
    pool.ring[1, 3] = 77  # in flight, which a .pool file would lose
    return pool


@pytest.fixture
def record(pool):
    """Return the record of a run with every operation."""
    with Recorder(GoldenDevice()) as device:
        device.load(pool)
        device.run(Stimulus([Segment(np.full(30, 3000), 20), Segment([9000] * 8, 15)]))
        device.inject(2, 9, -1, 200)
        device.tick([5000, -5000])
        device.tick()
        device.modulate(np.int64(160), 40, 3)
        device.synaptogenesis(200)
        device.modulate(0, 255)
        device.prune()
        device.stats()
        device.reset_membranes()
        device.run(Stimulus.constant([8000] * 24, 30))
        return device.finish()


def test_everything_survives_the_file(record, tmp_path):
    path = tmp_path / "x.run"
    write_run(record, path)
    found = read_run(path)
    assert first_difference(record.before, found.before) is None
    for name in ("identity", "digest_after", "operations", "versions", "ticks"):
        assert getattr(found, name) == getattr(record, name)
    assert found.ticks == 67
    assert [(segment.current.tolist(), segment.ticks) for segment in found.segments] == [
        (segment.current.tolist(), segment.ticks) for segment in record.segments]
    assert [fired.tolist() for fired in found.spikes] == [
        fired.tolist() for fired in record.spikes]


def test_replay_agrees_in_all_bins(record, tmp_path):
    write_run(record, tmp_path / "x.run")
    agreement = replay(read_run(tmp_path / "x.run"))
    assert agreement.complete
    assert agreement.bins == agreement.agreeing == 67 * 24
    assert sum(fired.size for fired in record.spikes) > 100


def test_replay_tells_a_wrong_spike(record):
    tick = next(t for t, fired in enumerate(record.spikes) if fired.size)
    neuron = record.spikes[tick][0]
    record.spikes[tick] = record.spikes[tick][1:]
    agreement = replay(record)
    assert agreement.bins - agreement.agreeing == 1
    assert agreement.same_end
    assert agreement.first_difference == (
        f"tick {tick}: neuron {neuron} did not fire, other than in the golden model")


def test_replay_tells_a_wrong_result(record):
    index = next(k for k, done in enumerate(record.operations) if done.name == "modulate")
    record.operations[index] = dataclasses.replace(record.operations[index], result=[0, 1])
    agreement = replay(record)
    assert "modulate returned [0, 1], the golden model" in agreement.first_difference
    assert agreement.agreeing == agreement.bins
    assert not agreement.complete


def test_replay_tells_another_end(record):
    record.digest_after = "0" * 64
    agreement = replay(record)
    assert not agreement.same_end
    assert not agreement.complete


def test_replay_runs_no_other_method(record):
    record.operations.append(Operation(0, "save", [], None))
    with pytest.raises(ValueError, match="no operation 'save'"):
        replay(record)


def test_run_left_early_is_recorded_as_far_as_it_went(pool):
    with Recorder(GoldenDevice()) as device:
        device.load(pool)
        for tick, _ in enumerate(device.stream(Stimulus.constant([9000] * 24, 1000))):
            if tick == 9:
                break
        device.run(Stimulus.constant(None, 5))
        agreement = replay(device.finish())
    assert agreement.complete
    assert agreement.bins == 15 * 24


def test_unobserved_ticks_are_run_but_not_compared(pool):
    with Recorder(GoldenDevice()) as device:
        device.load(pool)
        device.run(Stimulus.constant([9000] * 24, 20))
        record = device.finish()
    [run] = record.operations
    record.operations[0] = dataclasses.replace(run, result=12)
    del record.spikes[12:]
    agreement = replay(record)
    assert agreement.complete
    assert agreement.bins == 12 * 24


def test_empty_run_survives(pool, tmp_path):
    with Recorder(GoldenDevice()) as device:
        device.load(pool)
        write_run(device.finish(), tmp_path / "x.run")
    assert replay(read_run(tmp_path / "x.run")).complete


def write_text(path):
    path.write_text("no run")


def write_nothing(path):
    path.write_bytes(b"")


def write_other(path):
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "something"


def write_half(path):
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "tripartite-run", "version": 1})


def write_newer(path):
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "tripartite-run", "version": 2})


@pytest.mark.parametrize("write", [write_text, write_nothing, write_other, write_half,
                                   write_newer])
def test_refuses_what_is_no_run_file(write, tmp_path):
    path = tmp_path / "x.run"
    write(path)
    with pytest.raises(FileError, match=r"x\.run: not a run file, or damaged") as caught:
        read_run(path)
    assert "\n" not in str(caught.value)


def test_refuses_a_missing_file(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        read_run(tmp_path / "none.run")
