import random

import pytest

from golden.arch.params import CoreParams
from hdl.rows import VisitOp
from hdl.visits import Visitor
from tests.support.gateware import simulate

AGES = [0, 1, 2, 127, 128, 129, 60, 0, 0, 5]
FIRST = 3  # cycles from `start` to the first visit


class Pass:
    """A pass of a visitor, seen from the table of ages and from the tiles.

    Attributes
    ----------
    visits : list of tuple
        Source and age of each visit, the same for all tiles.
    cycles : list of int
        Cycle of each visit, counted from `start`.
    ages : list of int
        Ages afterwards.
    """

    def __init__(self, op, *, spikes=(), tiles=1, stall=0.0, wait=0.0):
        self.visits, self.cycles = [], []
        self._op, self._spikes, self._stall, self._wait = op, spikes, stall, wait
        self._random = random.Random(1)
        self._dut = Visitor(CoreParams(neurons=16, tiles=tiles, synapses=16))
        simulate(self._dut, self._run)

    async def _run(self, ctx):
        dut = self._dut
        ctx.set(dut.neuron_count, len(AGES))
        ctx.set(dut.op, self._op)
        for _ in range(2):  # the second pass goes as the first did
            await self._pass(ctx)

    async def _pass(self, ctx):
        dut = self._dut
        self.visits, self.cycles, self.ages = [], [], list(AGES)
        spikes = list(self._spikes)
        offering = False
        cycle = 0
        assert ctx.get(dut.idle)
        ctx.set(dut.start, 1)
        while cycle == 0 or not ctx.get(dut.idle):
            offering = bool(spikes) and (offering or self._random.random() >= self._wait)
            ctx.set(dut.spikes.valid, offering)
            ctx.set(dut.spikes.payload, spikes[0] if offering else 11)
            ctx.set(dut.drained, not spikes)
            for port in dut.visits:
                ctx.set(port.ready, self._random.random() >= self._stall)
            self._listen(ctx, cycle)
            if ctx.get(dut.set):
                self.ages[ctx.get(dut.set_source)] = ctx.get(dut.set_age)
            looked_up = ctx.get(dut.source) if ctx.get(dut.enable) else None
            if offering and ctx.get(dut.spikes.ready):
                spikes.pop(0)
                offering = False
            await ctx.tick()
            ctx.set(dut.start, 0)
            if looked_up is not None and looked_up < len(AGES):
                ctx.set(dut.row_age, AGES[looked_up])
            cycle += 1
        assert not spikes

    def _listen(self, ctx, cycle):
        ports = self._dut.visits
        valid = {ctx.get(port.valid) for port in ports}
        assert len(valid) == 1  # a row goes to all tiles or to none
        if valid == {1}:
            assert all(ctx.get(port.ready) for port in ports)
            visit, = {(ctx.get(port.p.source), ctx.get(port.p.age)) for port in ports}
            self.visits.append(visit)
            self.cycles.append(cycle)


def ages_with(**changes):
    return [changes.get(f"row{source}", age) for source, age in enumerate(AGES)]


@pytest.fixture(params=[(1, 0.0, 0.0), (1, 0.5, 0.5), (2, 0.3, 0.0), (4, 0.3, 0.6)], ids=str)
def rhythm(request):
    return dict(zip(("tiles", "stall", "wait"), request.param, strict=True))


def test_propagate_visits_the_spikes_one_decay_younger_than_the_sweep_left_them(rhythm):
    found = Pass(VisitOp.PROPAGATE, spikes=[1, 2, 3, 4, 5, 9], **rhythm)
    assert found.visits == [(1, 0), (2, 1), (3, 126), (4, 127), (5, 128), (9, 4)]
    assert found.ages == ages_with(row1=1, row2=1, row3=1, row4=1, row5=1, row9=1)


def test_propagate_without_spikes_visits_nothing(rhythm):
    found = Pass(VisitOp.PROPAGATE, **rhythm)
    assert (found.visits, found.ages) == ([], AGES)


def test_modulate_leaves_out_rows_past_the_horizon(rhythm):
    found = Pass(VisitOp.MODULATE, **rhythm)
    assert found.visits == [(source, age) for source, age in enumerate(AGES) if age < 128]
    assert found.ages == [0 if age < 128 else age for age in AGES]


def test_settle_leaves_out_rows_that_are_up_to_date(rhythm):
    found = Pass(VisitOp.SETTLE, **rhythm)
    assert found.visits == [(source, age) for source, age in enumerate(AGES) if age]
    assert found.ages == [0 if age < 128 else 128 for age in AGES]


def test_prune_visits_all_rows_and_changes_no_age(rhythm):
    found = Pass(VisitOp.PRUNE, **rhythm)
    assert found.visits == list(enumerate(AGES))
    assert found.ages == AGES


@pytest.mark.parametrize("tiles", [1, 4])
def test_visits_one_row_per_cycle(tiles):
    found = Pass(VisitOp.PRUNE, tiles=tiles)
    assert found.cycles == [*range(FIRST, FIRST + len(AGES))]
    found = Pass(VisitOp.PROPAGATE, spikes=[1, 2, 3, 4, 5, 9], tiles=tiles)
    assert found.cycles == [*range(FIRST, FIRST + 6)]
