import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import ARGUMENTS, REPORTS, Fault, Opcode, Tag
from golden.arch.params import CoreParams
from hdl.access import ACCESS, AccessOp
from hdl.bytes import ByteRegister, Report, join
from hdl.engine import Job, Work
from hdl.queue import LoopControl
from hdl.sequencer import Sequencer
from tests.support.gateware import simulate, stream_get, stream_put


class Board(wiring.Component):
    """A sequencer with its byte register; what it has done is done elsewhere."""

    def __init__(self, params):
        self.sequencer, self.record = Sequencer(params), ByteRegister()
        super().__init__({
            "commands": In(stream.Signature(8)), "o": Out(stream.Signature(8)),
            "jobs": Out(stream.Signature(Job())), "reports": In(stream.Signature(Report())),
            "loop": Out(LoopControl()),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.sequencer, m.submodules.record = sequencer, record = (
            self.sequencer, self.record)
        wiring.connect(m, sequencer.transfer, record.transfers[0])
        wiring.connect(m, sequencer.jobs, wiring.flipped(self.jobs))
        wiring.connect(m, wiring.flipped(self.reports), sequencer.reports)
        wiring.connect(m, sequencer.loop, wiring.flipped(self.loop))
        join(m, (sequencer.o, record.o), self.o)
        m.d.comb += [
            sequencer.commands.valid.eq(self.commands.valid),
            sequencer.commands.payload.eq(self.commands.payload),
            record.i.valid.eq(self.commands.valid),
            record.i.payload.eq(self.commands.payload),
            self.commands.ready.eq(sequencer.commands.ready | record.i.ready),
            sequencer.record.eq(record.value),
        ]
        return m


class Bench:
    def __init__(self, ctx, dut, idle=0):
        self.ctx, self.dut, self.idle = ctx, dut, idle

    async def send(self, opcode, **arguments):
        for byte in bytes([opcode]) + ARGUMENTS[opcode].pack(**arguments):
            await stream_put(self.ctx, self.dut.commands, byte, wait=self.idle)

    async def report(self):
        tag = Tag(await stream_get(self.ctx, self.dut.o, wait=self.idle))
        record = REPORTS[tag]
        data = bytes([await stream_get(self.ctx, self.dut.o, wait=self.idle)
                      for _ in range(record.size)])
        return tag, record.unpack(data)

    async def until(self, signal):
        while not self.ctx.get(signal):
            await self.ctx.tick()

    async def flush(self):
        self.ctx.set(self.dut.sequencer.flush, 1)
        await self.until(self.dut.sequencer.idle)
        await self.ctx.tick()
        self.ctx.set(self.dut.sequencer.flush, 0)

    async def works(self, token=0xFEDCBA98):
        await self.send(Opcode.SYNC, token=token)
        assert await self.report() == (Tag.SYNCED, {"token": token})


def bench(scenario, **params):
    """Play a scenario on a `Bench`."""
    dut = Board(CoreParams(**{"astrocytes": 4} | params))

    async def testbench(ctx):
        await scenario(ctx, dut, Bench(ctx, dut))

    simulate(dut, testbench)


JOBS = [
    (Opcode.RUN, {"ticks": 0x1234, "silent": 0}, Work.RUN,
     {"ticks": 0x1234, "silent": 0}),
    (Opcode.RUN, {"ticks": 1, "silent": 1}, Work.RUN, {"ticks": 1, "silent": 1}),
    (Opcode.INJECT, {"first": 7, "end": 65535, "delta": -32640}, Work.INJECT,
     {"first": 7, "end": 65535, "delta": -32640}),
    (Opcode.REST, {}, Work.REST, {}),
    (Opcode.MODULATE, {"dopamine": 135, "cortisol": 31}, Work.MODULATE, {}),
    (Opcode.PRUNE, {}, Work.PRUNE, {}),
    (Opcode.SETTLE, {}, Work.SETTLE, {}),
    (Opcode.ASTROCYTES, {"clear": 0}, Work.ASTROCYTES, {"clear": 0}),
    (Opcode.ASTROCYTES, {"clear": 1}, Work.ASTROCYTES, {"clear": 1}),
]


@pytest.mark.parametrize("idle", [0, 3])
def test_jobs_carry_their_arguments_and_are_awaited(idle):
    async def scenario(ctx, dut, b):
        b.idle = idle
        for opcode, arguments, work, expected in JOBS:
            await b.send(opcode, **arguments)
            await b.until(dut.jobs.valid)
            ctx.set(dut.commands.valid, 1)
            for _ in range(5):  # nothing is taken before the job has been done
                await ctx.tick()
                assert not ctx.get(dut.commands.ready)
                assert not ctx.get(dut.sequencer.idle)
            ctx.set(dut.commands.valid, 0)
            job = await stream_get(ctx, dut.jobs, wait=idle)
            assert job.work == work
            assert {name: getattr(job, name) for name in expected} == expected
            if opcode is Opcode.MODULATE:
                assert (job.modulators.dopamine, job.modulators.cortisol) == (135, 31)
            assert ctx.get(dut.sequencer.idle)
        await b.works()

    bench(scenario)


@pytest.mark.parametrize("bit", range(16, 32))
def test_neurons_far_beyond_the_pool_stay_beyond_it(bit):
    async def scenario(ctx, dut, b):
        await b.send(Opcode.INJECT, first=1 << bit, end=1 << bit | 5, delta=1)
        job = await stream_get(ctx, dut.jobs)
        assert job.first >= 65536
        assert job.end >= 65536

    bench(scenario)


@pytest.mark.parametrize("idle", [0, 2])
def test_reports_of_a_job_leave_before_it_is_done(idle):
    values = [(Tag.DROPPED, {"address": 0x04030201}), (Tag.DROPPED, {"address": 0x40302010}),
              (Tag.PRUNED, {"count": 0xFFFEFDFC}),
              (Tag.MODULATED, {"reinforced": 0xA4A3A2A1, "weakened": 0xB4B3B2B1})]

    async def scenario(ctx, dut, b):
        b.idle = idle
        await b.send(Opcode.MODULATE, dopamine=1, cortisol=2)
        await b.until(dut.jobs.valid)
        for tag, fields in values:
            ctx.set(dut.reports.payload, {
                "tag": tag, "fields": int.from_bytes(REPORTS[tag].pack(**fields), "little")})
            ctx.set(dut.reports.valid, 1)
            size = 1 + REPORTS[tag].size
            received = []
            ready = False
            ctx.set(dut.o.ready, 1)
            while not ready:
                *_, valid, byte, ready = await ctx.tick().sample(
                    dut.o.valid, dut.o.payload, dut.reports.ready)
                received += [byte] if valid else []
            ctx.set(dut.o.ready, 0)
            assert bytes(received) == bytes([tag]) + REPORTS[tag].pack(**fields)
            assert len(received) == size
            ctx.set(dut.reports.valid, 0)
            assert ctx.get(dut.jobs.valid)
            assert not ctx.get(dut.sequencer.idle)
        job = await stream_get(ctx, dut.jobs)
        assert (job.modulators.dopamine, job.modulators.cortisol) == (1, 2)
        await b.works()

    bench(scenario)


@pytest.mark.parametrize(("opcode", "op"), [
    (Opcode.WRITE, AccessOp.WRITE), (Opcode.READ, AccessOp.READ), (Opcode.INPUT, AccessOp.INPUT),
])
def test_accesses_get_their_arguments_and_are_awaited(opcode, op):
    async def scenario(ctx, dut, b):
        values = {"window": 9, "address": 0x01020304, "count": 513}
        await b.send(opcode, **{field.name: values[field.name]
                                for field in ARGUMENTS[opcode].fields})
        await b.until(dut.sequencer.access_valid)
        assert ctx.get(dut.sequencer.access_op) == op
        record = ctx.get(dut.record.value) >> len(dut.record.value) - ACCESS.size
        if op is AccessOp.INPUT:
            assert record >> 40 == 513
        else:
            assert record == 9 | 0x01020304 << 8 | 513 << 40
        ctx.set(dut.commands.valid, 1)
        for _ in range(5):
            await ctx.tick()
            assert ctx.get(dut.sequencer.access_valid)
            assert not ctx.get(dut.commands.ready)
            assert not ctx.get(dut.sequencer.access_abort)
        ctx.set(dut.commands.valid, 0)
        await finish(ctx, dut)
        await b.works()

    bench(scenario)


async def finish(ctx, dut, fault=0):
    """Let the access under way end."""
    ctx.set(dut.sequencer.access_fault, fault)
    ctx.set(dut.sequencer.access_done, 1)
    await ctx.tick()
    ctx.set(dut.sequencer.access_done, 0)


@pytest.mark.parametrize("code", [0x00, 0x0E, 0x14, 0x40, 0xFF])
def test_an_unknown_opcode_is_a_fault_that_lasts_until_a_flush(code):
    async def scenario(ctx, dut, b):
        assert not ctx.get(dut.sequencer.fault)
        await stream_put(ctx, dut.commands, code)
        assert await b.report() == (Tag.FAULT, {"code": Fault.OPCODE, "opcode": code})
        assert ctx.get(dut.sequencer.fault)
        await b.send(Opcode.SYNC, token=1)
        await b.send(Opcode.RUN, ticks=1, silent=0)
        for _ in range(20):
            await ctx.tick()
            assert not ctx.get(dut.o.valid)
            assert not ctx.get(dut.jobs.valid)
        await b.flush()
        await b.works()

    bench(scenario)


def test_without_astrocytes_their_opcode_is_unknown():
    async def scenario(ctx, dut, b):
        await stream_put(ctx, dut.commands, Opcode.ASTROCYTES)
        assert await b.report() == (Tag.FAULT, {"code": Fault.OPCODE,
                                                "opcode": Opcode.ASTROCYTES})
        await b.flush()
        await b.works()

    bench(scenario, astrocytes=0)


@pytest.mark.parametrize("fault", [Fault.WINDOW, Fault.ADDRESS])
def test_a_fault_of_an_access_is_reported(fault):
    async def scenario(ctx, dut, b):
        await b.send(Opcode.WRITE, window=99, address=0, count=1)
        await b.until(dut.sequencer.access_valid)
        await finish(ctx, dut, fault)
        assert await b.report() == (Tag.FAULT, {"code": fault, "opcode": Opcode.WRITE})

    bench(scenario)


@pytest.mark.parametrize("size", range(1, 4))
def test_flush_forgets_a_command_that_has_not_arrived_whole(size):
    async def scenario(ctx, dut, b):
        command = bytes([Opcode.RUN]) + ARGUMENTS[Opcode.RUN].pack(ticks=9, silent=0)
        for byte in command[:size]:
            await stream_put(ctx, dut.commands, byte)
        for _ in range(5):  # the barrier: nothing runs on part of a command
            await ctx.tick()
            assert not ctx.get(dut.jobs.valid)
        ctx.set(dut.sequencer.flush, 1)
        for _ in range(3):
            await stream_put(ctx, dut.commands, Opcode.REST)  # dropped
        await ctx.tick()
        assert ctx.get(dut.sequencer.idle)
        assert not ctx.get(dut.jobs.valid)
        ctx.set(dut.sequencer.flush, 0)
        await b.works()

    bench(scenario)


def test_flush_ends_an_access():
    async def scenario(ctx, dut, b):
        await b.send(Opcode.INPUT, count=1)
        await b.until(dut.sequencer.access_valid)
        ctx.set(dut.sequencer.flush, 1)
        assert ctx.get(dut.sequencer.access_abort)
        await finish(ctx, dut, Fault.LOOP)
        ctx.set(dut.o.ready, 1)  # whoever flushes swallows reports
        await b.flush()
        ctx.set(dut.o.ready, 0)
        await b.works()

    bench(scenario)


async def rounds(ctx, dut, b, times):
    """Give a loop over one SYNC, byte by byte as the queue would; return how often it went."""
    await b.send(Opcode.LOOP, times=times)
    count = 0
    again = True
    while again:
        await b.works(token=count)
        count += 1
        assert ctx.get(dut.loop.active)
        await b.send(Opcode.REPEAT)
        again = False
        while not ctx.get(dut.sequencer.idle):
            again |= bool(ctx.get(dut.loop.again))
            await ctx.tick()
        if count == 10:
            break
    return count


@pytest.mark.parametrize(("times", "count"), [
    (0, 1), (1, 1), (2, 2), (5, 5), (255, 10), (256, 10), (0x1000, 10), (0xFFFF, 10),
])
def test_loops_go_round(times, count):
    async def scenario(ctx, dut, b):
        assert await rounds(ctx, dut, b, times) == count
        assert ctx.get(dut.loop.active) == (count == 10)

    bench(scenario)


@pytest.mark.parametrize("times", [255, 256, 257, 514])
def test_loops_are_counted_down_from_byte_to_byte(times):
    async def scenario(ctx, dut, b):
        await b.send(Opcode.LOOP, times=times)
        await b.until(dut.sequencer.idle)
        for left in range(times - 1, -1, -1):
            assert ctx.get(dut.loop.active)
            await b.send(Opcode.REPEAT)
            await b.until(dut.sequencer.idle)
            assert ctx.get(dut.loop.active) == (left != 0)

    bench(scenario)


def test_going_back_takes_the_byte_on_offer():
    async def scenario(ctx, dut, b):
        await b.send(Opcode.LOOP, times=2)
        await b.send(Opcode.REPEAT)
        ctx.set(dut.commands.valid, 1)
        ctx.set(dut.commands.payload, Opcode.REST)
        await b.until(dut.loop.again)
        assert ctx.get(dut.commands.ready)
        await ctx.tick()
        ctx.set(dut.commands.valid, 0)
        await ctx.tick().repeat(5)
        assert not ctx.get(dut.jobs.valid)
        await b.works()

    bench(scenario)


@pytest.mark.parametrize(("opcodes", "wrong"), [
    ([Opcode.REPEAT], Opcode.REPEAT),
    ([Opcode.LOOP, Opcode.LOOP], Opcode.LOOP),
    ([Opcode.LOOP, Opcode.REPEAT, Opcode.REPEAT], Opcode.REPEAT),
])
def test_loops_out_of_order_are_a_fault(opcodes, wrong):
    async def scenario(ctx, dut, b):
        for opcode in opcodes:
            await b.send(opcode, **({"times": 1} if opcode is Opcode.LOOP else {}))
        assert await b.report() == (Tag.FAULT, {"code": Fault.LOOP, "opcode": wrong})
        await ctx.tick()
        assert not ctx.get(dut.loop.active)
        await b.flush()
        assert await rounds(ctx, dut, b, 2) == 2

    bench(scenario)


@pytest.mark.parametrize("size", range(4))
def test_a_loop_that_waits_for_bytes_in_vain_is_a_fault(size):
    async def scenario(ctx, dut, b):
        ctx.set(dut.loop.stuck, 1)
        await b.works()  # without a loop nothing is kept
        ctx.set(dut.loop.stuck, 0)
        await b.send(Opcode.LOOP, times=2)
        for byte in [Opcode.RUN, 1, 0][:size]:
            await stream_put(ctx, dut.commands, byte)
        await ctx.tick().repeat(3)
        assert not ctx.get(dut.o.valid)
        ctx.set(dut.loop.stuck, 1)
        assert await b.report() == (Tag.FAULT, {"code": Fault.LOOP, "opcode": Opcode.LOOP})
        assert not ctx.get(dut.jobs.valid)

    bench(scenario)


def test_an_access_in_a_loop_does_not_wait_in_vain():
    async def scenario(ctx, dut, b):
        await b.send(Opcode.LOOP, times=2)
        await b.send(Opcode.INPUT, count=1)
        await b.until(dut.sequencer.access_valid)
        ctx.set(dut.loop.stuck, 1)
        await ctx.tick()
        assert ctx.get(dut.sequencer.access_abort)
        await finish(ctx, dut, Fault.LOOP)
        assert await b.report() == (Tag.FAULT, {"code": Fault.LOOP, "opcode": Opcode.INPUT})

    bench(scenario)


def test_flush_ends_a_loop():
    async def scenario(ctx, dut, b):
        await b.send(Opcode.LOOP, times=2)
        await b.flush()
        assert not ctx.get(dut.loop.active)

    bench(scenario)
