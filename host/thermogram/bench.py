"""How long things take, beside what the compiled reference takes.

Every figure is the median thread time of several runs; where a row of the reference is missing, it
is computed from those that are there, and the row says so.
"""

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from rich.table import Table

from .capsule import Capsule
from .codec import decode, encode
from .delta import Delta
from .entries import Entry
from .instant import Instant
from .neuromod import Neuromodulators
from .plasticity import PlasticityRule
from .signal import SIGNAL, Signal
from .snn import EmbeddedSnn, SnnConfig
from .temperature import Temperature
from .triggers import ConsolidationPolicy, Manual
from .wire import entry_head

RUNS = 41
STRENGTH = Signal(1, 128)
VALUE = np.array([(1, 100)], SIGNAL).tobytes()
MANUAL = ConsolidationPolicy((Manual(),))
MANY = 10**6


class Row(NamedTuple):
    """One measurement.

    Parameters
    ----------
    what : str
        What was done.
    reference_us, ours_us : float
        Microseconds of the compiled reference (thermogram 1.0.0), and here.
    ratio : float
        Ours by the reference's: below 1 is faster.
    note : str
        How the figure of the reference was found, if it wasn't measured.
    """

    what: str
    reference_us: float
    ours_us: float
    ratio: float
    note: str


def measure() -> list[Row]:
    """Measure all rows, which takes some seconds."""
    rows = []

    def row(what: str, reference_us: float, run: Callable[[Any], object],
            prepare: Callable[[], Any] = lambda: None, *, note: str = "", share: int = 1,
            runs: int = RUNS) -> None:
        ours = _microseconds(run, prepare, runs) / share
        rows.append(Row(what, reference_us, round(ours, 3), round(ours / reference_us, 2), note))

    for entries, encoding, decoding in ((10, 0.98, 3.7), (100, 9.8, 35), (1000, 96, 345)):
        capsule = _capsule_of(entries)
        data = encode(capsule)
        row(f"encode {entries:,} entries x 64", encoding, lambda _, c=capsule: encode(c))
        row(f"decode {entries:,} entries x 64", decoding, lambda _, d=data: decode(d))
    row("create a delta", 0.8, lambda _: [_delta("key", None) for _ in range(1000)], share=1000)
    delta = _delta("key", None)
    row("hash of a delta", 0.286, lambda _: [delta.digest() for _ in range(1000)], share=1000)
    for length, reference in ((10, 2.4), (100, 2.9), (998, 12.4)):
        row(f"append to {length:,} deltas", reference, lambda c: _append(c, 1),
            lambda n=length: _chain_of(n, n))
    row("10,000 appends", 2.3 * 10**4 + 0.0101 * 10**8 / 2, lambda c: _append(c, 10_000),
        lambda: Capsule("bench", policy=MANUAL), runs=3,
        note="sum of 2.3 us + 10.1 ns per delta that is there")
    row("verify 10,000 deltas", 0.286 * 10**4, lambda c: c.chain.verify(),
        lambda: _chain_of(10_000, 10_000), runs=3, note="10,000 hashes")
    for deltas, keys, reference in ((10, 10, 2.1), (100, 100, 14.4), (999, 100, 151),
                                    (999, 999, 201)):
        row(f"consolidate {deltas} deltas of {keys} keys", reference, lambda c: c.consolidate(),
            lambda n=deltas, k=keys: _chain_of(n, k))
    row("transitions of 1,000 entries", 3.2, lambda c: c.run_transitions(),
        lambda: _entries_of(1000))
    row(f"transitions of {MANY:,} entries", 3.2 * MANY / 1000, lambda c: c.run_transitions(),
        lambda: _entries_of(MANY), runs=1, note="1,000 times that of 1,000 entries")
    rule = PlasticityRule.stdp_like()
    strengths = np.tile(np.array([STRENGTH], SIGNAL), 100_000)
    row("update a strength, of 100,000", 0.005,
        lambda _: rule.apply_update(strengths, Signal(1, 204), 100), share=100_000)
    for neurons, reference in ((10, 17), (50, 86), (100, 173), (200, 346)):
        network = EmbeddedSnn(SnnConfig(num_neurons=neurons))
        row(f"tick of {neurons} embedded neurons", reference,
            lambda _, n=network: n.tick(np.full(2048, 0.5, np.float32), Neuromodulators()))
    return rows


def render(rows: list[Row]) -> Table:
    """Return the rows as a table."""
    table = Table("", "reference µs", "here µs", "ratio", "reference is", box=None, width=110)
    for column in table.columns[1:4]:
        column.justify = "right"
    for row in rows:
        table.add_row(row.what, f"{row.reference_us:,.4g}", f"{row.ours_us:,.4g}",
                      f"{row.ratio:.2f}", row.note)
    return table


def _microseconds(run: Callable[[Any], object], prepare: Callable[[], Any], runs: int) -> float:
    """Return the median time of `run`, each with what `prepare` returns.

    All is prepared before, as in the benchmark of the reference, so that the runs follow each
    other; and as in `timeit`, no garbage is collected meanwhile.
    """
    prepared = [prepare() for _ in range(runs)]
    times = []
    gc.collect()
    gc.disable()
    try:
        for one in prepared:
            start = time.thread_time_ns()
            run(one)
            times.append(time.thread_time_ns() - start)
    finally:
        gc.enable()
    return median(times) / 1000


def _capsule_of(entries: int) -> Capsule:
    capsule = Capsule("bench")
    value = np.array([(1, index) for index in range(64)], SIGNAL).tobytes()
    for index in range(entries):
        capsule.entries.put(Entry(f"key_{index}", value, Signal(1, 200), Instant(0, 5), index + 1),
                            Temperature.HOT)
    return capsule


def _entries_of(count: int) -> Capsule:
    """Return a capsule of entries of which none is due to pass or to be pruned."""
    capsule = Capsule("bench")
    keys = [f"key_{index}" for index in range(count)]
    capsule.entries.extend(keys, [entry_head(key, VALUE) for key in keys], state=0, polarity=1,
                           magnitude=200, seconds=0, nanoseconds=0, count=1)
    return capsule


def _delta(key: str, prev_hash: str | None) -> Delta:
    return Delta.update(key, VALUE, "source", STRENGTH, prev_hash)


def _append(capsule: Capsule, count: int) -> None:
    for index in range(count):
        capsule.apply_delta(_delta(f"key_{index}", capsule.chain.head_hash))


def _chain_of(deltas: int, keys: int) -> Capsule:
    capsule = Capsule("bench", policy=MANUAL)
    for index in range(deltas):
        capsule.apply_delta(_delta(f"key_{index % keys}", capsule.chain.head_hash))
    return capsule
