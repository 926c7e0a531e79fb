"""A pool in a capsule: what it has learned survives the power switch.

Rows are entries (`host.thermogram.rows`); all else that a pool holds is a section of the custom
metadata (`host.thermogram.structure`), so that the file stays valid for any reader.

A capture appends one delta for each row that differs from the one before in a weight, a target, a
delay or a maturity, and puts the entry where the row now belongs. What only passes, such as
potentials and eligibilities, is kept as of the latest capture, without a record. The source of
each delta tells the tick, what the caller has to say, and the digest of the structure of all rows,
which is thereby part of the hash chain::

    capture tick 1200 (reward 200), rows 0c5b1f0d3a52e1c7

The custom metadata of a delta has the structure of its row, 4 bytes per synapse: target u16, delay
u8, maturity u8.
"""

import json
import re
from collections import Counter
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from golden.model import Pool

from ..errors import FileError
from .capsule import Capsule
from .chain import Chain
from .delta import Delta, DeltaKind
from .entries import Entry
from .instant import Clock, system_clock
from .plasticity import PlasticityRule
from .rows import key_of, signals_of, strengths, temperatures, weights_of
from .sections import read_sections, with_section
from .signal import Signal
from .store import editing, load
from .structure import describe, forget, pool_of
from .temperature import Temperature
from .triggers import ConsolidationPolicy, Manual

SECTION = "pool"
"""Name of the section of the custom metadata."""

LINK = np.dtype([("target", "<u2"), ("delay", "u1"), ("maturity", "u1")])
"""Structure of one synapse, as in the custom metadata of deltas."""

SOURCE = re.compile(r"capture tick (?P<tick>\d+).*, rows (?P<rows>[0-9a-f]{16})", re.DOTALL)


class Captured(NamedTuple):
    """What a capture found.

    Parameters
    ----------
    rows : int
        Rows that have synapses.
    created, updated, deleted : int
        Rows that have come, changed and gone since the capture before: as many deltas.
    synapses : int
        Synapses that have come, or changed in weight, delay or maturity.
    """

    rows: int
    created: int
    updated: int
    deleted: int
    synapses: int


def new_capsule(name: str, clock: Clock = system_clock) -> Capsule:
    """Return an empty capsule for a pool.

    A new strength replaces the old one, since the pool has learned it already; and deltas wait
    until somebody asks for a consolidation, so that none is lost unasked.
    """
    policy = ConsolidationPolicy((Manual(),), enable_pruning=False)
    return Capsule(name, PlasticityRule.replace_only(), policy=policy, clock=clock)


def capture(pool: Pool, capsule: Capsule, note: str = "") -> Captured:
    """Record in a capsule what has changed in a pool since the capture before.

    Parameters
    ----------
    pool : Pool
        Pool, between two ticks: what `Device.snapshot` returns.
    capsule : Capsule
        From `new_capsule`, or with an earlier capture of the same pool.
    note : str
        What brought the change about, for the source of the deltas.

    Raises
    ------
    FileError
        If the capsule holds another pool, or its metadata belongs to another program.
    """
    with capsule.lock:
        before = _description(capsule)
        if before and (before.n, before.name) != (pool.n, pool.name):
            raise FileError(f"capsule {capsule.name!r}: holds the pool {before.name!r} of "
                            f"{before.n} neurons, not {pool.name!r} of {pool.n}; name another file")
        custom = with_section(capsule.custom, SECTION, json.dumps(describe(pool)).encode())
        remark = f" ({note})" if note else ""
        source = f"capture tick {pool.tick_count}{remark}, rows {_digest(pool)}"
        values, links = _parts(signals_of(pool.weight), pool), _parts(_links(pool), pool)
        old_links = _parts(_links(before), before) if before else [b""] * pool.n
        strength, temperature = strengths(pool).tolist(), temperatures(pool).tolist()
        found = Counter({kind: 0 for kind in DeltaKind})
        synapses = 0
        for row, (value, link, old_link) in enumerate(zip(values, links, old_links, strict=True)):
            reading = capsule.read(key_of(row))
            old_value = reading.signals.tobytes() if reading else b""
            if (value, link) == (old_value, old_link) and bool(value) == bool(reading):
                continue
            kind = (DeltaKind.Delete if not value else
                    DeltaKind.Update if reading else DeltaKind.Create)
            changed = len(_synapses(value, link) - _synapses(old_value, old_link))
            delta = Delta.new(kind, key_of(row), value, source, Signal(*strength[row]),
                              capsule.chain.head_hash, capsule.clock())
            delta = delta._replace(observation_count=changed, custom=link)
            _place(capsule, capsule.apply_delta(delta), Temperature(temperature[row]))
            found[kind] += 1
            synapses += changed
        capsule.custom = custom
    return Captured(pool.n - values.count(b""), found[DeltaKind.Create], found[DeltaKind.Update],
                    found[DeltaKind.Delete], synapses)


def restore(capsule: Capsule) -> Pool:
    """Return the pool that a capsule holds, as of its latest capture.

    Weights are what the capsule reads, whoever has written it there; a row that it has forgotten
    has no synapses any more. With the same weights, the pool is the captured one in every bit.

    Raises
    ------
    FileError
        If the capsule holds no pool, or if rows and entries don't fit together.
    """
    with capsule.lock:
        pool = _description(capsule)
        if pool is None:
            raise FileError(f"capsule {capsule.name!r}: holds no pool; capture one into it")
        _check_digest(capsule.chain, pool)
        lengths, forgotten = np.diff(pool.row_ptr).tolist(), np.zeros(pool.n, np.bool_)
        for row, (start, length) in enumerate(zip(pool.row_ptr.tolist(), lengths, strict=False)):
            reading = capsule.read(key_of(row))
            if reading is None:
                forgotten[row] = True
            elif len(reading.signals) != length:
                raise FileError(f"{key_of(row)}: must have {length} weights, as its row has "
                                f"synapses, not {len(reading.signals)}; capture the pool again")
            else:
                try:
                    pool.weight[start:start + length] = weights_of(reading.signals)
                except ValueError as error:
                    raise FileError(f"{key_of(row)}: {error}; capture the pool again") from None
    return forget(pool, forgotten)


def capture_file(pool: Pool, path: str | Path, note: str = "") -> Captured:
    """Record in a capsule file what has changed in a pool; see `capture`.

    The file is made if there is none. Other writers wait meanwhile.

    Raises
    ------
    FileError, ChainError
        As `capture`, and if the file can't be read, verified or written; it is then as it was.
    """
    with editing(path, new=new_capsule(pool.name)) as capsule:
        return capture(pool, capsule, note)


def restore_file(path: str | Path) -> Pool:
    """Return the pool that a capsule file holds; see `restore`.

    Raises
    ------
    FileError, ChainError
        As `restore`, and if the file can't be read or verified.
    """
    try:
        return restore(load(path))
    except FileError as error:
        message = str(error)
        raise FileError(message if message.startswith(str(path)) else f"{path}: {message}"
                        ) from None


def held_pool(path: str | Path) -> Pool | None:
    """Return the pool that a capsule file holds, or None if there is no file or no pool in it.

    Raises
    ------
    FileError, ChainError
        As `restore_file`.
    """
    path = Path(path)
    if not path.exists() or SECTION not in read_sections(load(path).custom):
        return None
    return restore_file(path)


def links_of(delta: Delta) -> np.ndarray:
    """Return the structure of the row that a delta of a capture records, as LINK."""
    return np.frombuffer(delta.custom or b"", LINK)


def _place(capsule: Capsule, delta: Delta, temperature: Temperature) -> None:
    """Put the entry of a delta at a temperature, and nowhere else."""
    entries, count = capsule.entries, 1
    for other in Temperature:
        entry = entries.pop(delta.key, other)
        count += entry.update_count if entry else 0
    if delta.kind is not DeltaKind.Delete:
        entry = Entry(delta.key, delta.value, delta.strength, delta.instant, count)
        entries.put(entry, temperature)


def _description(capsule: Capsule) -> Pool | None:
    section = read_sections(capsule.custom).get(SECTION)
    if section is None:
        return None
    try:
        description = json.loads(section)
        if not isinstance(description, dict):
            raise ValueError("it is no object")
    except ValueError as error:
        raise FileError(f"capsule: the description of its pool is damaged ({error})") from None
    return pool_of(description)


def _check_digest(chain: Chain, pool: Pool) -> None:
    """Raise FileError unless the rows are those of which the latest capture tells the digest.

    After a consolidation, the chain may have none.
    """
    newest_first = range(len(chain) - 1, -1, -1)
    matches = (SOURCE.fullmatch(chain[index].source) for index in newest_first)
    match = next(filter(None, matches), None)
    if match and match["rows"] != (found := _digest(pool)):
        raise FileError(f"rows of the pool: their digest must be {match['rows']}, as the hash "
                        f"chain says, not {found}; restore the file from a copy")


def _digest(pool: Pool) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of `row_ptr` (u32) and all LINKs."""
    return sha256(pool.row_ptr.astype("<u4").tobytes() + _links(pool).tobytes()).hexdigest()[:16]


def _links(pool: Pool) -> np.ndarray:
    links = np.empty(pool.synapse_count, LINK)
    for name in LINK.names or ():
        links[name] = getattr(pool, name)
    return links


def _parts(values: np.ndarray, pool: Pool) -> list[bytes]:
    """Return the bytes of each row of values that belong to synapses."""
    data, size = values.tobytes(), values.itemsize
    ends = (pool.row_ptr.astype(np.int64) * size).tolist()
    return [data[start:end] for start, end in pairwise(ends)]


def _synapses(value: bytes, link: bytes) -> set[tuple[bytes, bytes]]:
    """Return signal and structure of each synapse of a row."""
    return {(value[2 * k:2 * k + 2], link[4 * k:4 * k + 4]) for k in range(len(link) // 4)}
