"""All devices give the same answers to the same calls."""

import itertools

import numpy as np
import pytest

from boards.virtual import VIRTUAL
from golden.arch.config import Options, PoolConfig
from golden.model import STATE_FIELDS, first_difference, new, with_random_connectivity_seeded
from host.board import BoardDevice
from host.checkpoint import read_checkpoint
from host.device import GoldenDevice
from host.errors import DeviceError, MismatchError
from host.open import open_device
from host.poolfile import pool_to_bytes
from host.recorder import Recorder
from host.replay import replay
from host.stimulus import Segment, Stimulus
from host.verify import VerifiedDevice
from tests.support.pools import any_config, any_options, any_pool


@pytest.fixture
def board(board_path):
    with open_device(board_path) as device:
        yield device


@pytest.fixture(params=["golden", "virtual"])
def device(request):
    where = request.param
    with open_device("golden" if where == "golden" else request.getfixturevalue("board_path")) \
            as device:
        yield device


def some_pool(seed, n=12, **options):
    rng = np.random.default_rng(seed)
    config = any_config(rng)
    options = Options(**options) if options else any_options(rng)
    return any_pool(rng, n=n, config=config, options=options)


def busy_pool():
    config = PoolConfig(trace_decay=240, stdp_positive=30, stdp_negative=-15, max_delay=3)
    return with_random_connectivity_seeded("busy", 40, 0.1, config)


def random_stimulus(rng, n, segments=4):
    return Stimulus(Segment(rng.integers(-6000, 12000, rng.integers(0, n + 4)), rng.integers(0, 6))
                    for _ in range(segments))


def random_calls(rng, n, count):
    """Yield names and arguments of calls that change a pool."""
    for _ in range(count):
        match rng.integers(8):
            case 0:
                yield "inject", (*rng.integers(0, n + 3, 2).tolist(),
                                 int(rng.integers(-128, 128)), int(rng.integers(256)))
            case 1 | 2:
                yield "modulate", (*rng.integers(100, 256, 2).tolist(), 0)
            case 3:
                yield "synaptogenesis", (int(rng.integers(120, 160)),)
            case 4:
                yield "prune", ()
            case 5:
                yield "reset_membranes", ()
            case _:
                yield "run", (random_stimulus(rng, n),)


@pytest.mark.parametrize("seed", range(6))
def test_all_calls_agree_with_the_model(device, seed):
    rng = np.random.default_rng(seed)
    pool = some_pool(seed)
    device.load(pool)
    assert first_difference(pool, device.snapshot()) is None
    for name, arguments in random_calls(rng, pool.n, 25):
        if name == "run":
            [stimulus] = arguments
            spikes = [fired.tolist() for fired in device.stream(stimulus)]
            expected = [pool.tick(segment.current).tolist()
                        for segment in stimulus for _ in range(segment.ticks)]
            assert spikes == expected
        else:
            assert getattr(device, name)(*arguments) == getattr(pool, name)(*arguments)
        assert first_difference(pool, device.snapshot()) is None, (name, arguments)


def test_reads_are_true_and_in_the_order_of_files(device):
    pool = busy_pool()
    device.load(pool)
    device.run(Stimulus.constant([9000] * 20, 30))
    device.inject(3, 9, 1, 20)
    for _ in range(30):
        pool.tick(np.full(20, 9000))
    pool.inject(3, 9, 1, 20)
    for field in STATE_FIELDS:
        value = device.read(field)
        np.testing.assert_array_equal(value, getattr(pool, field), err_msg=field)
        assert value.dtype == getattr(pool, field).dtype
    assert device.tick_count == 30
    assert device.spike_count == pool.last_spike_count > 0
    assert device.mean_activation == pool.mean_activation
    assert device.stats() == pool.stats()
    assert device.read_output(30, 50).tolist() == pool.read_output(30, 50).tolist()
    with pytest.raises(ValueError, match="field must be one of"):
        device.read("nonsense")


def test_what_is_read_is_the_callers_own(device):
    device.load(busy_pool())
    device.read("potential")[:] = 0
    device.read("leak")[:] = 0
    device.snapshot().weight[:] = 0
    assert first_difference(busy_pool(), device.snapshot()) is None


def test_run_records_and_calls_back(device):
    pool = busy_pool()
    pool.tick_count = 2**40
    device.load(pool)
    called = []
    record = device.run(Stimulus.constant([9000] * 20, 25),
                        lambda tick, neurons: called.append((tick, neurons.tolist())))
    raster = record.raster(pool.n)
    assert [tick for tick, _ in called] == list(range(2**40, 2**40 + 25))
    for row, (_, neurons) in zip(raster, called, strict=True):
        assert np.flatnonzero(row).tolist() == neurons == pool.tick([9000] * 20).tolist()


def test_tick_takes_any_current(device):
    pool = busy_pool()
    device.load(pool)
    for current in (None, [], [12000], np.full(70, 12000), [0, 0, -5], None):
        assert device.tick(current).tolist() == pool.tick(current).tolist()
    with pytest.raises(ValueError, match="current"):
        device.tick([40000])


def test_saves_both_kinds_of_file(device, tmp_path):
    pool = busy_pool()
    device.load(pool)
    device.run(Stimulus.constant([9000] * 20, 7))
    for _ in range(7):
        pool.tick([9000] * 20)
    device.save(tmp_path / "x.pool")
    device.save(tmp_path / "x.checkpoint")
    assert (tmp_path / "x.pool").read_bytes() == pool_to_bytes(pool)
    assert first_difference(pool, read_checkpoint(tmp_path / "x.checkpoint")) is None


def test_checkpoint_goes_on_as_if_never_stopped(device):
    device.load(busy_pool())
    device.run(Stimulus.constant([9000] * 20, 33))
    middle = device.snapshot()
    first = device.run(Stimulus.constant([9000] * 20, 20))
    device.load(busy_pool())
    device.load(middle)
    again = device.run(Stimulus.constant([9000] * 20, 20))
    np.testing.assert_array_equal(first.neuron, again.neuron)
    np.testing.assert_array_equal(first.tick, again.tick)


def test_counts_spikes_and_events(device):
    pool = busy_pool()
    device.load(pool)
    before = device.status()
    spikes = device.run(Stimulus.constant([9000] * 20, 20))
    after = device.status()
    lengths = np.diff(pool.row_ptr.astype(int))
    assert after["spikes"] - before["spikes"] == spikes.total
    assert after["events"] - before["events"] == lengths[spikes.neuron].sum()


@pytest.mark.parametrize(("name", "arguments"), [
    ("modulate", (256, 0)), ("modulate", (0, -1)), ("modulate", (0, 0, 256)),
    ("inject", (-1, 3, 1, 1)), ("inject", (0, 3, 200, 1)), ("inject", (0, 3, 1, 256)),
    ("synaptogenesis", (256,)),
])
def test_refuses_values_out_of_range(device, name, arguments):
    device.load(busy_pool())
    with pytest.raises(ValueError, match=r"must be in .*, not"):
        getattr(device, name)(*arguments)
    assert first_difference(busy_pool(), device.snapshot()) is None


def test_needs_a_pool(device):
    for call in (device.snapshot, device.tick, device.prune, lambda: device.read("weight"),
                 lambda: device.tick_count):
        with pytest.raises(DeviceError, match="load"):
            call()


def test_one_neuron_without_synapses(device):
    pool = new("one", 1)
    device.load(pool)
    assert [device.tick([5000]).tolist() for _ in range(5)] == [
        pool.tick([5000]).tolist() for _ in range(5)]
    assert device.prune() == 0
    assert first_difference(pool, device.snapshot()) is None


# What only a board has to care about ---------------------------------------------------------


@pytest.mark.parametrize("look_ahead", [1, 40, 1024])
def test_stream_left_early_can_be_gone_on_from(board_path, look_ahead):
    pool = busy_pool()
    with open_device(board_path, look_ahead=look_ahead) as device:
        device.load(pool)
        stream = device.stream(Stimulus.constant([9000] * 20, 100_000))
        for neurons in itertools.islice(stream, 50):
            assert neurons.tolist() == pool.tick([9000] * 20).tolist()
        stream.close()
        assert 50 <= device.tick_count <= 50 + look_ahead
        while pool.tick_count < device.tick_count:
            pool.tick([9000] * 20)
        assert first_difference(pool, device.snapshot()) is None
        assert device.tick([3000]).tolist() == pool.tick([3000]).tolist()


def test_device_may_be_closed_before_its_stream(board_path):
    with open_device(board_path) as device:
        device.load(busy_pool())
        stream = device.stream(Stimulus.constant(None, 5000))
        next(stream)
    stream.close()
    with open_device(board_path) as device:
        device.load(busy_pool())
        assert device.tick_count == 0


def test_recorded_stream_left_early_counts_what_ran(board_path):
    with Recorder(open_device(board_path)) as device:
        device.load(busy_pool())
        device.run(Stimulus.constant([9000] * 20, 30))
        stream = device.stream(Stimulus.constant([9000] * 20, 5000))
        next(stream)
        stream.close()
        ran = device.tick_count
        device.tick([5000])
        record = device.finish()
    assert 30 < ran == record.ticks - 1
    agreement = replay(record)
    assert agreement.complete
    assert agreement.bins == (30 + 1 + 1) * 40


def test_pool_can_be_read_but_not_changed_while_a_stream_is_open(board):
    pool = busy_pool()
    board.load(pool)
    stream = board.stream(Stimulus.constant([9000] * 20, 3000))
    fired = [next(stream) for _ in range(10)]
    seen = board.snapshot()
    assert 10 <= seen.tick_count <= 10 + 1024
    for call in (board.tick, board.prune, board.reset_membranes, lambda: board.load(pool),
                 lambda: board.modulate(200, 0), lambda: board.inject(0, 9, 1, 1),
                 lambda: board.synaptogenesis(200)):
        with pytest.raises(DeviceError, match="while a stream is open"):
            call()
    fired += list(stream)
    for tick, neurons in enumerate(fired):
        assert neurons.tolist() == pool.tick([9000] * 20).tolist()
        if tick + 1 == seen.tick_count:
            assert first_difference(pool, seen) is None
    assert first_difference(pool, board.snapshot()) is None


def test_all_neurons_fire_or_none(board):
    pool = new("blaze", 300, PoolConfig(refractory_ticks=0))
    board.load(pool)
    for current in (np.full(300, 32767), np.zeros(300, int), np.full(1, 32767)):
        np.testing.assert_array_equal(board.tick(current), pool.tick(current))
    assert first_difference(pool, board.snapshot()) is None


@pytest.mark.parametrize(("changed", "size"), [
    (0, 0), (1, 7), (20, 83), (21, 87), (22, 88), (40, 88),
])
def test_only_changed_inputs_are_sent_or_all_if_shorter(changed, size, board):
    pool = busy_pool()
    board.load(pool)
    current = np.zeros(pool.n, np.int16)
    current[:changed] = 7000
    assert board._send_input(current) == size
    assert board._send_input(current) == 0
    for given in (current, current[:changed], current * 0):
        assert board.tick(given).tolist() == pool.tick(given).tolist()


def test_interrupted_exchange_is_noticed(board_path):
    with open_device(board_path) as device:
        device.load(busy_pool())
        device._core.send_sync()  # as if Ctrl-C came before its report
        with pytest.raises(DeviceError, match="was interrupted, 1 reports are still to come"):
            device.tick()
        device.load(busy_pool())
        assert first_difference(busy_pool(), device.snapshot()) is None


# Verification --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_verified_board_passes(board, seed):
    rng = np.random.default_rng(seed)
    device = VerifiedDevice(board)
    device.load(some_pool(seed))
    for name, arguments in random_calls(rng, 12, 8):
        getattr(device, name)(*arguments)
    assert device.stats() == device.device.stats()


def test_verified_stream_left_early_goes_on(board):
    device = VerifiedDevice(board)
    device.load(busy_pool())
    stream = device.stream(Stimulus.constant([9000] * 20, 5000))
    for _ in range(5):
        next(stream)
    stream.close()
    device.run(Stimulus.constant([3000] * 20, 10))


class Liar(GoldenDevice):
    """A device that departs from the model when it is told to."""

    def stream(self, stimulus):
        for tick, neurons in enumerate(super().stream(stimulus)):
            yield neurons[:-1] if tick == 3 else neurons

    def prune(self):
        return super().prune() + 1


@pytest.mark.parametrize("field", STATE_FIELDS)
def test_verification_names_field_index_and_values(field):
    device = VerifiedDevice(GoldenDevice())
    device.load(busy_pool())
    device.reset_membranes()
    array = getattr(device.device.pool, field)
    index = (1, 7) if array.ndim == 2 else 7
    expected = array[index].item()
    array[index] = not expected if field == "spike" else expected + 1
    with pytest.raises(MismatchError) as caught:
        device.stats()
    error = caught.value
    assert (error.tick, error.field, error.index, error.expected, error.actual) == (
        0, field, index, expected, array[index])


def test_verification_stops_at_the_first_wrong_spike():
    device = VerifiedDevice(Liar())
    device.load(busy_pool())
    stream = device.stream(Stimulus.constant([9000] * 20, 10))
    assert len(list(itertools.islice(stream, 3))) == 3
    with pytest.raises(MismatchError, match=r"tick 3: spike\[\d+\] must be True, .* has False"):
        next(stream)


def test_verification_compares_results():
    device = VerifiedDevice(Liar())
    device.load(busy_pool())
    with pytest.raises(MismatchError, match=r"result of prune must be 0, .* has 1"):
        device.prune()


def end_with_a_wrong_weight(error=None):
    with VerifiedDevice(GoldenDevice()) as device:
        device.load(busy_pool())
        device.device.pool.weight[5] += 1
        if error:
            raise error


def test_verification_ends_with_a_comparison():
    with pytest.raises(MismatchError, match=r"weight\[5\]"):
        end_with_a_wrong_weight()


def test_verification_keeps_the_first_error():
    with pytest.raises(RuntimeError, match="mine"):
        end_with_a_wrong_weight(RuntimeError("mine"))


def test_open_device_verifies_on_request(board_path):
    with open_device(board_path, verify=True) as device:
        assert isinstance(device, VerifiedDevice)
        assert isinstance(device.device, BoardDevice)
        assert device.identity["neurons"] == VIRTUAL.neurons
