"""Consolidation: what deltas have said becomes what entries are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .chain import Chain
from .delta import DeltaKind
from .entries import Entries
from .instant import whole_seconds
from .plasticity import PlasticityRule
from .temperature import Temperature

UPDATE, DELETE, MERGE = int(DeltaKind.Update), int(DeltaKind.Delete), int(DeltaKind.Merge)
"""As integers: NumPy takes ten times as long to compare with an enumeration."""

CHANGING = ("polarity", "magnitude", "seconds", "nanoseconds", "count")
"""Columns of entries that deltas change."""

DELTA_COLUMNS = {"key": np.intp, "kind": np.uint8, "polarity": np.int8, "magnitude": np.uint8,
                 "seconds": np.int64, "nanoseconds": np.int64}
"""Columns of deltas that say how."""


class ConsolidationResult(NamedTuple):
    """What a consolidation did.

    Parameters
    ----------
    deltas_processed : int
        Deltas of the chain.
    entries_after : int
        Hot entries after pruning, before crystallisation.
    entries_pruned : int
        Hot entries that were too weak.
    entries_merged : int
        Merge deltas that found their entry, and entries that became cold where there was none.
    size_reduction : int
        Always 0, as in the reference.
    """

    deltas_processed: int
    entries_after: int
    entries_pruned: int
    entries_merged: int
    size_reduction: int = 0


def apply_deltas(chain: Chain, entries: Entries, rule: PlasticityRule) -> int:
    """Apply the deltas of a chain to the hot entries; return how many Merge deltas had an effect.

    In the order of the chain: Create and Update replace value and time of the entry, count it, and
    combine its strength with that of the delta by `rule`, over the whole seconds between the two
    times; without an entry they make one, counted once. Merge does the same, but leaves the value;
    without an entry it does nothing. Delete removes the entry.

    Only the order among the deltas for one key matters, and of those, only what follows the last
    one that makes the entry. So all but the strengths is found for all deltas at once.
    """
    if not len(chain):
        return 0
    records = chain.records()
    order = np.argsort(records["key"], kind="stable")
    deltas = {name: np.ascontiguousarray(records[name], dtype)[order]
              for name, dtype in DELTA_COLUMNS.items()}
    key, kind = deltas["key"], deltas["kind"]
    length = np.bincount(key)
    first = np.cumsum(length) - length
    index = np.arange(len(key))
    rows = entries.find_all(chain.keys, Temperature.HOT)
    known = rows >= 0

    def latest(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return the last delta of each key that is flagged, or −1."""
        return np.maximum.reduceat(np.where(flags, index, -1), first)

    sets, deletes = kind <= UPDATE, kind == DELETE
    decides = sets | deletes  # whether there is an entry afterwards
    before = np.maximum.accumulate(np.where(decides, index, -1))
    before = np.concatenate(([-1], before[:-1]))
    there = np.where(before >= first[key], sets[before], known[key])
    decided = latest(decides)
    stays = np.where(decided >= 0, sets[decided], known)
    merges = (kind == MERGE) & there
    counts = sets | merges
    made = latest(sets & ~there)

    old, new = np.flatnonzero(known), np.flatnonzero(made >= 0)
    columns = {}
    for name in CHANGING:
        column = getattr(entries, name)
        columns[name] = np.zeros(len(rows), column.dtype)
        columns[name][old] = column[rows[old]]
        columns[name][new] = 1 if name == "count" else deltas[name][made[new]]
    updates = np.flatnonzero(counts & (index > made[key]))
    _update_strengths(columns, {name: column[updates] for name, column in deltas.items()}, rule)
    columns["count"] += np.bincount(key[updates], minlength=len(rows)).astype(np.uint64)
    final = latest(counts)
    changed = np.flatnonzero(final >= 0)
    for name in ("seconds", "nanoseconds"):
        columns[name][changed] = deltas[name][final[changed]]

    value = latest(sets)
    heads = chain.heads(order[value])
    kept, fresh = np.flatnonzero(stays & known), np.flatnonzero(stays & ~known)
    for name, column in columns.items():
        getattr(entries, name)[rows[kept]] = column[kept]
    for place in kept[value[kept] >= 0].tolist():
        entries.heads[rows[place]] = heads[place]
    gone = rows[known & ~stays].tolist()
    entries.extend([chain.keys[place] for place in fresh.tolist()],
                   [heads[place] for place in fresh.tolist()], state=int(Temperature.HOT),
                   **{name: column[fresh] for name, column in columns.items()})
    entries.remove(gone)
    return int(np.count_nonzero(merges))


def _update_strengths(columns: dict[str, NDArray], updates: dict[str, NDArray],
                      rule: PlasticityRule) -> None:
    """Combine strengths with those of deltas.

    The first deltas of all keys are applied at once, then the second ones, and so on. Keys are
    ordered by their number of deltas, the largest first: those that still have one are then at
    the front.

    Parameters
    ----------
    columns : dict of ndarray, shape (keys,)
        Strengths to be changed, and times from which they are.
    updates : dict of ndarray, shape (n,)
        Columns of the deltas, sorted by key.
    rule : PlasticityRule
        How strengths are combined.
    """
    key, seconds, nanoseconds = updates["key"], updates["seconds"], updates["nanoseconds"]
    length = np.bincount(key, minlength=len(columns["seconds"]))
    first = np.cumsum(length) - length
    turn = np.arange(len(key)) - first[key]
    before = {name: np.concatenate((updates[name][:1], updates[name][:-1]))
              for name in ("seconds", "nanoseconds")}
    for name, column in before.items():
        np.copyto(column, columns[name][key], where=turn == 0)
    age = whole_seconds(seconds, nanoseconds, before["seconds"], before["nanoseconds"])
    keep, gain = rule.prepare(updates["magnitude"], age)

    ranking = np.argsort(-length, kind="stable")
    place = np.empty_like(ranking)
    place[ranking] = np.arange(len(ranking))
    order = np.argsort(turn * len(ranking) + place[key])
    new, new_polarity = updates["magnitude"][order], updates["polarity"][order]
    keep, gain = keep[order], gain[order]
    magnitude, polarity = columns["magnitude"][ranking], columns["polarity"][ranking]
    start = 0
    for size in np.bincount(turn).tolist():
        now = slice(start, start + size)
        current = magnitude[:size]
        np.copyto(polarity[:size], new_polarity[now], where=new[now] >= current)
        current[:] = rule.updated(current, keep[now], gain[now])
        start += size
    columns["magnitude"][ranking], columns["polarity"][ranking] = magnitude, polarity
