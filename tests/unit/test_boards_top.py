"""Reset, line and LEDs of a board, with PLL, pins and core made up."""

import dataclasses
from types import SimpleNamespace

import pytest
from amaranth.hdl import Fragment, Module, Signal
from amaranth.lib import io, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from boards import top
from boards.catalogue import BOARDS
from boards.clock import RESET_CYCLES
from boards.top import BoardTop

LOOK_CYCLES = 16


class Loop:
    """A PLL whose outputs the test sets."""

    PAD_INPUT = False
    output_hz = 24_000_000

    def __init__(self):
        self.clock = Signal()
        self.locked = Signal()

    def instance(self, reference, output, locked):
        m = Module()
        m.d.comb += [output.eq(self.clock), locked.eq(self.locked)]
        return m


class Pins:
    """A platform that keeps the ports it is asked for."""

    default_clk = "clk"

    def __init__(self):
        self.ports = {"rx": io.SimulationPort("i", 1), "tx": io.SimulationPort("o", 1)}

    def lookup(self, name, number):
        return SimpleNamespace(ios=[SimpleNamespace(name=pin) for pin in self.ports])

    def request(self, name, number=0, **_):
        if name == "uart":
            return SimpleNamespace(**self.ports)
        return self.ports.setdefault((name, number), io.SimulationPort("io", 1))


class Core(wiring.Component):
    """The ports of the core, and how long it has been running."""

    rx: In(1, init=1)
    tx: Out(1, init=1)
    busy: Out(1)
    fault: Out(1)

    def __init__(self):
        super().__init__()
        self.cycles = Signal(16)
        self.set_busy = Signal()
        self.set_fault = Signal()

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.cycles.eq(self.cycles + 1)
        m.d.comb += [self.tx.eq(self.rx), self.busy.eq(self.set_busy),
                     self.fault.eq(self.set_fault)]
        return m


@pytest.fixture
def run(monkeypatch):
    """Return a function that simulates a board with a testbench ``(ctx, tick, board)``."""
    def simulate(board, testbench):
        loop, pins, core = Loop(), Pins(), Core()
        monkeypatch.setattr(top, "Tripartite", lambda params: core)
        monkeypatch.setattr(top, "LOOKS_PER_SECOND", 2 * loop.output_hz // LOOK_CYCLES)
        design = Fragment.get(BoardTop(dataclasses.replace(BOARDS[board], pll=loop)), pins)

        async def bench(ctx):
            async def tick(cycles=1):
                for _ in range(cycles):
                    for level in (1, 0):
                        ctx.set(loop.clock, level)
                        await ctx.delay(1e-6)
            await testbench(ctx, tick, SimpleNamespace(loop=loop, pins=pins.ports, core=core))

        sim = Simulator(design)
        sim.add_testbench(bench)
        sim.run()
    return simulate


def test_core_runs_once_the_clock_has_been_steady(run):
    async def bench(ctx, tick, board):
        await tick(2 * RESET_CYCLES)
        assert ctx.get(board.core.cycles) == 0
        ctx.set(board.loop.locked, 1)
        await tick(RESET_CYCLES - 1)
        assert ctx.get(board.core.cycles) == 0
        ctx.set(board.loop.locked, 0)  # starts over
        await tick(10)
        ctx.set(board.loop.locked, 1)
        await tick(RESET_CYCLES)
        assert ctx.get(board.core.cycles) == 0
        await tick(100)
        assert 90 < ctx.get(board.core.cycles) <= 100

    run("icebreaker", bench)


def test_line_goes_through(run):
    async def bench(ctx, tick, board):
        for level in (0, 1):
            ctx.set(board.pins["rx"].i, level)
            await ctx.delay(1e-6)
            assert ctx.get(board.pins["tx"].o) == level

    run("icebreaker", bench)


async def started(ctx, tick, board):
    ctx.set(board.loop.locked, 1)
    await tick(RESET_CYCLES + 10)


def test_short_activity_is_shown_for_a_while(run):
    async def bench(ctx, tick, board):
        await started(ctx, tick, board)
        activity = board.pins[BOARDS["icebreaker"].activity].o
        await tick(3 * LOOK_CYCLES)
        assert ctx.get(activity) == 0
        ctx.set(board.core.set_busy, 1)
        await tick()
        ctx.set(board.core.set_busy, 0)
        lit = 0
        for _ in range(4 * LOOK_CYCLES):
            await tick()
            lit += ctx.get(activity)
        assert lit == LOOK_CYCLES
        ctx.set(board.core.set_busy, 1)
        await tick(LOOK_CYCLES)
        for _ in range(4 * LOOK_CYCLES):
            await tick()
            assert ctx.get(activity) == 1

    run("icebreaker", bench)


def test_error_has_its_own_light(run):
    async def bench(ctx, tick, board):
        await started(ctx, tick, board)
        error = board.pins[BOARDS["icebreaker"].error].o
        assert ctx.get(error) == 0
        ctx.set(board.core.set_fault, 1)
        await ctx.delay(1e-6)
        assert ctx.get(error) == 1
        assert ctx.get(board.pins[BOARDS["icebreaker"].activity].o) == 0

    run("icebreaker", bench)


def test_only_light_blinks_upon_an_error(run):
    async def bench(ctx, tick, board):
        await started(ctx, tick, board)
        ctx.set(board.core.set_fault, 1)
        seen = []
        for _ in range(4):
            seen.append(ctx.get(board.pins[BOARDS["colorlight_i5"].activity].o))
            await tick(LOOK_CYCLES)
        assert seen in ([0, 1, 0, 1], [1, 0, 1, 0])

    run("colorlight_i5", bench)
