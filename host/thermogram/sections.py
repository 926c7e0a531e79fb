"""Named sections in the custom metadata of a capsule, so that several can use it.

``TRPT``, then for each section: name (u16 length, UTF-8), u32 length, bytes; little-endian.
"""

import struct

from ..errors import FileError
from .wire import U16, U32, text

MAGIC = b"TRPT"


def read_sections(custom: bytes | None) -> dict[str, bytes]:
    """Return the sections by their names.

    Parameters
    ----------
    custom : bytes or None
        Custom metadata; none has no sections.

    Raises
    ------
    FileError
        If it is something else.
    """
    if custom is None:
        return {}
    sections, at = {}, len(MAGIC)
    try:
        if not custom.startswith(MAGIC):
            raise ValueError
        while at < len(custom):
            name_end = at + 2 + U16.unpack_from(custom, at)[0]
            end = name_end + 4 + U32.unpack_from(custom, name_end)[0]
            if end > len(custom):
                raise ValueError
            sections[custom[at + 2:name_end].decode()] = custom[name_end + 4:end]
            at = end
    except (ValueError, struct.error):
        raise FileError("custom metadata: belongs to another program; use a capsule without it"
                        ) from None
    return sections


def with_section(custom: bytes | None, name: str, data: bytes) -> bytes:
    """Return custom metadata in which a section is replaced or added.

    Raises
    ------
    FileError
        If `custom` is something else than sections.
    """
    sections = read_sections(custom) | {name: data}
    return MAGIC + b"".join(text(name, "section") + U32.pack(len(data)) + data
                            for name, data in sections.items())
