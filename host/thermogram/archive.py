"""The archive: a write-once log of the deltas that were consolidated, sealed by the capsule.

Consolidation ends a hash chain. With an archive, the chain is appended to a log beside the capsule
(``NAME.thermo.log``) as a segment, whose seal is the SHA-256 of the seal before and of the segment.
The last seal is part of the custom metadata of the capsule, so that the history since the archive
was begun can be verified, and any other reader still reads the capsule.

The log is "THLG", version u16 = 1, id of the capsule as a text with u16 length in front; then for
each segment its size u32, its bytes as in `host.thermogram.chain_codec`, and its seal of 32 bytes.
"""

import os
import struct
from hashlib import sha256
from pathlib import Path
from typing import Self

from ..atomic import read_bytes
from ..errors import FileError
from .chain import Chain
from .chain_codec import decode_chain, encode_chain
from .errors import ChainError
from .reader import Reader
from .sections import read_sections, with_section
from .wire import U32, text

SECTION = "archive"
"""Name of the section of the custom metadata."""

MAGIC = b"THLG\1\0"
ANCHOR = struct.Struct("<QQQ32s")


class Archive:
    """The consolidated deltas of a capsule.

    Segments stay in memory until the capsule is saved; then they are appended to the log before
    the capsule is written. A log may therefore have more than the capsule knows of, if a writer
    was killed in between: what follows the anchored bytes never happened, and is overwritten.

    Parameters
    ----------
    capsule_id : str
        Whose history it is.

    Attributes
    ----------
    path : Path or None
        The log that has the first `written` bytes.
    written : int
        How many bytes of the log are on disk for sure.
    segments, deltas : int
        How many there are.
    seal : bytes
        Seal of the last segment; of the header, if there is none.
    """

    def __init__(self, capsule_id: str):
        header = MAGIC + text(capsule_id, "id")
        self.path: Path | None = None
        self.written = 0
        self.segments = 0
        self.deltas = 0
        self.seal = sha256(header).digest()
        self._header = header
        self._pending = [header]

    @classmethod
    def anchored(cls, capsule_id: str, custom: bytes | None) -> Self | None:
        """Return the archive that the custom metadata of a capsule names, if it does."""
        try:
            anchor = read_sections(custom).get(SECTION)
        except FileError:  # metadata of another program
            return None
        if anchor is None:
            return None
        if len(anchor) != ANCHOR.size:
            raise FileError(f"anchor of the archive: must have {ANCHOR.size} bytes, "
                            f"not {len(anchor)}; restore the file from a copy")
        archive = cls(capsule_id)
        archive._pending.clear()
        archive.written, archive.segments, archive.deltas, archive.seal = ANCHOR.unpack(anchor)
        return archive

    def anchor_in(self, custom: bytes | None) -> bytes:
        """Return custom metadata that names the archive as it is now.

        Raises
        ------
        FileError
            If the metadata is that of another program.
        """
        size = self.written + sum(map(len, self._pending))
        return with_section(custom, SECTION,
                            ANCHOR.pack(size, self.segments, self.deltas, self.seal))

    def append(self, chain: Chain) -> None:
        """Seal a chain as the next segment; an empty one needs none."""
        if not len(chain):
            return
        segment = encode_chain(chain)
        self.seal = sha256(self.seal + segment).digest()
        self._pending.append(U32.pack(len(segment)) + segment + self.seal)
        self.segments += 1
        self.deltas += len(chain)

    def store(self, path: Path) -> None:
        """Append what is pending to a log, which is made if need be; it is on disk then.

        Raises
        ------
        FileError
            If the log can't be written, the one to be continued is missing or too short, or
            there is one of another capsule.
        """
        if path == self.path and not self._pending:
            return
        begun = b"" if path == self.path or not self.written else self._written()
        start = 0 if begun else self.written
        try:
            size = path.stat().st_size if path.exists() else 0
            if size < start:
                raise self._short(path)
            if size and not _begins(path, self._header):
                raise FileError(f"{path}: has the history of another capsule; save under another "
                                "name, or move it away")
            with path.open("r+b" if size else "wb") as file:
                file.seek(start)
                file.write(begun + b"".join(self._pending))
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
                self.written = file.tell()
        except OSError as error:
            raise FileError(f"{path}: can't be written ({error.strerror or error})") from None
        self.path = path
        self._pending.clear()

    def history(self) -> list[Chain]:
        """Return the chains of all segments, the oldest first.

        Raises
        ------
        FileError
            If the log is missing, cut short or of another capsule.
        ChainError
            If a delta or a seal doesn't hold. `index` counts the deltas since the beginning.
        """
        reader = Reader(self._written() + b"".join(self._pending))
        where = f"{self.path or 'archive'}: "
        if reader.take(len(self._header)) != self._header:
            raise FileError(f"{where}isn't the history of this capsule")
        seal, chains, deltas = sha256(self._header).digest(), [], 0
        while reader.at < len(reader.data):
            segment = reader.blob()
            seal = sha256(seal + segment).digest()
            chain = decode_chain(Reader(segment))
            try:
                chain.verify()
            except ChainError as error:
                raise ChainError(f"{where}segment {len(chains)}: {error}",
                                 deltas + (error.index or 0)) from None
            if reader.take(len(seal)) != seal:
                raise ChainError(f"{where}segment {len(chains)} of {self.segments}, deltas from "
                                 f"{deltas}: its seal is broken; restore the log from a copy",
                                 deltas)
            chains.append(chain)
            deltas += len(chain)
        if (seal, len(chains), deltas) != (self.seal, self.segments, self.deltas):
            raise ChainError(f"{where}ends with another seal than the capsule tells; restore both "
                             "from one copy", deltas)
        return chains

    def _written(self) -> bytes:
        if not self.written:
            return b""
        if self.path is None:
            raise FileError("archive: isn't there; read the capsule from where it was saved")
        data = read_bytes(self.path)
        if len(data) < self.written:
            raise self._short(self.path)
        return data[:self.written]

    def _short(self, path: Path) -> FileError:
        return FileError(f"{path}: must have at least {self.written} bytes for the history of the "
                         "capsule; restore the log from a copy")


def _begins(path: Path, header: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(header)) == header
