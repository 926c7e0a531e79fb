import numpy as np
import pytest

from golden.arch.config import Leak, Options, PoolConfig
from golden.arch.params import CoreParams
from golden.arch.records import NEURON, SYNAPSE
from golden.arch.windows import WINDOWS, Window, window_words
from golden.model.pool import Pool
from golden.model.state import ARRAYS, first_difference
from host.errors import FitError
from host.fit import fitting_params
from host.image import WINDOW_OF, Image
from host.words import dtype_of


def random_pool(seed, n=23, synapses=200, max_delay=5, dangling=False, **options):
    """Return a pool that holds arbitrary values in every field."""
    rng = np.random.default_rng(seed)
    config = PoolConfig(max_delay=max_delay)
    extents = {"n": n, "n + 1": n + 1, "S": synapses, "slots, n": (config.delay_slots, n)}
    arrays = {}
    for name, (code, extent) in ARRAYS.items():
        dtype = np.dtype(code)
        low, high = (0, 2) if code == "?" else (np.iinfo(dtype).min, np.iinfo(dtype).max + 1)
        arrays[name] = rng.integers(low, high, extents[extent]).astype(dtype)
    if not dangling:
        arrays["target"] %= n
    arrays["leak_fraction"] %= 4097
    cuts = np.sort(rng.integers(0, synapses + 1, n - 1))
    arrays["row_ptr"] = np.concatenate([[0], cuts, [synapses]]).astype(np.uint32)
    return Pool(name="random", config=config, options=Options(**options), n_excitatory=n,
                n_inhibitory=0, tick_count=(7 << 32) + 250, last_spike_count=3, **arrays)


class Memories:
    """The windows of a core that does nothing, filled with junk before it is written."""

    def __init__(self, params):
        self.words = {}
        for window, spec in WINDOWS.items():
            dtype = dtype_of(spec.record)
            size = window_words(window, params) * dtype.itemsize
            self.words[window] = np.frombuffer(bytearray(b"\xa5" * size), dtype)

    def write(self, spans):
        for window, address, words in spans:
            found = self.words[window]
            assert words.dtype == found.dtype
            assert 0 < words.size <= found.size - address
            found[address:address + words.size] = words

    def show_parts(self):
        """Show the parts of the synapses in windows of their own."""
        synapses = self.words[Window.SYNAPSES]
        for window in (Window.WEIGHTS, Window.ELIGIBILITIES, Window.MATURITIES):
            for name in self.words[window].dtype.names:
                self.words[window][name] = synapses[name]

    def read(self, image, slot_head=0):
        pool = image.pool.copy()
        for window in dict.fromkeys(WINDOW_OF.values()):
            words = np.concatenate([self.words[window][address:address + count]
                                    for window, address, count in image.extents(window)])
            for name, column in image.fields(window, words, slot_head).items():
                assert name in WINDOW_OF
                setattr(pool, name, column)
        return pool


def blank(pool):
    """Return the pool without what a core holds."""
    pool = pool.copy()
    for name in WINDOW_OF:
        setattr(pool, name, np.zeros_like(getattr(pool, name)))
    return pool


@pytest.mark.parametrize("tiles", [1, 2, 4, 8])
@pytest.mark.parametrize("dangling", [False, True], ids=["inside", "dangling"])
@pytest.mark.parametrize("seed", range(3))
def test_reads_back_what_was_written(seed, tiles, dangling):
    pool = random_pool(seed, dangling=dangling)
    image = Image(pool, CoreParams(neurons=32, synapses=512, tiles=tiles, delay_slots=8))
    memories = Memories(image.params)
    memories.write(image.spans())
    memories.show_parts()
    image.pool = blank(image.pool)
    assert first_difference(pool, memories.read(image)) is None


@pytest.mark.parametrize("tiles", [1, 2, 4])
def test_rows_hold_the_synapses_of_each_tile_in_order(tiles):
    pool = random_pool(4, dangling=True)
    params = CoreParams(neurons=32, synapses=512, tiles=tiles, delay_slots=8)
    memories = Memories(params)
    memories.write(Image(pool, params).spans())
    ends = memories.words[Window.ROWS]["end"].reshape(-1, tiles)
    synapses = memories.words[Window.SYNAPSES].reshape(-1, tiles)
    for source in range(pool.n):
        expected = [[] for _ in range(tiles)]
        for k in range(pool.row_ptr[source], pool.row_ptr[source + 1]):
            if pool.target[k] < pool.n:
                delay = (max(int(pool.delay[k]), 1) - 1) % 5 + 1
                expected[pool.target[k] % tiles].append(
                    (pool.target[k], pool.weight[k], delay, pool.eligibility[k], pool.maturity[k]))
        for tile in range(tiles):
            found = []
            start = ends[source - 1, tile] if source else 0
            for synapse in synapses[start:ends[source, tile], tile]:
                target, *rest = synapse.item()
                assert target < params.tile_neurons
                if target * tiles + tile < pool.n:
                    found.append((target * tiles + tile, *rest))
            assert found == expected[tile]


def test_rows_end_with_the_last_synapse():
    pool = random_pool(5)
    image = Image(pool, CoreParams(neurons=32, synapses=512, tiles=4, delay_slots=8))
    assert image.rows.shape == (pool.n, 4)
    assert image.rows[-1].tolist() == np.bincount(pool.target % 4, minlength=4).tolist()


def test_ring_is_turned_by_slot_head():
    pool = random_pool(6)
    image = Image(pool, CoreParams(neurons=32, synapses=512, delay_slots=8))
    memories = Memories(image.params)
    memories.write(image.spans())
    ring = memories.read(image, slot_head=2).ring
    np.testing.assert_array_equal(ring, np.roll(pool.ring, -2, axis=0))


@pytest.mark.parametrize("tiles", [1, 2, 4, 8])
def test_prune_follows_the_core(tiles):
    pool = random_pool(7, dangling=True)
    pool.maturity[::3] = 0
    params = CoreParams(neurons=32, synapses=512, tiles=tiles, delay_slots=8)
    image = Image(pool, params)
    dropped = image.address[pool.maturity == 0]
    left = image.address[pool.maturity != 0]
    image.prune(np.random.default_rng(1).permutation(dropped))

    # The core closes the gaps within each tile, so a synapse moves up by what was dropped below it.
    gaps = [np.count_nonzero((dropped % tiles == at % tiles) & (dropped < at)) for at in left]
    np.testing.assert_array_equal(image.address, left - tiles * np.array(gaps))
    pool.prune()
    fresh = Image(pool, params)
    np.testing.assert_array_equal(image.address, fresh.address)
    np.testing.assert_array_equal(image.rows, fresh.rows)
    assert first_difference(pool, image.pool) is None


@pytest.mark.parametrize("dropped", [[1, 1], [511]])
def test_prune_rejects_what_holds_no_synapse(dropped):
    image = Image(random_pool(8), CoreParams(neurons=32, synapses=512, delay_slots=8))
    with pytest.raises(ValueError, match="hold a synapse"):
        image.prune(dropped)


@pytest.mark.parametrize("leak", Leak)
def test_leak_is_code_or_fraction(leak):
    pool = random_pool(9, leak=leak)
    pool.leak[:4] = 0, 4, 7, 255
    words = {window: words for window, _, words in Image(pool, CoreParams()).spans()}
    expected = pool.leak_fraction[:4].tolist() if leak is Leak.FRACTION else [16, 256, 2048, 2048]
    assert words[Window.LEAKS]["leak"][:4].tolist() == expected


def test_pool_without_synapses_fits():
    pool = random_pool(10, synapses=0)
    image = Image(pool, CoreParams(neurons=32, synapses=4, tiles=4))
    assert Window.SYNAPSES not in [window for window, *_ in image.spans()]
    assert sum(count for *_, count in image.extents(Window.WEIGHTS)) == 0


@pytest.mark.parametrize(("pool", "params", "message"), [
    (random_pool(1, n=33), {}, r"needs 33 neurons, the core has 32; .* neurons=64"),
    (random_pool(1, n=32, dangling=True), {}, r"needs 1 spare neuron .* has 0; .* neurons=64"),
    (random_pool(1, max_delay=9), {}, r"9 delay slots, .* has 8; .* delay_slots=16"),
    (random_pool(1, max_delay=255), {}, r"delay_slots=255"),
    (random_pool(1, synapses=100), {"synapses": 64},
     r"100 synapses in the fullest tile, the core has 64; .* synapses=128"),
    (random_pool(1), {"synapses": 204, "tiles": 4},
     r"synapses in the fullest tile, the core has 51; .* synapses=256"),
])
def test_refuses_what_does_not_fit(pool, params, message):
    with pytest.raises(FitError, match=message):
        Image(pool, CoreParams(**{"neurons": 32, "synapses": 512, "delay_slots": 8} | params))


@pytest.mark.parametrize("tiles", [1, 2, 4, 8])
@pytest.mark.parametrize("dangling", [False, True], ids=["inside", "dangling"])
def test_fitting_params_fit(tiles, dangling):
    for seed in range(10):
        pool = random_pool(seed, n=1 + seed % 5, max_delay=seed, dangling=dangling)
        Image(pool, CoreParams(**fitting_params(pool, tiles)))


def test_dtypes_have_the_layout_of_their_records():
    assert dtype_of(SYNAPSE).itemsize == SYNAPSE.size
    values = {"potential": -2, "threshold": 3, "rate": 65535, "refractory": 9, "trace": -1,
              "spike": 1}
    word = np.array([tuple(values.values())], dtype_of(NEURON))
    assert word.tobytes() == NEURON.pack(**values)
