import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import REPORTS, Tag
from hdl.bytes import ReportSender, join
from tests.support.gateware import simulate, stream_get, stream_put


@pytest.mark.parametrize("idle", [0, 3])
@pytest.mark.parametrize("stall", [0, 2])
def test_reports_come_out_byte_by_byte(idle, stall):
    dut = ReportSender()
    values = {tag: {field.name: 0x9A8B7C6D >> 4 * at & ((1 << 8 * field.size) - 1)
                    for at, field in enumerate(record.fields)} for tag, record in REPORTS.items()}
    expected = b"".join(bytes([tag]) + REPORTS[tag].pack(**values[tag]) for tag in REPORTS)
    received = bytearray()

    async def source(ctx):
        for tag, record in REPORTS.items():
            await stream_put(ctx, dut.i, {
                "tag": tag, "fields": int.from_bytes(record.pack(**values[tag]), "little"),
            }, wait=idle)

    async def sink(ctx):
        for _ in expected:
            received.append(await stream_get(ctx, dut.o, wait=stall))

    simulate(dut, source, sink)
    assert received == expected
    assert set(REPORTS) == set(Tag)


class Joined(wiring.Component):
    a: In(stream.Signature(8))
    b: In(stream.Signature(8))
    o: Out(stream.Signature(8))

    def elaborate(self, platform):
        m = Module()
        join(m, (self.a, self.b), self.o)
        m.d.sync += Signal().eq(0)  # the simulator wants a clock to drive
        return m


def test_join_takes_from_whoever_speaks():
    dut = Joined()
    received = []

    async def source(ctx):
        await stream_put(ctx, dut.a, 1)
        await stream_put(ctx, dut.b, 2)
        await stream_put(ctx, dut.a, 3)

    async def sink(ctx):
        received.extend([await stream_get(ctx, dut.o, wait=1) for _ in range(3)])

    simulate(dut, source, sink)
    assert received == [1, 2, 3]
