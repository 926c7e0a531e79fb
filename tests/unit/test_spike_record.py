import numpy as np

from host.spikes import SpikeRecord


def fired(*neurons):
    return np.array(neurons, np.uint32)


def test_record_lists_events():
    record = SpikeRecord.collect(95, [fired(1, 3), fired(), fired(0)])
    assert record.tick.tolist() == [95, 95, 97]
    assert record.neuron.tolist() == [1, 3, 0]
    assert record.counts.tolist() == [2, 0, 1]
    assert record.total == 3
    assert (record.tick.dtype, record.neuron.dtype) == (np.uint64, np.uint32)


def test_raster_shows_silent_ticks():
    raster = SpikeRecord.collect(95, [fired(1, 3), fired(), fired(0)]).raster(4)
    assert raster.astype(int).tolist() == [[0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]


def test_empty_run():
    record = SpikeRecord.collect(0, [])
    assert (record.total, record.raster(3).shape) == (0, (0, 3))


def test_tick_count_wraps():
    record = SpikeRecord.collect(2**64 - 1, [fired(0), fired(0)])
    assert record.tick.tolist() == [2**64 - 1, 0]
