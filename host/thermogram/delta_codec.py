"""The bytes of a delta, and where in them everything is.

Text id, u8 kind, text key, u32 n and n signals, instant, text source, signal strength, optional u32
observation count, optional u32-counted bytes custom, optional text previous hash, text hash. Texts
have a u16 length in front, options a byte 1 or 0.
"""

import struct
from collections.abc import Sequence

import numpy as np

from ..errors import FileError
from .delta import KIND_BYTES, Delta, DeltaKind, hash_of
from .instant import Instant, check_instant
from .reader import INSTANT, SIGNAL, U16, U32, Reader
from .wire import LONGEST_TEXT, MOST, text

SMALLEST = 30
"""Bytes of a delta without texts, signals and options."""

KINDS = tuple(DeltaKind)

KIND_AND_LENGTH = struct.Struct("<BH")
INSTANT_AND_LENGTH = struct.Struct("<qIH")

RECORD = struct.Struct("<IQBbBqIIIIII")
RECORDS = np.dtype([("key", "<u4"), ("start", "<u8"), ("kind", "u1"), ("polarity", "i1"),
                    ("magnitude", "u1"), ("seconds", "<i8"), ("nanoseconds", "<u4"),
                    ("id_end", "<u4"), ("key_end", "<u4"), ("value_end", "<u4"),
                    ("source_end", "<u4"), ("options_end", "<u4")])
"""Numbers of a delta: its key, by a number that the chain gives, and where it starts; what
consolidation needs; and where its parts end, relative to its start, the options followed by the
two hashes."""


def encode_delta(delta: Delta, *, seal: bool = False) -> tuple[bytes, tuple[int, ...], str]:
    """Return the bytes of a delta, its numbers from `kind` on, and its hash.

    Parameters
    ----------
    delta : Delta
        The delta.
    seal : bool
        Compute its hash, whatever it says.

    Raises
    ------
    FileError
        If a text or a count is too large.
    """
    id_text, kind, key_text, value, instant, source_text, pair, observed, custom, prev, digest = (
        delta)
    try:
        id_, key, source = id_text.encode(), key_text.encode(), source_text.encode()
        previous = b"" if prev is None else prev.encode()
    except UnicodeEncodeError:
        raise _unfit(delta) from None
    strength = SIGNAL.pack(*pair)
    if seal:
        digest = hash_of(id_, KIND_BYTES[kind], key, value, instant, source, strength, previous)
    own = digest.encode()
    if max(len(id_), len(key), len(source), len(previous), len(own)) > LONGEST_TEXT:
        raise _unfit(delta)
    options = b"\0\0"
    if observed is not None or custom is not None:
        if observed is not None and not 0 <= observed <= MOST:
            raise FileError(f"delta {id_text}: observation_count must be in 0..{MOST}, "
                            f"not {observed}")
        options = ((b"\0" if observed is None else b"\1" + U32.pack(observed))
                   + (b"\0" if custom is None else b"\1" + U32.pack(len(custom)) + custom))
    seconds, nanoseconds = instant
    wire = b"".join((
        U16.pack(len(id_)), id_, KIND_AND_LENGTH.pack(kind, len(key)), key,
        U32.pack(len(value) >> 1), value, INSTANT_AND_LENGTH.pack(seconds, nanoseconds,
                                                                  len(source)), source,
        strength, options, b"\0" if prev is None else KIND_AND_LENGTH.pack(1, len(previous)),
        previous, U16.pack(len(own)), own,
    ))
    id_end = 2 + len(id_)
    key_end = id_end + 3 + len(key)
    value_end = key_end + 4 + len(value)
    source_end = value_end + 14 + len(source)
    return wire, (kind, *pair, seconds, nanoseconds, id_end, key_end, value_end, source_end,
                  source_end + 2 + len(options)), digest


def _unfit(delta: Delta) -> FileError:
    """Return what is wrong with the texts of a delta."""
    try:
        for what in ("id", "key", "source", "prev_hash", "hash"):
            text(getattr(delta, what) or "", what)
    except FileError as error:
        return error
    raise AssertionError(delta)


def scan_delta(data: bytes, at: int) -> tuple[int, tuple[int, ...]]:
    """Return where the delta at `at` ends, and its numbers from `kind` on, relative to `at`.

    Raises
    ------
    struct.error, IndexError
        If the data ends before.
    UnicodeDecodeError
        If a text isn't UTF-8.
    FileError
        If its type or its time is none.
    """
    u16, u32 = U16.unpack_from, U32.unpack_from
    id_end = at + 2 + u16(data, at)[0]
    kind = data[id_end]
    if kind >= len(KINDS):
        raise FileError(f"has a delta of type {kind}, which must be 0..{len(KINDS) - 1}")
    key_end = id_end + 3 + u16(data, id_end + 1)[0]
    value_end = key_end + 4 + 2 * u32(data, key_end)[0]
    instant = check_instant(Instant(*INSTANT.unpack_from(data, value_end)))
    source_end = value_end + 14 + u16(data, value_end + 12)[0]
    strength = SIGNAL.unpack_from(data, source_end)
    end = source_end + 2
    end += 5 if data[end] == 1 else 1
    end += 5 + u32(data, end + 1)[0] if data[end] == 1 else 1
    options_end = end
    end += 3 + u16(data, end + 1)[0] if data[end] == 1 else 1
    for start, stop in ((at + 2, id_end), (value_end + 14, source_end), (options_end + 3, end)):
        data[start:stop].decode()
    start, end = end + 2, end + 2 + u16(data, end)[0]
    data[start:end].decode()
    return end, (kind, *strength, *instant, id_end - at, key_end - at, value_end - at,
                 source_end - at, options_end - at)


def decode_delta(wire: bytes) -> Delta:
    """Return the delta in these bytes.

    Raises
    ------
    FileError
        If it is cut short, or a text isn't UTF-8.
    """
    reader = Reader(wire)
    return Delta(reader.text(), KINDS[reader.u8()], reader.text(), reader.take(2 * reader.u32()),
                 reader.instant(), reader.text(), reader.signal(), reader.optional(reader.u32),
                 reader.optional(reader.blob), reader.optional(reader.text), reader.text())


def links_of(data: bytes, numbers: Sequence[int]) -> tuple[bytes | None, bytes]:
    """Return the previous hash and the hash of a delta.

    Parameters
    ----------
    data : bytes
        Where it is.
    numbers : sequence of int
        Its record, from `start` on.
    """
    at = numbers[0] + numbers[-1]
    prev_hash = None
    if data[at] == 1:
        end = at + 3 + U16.unpack_from(data, at + 1)[0]
        prev_hash = data[at + 3:end]
        at = end - 1
    return prev_hash, data[at + 3:at + 3 + U16.unpack_from(data, at + 1)[0]]


def hash_at(data: bytes, numbers: Sequence[int], prev_hash: bytes | None) -> str:
    """Return what the hash of a delta must be; parameters as of `links_of`."""
    start, _, _, _, seconds, nanoseconds, id_end, key_end, value_end, source_end, _ = numbers
    id_end += start
    value_end += start
    source_end += start
    return hash_of(data[start + 2:id_end], data[id_end:id_end + 1],
                   data[id_end + 3:start + key_end], data[start + key_end + 4:value_end],
                   Instant(seconds, nanoseconds), data[value_end + 14:source_end],
                   data[source_end:source_end + 2], prev_hash or b"")
