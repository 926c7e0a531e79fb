import numpy as np
import pytest

from golden.arch.config import Leak
from golden.arch.numeric import decay
from golden.arch.params import CoreParams
from golden.arch.records import AGE_MAX
from golden.arch.registers import REGISTER_ADDRESS
from golden.arch.windows import Window
from golden.model import first_difference
from host.attach import pool_on
from host.image import Image
from tests.unit.test_image import Memories, random_pool

SYNAPSE_FIELDS = ("target", "weight", "delay", "eligibility", "maturity")


class StillCore:
    """A core that does nothing but show what has been written to its memories."""

    def __init__(self, pool, params):
        self.params = params
        self._memories = Memories(params)
        self._memories.write(Image(pool, params).spans())
        self.words = self._memories.words

    def read(self, requests):
        return [self.words[window][address:address + count].copy()
                for window, address, count in requests]


@pytest.mark.parametrize("tiles", [1, 2, 4, 8])
@pytest.mark.parametrize("options", [{}, {"leak": Leak.FRACTION, "weight_shift": 3}])
def test_finds_what_was_loaded(tiles, options):
    pool = random_pool(5, dangling=True, **options)
    core = StillCore(pool, CoreParams(neurons=32, synapses=1024, tiles=tiles))
    assert first_difference(pool, pool_on(core, like=pool)) is None


@pytest.mark.parametrize("tiles", [1, 2, 4, 8])
def test_finds_every_synapse_without_a_file(tiles):
    pool = random_pool(6, n=24)
    core = StillCore(pool, CoreParams(neurons=32, synapses=1024, tiles=tiles))
    found = pool_on(core)
    pool.delay[:] = (np.maximum(pool.delay, 1).astype(int) - 1) % pool.config.delay_slots + 1
    np.testing.assert_array_equal(found.row_ptr, pool.row_ptr)
    for start, end in zip(pool.row_ptr[:-1], pool.row_ptr[1:], strict=True):
        for tile in range(tiles):  # the order within a tile matters, and stays
            for name in SYNAPSE_FIELDS:
                ours, theirs = (getattr(p, name)[start:end][p.target[start:end] % tiles == tile]
                                for p in (pool, found))
                np.testing.assert_array_equal(theirs, ours, err_msg=f"{name} of tile {tile}")


@pytest.mark.parametrize("tiles", [1, 4])
def test_rows_that_ascend_come_back_as_they_were(tiles):
    pool = random_pool(7)
    for start, end in zip(pool.row_ptr[:-1], pool.row_ptr[1:], strict=True):
        pool.target[start:end].sort()
    found = pool_on(StillCore(pool, CoreParams(neurons=32, synapses=1024, tiles=tiles)))
    for name in ("target", "weight", "eligibility", "maturity"):
        np.testing.assert_array_equal(getattr(found, name), getattr(pool, name), name)


@pytest.mark.parametrize("tiles", [1, 4])
def test_eligibilities_are_shown_decayed(tiles):
    pool = random_pool(8, n=AGE_MAX + 1, synapses=1500)
    core = StillCore(pool, CoreParams(neurons=256, synapses=8192, tiles=tiles))
    core.words[Window.AGES]["age"][:pool.n] = np.arange(pool.n)
    before = {window: words.copy() for window, words in core.words.items()}
    source = np.repeat(np.arange(pool.n), np.diff(pool.row_ptr))
    expected = pool.eligibility.tolist()
    for synapse, age in enumerate(source):
        for _ in range(age):
            expected[synapse] = decay(expected[synapse], pool.config.trace_decay)
    assert pool_on(core, like=pool).eligibility.tolist() == expected
    for window, words in before.items():
        np.testing.assert_array_equal(core.words[window], words)


def test_a_turned_ring_comes_back_from_its_head():
    pool = random_pool(9)
    core = StillCore(pool, CoreParams(neurons=32, synapses=1024))
    core.words[Window.REGISTERS]["value"][REGISTER_ADDRESS["slot_head"]] = 2
    np.testing.assert_array_equal(pool_on(core).ring, np.roll(pool.ring, -2, axis=0))
