import numpy as np
import pytest

from golden.arch.commands import Tag
from golden.arch.params import CoreParams
from hdl.report import SpikeReporter
from tests.support.gateware import simulate, stream_get, stream_put


def literal_report(spikes, count, size):
    """Return the bytes of a tick's report, as the contract says."""
    bitmap_size = -(-count // 8)
    if size * (1 + len(spikes)) <= bitmap_size:
        return bytes([Tag.EVENTS]) + b"".join(
            number.to_bytes(size, "little") for number in (len(spikes), *spikes))
    raster = sum(1 << spike for spike in spikes)
    return bytes([Tag.BITMAP]) + raster.to_bytes(bitmap_size, "little")


def any_ticks(count, size):
    """Return spikes of ticks, some of which are just as long in either form."""
    rng = np.random.default_rng(seed=count)
    border = -(-count // 8) // size - 1
    sizes = {min(max(size, 0), count) for size in (0, 1, 2, border - 1, border, border + 1,
                                                   border + 2, count)}
    return [sorted(rng.choice(count, size, replace=False).tolist()) for size in sorted(sizes)]


async def start(ctx, dut, spikes):
    ctx.set(dut.spike_count, len(spikes))
    ctx.set(dut.start, 1)
    await ctx.tick()
    ctx.set(dut.start, 0)


@pytest.mark.parametrize(("capacity", "count"), [
    (16, 1), (16, 8), (16, 9), (256, 256), (256, 37), (512, 500), (1024, 1024),
])
@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (2, 0), (0, 2)])
def test_takes_the_shorter_form(capacity, count, idle, stall):
    dut = SpikeReporter(params := CoreParams(neurons=capacity, synapses=16))
    ticks = any_ticks(count, params.event_bytes)
    reports = [literal_report(spikes, count, params.event_bytes) for spikes in ticks]
    received = []

    async def source(ctx):
        ctx.set(dut.neuron_count, count)
        ctx.set(dut.drained, 1)
        for spikes in ticks:
            await start(ctx, dut, spikes)
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


@pytest.mark.parametrize(("capacity", "count"), [(256, 256), (512, 500)])
def test_takes_a_cycle_per_byte_and_spike_and_another_per_byte_of_a_bitmap(capacity, count):
    dut = SpikeReporter(params := CoreParams(neurons=capacity, synapses=16))

    async def testbench(ctx):
        ctx.set(dut.neuron_count, count)
        ctx.set(dut.o.ready, 1)
        for spikes in any_ticks(count, params.event_bytes):
            report = literal_report(spikes, count, params.event_bytes)
            await start(ctx, dut, spikes)
            left, cycles = list(spikes), 0
            while not ctx.get(dut.idle):
                ctx.set(dut.spikes.valid, bool(left))
                ctx.set(dut.spikes.payload, left[0] if left else 0)
                ctx.set(dut.drained, not left)
                if left and ctx.get(dut.spikes.ready):
                    left.pop(0)
                await ctx.tick()
                cycles += 1
            last = report[0] == Tag.EVENTS  # looks for one spike more
            assert cycles == len(report) + len(spikes) + (1 if last else len(report) - 1)

    simulate(dut, testbench)
