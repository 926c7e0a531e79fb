"""Astrocytes on the memories of a core, and back."""

import numpy as np
import pytest

from golden.arch.astrocytes import LINEAR
from golden.arch.params import CoreParams
from golden.arch.registers import ASTROCYTE_REGISTERS, REGISTER_ADDRESS
from golden.arch.windows import Window
from golden.model import first_difference, new
from host.attach import pool_on
from host.errors import DeviceError, FitError
from host.fit import fitting_params
from host.image import Image
from tests.support.pools import any_astrocytes, any_pool
from tests.unit.test_attach import StillCore
from tests.unit.test_image import Memories

TILES = pytest.mark.parametrize("tiles", [1, 2, 4])


def pool_with_astrocytes(seed, n=23, domains=7):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, n=n, synapses=150)
    pool.astrocytes = any_astrocytes(rng, pool, domains=domains)
    return pool


def core_of(tiles=1, astrocytes=12):
    return CoreParams(neurons=32, synapses=1024, tiles=tiles, delay_slots=32,
                      astrocytes=astrocytes)


def loaded(pool, params):
    memories = Memories(params)
    image = Image(pool, params)
    memories.write(image.spans())
    return image, memories.words


@TILES
@pytest.mark.parametrize("astrocytes", [7, 8, 12])
def test_a_domain_lies_beside_its_synapse_and_none_is_past_the_last(tiles, astrocytes):
    pool = pool_with_astrocytes(1)
    image, words = loaded(pool, core_of(tiles, astrocytes))
    lies, feeds = (np.where(numbers < 7, numbers, astrocytes).tolist()
                   for numbers in (pool.astrocytes.domain, pool.astrocytes.feed))
    assert words[Window.DOMAINS]["domain"][image.address].tolist() == lies
    assert words[Window.FEEDS]["domain"][:pool.n].tolist() == feeds
    assert astrocytes in lies
    assert astrocytes in feeds
    gaps = np.setdiff1d(np.arange(image.address.max()), image.address)
    assert (words[Window.DOMAINS]["domain"][gaps] == astrocytes).all()


def test_calcium_of_all_domains_is_written():
    pool = pool_with_astrocytes(2)
    _, words = loaded(pool, core_of())
    calcium = words[Window.CALCIUM]
    assert calcium["calcium"].tolist() == [*pool.astrocytes.calcium, 0, 0, 0, 0, 0]
    assert calcium["active"].tolist() == [*pool.astrocytes.active, 0, 0, 0, 0, 0]
    table = words[Window.GLIOTRANSMITTERS]["gliotransmitter"]
    assert table.tolist() == pool.astrocytes.gliotransmitter.tolist()


def test_a_core_with_astrocytes_forgets_them_for_a_pool_without():
    image, words = loaded(any_pool(np.random.default_rng(3), n=20), core_of(2))
    assert (words[Window.DOMAINS]["domain"][image.address] == 12).all()
    assert (words[Window.FEEDS]["domain"][:20] == 12).all()
    assert not words[Window.CALCIUM]["calcium"].any()
    assert words[Window.GLIOTRANSMITTERS]["gliotransmitter"].tolist() == list(LINEAR)
    assert image.registers()["alpha"] == 0
    assert image.part_names == ()


def test_a_core_without_astrocytes_gets_nothing_of_them():
    image = Image(any_pool(np.random.default_rng(4), n=20), core_of(astrocytes=0))
    assert max(window for window, *_ in image.spans()) < Window.DOMAINS
    assert {image.registers()[name] for name in ASTROCYTE_REGISTERS} == {0}


def test_what_a_core_has_changed_comes_back():
    pool = pool_with_astrocytes(5)
    image, words = loaded(pool, core_of(2))
    [(window, address, count)] = image.extents(Window.CALCIUM)
    calcium = words[window][address:address + count]
    calcium["calcium"] ^= 3
    calcium["active"] ^= 1
    found = image.parts(image.fields(window, calcium, 0))["astrocytes"]
    expected = pool.astrocytes.copy()
    expected.calcium ^= 3
    expected.active ^= True
    assert found.digest() == expected.digest()


@TILES
def test_prune_keeps_the_domains_of_those_that_remain(tiles):
    pool = pool_with_astrocytes(6)
    pool.maturity[::3] = 0
    image = Image(pool, core_of(tiles))
    image.prune(image.address[pool.maturity == 0])
    pool.prune()
    assert first_difference(pool, image.pool) is None
    again, now = ({window: words for window, _, words in one.row_spans()}[Window.DOMAINS]
                  for one in (Image(pool, core_of(tiles)), image))
    assert again["domain"].tolist() == now["domain"].tolist()


@TILES
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("astrocytes", [7, 12])
def test_attaching_finds_the_astrocytes(seed, tiles, astrocytes):
    pool = pool_with_astrocytes(seed)
    core = StillCore(pool, core_of(tiles, astrocytes))
    assert first_difference(pool, pool_on(core, like=pool)) is None


@TILES
def test_attaching_without_a_file_finds_what_matters(tiles):
    pool = pool_with_astrocytes(7)
    found = pool_on(StillCore(pool, core_of(tiles))).astrocytes
    assert found.config == pool.astrocytes.config
    assert found.domain_count == 12
    assert found.calcium.tolist() == [*pool.astrocytes.calcium, 0, 0, 0, 0, 0]
    feed = pool.astrocytes.feed
    assert found.feed.tolist() == np.where(feed < 7, feed, 12).tolist()
    assert sorted(found.domain[found.domain < 12]) == sorted(
        pool.astrocytes.domain[pool.astrocytes.domain < 7])


def test_attaching_to_another_pool_keeps_the_domains_of_the_core():
    pool = pool_with_astrocytes(8)
    other = pool.copy()
    other.astrocytes.domain[:] = np.roll(other.astrocytes.domain, 1)
    core = StillCore(pool, core_of())
    expected = pool_on(core).astrocytes
    assert pool_on(core, like=other).astrocytes.digest() == expected.digest()


def test_attaching_finds_no_astrocytes_where_none_are_used():
    pool = any_pool(np.random.default_rng(9), n=20)
    core = StillCore(pool, core_of(2))
    assert first_difference(pool, pool_on(core, like=pool)) is None
    assert pool_on(core).astrocytes is None


def test_a_core_just_powered_up_holds_no_pool():
    core = StillCore(new("bare", 1), core_of(astrocytes=0))
    words = core.words[Window.REGISTERS]["value"]
    words[:] = 0
    for name, value in (("neuron_count", 1), ("slot_count", 1), ("weight_shift", 6)):
        words[REGISTER_ADDRESS[name]] = value
    with pytest.raises(DeviceError, match="holds no pool"):
        pool_on(core)


@pytest.mark.parametrize(("domains", "needed"), [(0, 0), (1, 1), (2, 3), (3, 3), (100, 127),
                                                 (128, 255), (65535, 65535)])
def test_domains_and_none_fill_their_bits(domains, needed):
    pool = pool_with_astrocytes(10, domains=domains)
    params = fitting_params(pool, 2)
    assert params["astrocytes"] == needed
    Image(pool, CoreParams(**params))
    if domains:
        with pytest.raises(FitError, match=f"{domains} astrocyte domains, the core has "
                                           f"{domains - 1}; .*astrocytes={needed}, or a pool"):
            Image(pool, CoreParams(**params | {"astrocytes": domains - 1}))
