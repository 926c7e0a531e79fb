import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from golden.arch.commands import ARGUMENTS, Fault, Opcode, Tag
from golden.arch.params import CoreParams
from golden.arch.windows import WINDOWS, Window, window_words
from hdl.access import AccessOp, WindowAccess
from hdl.bytes import ByteRegister, Transfer, join
from hdl.window import READ_LATENCY, WRITE_LATENCY, WindowBus
from tests.support.gateware import simulate


class Board(wiring.Component):
    """An access with its byte register, which also takes the arguments."""

    def __init__(self, params):
        self.params = params
        self.access, self.record = WindowAccess(params), ByteRegister()
        super().__init__({
            "i": In(stream.Signature(8)), "o": Out(stream.Signature(8)),
            "arguments": In(Transfer()), "bus": Out(WindowBus(params)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.access, m.submodules.record = access, record = self.access, self.record
        wiring.connect(m, access.transfer, record.transfers[1])
        wiring.connect(m, wiring.flipped(self.arguments), record.transfers[0])
        wiring.connect(m, wiring.flipped(self.i), record.i)
        wiring.connect(m, wiring.flipped(self.bus), access.bus)
        join(m, (access.o, record.o), self.o)
        m.d.comb += [
            access.record.eq(record.value),
            record.load.eq(access.load),
            record.loaded.eq(self.bus.read_data),
        ]
        return m


class Memories:
    """All memories behind the bus, as slow as they may be."""

    def __init__(self, dut):
        self.dut, self.words = dut, {}

    async def serve(self, ctx):
        bus, half = self.dut.bus, self.dut.access.half
        held, answer, written = 0, None, []
        async for _, _, active, window, tile, address, write, data, half_ in ctx.tick().sample(
                bus.active, bus.window, bus.tile, bus.address, bus.write, bus.write_data, half):
            place = (window, tile, address)
            size = WINDOWS[window].record.size if window in WINDOWS else 0
            if window == Window.REGISTERS:
                place, size = (window, tile, address, half_), 2
            held = held + 1 if active and place == answer else 1
            answer = place if active else None
            ctx.set(bus.read_data, self.words.get(place, 0) if held == READ_LATENCY - 1 else 0xBAD)
            written = [(left - 1, *rest) for left, *rest in written]
            if write:
                assert active
                assert not written, "a write too early"
                written = [(WRITE_LATENCY - 1, place, data & ((1 << 8 * size) - 1))]
            if written and written[0][0] == 0:
                self.words[written[0][1]] = written[0][2]
                written = []


ALL = {"block_rows": 4, "block_columns": 8, "astrocytes": 5}
NONE = dict.fromkeys(ALL, 0)


def run(tiles, testbench, **parts):
    dut = Board(CoreParams(neurons=16, tiles=tiles, synapses=32, delay_slots=2, **ALL | parts))
    memories = Memories(dut)

    async def with_memories(ctx):
        await testbench(ctx, dut, memories)

    simulate(dut, with_memories, background=[memories.serve])


class Traffic:
    """The bytes in and out, with pauses."""

    def __init__(self, ctx, dut, data=b"", idle=0, stall=0):
        self.ctx, self.dut, self.idle, self.stall = ctx, dut, idle, stall
        self.given, self.came, self.cycle = list(data), bytearray(), 0

    async def tick(self, *watched):
        """Let a cycle pass; return what was watched in it."""
        ctx, dut = self.ctx, self.dut
        self.cycle += 1
        ctx.set(dut.i.valid, bool(self.given) and self.cycle % (self.idle + 1) == 0)
        ctx.set(dut.i.payload, self.given[0] if self.given else 0)
        ctx.set(dut.o.ready, self.cycle % (self.stall + 1) == 0)
        _, _, taken, came, byte, *values = await ctx.tick().sample(
            dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready, dut.o.payload, *watched)
        if taken:
            self.given.pop(0)
        if came:
            self.came.append(byte)
        return values


async def command(ctx, dut, op, window=0, address=0, count=0, *, data=b"", idle=0, stall=0,
                  abort_after=None):
    """Give a command; return its fault, what it gave and what it left."""
    record = ARGUMENTS[Opcode[op.name]]
    values = {"window": window, "address": address, "count": count}
    arguments = record.pack(**{field.name: values[field.name] for field in record.fields})
    traffic = Traffic(ctx, dut, arguments, idle)
    transfer = dut.arguments
    ctx.set(transfer.take, 1)
    ctx.set(transfer.size, len(arguments))
    ctx.set(transfer.shifts, len(arguments))
    done = False
    while not done:
        done, = await traffic.tick(transfer.done)
    ctx.set(transfer.take, 0)

    traffic = Traffic(ctx, dut, data, idle, stall)
    ctx.set(dut.access.valid, 1)
    ctx.set(dut.access.op, op)
    done = False
    while not done:
        ctx.set(dut.access.abort, abort_after is not None and traffic.cycle >= abort_after)
        done, fault = await traffic.tick(dut.access.done, dut.access.fault)
    ctx.set(dut.access.valid, 0)
    ctx.set(dut.access.abort, 0)
    ctx.set(dut.i.valid, 0)
    ctx.set(dut.o.ready, 0)
    await ctx.tick()
    return fault, bytes(traffic.came), bytes(traffic.given)


WRITABLE = [window for window, spec in WINDOWS.items() if "w" in spec.access]
READABLE = [window for window, spec in WINDOWS.items() if "r" in spec.access]
WHOLE = (Window.REGISTERS, Window.DECAYS, Window.ENTRIES, Window.FEEDS, Window.CALCIUM,
         Window.GLIOTRANSMITTERS)


def places(window, at, tiles, word):
    """Return where a word lies, and what."""
    if window is Window.REGISTERS:
        return {(window, at % tiles, at, half): word >> 16 * half & 0xFFFF for half in range(2)}
    return {(window, at % tiles, at // tiles if window not in WHOLE else at): word}


@pytest.mark.parametrize("tiles", [1, 2, 4])
@pytest.mark.parametrize("window", WRITABLE, ids=lambda window: window.name)
def test_writes_words_to_their_tiles(window, tiles):
    size = WINDOWS[window].record.size
    words = [(0x0123456789ABCDEF9A + 0x010203040506070809 * k) % (1 << 8 * size) for k in range(5)]
    data = b"".join(word.to_bytes(size, "little") for word in words)

    async def testbench(ctx, dut, memories):
        last = window_words(window, dut.params) - 5
        for first, idle in ((0, 0), (last, 3)):
            memories.words.clear()
            assert await command(ctx, dut, AccessOp.WRITE, window, first, 5, data=data,
                                 idle=idle) == (0, b"", b"")
            expected = {}
            for at, word in enumerate(words, first):
                expected |= places(window, at, tiles, word)
            assert memories.words == expected

    run(tiles, testbench)


@pytest.mark.parametrize("tiles", [1, 4])
@pytest.mark.parametrize("stall", [0, 2])
@pytest.mark.parametrize("window", READABLE, ids=lambda window: window.name)
def test_reads_words_from_their_tiles(window, stall, tiles):
    size = WINDOWS[window].record.size

    def word(address):
        return 0x1122334455667788AA * (address + 1) % (1 << 8 * size)

    async def testbench(ctx, dut, memories):
        words = window_words(window, dut.params)
        for address in range(words):
            memories.words |= places(window, address, tiles, word(address))
        for first, count in ((0, 3), (words - 3, 3), (0, 0)):
            expected = b"".join(word(address).to_bytes(size, "little")
                                for address in range(first, first + count))
            assert await command(ctx, dut, AccessOp.READ, window, first, count,
                                 stall=stall) == (0, bytes([Tag.WORDS]) + expected, b"")

    run(tiles, testbench)


@pytest.mark.parametrize("tiles", [1, 4])
def test_input_changes_the_neurons_it_names(tiles):
    changes = [(0, 5), (15, -32768), (6, 32767), (6, -1)]
    data = b"".join(neuron.to_bytes(2, "little") + current.to_bytes(2, "little", signed=True)
                    for neuron, current in changes)

    async def testbench(ctx, dut, memories):
        for idle in (0, 2):
            memories.words.clear()
            assert await command(ctx, dut, AccessOp.INPUT, count=4, data=data,
                                 idle=idle) == (0, b"", b"")
            assert memories.words == {
                (Window.INPUTS, neuron % tiles, neuron // tiles): value % 65536
                for neuron, value in dict(changes).items()}
        assert await command(ctx, dut, AccessOp.INPUT, data=data) == (0, b"", data)

    run(tiles, testbench)


@pytest.mark.parametrize(("op", "window", "address", "count", "fault"), [
    (AccessOp.WRITE, 20, 0, 1, Fault.WINDOW),
    (AccessOp.WRITE, 31, 0, 1, Fault.WINDOW),
    (AccessOp.WRITE, 0x17, 0, 1, Fault.WINDOW),
    (AccessOp.READ, 255, 0, 1, Fault.WINDOW),
    (AccessOp.WRITE, Window.WEIGHTS, 0, 1, Fault.WINDOW),
    (AccessOp.READ, Window.DECAYS, 0, 1, Fault.WINDOW),
    (AccessOp.WRITE, Window.NEURONS, 16, 1, Fault.ADDRESS),
    (AccessOp.WRITE, Window.NEURONS, 15, 2, Fault.ADDRESS),
    (AccessOp.WRITE, Window.NEURONS, 14, 5, Fault.ADDRESS),
    (AccessOp.WRITE, Window.NEURONS, 0, 0x8000, Fault.ADDRESS),
    (AccessOp.READ, Window.NEURONS, 15, 2, Fault.ADDRESS),
    (AccessOp.READ, Window.SYNAPSES, 0x10000, 1, Fault.ADDRESS),
    (AccessOp.READ, Window.SYNAPSES, 0x80000000, 1, Fault.ADDRESS),
    (AccessOp.READ, Window.SYNAPSES, 0xFFFFFFFF, 1, Fault.ADDRESS),
    (AccessOp.READ, Window.SYNAPSES, 0xFFFFFFFF, 2, Fault.ADDRESS),
    (AccessOp.READ, Window.DECAYS, 895, 2, Fault.WINDOW),
    (AccessOp.WRITE, Window.DECAYS, 895, 2, Fault.ADDRESS),
])
def test_refuses_what_is_not_there(op, window, address, count, fault):
    async def testbench(ctx, dut, memories):
        data = bytes(18)
        assert await command(ctx, dut, op, window, address, count,
                             data=data) == (fault, b"", data)
        assert not memories.words
        await works(ctx, dut, memories)

    run(1, testbench)


@pytest.mark.parametrize("op", [AccessOp.READ, AccessOp.WRITE])
@pytest.mark.parametrize("parts", [{"astrocytes": 0}, NONE], ids=["with others", "alone"])
@pytest.mark.parametrize("window", [Window.DOMAINS, Window.FEEDS, Window.CALCIUM,
                                    Window.GLIOTRANSMITTERS])
def test_without_astrocytes_their_windows_are_not_there(window, parts, op):
    async def testbench(ctx, dut, memories):
        data = bytes(9)
        assert await command(ctx, dut, op, window, 0, 1, data=data) == (Fault.WINDOW, b"", data)
        assert not memories.words

    run(1, testbench, **parts)


@pytest.mark.parametrize("op", [AccessOp.READ, AccessOp.WRITE])
@pytest.mark.parametrize("parts", [{"block_rows": 0, "block_columns": 0}, NONE],
                         ids=["with others", "alone"])
@pytest.mark.parametrize("window", [Window.CELLS, Window.TRAITS, Window.ENTRIES, Window.DRAWS])
def test_without_a_block_its_windows_are_not_there(window, parts, op):
    async def testbench(ctx, dut, memories):
        data = bytes(9)
        assert await command(ctx, dut, op, window, 0, 1, data=data) == (Fault.WINDOW, b"", data)
        assert not memories.words

    run(1, testbench, **parts)


@pytest.mark.parametrize("neuron", [16, 31, 0x0100, 0x8001, 0xFFFF])
def test_input_refuses_what_is_no_neuron(neuron):
    async def testbench(ctx, dut, memories):
        data = b"\x0f\x00\x01\x02" + neuron.to_bytes(2, "little") + b"\x03\x04"
        assert await command(ctx, dut, AccessOp.INPUT, count=2,
                             data=data) == (Fault.ADDRESS, b"", b"\x03\x04")
        assert memories.words == {(Window.INPUTS, 0, 15): 0x0201}
        memories.words.clear()
        await works(ctx, dut, memories)

    run(1, testbench)


async def works(ctx, dut, memories):
    assert await command(ctx, dut, AccessOp.READ, Window.INPUTS) == (0, bytes([Tag.WORDS]), b"")
    assert await command(ctx, dut, AccessOp.WRITE, Window.INPUTS, 3, 1,
                         data=b"\x01\x02") == (0, b"", b"")
    assert list(memories.words.values()) == [0x0201]


@pytest.mark.parametrize("op", [AccessOp.WRITE, AccessOp.INPUT])
@pytest.mark.parametrize("size", range(4))
def test_abort_ends_an_access_that_waits_for_bytes(op, size):
    async def testbench(ctx, dut, memories):
        fault, _, left = await command(ctx, dut, op, Window.ROWS, 0, 2, data=bytes(size),
                                       abort_after=60)
        assert (fault, left) == (Fault.LOOP, b"")
        assert not memories.words
        await works(ctx, dut, memories)

    run(1, testbench)
