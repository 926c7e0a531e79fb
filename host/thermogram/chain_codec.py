"""The bytes of a hash chain: u32 number of deltas, optional text head hash, and the deltas."""

import struct

from ..errors import FileError
from .chain import Chain
from .delta_codec import SMALLEST, scan_delta
from .reader import Reader
from .wire import U32, text


def encode_chain(chain: Chain) -> bytes:
    """Return the bytes of a chain."""
    head = b"\0" if chain.head_hash is None else b"\1" + text(chain.head_hash, "head hash")
    return b"".join((U32.pack(len(chain)), head, chain.data))


def decode_chain(reader: Reader) -> Chain:
    """Take a chain, as it is; `Chain.verify` tells whether it holds.

    Raises
    ------
    FileError
        If it is cut short or damaged.
    """
    chain = Chain()
    count = reader.count(SMALLEST, "deltas")
    chain.head_hash = reader.optional(reader.text)
    data, at = reader.data, reader.at
    try:
        for _ in range(count):
            end, numbers = scan_delta(data, at)
            if end > len(data):
                raise reader.cut_short()
            id_end, key_end = numbers[5:7]
            chain.add(data[at + id_end + 3:at + key_end].decode(), data[at:end], numbers)
            at = end
    except (struct.error, IndexError):
        raise reader.cut_short() from None
    except UnicodeDecodeError:
        raise FileError("a text of the deltas isn't UTF-8") from None
    reader.at = at
    return chain
