from dataclasses import replace

import numpy as np
import pytest

from golden.arch.astrocytes import GAIN_ONE, NO_DOMAIN, AstrocyteConfig
from golden.arch.params import CoreParams
from golden.arch.windows import Window
from golden.model import Astrocytes as Model
from hdl.astrocytes import AstrocyteOp, Astrocytes, AstrocyteWeights
from tests.support.gateware import simulate

NEURONS, DOMAINS = 16, 12
PARAMS = CoreParams(neurons=NEURONS, tiles=2, synapses=128, astrocytes=DOMAINS)
HOST_WRITE, HOST_READ = 2, 2  # cycles
RAILS = [0, 1, 127, 128, 255, 256, 257, 32768, 65279, 65280, 65534, 65535]


class Host:
    """The host's windows onto the domains."""

    def __init__(self, dut):
        self.dut = dut

    async def write(self, ctx, window, words):
        bus = self.dut.bus
        ctx.set(bus.window, window)
        for address, word in enumerate(words):
            ctx.set(bus.address, address)
            ctx.set(bus.write_data, int(word))
            ctx.set(bus.active, 1)
            ctx.set(bus.write, 1)
            await ctx.tick()
            ctx.set(bus.write, 0)
            await ctx.tick().repeat(HOST_WRITE)
        ctx.set(bus.active, 0)
        await ctx.tick()

    async def read(self, ctx, window, count):
        bus, words = self.dut.bus, []
        ctx.set(bus.window, window)
        ctx.set(bus.active, 1)
        for address in range(count):
            ctx.set(bus.address, address)
            await ctx.tick().repeat(HOST_READ)
            words.append(ctx.get(bus.read_data))
        ctx.set(bus.active, 0)
        await ctx.tick()
        assert ctx.get(bus.read_data) == 0
        return words

    async def load(self, ctx, model):
        await self.write(ctx, Window.FEEDS, model.feed)
        await self.write(ctx, Window.CALCIUM,
                         model.calcium.astype(int) | model.active.astype(int) << 16)
        await self.write(ctx, Window.GLIOTRANSMITTERS, model.gliotransmitter)
        for name, value in (("alpha", model.config.alpha),
                            ("calcium_decay_shift", model.config.decay_shift),
                            ("calcium_influx", model.config.influx),
                            ("facilitates", model.config.facilitates)):
            ctx.set(self.dut.config[name], int(value))

    async def check(self, ctx, model):
        words = await self.read(ctx, Window.CALCIUM, model.domain_count)
        assert [word & 0xFFFF for word in words] == model.calcium.tolist()
        assert [word >> 16 for word in words] == model.active.tolist()


async def go(ctx, dut, op):
    """Go through the domains and return the gains that come."""
    ctx.set(dut.op, op)
    ctx.set(dut.start, 1)
    await ctx.tick()
    ctx.set(dut.start, 0)
    gains = {}
    while True:
        update, idle = ctx.get(dut.gains), ctx.get(dut.idle)
        if update.valid:
            assert update.domain not in gains
            gains[update.domain] = update.gain
        if idle:
            break
        await ctx.tick()
    assert not ctx.get(dut.stale)
    return [gains[domain] for domain in sorted(gains)]


async def fire(ctx, dut, spike):
    for neuron in np.flatnonzero(spike):
        ctx.set(dut.fired, 1)
        ctx.set(dut.source, int(neuron))
        await ctx.tick()
    ctx.set(dut.fired, 0)
    ctx.set(dut.source, 0)
    await ctx.tick().repeat(3)


def any_model(rng, domains, **config):
    return Model(
        config=AstrocyteConfig(**config), calcium=rng.choice(RAILS, domains).astype(np.uint16),
        feed=rng.choice([*range(domains + 3), NO_DOMAIN], NEURONS).astype(np.uint16),
        domain=np.zeros(0, np.uint16), active=rng.random(domains) < 0.4,
        gliotransmitter=rng.integers(0, 256, 256).astype(np.uint8))


@pytest.mark.parametrize("domains", [1, DOMAINS, 16])
@pytest.mark.parametrize("facilitates", [False, True])
@pytest.mark.parametrize(("alpha", "decay_shift", "influx"), [
    (256, 7, 65535), (0, 1, 1), (255, 15, 4096), (1, 8, 0), (131, 4, 65534)])
def test_equals_the_model(alpha, decay_shift, influx, facilitates, domains):
    rng = np.random.default_rng(alpha)
    model = any_model(rng, domains, alpha=alpha, decay_shift=decay_shift, influx=influx,
                      facilitates=facilitates)
    dut = Astrocytes(replace(PARAMS, astrocytes=domains))

    async def testbench(ctx):
        host = Host(dut)
        assert ctx.get(dut.stale)
        await host.load(ctx, model)
        assert await go(ctx, dut, AstrocyteOp.REFRESH) == model.gains().tolist()
        await host.check(ctx, model)
        for number in range(8):
            spike = rng.random(NEURONS) < 0.3
            model.listen(spike)
            await fire(ctx, dut, spike)
            await host.check(ctx, model)
            if number == 6:
                model.clear()
            else:
                model.step()
            op = AstrocyteOp.CLEAR if number == 6 else AstrocyteOp.STEP
            assert await go(ctx, dut, op) == model.gains().tolist()
            await host.check(ctx, model)

    simulate(dut, testbench)


def test_a_pass_takes_a_cycle_for_each_domain():
    dut = Astrocytes(PARAMS)

    async def testbench(ctx):
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        cycles = 0
        while not ctx.get(dut.idle):
            await ctx.tick()
            cycles += 1
        assert cycles == DOMAINS + dut.LATENCY

    simulate(dut, testbench)


@pytest.mark.parametrize(("window", "stale"), [
    (Window.REGISTERS, 1), (Window.CALCIUM, 1), (Window.GLIOTRANSMITTERS, 1), (Window.FEEDS, 0),
    (Window.DOMAINS, 0), (Window.SYNAPSES, 0)])
def test_gains_are_stale_when_what_they_depend_on_was_written(window, stale):
    dut = Astrocytes(PARAMS)

    async def testbench(ctx):
        await go(ctx, dut, AstrocyteOp.REFRESH)
        await Host(dut).read(ctx, window, 3)
        assert not ctx.get(dut.stale)
        await Host(dut).write(ctx, window, [7])
        assert ctx.get(dut.stale) == stale

    simulate(dut, testbench)


def test_domains_that_do_not_exist_are_one():
    dut = Astrocytes(PARAMS)

    async def testbench(ctx):
        host = Host(dut)
        await host.write(ctx, Window.FEEDS, [0, DOMAINS - 1, DOMAINS, DOMAINS + 1, 15, 16, 256,
                                             NO_DOMAIN])
        assert await host.read(ctx, Window.FEEDS, 8) == [0, DOMAINS - 1] + 6 * [DOMAINS]

    simulate(dut, testbench)


class Weights:
    """Synapses with domains and gains."""

    def __init__(self, dut):
        self.dut, self.depth = dut, dut.params.tile_synapses

    async def load(self, ctx, domains, gains):
        host = self.dut.host
        ctx.set(host.claim, 1)
        ctx.set(host.write, 1)
        for index, domain in enumerate(domains):
            ctx.set(host.address, index)
            ctx.set(host.data, int(domain))
            await ctx.tick()
        ctx.set(host.claim, 0)
        ctx.set(host.write, 0)
        for domain, gain in enumerate(gains):
            ctx.set(self.dut.gains, {"valid": 1, "domain": domain, "gain": int(gain)})
            await ctx.tick()
        ctx.set(self.dut.gains, {"valid": 0, "domain": 0, "gain": 0})

    async def carried(self, ctx, weights):
        """Send all synapses through, one per cycle, and return what they carry."""
        dut, carried = self.dut, []
        for cycle in range(self.depth + dut.EFFECTIVE):
            ctx.set(dut.index, min(cycle, self.depth - 1))
            at = cycle - dut.DOMAIN
            ctx.set(dut.weight, int(weights[at]) if 0 <= at < self.depth else 99)
            if cycle >= dut.EFFECTIVE:
                carried.append(ctx.get(dut.effective))
            await ctx.tick()
        return carried


def test_carries_effective_weights():
    rng = np.random.default_rng(1)
    dut = AstrocyteWeights(PARAMS)
    count = PARAMS.tile_synapses
    domains = rng.integers(0, DOMAINS + 1, count)
    gains = np.array([1, 2, 128, 255, 256, 257, 300, 400, 510, 511, 64, 3])
    weights = rng.choice([-128, -127, -1, 0, 1, 127, *rng.integers(-128, 128, 20)], count)
    # no gain was ever written for none
    expected = np.clip(weights * np.append(gains, GAIN_ONE)[domains] >> 8, -128, 127)

    async def testbench(ctx):
        synapses = Weights(dut)
        await synapses.load(ctx, domains, gains)
        assert await synapses.carried(ctx, weights) == expected.tolist()

    simulate(dut, testbench)


def test_a_domain_moves_along_with_its_synapse():
    rng = np.random.default_rng(2)
    dut = AstrocyteWeights(PARAMS)
    count = PARAMS.tile_synapses
    domains = rng.integers(0, DOMAINS + 1, count)
    lives = rng.random(count) < 0.6

    async def testbench(ctx):
        await Weights(dut).load(ctx, domains, [])
        end = 0
        for cycle in range(count + dut.DOMAIN):
            ctx.set(dut.index, min(cycle, count - 1))
            at = cycle - dut.DOMAIN
            moves = at >= 0 and bool(lives[at])
            ctx.set(dut.moved_enable, moves)
            ctx.set(dut.moved_index, end)
            end += moves
            await ctx.tick()
        ctx.set(dut.moved_enable, 0)
        kept = []
        for index in range(end):
            ctx.set(dut.index, index)
            await ctx.tick().repeat(dut.DOMAIN)
            kept.append(ctx.get(dut.domain))
        assert kept == domains[lives].tolist()

    simulate(dut, testbench)
