"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import FileError


def check_output(path: str | Path, *suffixes: str) -> None:
    """Raise FileError, before any work is done, unless a file could be written at `path`.

    Parameters
    ----------
    path : path
        The file.
    *suffixes : str
        What it may end with; anything if there are none.
    """
    path = Path(path)
    if suffixes and path.suffix not in suffixes:
        raise FileError(f"{path}: the name must end with {' or '.join(suffixes)}")
    if path.is_dir():
        raise FileError(f"{path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise FileError(f"{path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise FileError(f"{path}: the folder {path.parent} can't be written to; name another")


def make_folder(path: Path) -> Path:
    """Return a folder for output, made if there is none; raise FileError, before any work is done.

    Raises
    ------
    FileError
        If it can't be made, or files can't be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if path.is_file() else error.strerror or error
        raise FileError(f"{path}: the folder can't be made ({reason}); "
                        "name another with --out") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise FileError(f"{path}: the folder can't be written to; name another with --out")
    return path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield the path of a temporary file that becomes `path` if the block ends without exception.

    Otherwise it is removed, and what was at `path` stays.

    Raises
    ------
    FileError
        If the file can't be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise FileError(f"{path}: can't be written ({error.strerror or error})") from None
    finally:
        temporary.unlink(missing_ok=True)


def read_bytes(path: str | Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    FileError
        If it can't be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileError(f"{path}: can't be read ({error.strerror or error})") from None
