"""The entries of a capsule as columns of numbers, so that what concerns all is done at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .instant import Instant
from .signal import SIGNAL, Signal
from .temperature import Temperature
from .wire import entry_head, value_of

GONE = 4
"""State of a row whose entry has been removed."""

COLUMNS = {"state": np.uint8, "shared": np.bool_, "polarity": np.int8, "magnitude": np.uint8,
           "seconds": np.int64, "nanoseconds": np.uint32, "count": np.uint64}


class Entry(NamedTuple):
    """What a capsule knows under a key.

    Parameters
    ----------
    key : str
        Its name.
    value : bytes
        Signals, two bytes each as in files; see `signals`.
    strength : Signal
        How sure it is.
    updated_at : Instant
        When it was changed last.
    update_count : int
        How often it was observed.
    """

    key: str
    value: bytes
    strength: Signal
    updated_at: Instant
    update_count: int

    @property
    def signals(self) -> NDArray:
        """The value as a read-only array of SIGNAL, shape (n,)."""
        return np.frombuffer(self.value, SIGNAL)


class Entries:
    """Entries by key and temperature.

    Each entry is a row; a key may have one at each temperature. Rows stay in the order in which
    they were added, and so do the entries of a temperature in a file. Rows of removed entries are
    dropped when they are more than the others.

    Attributes
    ----------
    state : ndarray of uint8, shape (rows,)
        Temperature of the row, or `GONE`.
    shared : ndarray of bool, shape (rows,)
        Whether the key may have another row.
    polarity, magnitude : ndarray of int8 and uint8, shape (rows,)
        Strength.
    seconds, nanoseconds : ndarray of int64 and uint32, shape (rows,)
        When the entry was changed last.
    count : ndarray of uint64, shape (rows,)
        How often it was observed.
    keys, heads : list of str and of bytes
        Keys, and keys with values as `entry_head`, row by row.
    """

    state: NDArray[np.uint8]
    shared: NDArray[np.bool_]
    polarity: NDArray[np.int8]
    magnitude: NDArray[np.uint8]
    seconds: NDArray[np.int64]
    nanoseconds: NDArray[np.uint32]
    count: NDArray[np.uint64]

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.heads: list[bytes] = []
        self._row: dict[str, int] = {}
        self._rows: dict[str, tuple[int, ...]] = {}
        self._columns = {name: np.zeros(16, dtype) for name, dtype in COLUMNS.items()}
        self._show()

    def __len__(self) -> int:
        return len(self._row) + sum(map(len, self._rows.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._row or key in self._rows

    def all_keys(self) -> Iterator[str]:
        """Yield each key that has an entry, once."""
        yield from self._row
        yield from self._rows

    def at(self, temperature: Temperature) -> NDArray[np.bool_]:
        """Return which rows are at a temperature."""
        return self.state == int(temperature)  # an enumeration takes NumPy ten times as long

    def rows(self, temperature: Temperature) -> NDArray[np.intp]:
        """Return the rows at a temperature, in their order."""
        return np.flatnonzero(self.at(temperature))

    def sizes(self) -> list[int]:
        """Return the number of entries at each temperature."""
        return np.bincount(self.state, minlength=GONE + 1)[:GONE].tolist()

    def find(self, key: str, temperature: Temperature) -> int | None:
        """Return the row of a key at a temperature."""
        row = self._row.get(key)
        if row is not None:
            return row if int(self.state[row]) == temperature else None
        for row in self._rows.get(key, ()):
            if int(self.state[row]) == temperature:
                return row
        return None

    def find_all(self, keys: Sequence[str], temperature: Temperature) -> NDArray[np.intp]:
        """Return the rows of many keys at a temperature; −1 where there is none."""
        rows = np.array([self._row.get(key, -1) for key in keys], np.intp)
        if len(self.state):
            rows[self.state[rows] != int(temperature)] = -1
        if self._rows:
            for index, key in enumerate(keys):
                if key in self._rows and (row := self.find(key, temperature)) is not None:
                    rows[index] = row
        return rows

    def hottest(self, key: str) -> int | None:
        """Return the row of a key at the hottest temperature that has it."""
        row = self._row.get(key)
        if row is None and key in self._rows:
            row = min(self._rows[key], key=self.state.__getitem__)
        return row

    def entry(self, row: int) -> Entry:
        """Return a row as an entry."""
        return Entry(self.keys[row], value_of(self.heads[row]),
                     Signal(int(self.polarity[row]), int(self.magnitude[row])),
                     Instant(int(self.seconds[row]), int(self.nanoseconds[row])),
                     int(self.count[row]))

    def get(self, key: str, temperature: Temperature) -> Entry | None:
        """Return the entry of a key at a temperature."""
        row = self.find(key, temperature)
        return None if row is None else self.entry(row)

    def layer(self, temperature: Temperature) -> list[Entry]:
        """Return all entries at a temperature."""
        return [self.entry(row) for row in self.rows(temperature).tolist()]

    def put(self, entry: Entry, temperature: Temperature) -> None:
        """Store an entry at a temperature, in place of one of the same key, if there is one.

        Raises
        ------
        FileError
            If the key is longer than files can hold.
        """
        head = entry_head(entry.key, entry.value)
        row = self.find(entry.key, temperature)
        if row is None:
            (polarity, magnitude), (seconds, nanoseconds) = entry.strength, entry.updated_at
            self.extend([entry.key], [head], state=temperature, polarity=polarity,
                        magnitude=magnitude, seconds=seconds, nanoseconds=nanoseconds,
                        count=entry.update_count)
        else:
            self.heads[row] = head
            self.polarity[row], self.magnitude[row] = entry.strength
            self.seconds[row], self.nanoseconds[row] = entry.updated_at
            self.count[row] = entry.update_count

    def pop(self, key: str, temperature: Temperature) -> Entry | None:
        """Remove and return the entry of a key at a temperature."""
        row = self.find(key, temperature)
        if row is None:
            return None
        entry = self.entry(row)
        self.remove([row])
        return entry

    def extend(self, keys: Sequence[str], heads: Sequence[bytes], **columns: ArrayLike) -> None:
        """Add entries of keys that have none at the temperature.

        Parameters
        ----------
        keys, heads : sequence of str and of bytes, length n
            Keys, and keys with values as `entry_head`.
        **columns : array_like, shape (n,) or ()
            All columns but `shared`.
        """
        first, end = len(self.keys), len(self.keys) + len(keys)
        if end > len(self._columns["state"]):
            for name, column in self._columns.items():
                self._columns[name] = np.zeros(2 * end, column.dtype)
                self._columns[name][:first] = column[:first]
        for name, values in columns.items():
            self._columns[name][first:end] = values
        self._columns["shared"][first:end] = False
        self.keys += keys
        self.heads += heads
        self._show()
        fresh = dict(zip(keys, range(first, end), strict=True))
        if not (fresh.keys().isdisjoint(self._row) and fresh.keys().isdisjoint(self._rows)):
            for key in [key for key in fresh if key in self]:
                rows = (*self._rows.pop(key, ()), fresh.pop(key))
                if key in self._row:
                    rows = (self._row.pop(key), *rows)
                self._rows[key] = rows
                self.shared[list(rows)] = True
        self._row |= fresh

    def remove(self, rows: Iterable[int]) -> None:
        """Remove entries; the rows of all others may change."""
        for row in rows:
            key = self.keys[row]
            self.state[row] = GONE
            if self._row.pop(key, None) is None:
                others = [other for other in self._rows.pop(key) if other != row]
                if len(others) > 1:
                    self._rows[key] = tuple(others)
                else:
                    self._row[key] = others[0]
        if len(self.keys) > 2 * len(self) + 16:
            self._drop_gone_rows()

    def _drop_gone_rows(self) -> None:
        rows = np.flatnonzero(self.state != GONE)
        moved = np.zeros(len(self.keys), np.intp)
        moved[rows] = np.arange(len(rows))
        self._columns = {name: column[rows] for name, column in self._columns.items()}
        self.keys = [self.keys[row] for row in rows]
        self.heads = [self.heads[row] for row in rows]
        self._row = {key: int(moved[row]) for key, row in self._row.items()}
        self._rows = {key: tuple(moved[list(rows)].tolist()) for key, rows in self._rows.items()}
        self._show()

    def _show(self) -> None:
        for name, column in self._columns.items():
            setattr(self, name, column[:len(self.keys)])
