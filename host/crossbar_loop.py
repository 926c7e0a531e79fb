"""The two demonstrations on crossbars that are less and less ideal.

Each demonstration is run three ways. *Transferred*: the synapses that the ideal pool has learnt are
programmed onto a crossbar, which then only works. *Learnt in place*: the synapses of the untaught
pool are programmed, and the crossbar learns by its own pulses. And beside them the ideal pool, with
ordinary synapses. All have one delay, as a crossbar has.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from rich.table import Table

from golden.arch.config import check_range
from golden.model import Pool
from golden.model.crossbar import CrossbarTables
from golden.model.crossbar.levels import level_tables
from golden.model.crossbar.programming import on_crossbar

from .atomic import replacing
from .device import GoldenDevice
from .digits import DIGITS_PER_PRUNE, digits, digits_pool, show, teach
from .learning import OUTPUT, STIMULUS, demo_pool, learn
from .progress import progress

DELAY = 1
"""Ticks from spike to arrival: what a row of a crossbar conducts is there at once."""

LEVELS = 2, 4, 8, 16, 32
VARIATIONS = 0.05, 0.1, 0.2, 0.3
STUCK = 0.01, 0.02, 0.05, 0.1

FINE = 32
"""Levels while something else is varied."""

DIGITS, DIGITS_MAX = 400, 1500
"""Digits that are taught, by default and at most."""

TESTED = 200
"""Digits after them that are shown without teaching."""

SEEDS, SEEDS_MAX = 2, 100
"""Crossbars that are drawn for each case that is drawn, by default and at most."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """How far from ideal a crossbar is.

    Parameters
    ----------
    levels : int
        Levels of a cell; 0: the pulses of the device.
    variation : float
        Standard deviation, relative, of gains and of steps.
    stuck : float
        Part of the cells that are stuck, half OFF and half ON.
    """

    levels: int
    variation: float = 0.0
    stuck: float = 0.0

    @property
    def drawn(self) -> bool:
        """Whether one crossbar is not like another."""
        return bool(self.variation or self.stuck)

    def describe(self, device: str) -> str:
        """Return it in words."""
        parts = [f"{self.levels} levels" if self.levels else f"device {device}"]
        if self.variation:
            parts.append(f"variation {self.variation:.0%}")
        if self.stuck:
            parts.append(f"stuck {self.stuck:.0%}")
        return ", ".join(parts)


CASES = (
    *(Case(levels=levels) for levels in LEVELS),
    *(Case(levels=FINE, variation=variation) for variation in VARIATIONS),
    *(Case(levels=FINE, stuck=stuck) for stuck in STUCK),
    Case(levels=4, variation=0.1),
    Case(levels=0),
    Case(levels=0, variation=0.1),
)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is measured.

    Parameters
    ----------
    demo_transferred, demo_learnt : float
        Spikes of the demonstration's output neurons in forty ticks, at the end.
    demo_alike : float
        Part of the spikes of these ticks that pool and ideal pool have in common, transferred.
    digits_transferred : float
        Part of the digits after the taught ones that deserve reward, without teaching.
    digits_alike : float
        Part of these for which the same group fires most as in the ideal pool.
    digits_learnt : float
        Part of the second half of the taught digits that were rewarded.
    conversions, pulses : float
        Of the crossbar, while digits are taught.
    """

    demo_transferred: float
    demo_alike: float
    demo_learnt: float
    digits_transferred: float
    digits_alike: float
    digits_learnt: float
    conversions: float
    pulses: float


@dataclass(frozen=True, eq=False)
class Ideal:
    """The ideal pools, before and after they learn, and what they do.

    Parameters
    ----------
    demo, taught_demo, shown, taught : Pool
        Pools of the demonstration and of the digits, before and after.
    raster : ndarray of bool, shape (ticks, neurons)
        Who fires in the forty ticks of the demonstration, after.
    winners : ndarray of int, shape (digits after the taught ones,)
        The group that fires most, without teaching.
    figures : Figures
        What is measured of them; they are what is transferred and what has learnt.
    """

    demo: Pool
    taught_demo: Pool
    shown: Pool
    taught: Pool
    raster: np.ndarray
    winners: np.ndarray
    figures: Figures


@dataclass(frozen=True, kw_only=True)
class Row:
    """A case, and what was measured of its crossbars.

    Parameters
    ----------
    case : Case
        The case.
    found : tuple of Figures
        Of every crossbar.
    """

    case: Case
    found: tuple[Figures, ...]

    @property
    def mean(self) -> Figures:
        """The mean of every figure."""
        return Figures(**{field.name: fmean(getattr(one, field.name) for one in self.found)
                          for field in fields(Figures)})

    def spread(self, name: str) -> tuple[float, float]:
        """Return the least and the largest of a figure."""
        values = [getattr(one, name) for one in self.found]
        return min(values), max(values)


@dataclass(frozen=True, kw_only=True)
class Loop:
    """The whole table.

    Parameters
    ----------
    device : str
        Name of the device.
    taught : int
        Digits that were taught.
    untaught : Figures
        The ideal pools before they learn.
    ideal : Figures
        The ideal pools after.
    unpruned : float
        `digits_learnt` of ideal synapses that are never pruned, as cells never are.
    rows : tuple of Row
        The cases.
    """

    device: str
    taught: int
    untaught: Figures
    ideal: Figures
    unpruned: float
    rows: tuple[Row, ...]

    def summary(self) -> dict[str, Any]:
        """Return it as an object for JSON."""
        return {
            "device": self.device, "digits": self.taught, "tested": TESTED, "delay": DELAY,
            "untaught": asdict(self.untaught), "ideal": asdict(self.ideal),
            "unpruned": self.unpruned,
            "rows": [{**asdict(row.case), "name": row.case.describe(self.device),
                      "crossbars": len(row.found), **asdict(row.mean),
                      "least": {field.name: row.spread(field.name)[0] for field in fields(Figures)},
                      "largest": {field.name: row.spread(field.name)[1]
                                  for field in fields(Figures)}} for row in self.rows]}


def loop(device: str, tables: CrossbarTables, *, taught: int = DIGITS, seeds: int = SEEDS,
         jobs: int | None = None, cases: Sequence[Case] = CASES) -> Loop:
    """Run all cases.

    Parameters
    ----------
    device : str
        Name of the device.
    tables : CrossbarTables
        Its tables.
    taught : int
        Digits that are taught, 20..1500.
    seeds : int
        Crossbars drawn for each case that is drawn, 1..100.
    jobs : int, optional
        Processes; as many as there are processors by default.
    cases : sequence of Case
        The cases.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """
    check_range("loop", "digits", taught, 20, DIGITS_MAX)
    check_range("loop", "seeds", seeds, 1, SEEDS_MAX)
    jobs = jobs or os.cpu_count() or 1
    tasks = [(case, seed) for case in cases for seed in range(1, 1 + (seeds if case.drawn else 1))]
    with progress("crossbars", len(tasks) + 1, "crossbars") as advance:
        ideal, untaught = _ideal(taught)
        unpruned = _unpruned(ideal, taught)
        advance(1)
        found = []
        with _mapping(jobs) as mapping:
            for figures in mapping(partial(_run, ideal, tables, taught), tasks):
                found.append(figures)
                advance(1)
    rows = tuple(Row(case=case, found=tuple(figures for (other, _), figures
                                            in zip(tasks, found, strict=True) if other == case))
                 for case in cases)
    return Loop(device=device, taught=taught, untaught=untaught, ideal=ideal.figures,
                unpruned=unpruned, rows=rows)


@contextmanager
def _mapping(jobs: int) -> Iterator[Callable]:
    """Yield a `map`, in as many processes, whose results come in order."""
    if jobs == 1:
        yield map
    else:
        with ProcessPoolExecutor(jobs, get_context("spawn")) as executor:
            yield executor.map


def _run(ideal: Ideal, tables: CrossbarTables, taught: int, task: tuple[Case, int]) -> Figures:
    """Return what is measured of one crossbar."""
    case, seed = task
    place = partial(on_crossbar, tables=level_tables(case.levels) if case.levels else tables,
                    delay=DELAY, variation=case.variation, stuck=case.stuck, seed=seed)
    device = GoldenDevice()
    device.load(place(ideal.taught_demo))
    raster = _raster(device)
    _, demo_learnt = learn(device, place(ideal.demo))

    device.load(place(ideal.taught))
    reward, winners = _test(device, taught)
    device = GoldenDevice()  # counts from 0
    device.load(place(ideal.shown))
    learnt = _teach(device, taught)
    status = device.status()
    return Figures(
        demo_transferred=_output(raster), demo_alike=_alike(raster, ideal.raster),
        demo_learnt=demo_learnt.output,
        digits_transferred=reward, digits_alike=float(np.mean(winners == ideal.winners)),
        digits_learnt=learnt, conversions=status["conversions"], pulses=status["pulses"])


def _ideal(taught: int) -> tuple[Ideal, Figures]:
    """Return the ideal pools, and what is measured of them before they learn."""
    demo, shown = demo_pool(), digits_pool()
    for pool in (demo, shown):
        pool.delay[:] = DELAY
    device = GoldenDevice()
    before, after = learn(device, demo)
    taught_demo = device.snapshot()
    raster = _raster(device)
    device.load(demo)
    before_alike = _alike(_raster(device), raster)

    device.load(shown)
    idle, idle_winners = _test(device, taught)
    device.load(shown)
    learnt = _teach(device, taught)
    taught_pool = device.snapshot()
    reward, winners = _test(device, taught)
    untaught = Figures(
        demo_transferred=before.output, demo_alike=before_alike, demo_learnt=before.output,
        digits_transferred=idle,
        digits_alike=float(np.mean(idle_winners == winners)), digits_learnt=idle, conversions=0,
        pulses=0)
    figures = Figures(
        demo_transferred=_output(raster), demo_alike=1, demo_learnt=after.output,
        digits_transferred=reward, digits_alike=1, digits_learnt=learnt, conversions=0, pulses=0)
    return Ideal(demo, taught_demo, shown, taught_pool, raster, winners, figures), untaught


def _raster(device: GoldenDevice) -> np.ndarray:
    """Drive the demonstration from rest, and return who fires, shape (ticks, neurons), bool."""
    device.reset_membranes()
    raster = np.zeros((STIMULUS.ticks, device.pool.n), np.bool_)
    for tick, neurons in enumerate(device.stream(STIMULUS)):
        raster[tick, neurons] = True
    return raster


def _output(raster: np.ndarray) -> int:
    return int(np.count_nonzero(raster[:, OUTPUT.start:OUTPUT.stop]))


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Return which part of the spikes of two rasters, of either, is in both."""
    return float(2 * np.count_nonzero(one & other) / max(1, one.sum() + other.sum()))


def _unpruned(ideal: Ideal, taught: int) -> float:
    """Return what ideal synapses that are never pruned are rewarded for."""
    device = GoldenDevice()
    device.load(ideal.shown)
    return _teach(device, taught, prune=False)


def _teach(device: GoldenDevice, taught: int, *, prune: bool = True) -> float:
    """Teach digits, and return the part of their second half that was rewarded."""
    rewarded = []
    for current, digit in zip(*digits(taught), strict=True):
        rewarded.append(teach(device, current, digit))
        if prune and len(rewarded) % DIGITS_PER_PRUNE == 0:
            device.prune()
    return fmean(rewarded[len(rewarded) // 2:])


def _test(device: GoldenDevice, taught: int) -> tuple[float, np.ndarray]:
    """Show the digits after the taught ones, and return which part deserves reward, and winners."""
    currents, labels = digits(taught + TESTED)
    shown = [show(device, current, digit)
             for current, digit in zip(currents[taught:], labels[taught:], strict=True)]
    return (fmean(rewarded for rewarded, _ in shown),
            np.array([groups.argmax() for _, groups in shown]))


HEADINGS = {
    "demo_transferred": "demo: output,\ntransferred", "demo_alike": "spikes as\nideal",
    "demo_learnt": "output,\nlearnt in place", "digits_transferred": "digits: reward,\ntransferred",
    "digits_alike": "winner as\nideal", "digits_learnt": "reward,\nlearning in place",
    "pulses": "pulses\nper digit"}


def loop_table(found: Loop) -> Table:
    """Return the table for the terminal."""
    table = Table()
    table.add_column("", no_wrap=True)
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")

    def add(name: str, figures: Figures):
        table.add_row(
            name, f"{figures.demo_transferred:.0f}", f"{figures.demo_alike:.0%}",
            f"{figures.demo_learnt:.0f}", f"{figures.digits_transferred:.0%}",
            f"{figures.digits_alike:.0%}", f"{figures.digits_learnt:.0%}",
            f"{figures.pulses / found.taught:,.0f}")

    add("ideal, untaught", found.untaught)
    add("ideal, taught", found.ideal)
    table.add_row("ideal, never pruned", *[""] * 5, f"{found.unpruned:.0%}", "")
    for row in found.rows:
        add(row.case.describe(found.device), row.mean)
    return table


def write_loop(found: Loop, path: Path) -> None:
    """Write the table to a JSON file."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(found.summary(), indent=1) + "\n", encoding="utf-8")
