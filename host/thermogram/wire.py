"""Pieces of the binary file that more than one module writes: all little-endian, packed."""

import struct

from ..errors import FileError

U16 = struct.Struct("<H")
U32 = struct.Struct("<I")
LONGEST_TEXT = 0xFFFF
MOST = 0xFFFFFFFF
"""What a u32 counts to."""


def text(value: str, what: str) -> bytes:
    """Return a text with its length in front.

    Raises
    ------
    FileError
        If it exceeds 65,535 bytes, or has characters that UTF-8 hasn't.
    """
    try:
        data = value.encode()
    except UnicodeEncodeError as error:
        raise FileError(f"{what}: must be Unicode text, but {value[:40]!r} has a lone surrogate "
                        f"at {error.start}") from None
    if len(data) > LONGEST_TEXT:
        raise FileError(f"{what}: must be at most {LONGEST_TEXT} bytes of UTF-8, not {len(data)}; "
                        "shorten it")
    return U16.pack(len(data)) + data


def entry_head(key: str, value: bytes) -> bytes:
    """Return key and value as both entries and deltas have them in files.

    Entries and deltas are kept with this, so that a value is built once, however often it passes
    from a delta to an entry, from one temperature to the next and into a file.

    Raises
    ------
    FileError
        If the key is too long, or the value has more than 2**32 − 1 signals.
    """
    count = len(value) >> 1
    if count > MOST:
        raise FileError(f"value of {key!r}: must have at most {MOST} signals, not {count}")
    return text(key, "key") + U32.pack(count) + value


def value_of(head: bytes) -> bytes:
    """Return the signals in an `entry_head`."""
    return head[2 + U16.unpack_from(head)[0] + 4:]
