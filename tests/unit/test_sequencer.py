import pytest

from golden.arch.commands import ARGUMENTS, REPORTS, Fault, Opcode, Tag
from hdl.access import AccessOp
from hdl.engine import Work
from hdl.sequencer import Sequencer
from tests.support.gateware import simulate, stream_get, stream_put


class Bench:
    """A sequencer with everything around it stood in for."""

    def __init__(self, ctx, dut, idle=0):
        self.ctx, self.dut, self.idle = ctx, dut, idle
        ctx.set(dut.access_idle, 1)
        ctx.set(dut.jobs_idle, 1)

    async def send(self, opcode, data=b"", **arguments):
        for byte in bytes([opcode]) + ARGUMENTS[opcode].pack(**arguments) + data:
            await stream_put(self.ctx, self.dut.commands, byte, wait=self.idle)

    async def report(self):
        report = await stream_get(self.ctx, self.dut.reports)
        record = REPORTS[Tag(report.tag)]
        data = report.fields.to_bytes(8, "little")[:record.size]
        return Tag(report.tag), record.unpack(data)


@pytest.mark.parametrize("idle", [0, 3])
def test_jobs_carry_their_arguments_and_are_awaited(idle):
    dut = Sequencer()

    async def testbench(ctx):
        bench = Bench(ctx, dut, idle)
        for opcode, arguments, work, expected in (
            (Opcode.RUN, {"ticks": 0x12345678}, Work.RUN, {"ticks": 0x12345678}),
            (Opcode.INJECT, {"first": 7, "end": 70000, "delta": -32640}, Work.INJECT,
             {"first": 7, "end": 70000, "delta": -32640}),
            (Opcode.REST, {}, Work.REST, {}),
            (Opcode.MODULATE, {"dopamine": 135, "cortisol": 31}, Work.MODULATE, {}),
            (Opcode.PRUNE, {}, Work.PRUNE, {}),
            (Opcode.SETTLE, {}, Work.SETTLE, {}),
        ):
            await bench.send(opcode, **arguments)
            job = await stream_get(ctx, dut.jobs, wait=idle)
            ctx.set(dut.jobs_idle, 0)
            assert job.work == work
            assert {name: getattr(job, name) for name in expected} == expected
            if opcode is Opcode.MODULATE:
                assert (job.modulators.dopamine, job.modulators.cortisol) == (135, 31)
            ctx.set(dut.commands.valid, 1)
            for _ in range(5):  # nothing is taken before the job has been done
                await ctx.tick()
                assert not ctx.get(dut.commands.ready)
                assert not ctx.get(dut.idle)
            ctx.set(dut.commands.valid, 0)
            ctx.set(dut.jobs_idle, 1)
            await ctx.tick()
            assert ctx.get(dut.idle)

    simulate(dut, testbench)


@pytest.mark.parametrize(("opcode", "op"), [
    (Opcode.WRITE, AccessOp.WRITE), (Opcode.READ, AccessOp.READ), (Opcode.INPUT, AccessOp.INPUT),
])
def test_accesses_get_the_bytes_that_follow(opcode, op):
    dut = Sequencer()

    async def testbench(ctx):
        bench = Bench(ctx, dut)
        arguments = {"window": 9, "address": 0x01020304, "count": 513}
        await bench.send(opcode, **{field.name: arguments[field.name]
                                    for field in ARGUMENTS[opcode].fields})
        access = await stream_get(ctx, dut.accesses)
        ctx.set(dut.access_idle, 0)
        assert (access.op, access.count) == (op, 513)
        if op is not AccessOp.INPUT:
            assert (access.window, access.address) == (9, 0x01020304)
        ctx.set(dut.commands.payload, 0xAB)
        ctx.set(dut.commands.valid, 1)
        assert not ctx.get(dut.commands.ready)
        assert await stream_get(ctx, dut.access_bytes, wait=2) == 0xAB
        ctx.set(dut.commands.valid, 0)
        ctx.set(dut.access_idle, 1)
        await ctx.tick()
        await bench.send(Opcode.SYNC, token=0xFEDCBA98)
        assert await bench.report() == (Tag.SYNCED, {"token": 0xFEDCBA98})

    simulate(dut, testbench)


@pytest.mark.parametrize("code", [0x00, 0x0B, 0x14, 0x40, 0xFF])
def test_an_unknown_opcode_is_a_fault_that_lasts_until_a_flush(code):
    dut = Sequencer()

    async def testbench(ctx):
        bench = Bench(ctx, dut)
        await stream_put(ctx, dut.commands, code)
        assert await bench.report() == (Tag.FAULT, {"code": Fault.OPCODE, "opcode": code})
        await bench.send(Opcode.SYNC, token=1)
        await bench.send(Opcode.RUN, ticks=1)
        for _ in range(5):
            await ctx.tick()
            assert not ctx.get(dut.reports.valid)
            assert not ctx.get(dut.jobs.valid)
        ctx.set(dut.flush, 1)
        await ctx.tick()
        assert ctx.get(dut.idle)
        ctx.set(dut.flush, 0)
        await bench.send(Opcode.SYNC, token=2)
        assert await bench.report() == (Tag.SYNCED, {"token": 2})

    simulate(dut, testbench)


def test_a_fault_of_an_access_is_reported():
    dut = Sequencer()

    async def testbench(ctx):
        bench = Bench(ctx, dut)
        await bench.send(Opcode.WRITE, window=99, address=0, count=1)
        await stream_get(ctx, dut.accesses)
        ctx.set(dut.access_fault, Fault.WINDOW)
        assert await bench.report() == (Tag.FAULT, {"code": Fault.WINDOW, "opcode": Opcode.WRITE})

    simulate(dut, testbench)


@pytest.mark.parametrize("size", range(1, 5))
def test_flush_forgets_a_command_that_has_not_arrived_whole(size):
    dut = Sequencer()

    async def testbench(ctx):
        bench = Bench(ctx, dut)
        for byte in (bytes([Opcode.RUN]) + ARGUMENTS[Opcode.RUN].pack(ticks=9))[:size]:
            await stream_put(ctx, dut.commands, byte)
        for _ in range(3):  # the barrier: nothing runs on part of a command
            await ctx.tick()
            assert not ctx.get(dut.jobs.valid)
        ctx.set(dut.flush, 1)
        for _ in range(3):
            await stream_put(ctx, dut.commands, Opcode.REST)  # dropped
        await ctx.tick()
        assert ctx.get(dut.idle)
        ctx.set(dut.flush, 0)
        await bench.send(Opcode.SYNC, token=2)
        assert await bench.report() == (Tag.SYNCED, {"token": 2})

    simulate(dut, testbench)
