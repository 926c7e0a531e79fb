"""Capsules in files: read and verified, written whole or not at all, one writer at a time."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from ..atomic import check_output, read_bytes, replacing
from ..errors import FileError
from .capsule import Capsule
from .codec import MAGIC, decode, encode
from .errors import ChainError
from .instant import Clock, system_clock
from .legacy import from_json, to_document

TIMEOUT = 10.0
"""Seconds to wait for another writer."""


def log_path(path: str | Path) -> Path:
    """Return where the archive of the capsule at `path` is."""
    path = Path(path)
    return path.with_name(f"{path.name}.log")


def load(path: str | Path, *, verify: bool = True, lenient: bool = False,
         clock: Clock = system_clock) -> Capsule:
    """Read a capsule, from a `.thermo` file or from JSON, whatever the name.

    A file that is being replaced is read as it was or as it will be; readers need no lock.

    Parameters
    ----------
    path : path
        The file.
    verify : bool
        Whether to verify the hash chain. The archive isn't; see `Archive.history`.
    lenient : bool
        Accept flags, and bytes after the end, as the reference does.
    clock : Clock
        What the capsule takes the time from.

    Raises
    ------
    FileError
        If it can't be read, or isn't a capsule.
    ChainError
        If a delta doesn't hold; `index` tells which.
    """
    data = read_bytes(path)
    try:
        capsule = (decode(data, lenient=lenient, clock=clock) if data.startswith(MAGIC)
                   else from_json(data, clock))
        if verify:
            capsule.chain.verify()
    except FileError as error:
        raise FileError(f"{path}: {error}") from None
    except ChainError as error:
        raise ChainError(f"{path}: {error}", error.index) from None
    if capsule.archive:
        capsule.archive.path = log_path(path)
    return capsule


def save(capsule: Capsule, path: str | Path, *, timeout: float = TIMEOUT) -> None:
    """Write a capsule; as JSON if the name ends so, else as a `.thermo` file.

    What was there stays until the new file is complete and on disk. The archive goes into its log
    first.

    Parameters
    ----------
    capsule : Capsule
        What to write.
    path : path
        The file.
    timeout : float
        Seconds to wait for another writer.

    Raises
    ------
    FileError
        If it can't be written, or another writer takes longer.
    """
    path = Path(path)
    check_output(path)
    with locked(path, timeout):
        _write(capsule, path)


@contextmanager
def editing(path: str | Path, *, timeout: float = TIMEOUT, verify: bool = True,
            clock: Clock = system_clock, new: Capsule | None = None) -> Iterator[Capsule]:
    """Yield the capsule in a file, and write it back if the block ends without exception.

    If there is no file, it is made from `new`, unless that is None.

    No other writer comes in between: what it has added is there, what is added is not lost. If the
    process is killed, the file is as it was before or as it is after, and the lock is gone.

    Raises
    ------
    FileError, ChainError
        As `load` and `save`.
    """
    path = Path(path)
    check_output(path)
    with locked(path, timeout):
        capsule = new if new and not path.exists() else load(path, verify=verify, clock=clock)
        yield capsule
        _write(capsule, path)


@contextmanager
def locked(path: Path, timeout: float = TIMEOUT) -> Iterator[None]:
    """Hold the lock of a file, a hidden file beside it, while the block runs.

    The operating system gives it back when the process ends, however that happens.

    Raises
    ------
    FileError
        If another process or thread holds it for longer than `timeout` seconds.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise FileError(f"{lock}: can't be opened ({error.strerror or error})") from None
    try:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(descriptor, 20, 0).decode(errors="replace")
                    raise FileError(f"{path}: process {holder} is writing to it for more than "
                                    f"{timeout:g} s; try again, or wait longer") from None
                time.sleep(0.005)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _write(capsule: Capsule, path: Path) -> None:
    """Write a capsule while its lock is held."""
    for other in path.parent.glob(f".{escape(path.name)}.*"):
        if other.suffix[1:].isdigit():  # left behind by a writer that was killed
            other.unlink(missing_ok=True)
    with capsule.lock:
        if capsule.archive:
            capsule.archive.store(log_path(path))
        if path.suffix == ".json":
            data = json.dumps(to_document(capsule), indent=2, ensure_ascii=False).encode()
        else:
            data = encode(capsule)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name, too
    finally:
        os.close(folder)
