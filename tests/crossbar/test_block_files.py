"""A pool with a dense block in files, on the memories of a core, and read back from them."""

import zlib
from dataclasses import replace

import h5py
import numpy as np
import pytest

from golden.arch.numeric import decay
from golden.arch.params import CoreParams
from golden.arch.registers import BLOCK_REGISTERS, REGISTER_ADDRESS, REGISTERS
from golden.arch.windows import Window
from golden.model import first_difference, new
from host.attach import pool_on
from host.checkpoint import read_checkpoint, write_checkpoint
from host.device import GoldenDevice
from host.errors import FileError, FitError
from host.files import read_any_pool
from host.fit import check_fit, fitting_params
from host.image import BLOCK_WINDOWS, Image
from host.poolfile import HEADER, pool_from_bytes, pool_to_bytes
from host.thermogram.structure import describe
from tests.support.literal import LiteralPool
from tests.support.pools import any_block, any_pool
from tests.unit.test_attach import StillCore
from tests.unit.test_image import Memories

TILES = pytest.mark.parametrize("tiles", [1, 2, 4])


def pool_with_block(seed):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, block=True)
    pool.target %= pool.n
    return pool


def core_of(pool, tiles):
    return CoreParams(**(fitting_params(pool, tiles) | {"delay_slots": 32}))


@pytest.mark.parametrize("seed", range(6))
def test_a_pool_file_carries_the_block(seed):
    pool = pool_with_block(seed)
    found = pool_from_bytes(pool_to_bytes(pool), "x.pool")
    assert found.block.digest() == pool.block.digest()
    assert pool_to_bytes(found) == pool_to_bytes(pool)


def test_a_pool_file_without_a_block_ends_with_its_synapses():
    pool = pool_with_block(0)
    data, bare = pool_to_bytes(pool), pool_to_bytes(replace(pool, block=None))
    at = data.index(b"XBAR")
    assert data[HEADER.size:at] == bare[HEADER.size:]
    sizes = pool.block.array.params
    cells = sizes.rows * sizes.columns
    assert len(data) - at == 6 + 20 + 17 * cells + 8 * sizes.columns + 1536


@pytest.mark.parametrize(("at", "byte", "message"), [
    (4, 2, "block: version 2 can't be read; 1 can"),
    (0, 0, None),  # something else follows, which is not read
    (6 + 9, 255, "crossbar: columns must be in 1..1024, not"),
    (6 + 14, 0, "crossbar: adc_bits must be in 2..8, not 0"),
])
def test_a_wrong_block_is_told(at, byte, message):
    pool = pool_with_block(1)
    data = bytearray(pool_to_bytes(pool))
    start = data.index(b"XBAR")
    data[start + at] = byte
    if at == 6 + 9:
        data[start + at + 1] = 255
    data[HEADER.size - 4:HEADER.size] = zlib.crc32(data[HEADER.size:]).to_bytes(4, "little")
    if message is None:
        assert pool_from_bytes(bytes(data), "x.pool").block is None
    else:
        with pytest.raises(FileError, match=f"x.pool: {message}"):
            pool_from_bytes(bytes(data), "x.pool")


def test_a_block_cut_short_is_told():
    data = bytearray(pool_to_bytes(pool_with_block(1)))[:-5]
    data[HEADER.size - 4:HEADER.size] = zlib.crc32(data[HEADER.size:]).to_bytes(4, "little")
    with pytest.raises(FileError, match=r"x\.pool: cut short"):
        pool_from_bytes(bytes(data), "x.pool")


@pytest.mark.parametrize("seed", range(4))
def test_a_checkpoint_goes_on_as_if_never_stopped(tmp_path, seed):
    pool = pool_with_block(seed)
    for _ in range(5):
        pool.tick()
        pool.modulate(200, 0)
    write_checkpoint(pool, tmp_path / "x.checkpoint")
    found = read_any_pool(tmp_path / "x.checkpoint")
    assert first_difference(pool, found) is None
    for _ in range(5):
        np.testing.assert_array_equal(pool.tick(), found.tick())
        assert pool.modulate(200, 100) == found.modulate(200, 100)
    assert pool.digest() == found.digest()


def test_a_damaged_block_of_a_checkpoint_is_told(tmp_path):
    path = tmp_path / "x.checkpoint"
    write_checkpoint(pool_with_block(2), path)
    with h5py.File(path, "r+") as file:
        file["block/state"][0, 0, 0] ^= 1
    with pytest.raises(FileError, match="damaged: its digest is not that of its contents"):
        read_checkpoint(path)
    with h5py.File(path, "r+") as file:
        del file["block/loss"]
    with pytest.raises(FileError, match="not a checkpoint, or damaged"):
        read_checkpoint(path)


def test_a_capsule_refuses_a_block():
    with pytest.raises(FileError, match="capsule: has no place for the dense block of pool 'any'; "
                                        r"keep it in a \.checkpoint"):
        describe(pool_with_block(3))


@TILES
@pytest.mark.parametrize("seed", range(4))
def test_a_core_shows_the_block_that_was_written(seed, tiles):
    pool = pool_with_block(seed)
    params = core_of(pool, tiles)
    memories = Memories(params)
    image = Image(pool, params)
    memories.write(image.spans())
    cells, draws = (memories.words[window][:image.extents(window)[0][2]]
                    for window in BLOCK_WINDOWS.values())
    words = {"cells": cells, "draws": draws}
    assert image.parts(words)["block"].digest() == pool.block.digest()
    cells["plus"] //= 2
    draws["minus"] |= 1
    cells["eligibility"] ^= 1
    moved = image.parts(words)["block"]
    np.testing.assert_array_equal(moved.array.state, pool.block.array.state // [[[2]], [[1]]])
    np.testing.assert_array_equal(moved.array.register, pool.block.array.register | [[0], [1]])
    np.testing.assert_array_equal(moved.eligibility, pool.block.eligibility ^ 1)


@TILES
@pytest.mark.parametrize("seed", range(4))
def test_attaching_finds_the_block(seed, tiles):
    pool = pool_with_block(seed)
    core = StillCore(pool, core_of(pool, tiles))
    assert first_difference(pool, pool_on(core, like=pool)) is None


@TILES
def test_cells_lie_in_the_tiles_of_their_targets(tiles):
    pool = pool_with_block(5)
    params = core_of(pool, tiles)
    memories = Memories(params)
    memories.write(Image(pool, params).spans())
    first = pool.block.params.first_target
    for (row, column), eligibility in np.ndenumerate(pool.block.eligibility):
        place, tile = divmod(first % tiles + column, tiles)
        assert tile == (first + column) % tiles
        word = memories.words[Window.CELLS][row * params.block_columns + place * tiles + tile]
        assert word["eligibility"] == eligibility


def test_attaching_brings_cells_up_to_date():
    pool = pool_with_block(6)
    core = StillCore(pool, core_of(pool, 2))
    core.words[Window.AGES]["age"][:pool.n] = np.arange(pool.n)
    expected = pool.block.eligibility.tolist()
    for row, cells in enumerate(expected):
        for _ in range(pool.block.params.first_source + row):
            cells[:] = [decay(cell, pool.config.trace_decay) for cell in cells]
    assert pool_on(core, like=pool).block.eligibility.tolist() == expected


def test_registers_of_a_pool_without_a_block_are_zero():
    core = StillCore(new("bare", 4), CoreParams(neurons=4, synapses=4, block_rows=4,
                                                block_columns=4))
    words = core.words[Window.REGISTERS]["value"]
    rw = [register.name for register in REGISTERS if register.access == "rw"]
    assert {name: int(words[REGISTER_ADDRESS[name]]) for name in BLOCK_REGISTERS if name in rw
            } == dict.fromkeys(set(BLOCK_REGISTERS) & set(rw), 0)
    assert pool_on(core).block is None


@pytest.mark.parametrize(("settings", "message"), [
    ({}, r"it needs 6 rows of a block, the core has 0; take a core built with block_rows=8 and "
         r"block_columns=8, or a smaller block"),
    ({"block_rows": 4, "block_columns": 8}, "6 rows of a block, the core has 4"),
    ({"block_rows": 8, "block_columns": 4}, "7 lanes of a block, the core has 4"),
])
def test_a_block_that_does_not_fit_is_refused(settings, message):
    pool = replace(new("large", 8), block=any_block(np.random.default_rng(1), 8, rows=6, columns=7))
    with pytest.raises(FitError, match=message):
        check_fit(pool, CoreParams(neurons=8, synapses=8, **settings))


def test_lanes_count_from_the_tile_of_the_first_target():
    block = any_block(np.random.default_rng(1), 16, rows=4, columns=4)
    pool = replace(new("odd", 16),
                   block=replace(block, params=replace(block.params, first_target=3)))
    params = CoreParams(neurons=16, synapses=16, tiles=2, block_rows=4, block_columns=4)
    with pytest.raises(FitError, match="it needs 5 lanes of a block, the core has 4"):
        check_fit(pool, params)
    check_fit(pool, CoreParams(**(vars(params) | fitting_params(pool, 2))))


@pytest.mark.parametrize("wrong", [
    {"block_rows": 8}, {"block_columns": 8}, {"block_rows": 8, "block_columns": 12},
    {"block_rows": 8, "block_columns": 2}, {"block_rows": 1025, "block_columns": 8},
    {"block_rows": 8, "block_columns": 2048},
])
def test_sizes_that_no_core_can_have_are_refused(wrong):
    with pytest.raises(ValueError, match="core: block_"):
        CoreParams(tiles=4, **wrong)


def test_golden_counts_conversions_and_pulses():
    pool = pool_with_block(7)
    device, literal = GoldenDevice(), LiteralPool(pool)
    device.load(pool)
    conversions = pulses = 0
    for _ in range(6):
        device.tick()
        literal.tick([])
        rows = range(pool.block.params.first_source,
                     pool.block.params.first_source + pool.block.array.params.rows)
        conversions += sum(literal.spike[row] for row in rows) * pool.block.array.params.columns
        before = literal.block.pulses
        assert device.modulate(255, 0) == literal.modulate(255, 0)
        pulses += literal.block.pulses - before
    status = device.status()
    assert (status["conversions"], status["pulses"]) == (conversions, pulses)
    assert conversions > 0 < pulses
