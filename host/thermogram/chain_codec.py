"""The bytes of a hash chain.

u32 number of deltas, optional text head hash; then for each delta: text id, u8 kind, text key,
u32 n and n signals, i64 seconds, u32 nanoseconds, text source, signal strength, optional u32
observation count, optional u32-counted bytes custom, optional text previous hash, text hash.
Texts have a u16 in front, options a byte 1 or 0.
"""

from ..errors import FileError
from .chain import Chain
from .delta import KIND_BYTES, Delta, DeltaKind
from .reader import INSTANT, SIGNAL, Reader
from .wire import MOST, U32, text

SMALLEST = 30
"""Bytes of a delta without texts, signals and options."""

KINDS = tuple(DeltaKind)


def encode_chain(chain: Chain) -> bytes:
    """Return the bytes of a chain.

    Raises
    ------
    FileError
        If a text or a count is too large.
    """
    head = b"\0" if chain.head_hash is None else b"\1" + text(chain.head_hash, "head hash")
    pieces = [U32.pack(len(chain)), head]
    for delta, entry_head in zip(chain.deltas, chain.heads, strict=True):
        pieces += (text(delta.id, "id"), KIND_BYTES[delta.kind], entry_head,
                   INSTANT.pack(*delta.instant), text(delta.source, "source"),
                   SIGNAL.pack(*delta.strength))
        observed, custom = delta.observation_count, delta.custom
        if observed is not None and observed > MOST:
            raise FileError(f"delta {delta.id}: observation_count must be at most {MOST}, "
                            f"not {observed}")
        pieces += (
            b"\0" if observed is None else b"\1" + U32.pack(observed),
            b"\0" if custom is None else b"\1" + U32.pack(len(custom)) + custom,
            b"\0" if delta.prev_hash is None else b"\1" + text(delta.prev_hash, "prev_hash"),
            text(delta.hash, "hash"),
        )
    return b"".join(pieces)


def decode_chain(reader: Reader) -> Chain:
    """Take a chain, as it is; `Chain.verify` tells whether it holds.

    Raises
    ------
    FileError
        If it is cut short or damaged.
    """
    count = reader.count(SMALLEST, "deltas")
    head_hash = reader.optional(reader.text)
    return Chain.restored([_decode_delta(reader) for _ in range(count)], head_hash)


def _decode_delta(reader: Reader) -> Delta:
    id_, kind = reader.text(), reader.u8()
    if kind >= len(KINDS):
        raise FileError(f"delta {id_}: type must be 0..{len(KINDS) - 1}, not {kind}")
    return Delta(id_, KINDS[kind], reader.text(), reader.take(2 * reader.u32()), reader.instant(),
                 reader.text(), reader.signal(), reader.optional(reader.u32),
                 reader.optional(reader.blob), reader.optional(reader.text), reader.text())
