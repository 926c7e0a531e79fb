import h5py
import numpy as np
import pytest

from golden.arch.config import PoolConfig
from golden.model import first_difference, new, with_random_connectivity_seeded
from host.checkpoint import read_checkpoint, write_checkpoint
from host.errors import FileError
from tests.support.pools import any_options, any_pool


@pytest.mark.parametrize("optional", [False, True], ids=["reference", "options"])
@pytest.mark.parametrize("seed", range(4))
def test_going_on_equals_never_having_stopped(tmp_path, seed, optional):
    rng = np.random.default_rng(seed)
    options = any_options(rng) if optional else None
    pool = with_random_connectivity_seeded("go on", 40, 0.1, seed=seed, options=options)
    current = rng.integers(0, 9000, (150, 40)).astype(np.int16)
    for row in current[:75]:
        pool.tick(row)
    assert pool.ring.any()
    write_checkpoint(pool, tmp_path / "x.checkpoint")
    other = read_checkpoint(tmp_path / "x.checkpoint")
    for row in current[75:]:
        assert pool.tick(row).tolist() == other.tick(row).tolist()
        assert pool.modulate(140, 35) == other.modulate(140, 35)
        assert first_difference(pool, other) is None


@pytest.mark.parametrize("name", ["", "naïve ☃", "with\0zero"])
def test_everything_is_kept(tmp_path, name):
    rng = np.random.default_rng(1)
    pool = any_pool(rng, options=any_options(rng))
    pool.name, pool.tick_count, pool.last_spike_count = name, 2**64 - 1, 7
    write_checkpoint(pool, tmp_path / "x")
    loaded = read_checkpoint(tmp_path / "x")
    assert first_difference(pool, loaded) is None
    assert loaded.digest() == pool.digest()


@pytest.mark.parametrize("n", [0, 1])
def test_pool_without_synapses(tmp_path, n):
    pool = new("", n, PoolConfig(max_delay=0))
    write_checkpoint(pool, tmp_path / "x")
    assert first_difference(pool, read_checkpoint(tmp_path / "x")) is None


def change_array(file):
    file["weight"][3] ^= 1


def change_count(file):
    file.attrs["pool"] = file.attrs["pool"].replace('"last_spike_count": 0',
                                                    '"last_spike_count": 1')


def remove_array(file):
    del file["ring"]


def shorten_array(file):
    del file["trace"]
    file["trace"] = np.zeros(3, np.int8)


def change_format(file):
    file.attrs["format"] = "other"


def change_version(file):
    file.attrs["version"] = 3


def add_option(file):
    file.attrs["pool"] = file.attrs["pool"].replace('"dale"', '"other": 1, "dale"')


@pytest.mark.parametrize(("damage", "message"), [
    (change_array, "digest is not that of its contents"),
    (change_count, "digest is not that of its contents"),
    (remove_array, "not a checkpoint, or damaged"),
    (shorten_array, r"trace must be int8 of shape \(12,\)"),
    (change_format, "its format is 'other'"),
    (change_version, r"version 3 can't be read; 1\.\.2 can"),
    (add_option, "not a checkpoint, or damaged"),
])
def test_broken_checkpoints_are_told(tmp_path, damage, message):
    path = tmp_path / "x.checkpoint"
    write_checkpoint(any_pool(np.random.default_rng(1)), path)
    with h5py.File(path, "r+") as file:
        damage(file)
    with pytest.raises(FileError, match=f"x.checkpoint: .*{message}") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"POOL", bytes(3000)])
def test_other_files_are_told(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(FileError, match="not a checkpoint"):
        read_checkpoint(tmp_path / "x")


def test_cut_checkpoint_is_told(tmp_path):
    write_checkpoint(any_pool(np.random.default_rng(1)), tmp_path / "x")
    data = (tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(data[:len(data) // 2])
    with pytest.raises(FileError, match="not a checkpoint, or damaged"):
        read_checkpoint(tmp_path / "x")


def test_missing_checkpoint_is_told(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        read_checkpoint(tmp_path / "x")
