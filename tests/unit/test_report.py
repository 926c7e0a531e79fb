import itertools

import numpy as np
import pytest

from golden.arch.commands import Tag, spike_report_sizes
from golden.arch.params import CoreParams
from hdl.report import SpikeReporter
from tests.support.gateware import simulate, stream_get, stream_put


def expected_report(spikes, count, size):
    events, bitmap = spike_report_sizes(len(spikes), count, size)
    if events <= bitmap:
        return bytes([Tag.EVENTS]) + b"".join(
            number.to_bytes(size, "little") for number in (len(spikes), *spikes))
    raster = np.zeros(count, bool)
    raster[spikes] = True
    return bytes([Tag.BITMAP]) + np.packbits(raster, bitorder="little").tobytes()


@pytest.mark.parametrize(("capacity", "count"), [
    (16, 1), (16, 8), (16, 9), (256, 256), (256, 37), (512, 500), (1024, 1024),
])
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (2, 0), (0, 2)])
def test_takes_the_shorter_form(capacity, count, idle, stall):
    params = CoreParams(neurons=capacity, synapses=16)
    dut = SpikeReporter(params)
    rng = np.random.default_rng(seed=count)
    border = (count + 7) // 8 // params.event_bytes - 1
    sizes = sorted({min(max(size, 0), count) for size in (
        0, 1, 2, border - 1, border, border + 1, border + 2, count)})
    ticks = [sorted(rng.choice(count, size, replace=False).tolist()) for size in sizes]
    reports = [expected_report(spikes, count, params.event_bytes) for spikes in ticks]
    received = []

    async def source(ctx):
        ctx.set(dut.neuron_count, count)
        ctx.set(dut.drained, 1)
        for spikes in ticks:
            ctx.set(dut.spike_count, len(spikes))
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            ctx.set(dut.drained, 0)
            for spike in spikes:
                await stream_put(ctx, dut.spikes, spike, wait=idle)
            ctx.set(dut.drained, 1)
            while not ctx.get(dut.idle):
                await ctx.tick()

    async def sink(ctx):
        for report in reports:
            received.append(bytes([await stream_get(ctx, dut.o, wait=stall) for _ in report]))

    simulate(dut, source, sink, deadline=60_000)
    assert received == reports
    if count > 40:
        assert {report[0] for report in reports} == {Tag.EVENTS, Tag.BITMAP}


def test_bitmap_and_list_of_equal_length_are_told_as_a_list():
    events, bitmap = spike_report_sizes(1, 16, 1)
    assert events == bitmap
    assert expected_report([3], 16, 1)[0] == Tag.EVENTS
    assert list(itertools.chain(expected_report([3], 16, 1))) == [Tag.EVENTS, 1, 3]
