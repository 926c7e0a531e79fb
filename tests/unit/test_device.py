import numpy as np
import pytest

from golden.arch.identity import IDENTITY
from golden.arch.registers import COUNTERS
from golden.model import STATE_FIELDS, Pool, first_difference
from host.checkpoint import read_checkpoint
from host.device import Device, GoldenDevice
from host.errors import DeviceError
from host.poolfile import read_pool
from host.stimulus import Segment, Stimulus
from tests.support.pools import any_pool


class SmallDevice(Device):
    """The golden device without all that a device may leave to its base."""

    def __init__(self):
        self.golden = GoldenDevice()

    identity = property(lambda self: self.golden.identity)
    tick_count = property(lambda self: self.golden.tick_count)
    spike_count = property(lambda self: self.golden.spike_count)

    def load(self, pool):
        self.golden.load(pool)

    def snapshot(self):
        return self.golden.snapshot()

    def stream(self, stimulus):
        return self.golden.stream(stimulus)

    def inject(self, *arguments):
        self.golden.inject(*arguments)

    def modulate(self, *arguments):
        return self.golden.modulate(*arguments)

    def prune(self):
        return self.golden.prune()

    def astrocyte_step(self, clear=False):
        self.golden.astrocyte_step(clear)

    def reset_membranes(self):
        self.golden.reset_membranes()

    def status(self):
        return self.golden.status()


@pytest.fixture
def pool() -> Pool:
    pool = any_pool(np.random.default_rng(7))
    pool.tick()
    return pool


@pytest.fixture(params=[GoldenDevice, SmallDevice])
def device(request, pool):
    with request.param() as device:
        device.load(pool)
        yield device


def test_loaded_pool_is_a_copy(device, pool):
    snapshot = device.snapshot()
    device.tick([32767] * 12)
    assert first_difference(pool, snapshot) is None
    device.load(snapshot)
    assert first_difference(pool, device.snapshot()) is None


def test_device_does_what_the_pool_does(device, pool):
    current = np.full(5, 20000, np.int16)
    assert device.tick(current).tolist() == pool.tick(current).tolist()
    device.inject(2, 9, 1, 100)
    pool.inject(2, 9, 1, 100)
    assert device.modulate(255, 60) == pool.modulate(255, 60)
    pool.trace[:] = device_trace = np.arange(-6, 6).astype(np.int8) * 5
    loaded = device.snapshot()
    loaded.trace[:] = device_trace
    device.load(loaded)
    assert device.synaptogenesis(139) == 0
    assert device.synaptogenesis(200) == pool.synaptogenesis(200) > 0
    assert device.prune() == pool.prune()
    assert first_difference(pool, device.snapshot()) is None
    assert device.stats() == pool.stats()
    assert (device.mean_activation, device.spike_count, device.tick_count) == (
        pool.mean_activation, pool.last_spike_count, pool.tick_count)
    assert device.read_output(3, 99).tolist() == pool.read_output(3, 99).tolist()
    for field in STATE_FIELDS:
        np.testing.assert_array_equal(device.read(field), getattr(pool, field))
    device.reset_membranes()
    pool.reset_membranes()
    assert first_difference(pool, device.snapshot()) is None


def test_reading_does_not_disturb(device, pool):
    device.read("potential")[:] = 0
    assert first_difference(pool, device.snapshot()) is None


def test_run_calls_back_while_it_runs(device, pool):
    stimulus = Stimulus([Segment([30000] * 12, 3), Segment(None, 2)])
    first = device.tick_count
    seen = []

    def callback(tick, neurons):
        assert device.tick_count == (tick + 1) % 2**64
        seen.append((tick, neurons.tolist()))

    record = device.run(stimulus, callback)
    expected = [pool.tick([30000] * 12 if i < 3 else None).tolist() for i in range(5)]
    assert [neurons for _, neurons in seen] == expected
    assert [tick for tick, _ in seen] == [first + i for i in range(5)]
    assert record.counts.tolist() == [len(neurons) for neurons in expected]
    assert record.neuron.tolist() == [neuron for neurons in expected for neuron in neurons]
    assert record.neuron.dtype == np.uint32


def test_stream_is_lazy(device):
    first = device.tick_count
    stream = device.stream(Stimulus.constant(None, 1000))
    next(stream)
    assert device.tick_count == first + 1


def test_unknown_field_is_named(device):
    with pytest.raises(ValueError, match=r"field must be one of potential, .* not 'membrane'"):
        device.read("membrane")


def test_save_chooses_by_suffix(device, pool, tmp_path):
    device.save(tmp_path / "x.checkpoint")
    device.save(tmp_path / "x.pool")
    assert first_difference(pool, read_checkpoint(tmp_path / "x.checkpoint")) is None
    assert read_pool(tmp_path / "x.pool").weight.tolist() == pool.weight.tolist()


def test_golden_counts_spikes_and_events(pool):
    device = GoldenDevice()
    device.load(pool)
    assert set(device.status()) == {counter.name for counter in COUNTERS}
    fired = [device.tick([32767] * 12) for _ in range(6)]
    source = np.repeat(np.arange(pool.n), np.diff(pool.row_ptr))
    conducts = np.bincount(source[pool.target < pool.n], minlength=pool.n)
    assert device.status()["spikes"] == sum(map(len, fired))
    assert device.status()["events"] == sum(int(conducts[neurons].sum()) for neurons in fired)


def test_golden_identity_has_all_fields():
    assert list(GoldenDevice().identity) == [field.name for field in IDENTITY.fields]


def test_golden_without_pool_says_so():
    with pytest.raises(DeviceError, match="no pool is loaded"):
        GoldenDevice().tick()
