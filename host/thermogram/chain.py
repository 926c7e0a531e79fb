"""The hash chain: deltas that wait for consolidation, each sealed by the one before."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .delta import Delta
from .delta_codec import RECORD, RECORDS, decode_delta, encode_delta, hash_at, links_of
from .errors import ChainError


class Chain:
    """Deltas in the order in which they were appended.

    Appending takes the same time however long the chain is. Deltas are kept as the bytes that
    files have, and their numbers as one array beside them: consolidation, files and hashes work on
    these, and objects are made of them only for who asks.

    Attributes
    ----------
    head_hash : str or None
        Hash of the last delta.
    data : bytearray
        The bytes of all deltas, one after the other, as `encode_delta`.
    keys : list of str
        Different keys, in the order in which they first occurred.
    size : int
        Estimated bytes: two per signal, the key, and 200 for each delta.
    """

    def __init__(self) -> None:
        self.head_hash: str | None = None
        self.data = bytearray()
        self.keys: list[str] = []
        self.size = 0
        self._numbers: dict[str, int] = {}
        self._latest: list[int] = []
        self._records = bytearray()

    @classmethod
    def restored(cls, deltas: Iterable[Delta], head_hash: str | None) -> Self:
        """Return a chain of deltas that have their hashes, as they are; see `verify`."""
        chain = cls()
        for delta in deltas:
            wire, numbers, _ = encode_delta(delta)
            chain.add(delta.key, wire, numbers)
        chain.head_hash = head_hash
        return chain

    def __len__(self) -> int:
        return len(self._records) // RECORD.size

    def __getitem__(self, index: int) -> Delta:
        """Return a delta; −1 is the last one."""
        index = range(len(self))[index]
        return decode_delta(bytes(self.data[self._start(index):self._start(index + 1)]))

    def __iter__(self) -> Iterator[Delta]:
        starts = self.records()["start"].tolist()
        return (decode_delta(bytes(self.data[start:end]))
                for start, end in pairwise([*starts, len(self.data)]))

    @property
    def deltas(self) -> list[Delta]:
        """All deltas as objects, made for the occasion."""
        return list(self)

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
        wire, numbers, self.head_hash = encode_delta(delta, seal=True)
        self.add(delta.key, wire, numbers)
        return Delta(*delta[:-1], self.head_hash)

    def add(self, key: str, wire: bytes, numbers: tuple[int, ...]) -> None:
        """Add a delta that was hashed elsewhere; the caller sets `head_hash`.

        Parameters
        ----------
        key : str
            Its key.
        wire : bytes
            The delta.
        numbers : tuple of int
            What `encode_delta` or `scan_delta` say of it.
        """
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
            self._latest.append(len(self))
        else:
            self._latest[number] = len(self)
        self._records += RECORD.pack(number, len(self.data), *numbers)
        self.data += wire
        self.size += numbers[7] - numbers[5] + 193  # 200, without the kind and two counts

    def records(self) -> NDArray:
        """Return the numbers of all deltas.

        Returns
        -------
        ndarray of RECORDS, shape (len(chain),)
            ``key`` is the place of the key in `keys`.
        """
        return np.frombuffer(bytes(self._records), RECORDS)

    def _start(self, index: int) -> int:
        if index == len(self):
            return len(self.data)
        return RECORD.unpack_from(self._records, index * RECORD.size)[1]

    def heads(self, indices: NDArray[np.intp]) -> list[bytes]:
        """Return key and value of some deltas, as `entry_head`."""
        records = self.records()[indices]
        starts = records["start"] + records["id_end"] + 1
        ends = records["start"] + records["value_end"]
        return [bytes(self.data[start:end])
                for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def latest(self, key: str) -> Delta | None:
        """Return the newest delta for a key."""
        number = self._numbers.get(key)
        return None if number is None else self[self._latest[number]]

    def history(self, key: str) -> list[Delta]:
        """Return all deltas for a key, the oldest first."""
        number = self._numbers.get(key, -1)
        return [self[index] for index in np.flatnonzero(self.records()["key"] == number).tolist()]

    def since(self, digest: str) -> list[Delta]:
        """Return the deltas after the one with this hash; none if there is no such delta."""
        after = [index for index, delta in enumerate(self, 1) if delta.hash == digest]
        return self.deltas[after[0]:] if after else []

    def verify(self) -> None:
        """Do nothing if every delta has the right hash and is linked to the one before.

        Raises
        ------
        ChainError
            Names the first delta that isn't.
        """
        data, previous = bytes(self.data), None
        for index, (_, *numbers) in enumerate(self.records().tolist()):
            prev_hash, digest = links_of(data, numbers)
            if not index and prev_hash is not None:
                raise self._broken(index, "it is the first, but is linked to one before it")
            if digest != hash_at(data, numbers, prev_hash).encode():
                raise self._broken(index, "its hash does not match what it says")
            if prev_hash != previous:
                raise self._broken(index, "it is not linked to the delta before it")
            previous = digest
        if previous and self.head_hash not in (None, previous.decode()):
            raise self._broken(len(self) - 1, "it is the last, but not what the chain says it is")

    def _broken(self, index: int, reason: str) -> ChainError:
        delta = self[index]
        return ChainError(f"hash chain: delta {index} ({delta.kind.name} of {delta.key!r}, id "
                          f"{delta.id}) is broken: {reason}; restore the file from a copy", index)
