import itertools

import numpy as np
import pytest

from golden.arch.params import CoreParams
from hdl.rows import RowTable, RowWalker
from tests.support.gateware import plain, simulate

NEURONS, SYNAPSES = 14, 64  # synapses of one tile
FIRST = {1: 3, 2: 4}        # cycles from the offer of a visit to its first synapse, by tiles
REWRITE = 2                 # cycles from the end of a row to its new end


def params(tiles):
    return CoreParams(neurons=NEURONS, tiles=tiles, synapses=tiles * SYNAPSES)


@pytest.fixture(params=FIRST)
def tiles(request):
    return request.param


def rows_of(lengths):
    """Return rows (end, inhibitory) of these lengths."""
    return [(end, source % 3 == 0) for source, end in enumerate(itertools.accumulate(lengths))]


def any_lengths(rng):
    """Return lengths of rows, many of them 0 or 1, that fill all synapses."""
    ends = np.sort(rng.choice([0, 20, 21, 40, *range(SYNAPSES)], NEURONS))
    ends[-1] = SYNAPSES
    return np.diff(ends, prepend=0).tolist()


async def load(ctx, dut, rows):
    ctx.set(dut.host.claim, 1)
    ctx.set(dut.host.write, 1)
    for address, (end, inhibitory) in enumerate(rows):
        ctx.set(dut.host.address, address)
        ctx.set(dut.host.data, {"end": end, "inhibitory": inhibitory})
        await ctx.tick()
    ctx.set(dut.host.claim, 0)
    ctx.set(dut.host.write, 0)


async def dump(ctx, dut, count):
    rows = []
    ctx.set(dut.host.claim, 1)
    for address in range(count):
        ctx.set(dut.host.address, address)
        await ctx.tick()
        rows.append((ctx.get(dut.row.end), ctx.get(dut.row.inhibitory)))
    ctx.set(dut.host.claim, 0)
    return rows


def test_table_shows_where_a_row_starts_and_ends():
    dut = RowTable(params(1))
    rng = np.random.default_rng(seed=1)
    rows = rows_of(any_lengths(rng))

    async def testbench(ctx):
        await load(ctx, dut, rows)
        shown = None
        for _ in range(300):
            source, enable = int(rng.integers(NEURONS)), bool(rng.random() < 0.7)
            changed, change = int(rng.integers(NEURONS)), bool(rng.random() < 0.1)
            ctx.set(dut.source, source)
            ctx.set(dut.enable, enable)
            ctx.set(dut.write_enable, change)
            ctx.set(dut.write_source, changed)
            ctx.set(dut.write_row, {"end": 33, "inhibitory": 1})
            await ctx.tick()
            # the host's reads have left something else there until the first lookup
            if enable or change:
                shown = None
            if enable and not (change and changed in (source, source - 1)):
                shown = {"start": rows[source - 1][0] if source else 0,
                         "row": dict(zip(("end", "inhibitory"), rows[source], strict=True))}
            if change:
                rows[changed] = (33, 1)
            if shown:
                assert {name: plain(ctx.get(getattr(dut, name))) for name in shown} == shown
        ctx.set(dut.write_enable, 0)
        assert await dump(ctx, dut, NEURONS) == rows

    simulate(dut, testbench)


class Walk:
    """Has a walker visit rows, and notes what it says in each cycle.

    Attributes
    ----------
    steps : list of dict
        Synapses: cycle since the first visit was offered, index, age, inhibitory, fresh.
    ends : list of int
        Cycles in which a row ended.
    cycles : int
        Cycles until the walker was idle again.
    rows : list of tuple
        Rows afterwards.
    """

    def __init__(self, rows, visits, *, tiles=1, hold=0.0, wait=0.0, new_ends=None):
        self.steps, self.ends, self.rows = [], [], []
        self._rows, self._visits, self._new_ends = rows, visits, new_ends
        self._hold, self._wait = hold, wait
        self._now = 0
        self._rng = np.random.default_rng(seed=9)
        self._dut = RowWalker(params(tiles))
        simulate(self._dut, self._run)

    async def _run(self, ctx):
        dut = self._dut
        await load(ctx, dut, self._rows)
        if self._new_ends:
            ctx.set(dut.pruning, 1)
        visits = list(self._visits)
        offering = False
        while visits or not ctx.get(dut.idle):
            offering = bool(visits) and (offering or self._rng.random() >= self._wait)
            ctx.set(dut.visits.valid, offering)
            if offering:
                source, age = visits[0]
                ctx.set(dut.visits.payload, {"source": source, "age": age})
            hold = self._rng.random() < self._hold
            ctx.set(dut.hold, hold)
            if ctx.get(dut.valid):
                assert not hold
                self.steps.append({"cycle": self._now, "fresh": ctx.get(dut.fresh),
                                   **plain(ctx.get(dut.step))})
            if offering and ctx.get(dut.visits.ready):
                visits.pop(0)
                offering = False
            await self._tick(ctx)
        self.cycles = self._now
        for _ in range(REWRITE + 1):
            await self._tick(ctx)
        ctx.set(dut.visits.valid, 0)
        self.rows = await dump(ctx, dut, len(self._rows))

    async def _tick(self, ctx):
        """Say, some cycles after a row has ended, where it ends now."""
        dut = self._dut
        if self._new_ends:
            if ctx.get(dut.ends):
                self.ends.append(self._now)
            due = self._now - REWRITE in self.ends
            ctx.set(dut.end_enable, due)
            if due:
                end = self._new_ends[self.ends.index(self._now - REWRITE)]
                ctx.set(dut.end_row, {"end": end, "inhibitory": 1})
        await ctx.tick()
        self._now += 1


def literal_steps(rows, visits):
    return [{"index": index, "age": age, "inhibitory": rows[source][1]}
            for source, age in visits
            for index in range(rows[source - 1][0] if source else 0, rows[source][0])]


def without_time(steps):
    return [{name: step[name] for name in ("index", "age", "inhibitory")} for step in steps]


@pytest.mark.parametrize("wait", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("hold", [0.0, 0.2, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_walks_each_row_in_order(tiles, seed, hold, wait):
    rng = np.random.default_rng(seed)
    rows = rows_of(any_lengths(rng))
    visits = [(int(source), int(rng.integers(130))) for source in rng.integers(0, NEURONS, 40)]
    visits = [*((source, source) for source in range(NEURONS)), *visits]
    walk = Walk(rows, visits, tiles=tiles, hold=hold, wait=wait)
    assert without_time(walk.steps) == literal_steps(rows, visits)
    assert walk.rows == rows


@pytest.mark.parametrize(("first", "end"), [(0, 8), (1, 7), (3, 4), (2, 2)])
@pytest.mark.parametrize("hold", [0.0, 0.4])
def test_walks_the_cells_of_a_block_between_rows(tiles, hold, first, end):
    rng = np.random.default_rng(seed=2)
    rows = rows_of(any_lengths(rng))
    block = CoreParams(neurons=NEURONS, tiles=tiles, synapses=tiles * SYNAPSES, block_rows=9,
                       block_columns=8 * tiles)
    dut = RowWalker(block)
    stretches = [(int(source), int(rng.integers(130)), dense)
                 for source in range(9) for dense in rng.permutation([0, 0, 1]).tolist()]
    found = []

    async def testbench(ctx):
        await load(ctx, dut, rows)
        ctx.set(dut.first, first)
        ctx.set(dut.end, end)
        waiting = list(stretches)
        while waiting or not ctx.get(dut.idle):
            ctx.set(dut.visits.valid, bool(waiting))
            if waiting:
                ctx.set(dut.visits.payload,
                        dict(zip(("source", "age", "dense"), waiting[0], strict=True)))
            ctx.set(dut.hold, rng.random() < hold)
            if ctx.get(dut.valid):
                step = ctx.get(dut.step)
                found.append((step.index, step.age))
                assert step.index < 1 << 7 or step.column == step.index % 8
            if waiting and ctx.get(dut.visits.ready):
                waiting.pop(0)
            await ctx.tick()

    simulate(dut, testbench)
    expected = []
    for source, age, dense in stretches:
        if dense:  # 72 cells take 7 bits, and the bit above them tells that they are cells
            expected += [(1 << 7 | 8 * source + column, age) for column in range(first, end)]
        else:
            expected += [(step["index"], age) for step in literal_steps(rows, [(source, age)])]
    assert found == expected


@pytest.mark.parametrize("lengths", [
    [1] * 14, [2] * 14, [1, 2] * 7, [7, 1, 1, 1, 1, 2, 1, 1, 3, 1, 1, 1, 1, 4],
    [4, 0, 0, 0, 4, 0, 1, 0, 0, 4], [0] * 14, [0, 0, 0, 2],
], ids=str)
def test_walks_one_synapse_per_cycle_without_a_pause_between_rows(tiles, lengths):
    rows = rows_of(lengths)
    visits = [(source, source) for source in range(len(rows))]
    walk = Walk(rows, visits, tiles=tiles)
    assert without_time(walk.steps) == literal_steps(rows, visits)
    # an empty row takes a cycle
    cycles, now = [], FIRST[tiles]
    for length in lengths:
        cycles += range(now, now + length)
        now += max(1, length)
    assert [step["cycle"] for step in walk.steps] == cycles
    assert walk.cycles == now


def test_tells_in_which_cycle_a_row_is_new():
    rows = rows_of([2, 1, 3, 1, 1, 4] + [1] * 8)
    starts = {0, *(end for end, _ in rows)}
    walk = Walk(rows, [(source, 0) for source in range(NEURONS)], hold=0.4)
    for before, step in itertools.pairwise(walk.steps):
        is_new = step["index"] in starts and step["cycle"] == before["cycle"] + 1
        assert step["fresh"] == is_new, step


@pytest.mark.parametrize("wait", [0.0, 0.5])
@pytest.mark.parametrize("hold", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(4))
def test_a_prune_walks_all_synapses_and_rewrites_the_ends(tiles, seed, hold, wait):
    rng = np.random.default_rng(seed)
    lengths = any_lengths(rng)
    rows = rows_of(lengths)
    visits = [(source, 0) for source in range(NEURONS)]
    new_ends = [max(0, end - 10) for end, _ in rows]
    walk = Walk(rows, visits, tiles=tiles, hold=hold, wait=wait, new_ends=new_ends)
    assert without_time(walk.steps) == literal_steps(rows, visits)
    assert walk.rows == [(end, 1) for end in new_ends]
    assert len(walk.ends) == NEURONS
    last = {end - 1 for end, _ in rows}
    nonempty = [cycle for cycle, length in zip(walk.ends, lengths, strict=True) if length]
    assert [step["cycle"] for step in walk.steps if step["index"] in last] == nonempty
    if not hold and not wait:
        assert walk.cycles == FIRST[tiles] + sum(max(1, length) for length in lengths)


def test_a_second_prune_starts_from_the_first_row_again():
    dut = RowWalker(params(1))
    rows = rows_of([1] * NEURONS)

    async def testbench(ctx):
        await load(ctx, dut, rows)
        for count in (3, 5):
            ctx.set(dut.pruning, 1)
            for source in range(count):
                ctx.set(dut.end_row, {"end": 10 * count + source, "inhibitory": 0})
                ctx.set(dut.end_enable, 1)
                await ctx.tick()
            ctx.set(dut.end_enable, 0)
            ctx.set(dut.pruning, 0)
            await ctx.tick()
        assert await dump(ctx, dut, 6) == [*((50 + source, 0) for source in range(5)), rows[5]]

    simulate(dut, testbench)
