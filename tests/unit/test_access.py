import pytest

from golden.arch.commands import Fault, Tag
from golden.arch.params import CoreParams
from golden.arch.windows import WINDOWS, Window, window_words
from hdl.access import AccessOp, WindowAccess
from tests.support.gateware import simulate, stream_get, stream_put


class Memories:
    """All memories behind the bus: remember what is written, show it one cycle later."""

    def __init__(self, dut):
        self.dut, self.words = dut, {}

    async def serve(self, ctx):
        bus = self.dut.bus
        async for _, _, active, window, tile, address, write, data in ctx.tick().sample(
                bus.active, bus.window, bus.tile, bus.address, bus.write, bus.write_data):
            if active and window in WINDOWS:
                size = WINDOWS[window].record.size
                ctx.set(bus.read_data, self.words.get((window, tile, address), 0))
                if write:
                    self.words[window, tile, address] = data & ((1 << 8 * size) - 1)


def run(tiles, testbench):
    dut = WindowAccess(CoreParams(neurons=16, tiles=tiles, synapses=32, delay_slots=2))
    memories = Memories(dut)

    async def with_memories(ctx):
        await testbench(ctx, dut, memories)

    simulate(dut, with_memories, background=[memories.serve])


async def command(ctx, dut, op, window=0, address=0, count=0, *, data=b"", idle=1):
    await stream_put(ctx, dut.commands, {"op": op, "window": window, "address": address,
                                         "count": count})
    for byte in data:
        for _ in range(idle):  # time to see a fault: the rest is the sequencer's to drop
            await ctx.tick()
        if ctx.get(dut.idle):
            break
        await stream_put(ctx, dut.i, byte)
    while op is not AccessOp.READ and not ctx.get(dut.idle):
        await ctx.tick()
    await ctx.tick()  # the memories take their last word


WRITABLE = [window for window, spec in WINDOWS.items() if "w" in spec.access]
READABLE = [window for window, spec in WINDOWS.items() if "r" in spec.access]
CUT = [window for window in WINDOWS if window not in (Window.REGISTERS, Window.DECAYS)]


@pytest.mark.parametrize("tiles", [1, 2, 4])
@pytest.mark.parametrize("window", WRITABLE, ids=lambda window: window.name)
def test_writes_words_to_their_tiles(window, tiles):
    size = WINDOWS[window].record.size
    words = [0x0123456789ABCDEF9A + 0x010203040506070809 * k for k in range(5)]
    data = b"".join((word % (1 << 8 * size)).to_bytes(size, "little") for word in words)

    async def testbench(ctx, dut, memories):
        last = window_words(window, dut.params) - 5
        for first, idle in ((0, 1), (last, 3)):
            await command(ctx, dut, AccessOp.WRITE, window, first, 5, data=data, idle=idle)
            assert ctx.get(dut.fault) == 0
            for at, word in enumerate(words, first):
                place = (at % tiles, at // tiles) if window in CUT else (None, at)
                found = {(tile if window in CUT else None, address): value
                         for (where, tile, address), value in memories.words.items()
                         if where == window}
                assert found[place] == word % (1 << 8 * size)

    run(tiles, testbench)


@pytest.mark.parametrize("tiles", [1, 4])
@pytest.mark.parametrize("stall", [0, 2])
@pytest.mark.parametrize("window", READABLE, ids=lambda window: window.name)
def test_reads_words_from_their_tiles(window, stall, tiles):
    size = WINDOWS[window].record.size

    async def testbench(ctx, dut, memories):
        words = window_words(window, dut.params)
        for address in range(words):
            value = 0x1122334455667788AA * (address + 1) % (1 << 8 * size)
            memories.words[(window, address % tiles, address // tiles) if window in CUT
                           else (window, address % tiles, address)] = value
        for first, count in ((0, 3), (words - 3, 3), (0, 0)):
            await command(ctx, dut, AccessOp.READ, window, first, count)
            assert await stream_get(ctx, dut.o) == Tag.WORDS
            for address in range(first, first + count):
                data = bytes([await stream_get(ctx, dut.o, wait=stall) for _ in range(size)])
                expected = 0x1122334455667788AA * (address + 1) % (1 << 8 * size)
                assert int.from_bytes(data, "little") == expected
            await ctx.tick()
            assert ctx.get(dut.idle)
            assert ctx.get(dut.fault) == 0

    run(tiles, testbench)


@pytest.mark.parametrize("tiles", [1, 4])
def test_input_changes_the_neurons_it_names(tiles):
    changes = [(0, 5), (15, -32768), (6, 32767), (6, -1)]
    data = b"".join(neuron.to_bytes(2, "little") + current.to_bytes(2, "little", signed=True)
                    for neuron, current in changes)

    async def testbench(ctx, dut, memories):
        await command(ctx, dut, AccessOp.INPUT, count=4, data=data)
        assert ctx.get(dut.fault) == 0
        assert memories.words == {(Window.INPUTS, neuron % tiles, neuron // tiles): value % 65536
                                  for neuron, value in dict(changes).items()}

    run(tiles, testbench)


@pytest.mark.parametrize(("op", "window", "address", "count", "fault"), [
    (AccessOp.WRITE, 12, 0, 1, Fault.WINDOW),
    (AccessOp.WRITE, 0x17, 0, 1, Fault.WINDOW),
    (AccessOp.READ, 255, 0, 1, Fault.WINDOW),
    (AccessOp.WRITE, Window.WEIGHTS, 0, 1, Fault.WINDOW),
    (AccessOp.READ, Window.DECAYS, 0, 1, Fault.WINDOW),
    (AccessOp.WRITE, Window.NEURONS, 16, 1, Fault.ADDRESS),
    (AccessOp.WRITE, Window.NEURONS, 15, 2, Fault.ADDRESS),
    (AccessOp.WRITE, Window.NEURONS, 14, 5, Fault.ADDRESS),
    (AccessOp.READ, Window.NEURONS, 15, 2, Fault.ADDRESS),
    (AccessOp.READ, Window.SYNAPSES, 0xFFFFFFFF, 1, Fault.ADDRESS),
    (AccessOp.READ, Window.SYNAPSES, 0xFFFFFFFF, 2, Fault.ADDRESS),
    (AccessOp.INPUT, 0, 0, 1, Fault.ADDRESS),
])
def test_refuses_what_is_not_there(op, window, address, count, fault):
    async def testbench(ctx, dut, memories):
        await command(ctx, dut, op, window, address, count,
                      data=b"" if op is AccessOp.READ else b"\x10" + bytes(17))
        for _ in range(4):
            await ctx.tick()
        assert ctx.get(dut.idle)
        assert ctx.get(dut.fault) == fault
        assert not memories.words
        await command(ctx, dut, AccessOp.READ, Window.INPUTS)
        assert await stream_get(ctx, dut.o) == Tag.WORDS
        assert ctx.get(dut.fault) == 0
        await command(ctx, dut, AccessOp.WRITE, Window.INPUTS, 3, 1, data=b"\x01\x02")
        assert ctx.get(dut.fault) == 0
        assert list(memories.words.values()) == [0x0201]

    run(1, testbench)


@pytest.mark.parametrize("op", [AccessOp.WRITE, AccessOp.INPUT])
def test_abort_ends_an_access_that_waits_for_bytes(op):
    async def testbench(ctx, dut, memories):
        await stream_put(ctx, dut.commands, {"op": op, "window": Window.INPUTS, "address": 0,
                                             "count": 2})
        await stream_put(ctx, dut.i, 1)
        assert not ctx.get(dut.idle)
        ctx.set(dut.abort, 1)
        await ctx.tick()
        assert ctx.get(dut.idle)
        assert not memories.words

    run(1, testbench)
