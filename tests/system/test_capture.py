"""What a pool has learned outlives the board: capture, power off, restore, go on."""

import re

import numpy as np
import pytest

from golden.arch.config import Homeostasis, Options, PoolConfig
from golden.model import first_difference, with_random_connectivity_seeded
from host.checkpoint import read_checkpoint, write_checkpoint
from host.device import GoldenDevice
from host.open import open_device
from host.poolfile import read_pool, write_pool
from host.stimulus import Segment, Stimulus
from host.thermogram.capsule import Capsule
from host.thermogram.pool import capture_file, restore_file
from host.thermogram.store import load, save
from host.virtual import VirtualBoard


def some_pool(**options):
    config = PoolConfig(trace_decay=240, stdp_positive=30, stdp_negative=-15, max_delay=5)
    return with_random_connectivity_seeded("memory", 48, 0.15, config, options=Options(**options))


def learn(device, rng, rewards=6):
    """Stimulate, reward and prune; return who fired when, and what the rewards did."""
    told = []
    for _ in range(rewards):
        current = rng.integers(-1000, 9000, 48)
        stimulus = Stimulus([Segment(current, 7), Segment(current[::-1], 6)])
        told += [fired.tolist() for fired in device.stream(stimulus)]
        told.append(device.modulate(int(rng.integers(170, 256)), int(rng.integers(0, 60))))
    told.append(device.prune())
    return told


@pytest.mark.parametrize("options", [{}, {"homeostasis": Homeostasis.RATE, "weight_shift": 5}],
                         ids=["reference", "options"])
def test_power_cycle(tripartite, options):
    pool = some_pool(**options)
    never_stopped, rng = GoldenDevice(), np.random.default_rng(1)
    never_stopped.load(pool)

    board = VirtualBoard()
    with open_device(board.path) as device:
        device.load(pool)
        told = learn(device, rng)
    assert told == learn(never_stopped, np.random.default_rng(1))
    assert tripartite("capture", board.path, "memory.thermo", "--note", "reward")[0] == 0
    board.process.kill()
    board.close()

    board = VirtualBoard()
    status, printed, _ = tripartite("restore", "memory.thermo", board.path)
    assert status == 0
    assert printed.startswith(f"{board.path}: ")
    restarted = GoldenDevice()
    restarted.load(restore_file("memory.thermo"))
    with open_device(board.path) as device:
        device.attach(restore_file("memory.thermo"))
        assert first_difference(restarted.pool, device.snapshot()) is None
        told = learn(device, np.random.default_rng(2))
        assert told == learn(restarted, np.random.default_rng(2))
        assert first_difference(restarted.pool, device.snapshot()) is None
    board.close()

    assert told == learn(never_stopped, np.random.default_rng(2))  # not even a spike was lost
    for name in ("row_ptr", "target", "weight", "delay", "maturity", "potential", "ring"):
        np.testing.assert_array_equal(getattr(restarted.pool, name),
                                      getattr(never_stopped.pool, name), err_msg=name)


def test_capturing_does_not_disturb(board_path, tmp_path):
    pool, path = some_pool(), tmp_path / "memory.thermo"
    undisturbed = GoldenDevice()
    undisturbed.load(pool)
    with open_device(board_path) as device:
        device.load(pool)
        for seed in range(3):
            told = learn(device, np.random.default_rng(seed), rewards=2)
            capture_file(device.snapshot(), path)
            assert told == learn(undisturbed, np.random.default_rng(seed), rewards=2)
            assert first_difference(undisturbed.pool, restore_file(path)) is None
    load(path).chain.verify()


def test_later_captures_append_changes_alone(tripartite, board_path):
    write_checkpoint(pool := some_pool(), "x.checkpoint")
    with open_device(board_path) as device:
        device.load(pool)
    status, printed, _ = tripartite("capture", board_path, "c.thermo", "--like", "x.checkpoint")
    assert (status, printed) == (0, "c.thermo: 48 rows; 48 new, 0 changed, 0 gone; "
                                    f"{pool.synapse_count} synapses changed\n")
    first = list(load("c.thermo").chain)
    with open_device(board_path) as device:
        device.attach(pool)
        device.run(Stimulus.constant(np.full(12, 9000), 9))
    assert tripartite("capture", board_path, "c.thermo")[1].startswith(
        "c.thermo: 48 rows; 0 new, 0 changed, 0 gone")  # it has run, but not learned
    with open_device(board_path) as device:
        device.attach(pool)
        device.modulate(255, 0)
        expected = device.snapshot()
    assert tripartite("capture", board_path, "c.thermo", "--note", "reward 255")[0] == 0
    assert first_difference(expected, restore_file("c.thermo")) is None
    deltas = list(load("c.thermo").chain)
    assert deltas[:48] == first
    changed = [source for source in range(48) if any(
        not np.array_equal(*(getattr(p, name)[slice(*p.row_ptr[source:source + 2])]
                             for p in (pool, expected))) for name in ("weight", "maturity"))]
    assert [delta.key for delta in deltas[48:]] == [f"row/{s:06d}" for s in changed]
    assert 0 < len(changed) < 48
    assert {delta.source for delta in deltas[48:]} == {deltas[-1].source}
    assert deltas[-1].source.startswith("capture tick 9 (reward 255), rows ")


def test_files_are_pools_too(tripartite):
    pool = some_pool()
    pool.tick(np.full(48, 9000))
    write_pool(pool, "x.pool")
    assert tripartite("capture", "x.pool", "c.thermo")[0] == 0
    status, printed, _ = tripartite("restore", "c.thermo", "y.pool")
    assert (status, printed) == (0, f"y.pool: memory, 48 neurons, {pool.synapse_count} synapses, "
                                    "tick 1\n")
    assert first_difference(read_pool("x.pool"), read_pool("y.pool")) is None
    write_checkpoint(pool, "x.checkpoint")
    assert tripartite("capture", "x.checkpoint", "c.thermo")[0] == 0
    assert tripartite("restore", "c.thermo", "y.checkpoint")[0] == 0
    assert first_difference(pool, read_checkpoint("y.checkpoint")) is None
    assert re.search(r"name +memory\n", tripartite("pool", "info", "c.thermo")[1])


@pytest.mark.parametrize(("command", "complaint"), [
    ("capture x.pool c.txt", "c.txt: the name must end with .thermo"),
    ("capture x.pool no/c.thermo", "there is no folder no; make it first"),
    ("capture none.pool c.thermo", "none.pool: can't be read"),
    ("capture virtual c.thermo", "virtual: ends with this command, and what it holds with it; "
                                 "name the port of one that tripartite board has started"),
    ("capture golden c.thermo", "name a .checkpoint file"),
    ("capture /dev/none c.thermo", "/dev/none: there is no such port"),
    ("capture x.pool held.thermo", "holds the pool 'other' of 4 neurons, not 'memory' of 48; name "
                                   "another file"),
    ("restore none.thermo y.pool", "none.thermo: can't be read"),
    ("restore empty.thermo y.pool", "empty.thermo: capsule 'x': holds no pool"),
    ("restore x.pool y.pool", "x.pool: "),
    ("restore optional.thermo y.pool", "a .pool file has no place for options"),
    ("restore held.thermo golden", "name a .checkpoint file"),
    ("restore held.thermo /dev/none", "/dev/none: there is no such port"),
])
def test_complaints_are_one_line(tripartite, tmp_path, command, complaint):
    write_pool(some_pool(), "x.pool")
    capture_file(with_random_connectivity_seeded("other", 4, 0.5), "held.thermo")
    capture_file(some_pool(weight_shift=3), "optional.thermo")
    save(Capsule("x"), "empty.thermo")
    before = {path: path.read_bytes() for path in tmp_path.glob("*.*") if path.name[0] != "."}
    status, _, complaints = tripartite(*command.split())
    assert status == 1
    assert complaint in complaints
    assert re.fullmatch(r"tripartite: .+\n", complaints)
    assert before == {path: path.read_bytes() for path in tmp_path.glob("*.*")
                      if path.name[0] != "."}


def test_a_capsule_without_a_pool_takes_one(tripartite, board_path):
    with open_device(board_path) as device:
        device.load(some_pool())
    save(Capsule("x"), "c.thermo")
    assert tripartite("capture", board_path, "c.thermo")[0] == 0
    assert restore_file("c.thermo").n == 48
