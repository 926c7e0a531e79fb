import itertools

import numpy as np
import pytest

from golden.arch.params import CoreParams
from hdl.banks import BankedSynapses, SinglePort
from tests.support.gateware import simulate
from tests.support.keeper import Keeper

PARAMS = CoreParams(neurons=24, synapses=64, single_port=True)
AGES = [0, 1, 2, 7, 64, 127, 128, 129, 255]


def run(testbench):
    """Simulate with a keeper that holds all synapses."""
    dut = BankedSynapses(PARAMS)

    async def prepared(ctx):
        keeper = Keeper(ctx, dut, np.random.default_rng(seed=3))
        await keeper.write(range(PARAMS.synapses))
        await testbench(keeper)
        await keeper.compare()

    simulate(dut, prepared)


def rows_of(starts, lengths, ages=AGES):
    return [(range(start, start + length), age)
            for start, length, age in zip(starts, lengths, itertools.cycle(ages), strict=False)]


def any_rows(rng):
    """Cut the synapses into rows of any length, in any order."""
    lengths = []
    while sum(lengths) < PARAMS.synapses:
        lengths.append(min(int(rng.integers(1, 7)), PARAMS.synapses - sum(lengths)))
    starts = np.cumsum([0, *lengths[:-1]]).tolist()
    rows = rows_of(starts, lengths)
    return [rows[place] for place in rng.permutation(len(rows))]


@pytest.mark.parametrize("gap", [0.0, 0.5])
@pytest.mark.parametrize("changing", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_keeps_what_becomes_of_each_synapse(seed, changing, gap):
    async def testbench(keeper):
        rng = np.random.default_rng(seed)
        await keeper.load([0, 230, 255][seed], AGES)
        for _ in range(3):
            await keeper.update(any_rows(rng), changing=changing, gap=gap)

    run(testbench)


@pytest.mark.parametrize("changing", [False, True])
@pytest.mark.parametrize("step", [1, 3])  # neighbours, and far from each other
@pytest.mark.parametrize("lengths", [(1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2)], ids=str)
def test_rows_begin_anywhere_in_a_pair_and_in_any_cycle(lengths, step, changing):
    async def testbench(keeper):
        await keeper.load(240, AGES)
        lengths_of_all = lengths * 8
        starts = np.cumsum([0, *lengths_of_all[:-1]])
        order = [(place * step) % 16 for place in range(16)]
        rows = rows_of(starts.tolist(), lengths_of_all)
        for pauses in range(3):
            rows_now = [rows[place] for place in order]
            await keeper.update(rows_now[pauses:], changing=changing)

    run(testbench)


def test_takes_a_synapse_in_each_cycle_but_for_the_first_of_a_row():
    async def testbench(keeper):
        await keeper.load(230, AGES)
        rows = rows_of([0, 8, 17, 25, 33, 41, 50], [8, 7, 8, 7, 8, 7, 14])
        await keeper.update(rows, changing=False, gap=0.7)
        holds = dict(zip([index for row, _ in rows for index in row], keeper.holds, strict=True))
        for row, _ in rows:
            # the cycle must have its parity; a pair is read in the cycle of its even one
            assert holds[row[0]] in ((1, 2) if row[0] % 2 else (0, 1))
            assert [holds[index] for index in row[1:]] == [0] * (len(row) - 1)

    run(testbench)


@pytest.mark.parametrize("death", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_prune_moves_a_synapse_every_fourth_cycle(death):
    async def testbench(keeper):
        rng = np.random.default_rng(seed=5)
        dead = {index for index in range(64) if rng.random() < death}
        await keeper.prune(64, lambda index: index not in dead)
        assert keeper.holds[1:] == [3] * 63

    run(testbench)


class Drives:
    """Inputs, leak factors and rates, as the host and the sweeps of a tile use them."""

    def __init__(self, ctx, dut, rng):
        self._ctx, self._dut, self._rng = ctx, dut, rng
        self.words = {name: [0] * PARAMS.neurons for name in ("input", "leak", "rate")}

    async def write(self):
        """Have the host write words of all kinds."""
        ctx, dut = self._ctx, self._dut
        for neuron in self._rng.permutation(PARAMS.neurons).tolist():
            for lane, name in enumerate(("input", "leak")):
                self._host(dut.drives.host, neuron, write=1 << lane,
                           data=[self._any(name, neuron) if lane == 0 else 7,
                                 self._any(name, neuron) if lane == 1 else 7])
                await ctx.tick()
                ctx.set(dut.drives.host.claim, 0)
            self._host(dut.rates.host, neuron, write=1, data=self._any("rate", neuron))
            await ctx.tick()
            ctx.set(dut.rates.host.claim, 0)

    async def compare(self):
        """Have the host read all words."""
        ctx, dut = self._ctx, self._dut
        for neuron in range(PARAMS.neurons):
            self._host(dut.drives.host, neuron, write=0, data=[9, 9])
            await ctx.tick()
            ctx.set(dut.drives.host.claim, 0)
            self._compare_drives(neuron, neuron)
            self._host(dut.rates.host, neuron, write=0, data=9)
            await ctx.tick()
            ctx.set(dut.rates.host.claim, 0)
            assert ctx.get(dut.rates.read_data) == self.words["rate"][neuron]

    async def sweep(self):
        """Read an input and a leak factor, or a rate, or write a rate, in each cycle."""
        ctx, dut = self._ctx, self._dut
        for _ in range(200):
            neuron, other = self._rng.integers(PARAMS.neurons, size=2).tolist()
            what = self._rng.choice(["drive", "rate", "write"])
            ctx.set(dut.drives.read_address, neuron)
            ctx.set(dut.input_local, other)
            ctx.set(dut.rates.read_enable, what == "rate")
            ctx.set(dut.rates.read_address, neuron)
            ctx.set(dut.rates.write_enable, what == "write")
            ctx.set(dut.rates.write_address, neuron)
            if what == "write":
                ctx.set(dut.rates.write_data, self._any("rate", neuron))
            await ctx.tick()
            if what == "drive":
                self._compare_drives(neuron, other)
            elif what == "rate":
                assert ctx.get(dut.rates.read_data) == self.words["rate"][neuron]
        ctx.set(dut.rates.read_enable, 0)
        ctx.set(dut.rates.write_enable, 0)

    def _any(self, name, neuron):
        self.words[name][neuron] = int(self._rng.integers(65536))
        return self.words[name][neuron]

    def _host(self, host, neuron, *, write, data):
        self._ctx.set(host.claim, 1)
        self._ctx.set(host.address, neuron)
        self._ctx.set(host.write, write)
        self._ctx.set(host.data, data)

    def _compare_drives(self, leak_of, input_of):
        found = self._ctx.get(self._dut.drives.read_data)
        assert list(found) == [self.words["input"][input_of], self.words["leak"][leak_of]]


def test_drives_and_rates_lie_beside_the_synapses():
    dut = BankedSynapses(PARAMS)
    rng = np.random.default_rng(seed=8)

    async def testbench(ctx):
        ctx.set(dut.rates.read_enable, 0)
        keeper, drives = Keeper(ctx, dut, rng), Drives(ctx, dut, rng)
        await keeper.write(range(PARAMS.synapses))
        await keeper.load(230, AGES)
        for _ in range(2):
            await drives.write()
            await keeper.update(any_rows(rng), changing=False)
            await drives.sweep()
            await keeper.update(any_rows(rng), changing=True)
            await drives.compare()
            await keeper.compare()

    simulate(dut, testbench)


def test_a_single_port_shows_what_it_read_last():
    dut = SinglePort(16)
    rng = np.random.default_rng(seed=6)

    async def testbench(ctx):
        words, shown = [0] * 16, None
        for _ in range(400):
            address, data = int(rng.integers(16)), int(rng.integers(65536))
            write = int(rng.choice([0, 0b0011, 0b1100, 0b1111, 0b0101]))
            ctx.set(dut.address, address)
            ctx.set(dut.write, write)
            ctx.set(dut.data, data)
            if not write:
                shown = words[address]
            mask = sum(0xF << 4 * nibble for nibble in range(4) if write >> nibble & 1)
            words[address] = words[address] & ~mask | data & mask
            await ctx.tick()
            assert shown in (None, ctx.get(dut.word))

    simulate(dut, testbench)
