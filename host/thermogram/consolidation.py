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

    Only the order of the deltas for one key matters. So the first deltas of all keys are applied
    at once, then the second ones, and so on. Keys are sorted by their number of deltas, the
    largest first: those that still have one are then the first ones, without being selected.
    """
    if not len(chain):
        return 0
    records = chain.records()
    deltas_of_key = np.bincount(records["key"])
    ranking = np.argsort(-deltas_of_key, kind="stable")
    place = np.empty_like(ranking)
    place[ranking] = np.arange(len(ranking))
    by_key = np.argsort(records["key"], kind="stable")
    first = np.cumsum(deltas_of_key) - deltas_of_key
    turn = np.empty(len(records), np.intp)
    turn[by_key] = np.arange(len(records)) - np.repeat(first, deltas_of_key)
    order = np.lexsort((place[records["key"]], turn))
    ends = np.cumsum(np.bincount(turn)).tolist()
    sorted_records = records[order]

    rows = [entries.find(key, Temperature.HOT)
            for key in map(chain.keys.__getitem__, ranking.tolist())]
    state = _Entries(entries, rows)
    merged = sum(state.apply(sorted_records[start:end], order[start:end], rule)
                 for start, end in zip([0, *ends], ends, strict=False))
    state.store(chain, entries, ranking)
    return merged


class _Entries:
    """The hot entries that deltas are for, in columns; `there` tells which exist."""

    def __init__(self, entries: Entries, rows: list[int | None]):
        n = len(rows)
        self.row = np.array([-1 if row is None else row for row in rows])
        self.there = self.row >= 0
        known = self.row[self.there]
        self.polarity = np.zeros(n, np.int8)
        self.magnitude = np.zeros(n, np.uint8)
        self.seconds = np.zeros(n, np.int64)
        self.nanoseconds = np.zeros(n, np.int64)
        self.count = np.zeros(n, np.uint64)
        self.value = np.full(n, -1)  # the delta that the value comes from
        for name in ("polarity", "magnitude", "seconds", "nanoseconds", "count"):
            getattr(self, name)[self.there] = getattr(entries, name)[known]

    def apply(self, records: NDArray, indices: NDArray[np.intp], rule: PlasticityRule) -> int:
        """Apply one delta to each of the first entries; return how many were merged."""
        m = len(records)
        there, magnitude, polarity = self.there[:m], self.magnitude[:m], self.polarity[:m]
        kind, new = records["kind"], records["magnitude"]
        seconds, nanoseconds = records["seconds"], records["nanoseconds"].astype(np.int64)
        sets = kind <= DeltaKind.Update
        fresh = sets & ~there
        merges = there & (kind == DeltaKind.Merge)
        changed = sets | merges

        age = whole_seconds(seconds, nanoseconds, self.seconds[:m], self.nanoseconds[:m])
        result = rule.updated_magnitude(magnitude, new, age)
        np.copyto(polarity, records["polarity"], where=changed & ((new >= magnitude) | fresh))
        np.copyto(magnitude, result, where=changed)
        np.copyto(magnitude, new, where=fresh)
        np.copyto(self.seconds[:m], seconds, where=changed)
        np.copyto(self.nanoseconds[:m], nanoseconds, where=changed)
        np.copyto(self.value[:m], indices, where=sets)
        np.copyto(self.count[:m], 0, where=fresh)
        self.count[:m] += changed
        there |= sets
        there &= kind != DeltaKind.Delete
        return int(np.count_nonzero(merges))

    def store(self, chain: Chain, entries: Entries, ranking: NDArray[np.intp]) -> None:
        """Write everything back."""
        def columns(rows: NDArray[np.intp]) -> dict[str, NDArray]:
            return {name: getattr(self, name)[rows]
                    for name in ("polarity", "magnitude", "seconds", "nanoseconds", "count")}

        known = np.flatnonzero(self.there & (self.row >= 0))
        rows = self.row[known]
        for name, values in columns(known).items():
            getattr(entries, name)[rows] = values
        for row, value in zip(rows.tolist(), self.value[known].tolist(), strict=True):
            if value >= 0:
                entries.heads[row] = chain.heads[value]
        gone = self.row[~self.there & (self.row >= 0)].tolist()
        fresh = np.flatnonzero(self.there & (self.row < 0))
        entries.extend([chain.keys[key] for key in ranking[fresh].tolist()],
                       [chain.heads[value] for value in self.value[fresh].tolist()],
                       state=Temperature.HOT, **columns(fresh))
        entries.remove(gone)
