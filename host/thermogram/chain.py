"""The hash chain: deltas that wait for consolidation, each sealed by the one before."""

import struct
from collections.abc import Iterable, Iterator
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .delta import Delta
from .errors import ChainError
from .wire import entry_head, text

RECORD = struct.Struct("<IBbBqI")
RECORDS = np.dtype([("key", "<u4"), ("kind", "u1"), ("polarity", "i1"), ("magnitude", "u1"),
                    ("seconds", "<i8"), ("nanoseconds", "<u4")])
"""What consolidation needs of a delta, as arrays of numbers."""


class Chain:
    """Deltas in the order in which they were appended.

    Appending takes the same time however long the chain is. Beside the deltas themselves, their
    numbers are kept as one array, so that consolidation need not look at objects.

    Attributes
    ----------
    deltas : list of Delta
        All deltas; to be read only.
    head_hash : str or None
        Hash of the last one.
    heads : list of bytes
        Key and value of each delta, as `entry_head`.
    keys : list of str
        Different keys, in the order in which they first occurred.
    size : int
        Estimated bytes: two per signal, the key, and 200 for each delta.
    """

    def __init__(self) -> None:
        self.deltas: list[Delta] = []
        self.head_hash: str | None = None
        self.heads: list[bytes] = []
        self.keys: list[str] = []
        self.size = 0
        self._numbers: dict[str, int] = {}
        self._latest: list[int] = []
        self._records = bytearray()

    @classmethod
    def restored(cls, deltas: Iterable[Delta], head_hash: str | None) -> Self:
        """Return the chain that a file describes, as it is; see `verify`."""
        chain = cls()
        for delta in deltas:
            chain._add(delta, entry_head(delta.key, delta.value))
        chain.head_hash = head_hash
        return chain

    def __len__(self) -> int:
        return len(self.deltas)

    def __iter__(self) -> Iterator[Delta]:
        return iter(self.deltas)

    def append(self, delta: Delta) -> Delta:
        """Append a delta, and return it with its hash.

        Raises
        ------
        ChainError
            If its previous hash isn't that of the last delta, or not None where there is none.
        FileError
            If a text exceeds what files can hold.
        """
        if delta.prev_hash != self.head_hash:
            raise ChainError(
                f"delta for {delta.key!r}: prev_hash must be {self.head_hash}, the hash of the "
                f"last delta, not {delta.prev_hash}; link it with delta.after(chain.head_hash)",
                len(self))
        head = entry_head(delta.key, delta.value)
        for what, value in (("id", delta.id), ("source", delta.source)):
            if len(value) > 0x3FFF:  # as UTF-8 it may be too long
                text(value, what)
        delta = Delta(*delta[:-1], delta.digest())
        self._add(delta, head)
        self.head_hash = delta.hash
        return delta

    def _add(self, delta: Delta, head: bytes) -> None:
        index = len(self.deltas)
        number = self._numbers.setdefault(delta.key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(delta.key)
            self._latest.append(index)
        else:
            self._latest[number] = index
        self._records += RECORD.pack(number, delta.kind, *delta.strength, *delta.instant)
        self.deltas.append(delta)
        self.heads.append(head)
        self.size += len(head) + 194  # 200, but for the two counts in the head

    def records(self) -> NDArray:
        """Return the numbers of all deltas.

        Returns
        -------
        ndarray of RECORDS, shape (len(chain),)
            ``key`` is the place of the key in `keys`.
        """
        return np.frombuffer(bytes(self._records), RECORDS)

    def latest(self, key: str) -> Delta | None:
        """Return the newest delta for a key."""
        number = self._numbers.get(key)
        return None if number is None else self.deltas[self._latest[number]]

    def latest_of_all(self) -> Iterator[Delta]:
        """Yield the newest delta for each key."""
        return map(self.deltas.__getitem__, self._latest)

    def history(self, key: str) -> list[Delta]:
        """Return all deltas for a key, the oldest first."""
        return [delta for delta in self.deltas if delta.key == key] if key in self._numbers else []

    def since(self, digest: str) -> list[Delta]:
        """Return the deltas after the one with this hash; none if there is no such delta."""
        after = [index for index, delta in enumerate(self.deltas, 1) if delta.hash == digest]
        return self.deltas[after[0]:] if after else []

    def verify(self) -> None:
        """Do nothing if every delta has the right hash and is linked to the one before.

        Raises
        ------
        ChainError
            Names the first delta that isn't.
        """
        previous = None
        for index, delta in enumerate(self.deltas):
            if delta.hash != delta.digest() or (not index and delta.prev_hash is not None):
                raise _broken(index, delta, "its hash does not match what it says" if index or
                              delta.prev_hash is None else
                              "it is the first, but is linked to a delta before it")
            if index and delta.prev_hash != previous:
                raise _broken(index, delta, "it is not linked to the delta before it")
            previous = delta.hash
        if self.deltas and self.head_hash not in (None, previous):
            raise _broken(len(self) - 1, self.deltas[-1], "it is the last, but not the one that "
                          "the head hash of the chain tells")


def _broken(index: int, delta: Delta, reason: str) -> ChainError:
    return ChainError(f"hash chain: delta {index} ({delta.kind.name} of {delta.key!r}, id "
                      f"{delta.id}) is broken: {reason}; restore the file from a copy", index)
