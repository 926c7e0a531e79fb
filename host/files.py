"""Pool files of both kinds, told apart by their suffix."""

from pathlib import Path

from golden.arch.config import Options
from golden.model import Pool

from .checkpoint import read_checkpoint, write_checkpoint
from .errors import FileError
from .poolfile import read_pool, write_pool


def read_any_pool(path: str | Path) -> Pool:
    """Read a `.pool` or `.checkpoint` file.

    Raises
    ------
    FileError
        If the suffix is another, or the file can't be read as that.
    """
    return read_pool(path) if _is_pool(Path(path)) else read_checkpoint(path)


def write_any_pool(pool: Pool, path: str | Path) -> None:
    """Write a `.pool` or `.checkpoint` file.

    Raises
    ------
    FileError
        If the suffix is another, the file can't be written, or it is a `.pool` and the pool has
        options, for which that has no place.
    """
    path = Path(path)
    if not _is_pool(path):
        write_checkpoint(pool, path)
    elif pool.options == Options():
        write_pool(pool, path)
    else:
        raise FileError(f"{path}: a .pool file has no place for options; name it "
                        f"{path.with_suffix('.checkpoint')}")


def _is_pool(path: Path) -> bool:
    if path.suffix not in (".pool", ".checkpoint"):
        raise FileError(f"{path}: a pool is a .pool or .checkpoint file, "
                        f"not {path.suffix or 'one without suffix'}")
    return path.suffix == ".pool"
