import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.arch.config import Options, PoolConfig, Reset
from golden.model import STATE_FIELDS, Pool, new
from host.errors import FileError
from host.poolfile import pool_from_bytes, pool_to_bytes, read_pool, write_pool
from tests.support.pools import any_pool
from tests.unit.test_synapses import connected

DROPPED = {"rate", "ring"}


def sealed(version: int, n: int, body: bytes) -> bytes:
    """Return a file with a header that fits its body."""
    return struct.pack("<4sHHII", b"POOL", version, 0, n, zlib.crc32(body)) + body


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """Return a file with other bytes at a place of its body, and the right CRC."""
    body = bytearray(data[16:])
    body[at:at + len(new)] = new
    return sealed(1, int.from_bytes(data[8:12], "little"), bytes(body))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), name=st.text(max_size=20))
def test_file_keeps_what_it_can_and_is_stable(seed, name):
    pool = any_pool(np.random.default_rng(seed))
    pool.name = name
    pool.last_spike_count = 3
    data = pool_to_bytes(pool)
    assert len(data) == 64 + len(name.encode()) + 13 * pool.n + 8 * pool.synapse_count
    loaded = pool_from_bytes(data, "x")
    for field in STATE_FIELDS:
        kept = getattr(loaded, field)
        assert kept.tolist() == getattr(pool, field).tolist() or field in DROPPED
        assert not kept.any() or field not in DROPPED
    assert (loaded.name, loaded.config, loaded.tick_count, loaded.last_spike_count) == (
        name, pool.config, pool.tick_count, 0)
    assert (loaded.n_excitatory, loaded.n_inhibitory) == (pool.n_excitatory, pool.n_inhibitory)
    assert pool_to_bytes(loaded) == data


def test_layout_is_that_of_the_reference():
    config = PoolConfig(resting_potential=-2, spike_threshold=3, reset_potential=-4,
                        refractory_ticks=5, trace_decay=6, homeostatic_rate=7,
                        max_synapses_per_neuron=0x0809, stdp_positive=10, stdp_negative=-11,
                        max_delay=12)
    pool = connected([(1, 0x0102, -3, 4)], n=2, config=config)
    pool.name, pool.tick_count = "é", 0x0102030405060708
    pool.n_excitatory, pool.n_inhibitory = 20, 30
    pool.eligibility[0], pool.maturity[0] = -5, 6
    pool.potential[:], pool.threshold[:] = [1, -1], [2, -2]
    pool.leak[:], pool.refractory[:], pool.flags[:] = [3, 4], [5, 6], [7, 8]
    pool.trace[:], pool.spike[:] = [9, -9], [True, False]
    body = bytes.fromhex(
        "0200 c3a9 02000000 14000000 1e000000 0807060504030201"
        "feff 0300 fcff 05 06 07 0908 0a f5 0c"
        "0100ffff 0200feff 0304 0506 0708 09f7 0100"
        "02000000 000000000000000001000000 01000000 0201 fd 04 fb 06 0000")
    assert pool_to_bytes(pool) == sealed(1, 2, body)


def test_loaded_pool_has_options_off_and_the_leak_of_its_codes():
    pool = new("", 5, options=Options(reset=Reset.SUBTRACT))
    pool.leak_fraction[:] = 1
    loaded = pool_from_bytes(pool_to_bytes(pool), "x")
    assert loaded.options == Options()
    assert loaded.leak_fraction.tolist() == [256] * 4 + [2048]


@pytest.mark.parametrize(("version", "extension"), [
    (1, b"anything"),
    (2, struct.pack("<3H", 12, 1, 1) + bytes(12) + struct.pack("<HI", 1, 0)),
    (3, struct.pack("<3H", 12, 1, 1) + bytes(12) + struct.pack("<HI", 1, 0) + bytes(52)),
])
def test_later_versions_and_trailing_bytes_load(version, extension):
    pool = any_pool(np.random.default_rng(3))
    data = pool_to_bytes(pool)
    loaded = pool_from_bytes(sealed(version, pool.n, data[16:] + extension), "x")
    assert pool_to_bytes(loaded) == data


def test_any_spike_byte_is_a_spike():
    data = pool_to_bytes(new("", 1))
    loaded = pool_from_bytes(patched(data, 2 + 12 + 8 + 14 + 8, b"\x80"), "x")
    assert loaded.spike.tolist() == [True]
    assert pool_to_bytes(loaded)[16 + 44] == 1


@pytest.mark.parametrize(("damage", "message"), [
    (lambda data: data[:15], "not a .pool file"),
    (lambda data: b"", "not a .pool file"),
    (lambda data: b"LOOP" + data[4:], "not a .pool file"),
    (lambda data: data[:4] + b"\0\0" + data[6:], "version 0 can't be read"),
    (lambda data: data[:4] + b"\4\0" + data[6:], "version 4 can't be read; 1..3 can"),
    (lambda data: data[:-1], "damaged: CRC is"),
    (lambda data: data[:20] + b"!" + data[21:], "damaged: CRC is"),
    (lambda data: data[:8] + b"\7" + data[9:], "header says 7 neurons, body says 12"),
    (lambda data: sealed(1, 12, data[16:-1]), "cut short: .* bytes or more expected, not"),
    (lambda data: sealed(1, 12, b""), "cut short"),
    (lambda data: patched(data, 2, b"\xff"), "not UTF-8"),
    (lambda data: patched(data, 39 + 9 * 12, b"\7"), "12 neurons, but 7 rows"),
    (lambda data: patched(data, 39 + 9 * 12 + 4, b"\1"), "row 0 must start at synapse 0, not 1"),
])
def test_broken_files_are_told(damage, message):
    data = pool_to_bytes(any_pool(np.random.default_rng(3)))
    with pytest.raises(FileError, match=f"^x: .*{message}"):
        pool_from_bytes(damage(data), "x")


@pytest.mark.parametrize("bit", range(0, 8 * (64 + 13 * 2 + 8), 3))
def test_flipped_bits_are_noticed(bit):
    data = bytearray(pool_to_bytes(connected([(0, 1, 1, 1)], n=2)))
    data[bit // 8] ^= 1 << bit % 8
    if bit // 8 in (4, 6, 7):  # another version that is read as well; flags, which nobody reads
        return
    with pytest.raises(FileError):
        pool_from_bytes(bytes(data), "x")


def test_name_must_fit():
    pool = new("é" * 32768, 1)
    with pytest.raises(FileError, match="at most 65535 bytes of UTF-8, not 65536"):
        pool_to_bytes(pool)


def test_files_are_read_and_written(tmp_path):
    pool = any_pool(np.random.default_rng(5))
    write_pool(pool, tmp_path / "x.pool")
    assert isinstance(read_pool(tmp_path / "x.pool"), Pool)
    assert (tmp_path / "x.pool").read_bytes() == pool_to_bytes(pool)
    with pytest.raises(FileError, match="can't be read"):
        read_pool(tmp_path / "y.pool")


def test_failed_write_leaves_the_old_file(tmp_path):
    (tmp_path / "x.pool").write_bytes(b"old")
    with pytest.raises(FileError):
        write_pool(new("x" * 70_000, 1), tmp_path / "x.pool")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
