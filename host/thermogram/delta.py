"""Deltas: single changes of a capsule, and the hashes that chain them."""

import os
import struct
from collections.abc import Iterable
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .instant import Instant, rfc3339, system_clock
from .signal import SIGNAL, Signal, wire_of

Value = Iterable[Signal] | NDArray | bytes
FULL_STRENGTH = Signal(1, 255)


class DeltaKind(IntEnum):
    """What a delta does; the numbers and names are those of files."""

    Create = 0
    Update = 1
    Delete = 2
    Merge = 3


PAIR = struct.Struct("<bB")
KIND_BYTES = tuple(bytes([kind]) for kind in DeltaKind)


class Delta(NamedTuple):
    """One change, which is never changed itself.

    Parameters
    ----------
    id : str
        A random UUID, or any text.
    kind : DeltaKind
        What is done.
    key : str
        To which entry.
    value : bytes
        Signals of the entry, two bytes each as in files; see `signals`.
    instant : Instant
        When.
    source : str
        Who or what caused the change.
    strength : Signal
        Strength of the observation.
    observation_count : int or None
        How many observations it stands for. Not part of the hash.
    custom : bytes or None
        Anything. Not part of the hash.
    prev_hash : str or None
        Hash of the delta before; None for the first of a chain.
    hash : str
        Hash of this delta; empty until it is part of a chain.
    """

    id: str
    kind: DeltaKind
    key: str
    value: bytes
    instant: Instant
    source: str
    strength: Signal
    observation_count: int | None = None
    custom: bytes | None = None
    prev_hash: str | None = None
    hash: str = ""

    @classmethod
    def new(cls, kind: DeltaKind, key: str, value: Value, source: str,
            strength: Signal = FULL_STRENGTH, prev_hash: str | None = None,
            now: Instant | None = None) -> Self:
        """Return a delta with a new UUID.

        Parameters
        ----------
        kind, key, source, strength, prev_hash
            As of the class.
        value : iterable of Signal, ndarray of SIGNAL, shape (n,), or bytes
            Signals, as `wire_of`.
        now : Instant, optional
            When; by default, now.
        """
        return cls(new_id(), kind, key, wire_of(value), now or system_clock(), source, strength,
                   None, None, prev_hash)

    @classmethod
    def create(cls, key: str, value: Value, source: str, now: Instant | None = None) -> Self:
        """Return a delta that makes an entry of full strength, for the start of a chain."""
        return cls.new(DeltaKind.Create, key, value, source, now=now)

    @classmethod
    def update(cls, key: str, value: Value, source: str, strength: Signal,
               prev_hash: str | None, now: Instant | None = None) -> Self:
        """Return a delta that replaces the value of an entry and observes its strength."""
        return cls.new(DeltaKind.Update, key, value, source, strength, prev_hash, now)

    @classmethod
    def delete(cls, key: str, source: str, prev_hash: str | None,
               now: Instant | None = None) -> Self:
        """Return a delta that removes a hot entry."""
        return cls.new(DeltaKind.Delete, key, b"", source, FULL_STRENGTH, prev_hash, now)

    @classmethod
    def merge(cls, key: str, value: Value, source: str, strength: Signal,
              prev_hash: str | None, now: Instant | None = None) -> Self:
        """Return a delta that observes the strength of an entry and leaves its value."""
        return cls.new(DeltaKind.Merge, key, value, source, strength, prev_hash, now)

    @property
    def signals(self) -> NDArray:
        """The value as a read-only array of SIGNAL, shape (n,)."""
        return np.frombuffer(self.value, SIGNAL)

    def after(self, prev_hash: str | None) -> Self:
        """Return this delta linked to the one whose hash is given."""
        return self._replace(prev_hash=prev_hash, hash="")

    def digest(self) -> str:
        """Return what the hash of this delta must be.

        SHA-256, in lower-case hexadecimal digits, over id, kind (one byte), key, value, instant
        (as `rfc3339` with +00:00), source, strength (two bytes) and the previous hash, if any;
        texts in UTF-8, without separators.
        """
        return hash_of(self.id.encode(), KIND_BYTES[self.kind], self.key.encode(), self.value,
                       self.instant, self.source.encode(), PAIR.pack(*self.strength),
                       (self.prev_hash or "").encode())


def hash_of(id_: bytes, kind: bytes, key: bytes, value: bytes, instant: Instant, source: bytes,
            strength: bytes, prev_hash: bytes) -> str:
    """Return what `Delta.digest` does, from the bytes of the parts."""
    stamp = rfc3339(instant, "+00:00").encode()
    return sha256(b"".join((id_, kind, key, value, stamp, source, strength, prev_hash))
                  ).hexdigest()


def new_id() -> str:
    """Return a random UUID of version 4: as ``str(uuid.uuid4())``, in a fifth of its time."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return (f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-"
            f"{digits[20:]}")
