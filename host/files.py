"""Files that hold a pool, told apart by their suffix."""

from collections.abc import Iterable
from pathlib import Path

from golden.arch.config import Options
from golden.model import Pool

from .checkpoint import read_checkpoint, write_checkpoint
from .errors import FileError
from .poolfile import read_pool, write_pool
from .thermogram.pool import restore_file

READERS = {".pool": read_pool, ".checkpoint": read_checkpoint, ".thermo": restore_file}
WRITERS = {".pool": write_pool, ".checkpoint": write_checkpoint}


def read_any_pool(path: str | Path) -> Pool:
    """Read a `.pool` or `.checkpoint` file, or the pool in a capsule (`.thermo`).

    Raises
    ------
    FileError
        If the suffix is another, or the file can't be read as that.
    """
    return READERS[_suffix(path, READERS)](path)


def write_any_pool(pool: Pool, path: str | Path) -> None:
    """Write a `.pool` or `.checkpoint` file.

    Raises
    ------
    FileError
        If the suffix is another, the file can't be written, or it is a `.pool` and the pool has
        options, for which that has no place.
    """
    suffix = _suffix(path, WRITERS)
    if suffix == ".pool" and pool.options != Options():
        raise FileError(f"{path}: a .pool file has no place for options; name it "
                        f"{Path(path).with_suffix('.checkpoint')}")
    WRITERS[suffix](pool, path)


def _suffix(path: str | Path, kinds: Iterable[str]) -> str:
    suffix = Path(path).suffix
    if suffix not in kinds:
        *first, last = kinds
        raise FileError(f"{path}: a pool is a {', '.join(first)} or {last} file, "
                        f"not {suffix or 'one without suffix'}")
    return suffix
