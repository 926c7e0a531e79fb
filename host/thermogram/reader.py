"""Reading packed bytes without ever going beyond their end."""

import struct
from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import FileError
from .instant import Instant, check_instant
from .signal import Signal

T = TypeVar("T")

U8, U16, U32, U64 = (struct.Struct(f"<{code}") for code in "BHIQ")
SIGNAL = struct.Struct("<bB")
INSTANT = struct.Struct("<qI")


class Reader:
    """Takes one thing after the other.

    Every method raises FileError if the bytes end before the thing does.

    Parameters
    ----------
    data : bytes
        What is read.
    at : int
        Where to begin.
    """

    def __init__(self, data: bytes, at: int = 0):
        self.data = data
        self.at = at

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Take the fields of a layout."""
        if self.at + layout.size > len(self.data):
            raise self.cut_short()
        fields = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return fields

    def take(self, size: int) -> bytes:
        """Take so many bytes."""
        start, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise self.cut_short()
        return self.data[start:self.at]

    def u8(self) -> int:
        return self.unpack(U8)[0]

    def u16(self) -> int:
        return self.unpack(U16)[0]

    def u32(self) -> int:
        return self.unpack(U32)[0]

    def u64(self) -> int:
        return self.unpack(U64)[0]

    def flag(self) -> bool:
        """Take a bool: any byte but 0 is true."""
        return self.u8() != 0

    def text(self) -> str:
        """Take a text with its length in front; it must be UTF-8."""
        data = self.take(self.u16())
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise FileError(f"a text before byte {self.at} isn't UTF-8") from None

    def blob(self) -> bytes:
        """Take bytes with their number in front."""
        return self.take(self.u32())

    def signal(self) -> Signal:
        return Signal(*self.unpack(SIGNAL))

    def instant(self) -> Instant:
        return check_instant(Instant(*self.unpack(INSTANT)))

    def optional(self, take: Callable[[], T]) -> T | None:
        """Take something if the byte in front of it is 1; any other means that it isn't there."""
        return take() if self.u8() == 1 else None

    def count(self, size: int, what: str) -> int:
        """Take a number of things, which must be so few that they could all be there.

        Parameters
        ----------
        size : int
            Bytes of the smallest thing.
        what : str
            What to call them in messages.
        """
        count, left = self.u32(), len(self.data) - self.at
        if count * size > left:
            raise FileError(f"{count} {what} need at least {count * size} bytes, but {left} are "
                            "left; the file is cut short or damaged")
        return count

    def cut_short(self) -> FileError:
        """Return what to raise at the end."""
        return FileError(f"ends after {len(self.data)} bytes, in the middle of something; the "
                         "file is cut short or damaged")
