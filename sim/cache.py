"""Keep what takes long to build, for as long as nothing that it is made from changes."""

import fcntl
import os
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from .errors import SimError


def cache_folder() -> Path:
    """Return the folder of the cache; delete it at any time to start afresh.

    It is ``$TRIPARTITE_CACHE``, else ``tripartite`` in ``$XDG_CACHE_HOME``, else in ``~/.cache``.
    """
    if folder := os.environ.get("TRIPARTITE_CACHE"):
        return Path(folder).absolute()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches.absolute() / "tripartite"


def cached(key: str, build: Callable[[Path], Path]) -> Path:
    """Return the file or folder that was built for `key`, building it if there is none.

    Any number of processes may ask at once: one builds, the others wait for it. A build that is
    interrupted leaves nothing behind that could be taken for a result.

    Parameters
    ----------
    key : str
        Name of the result, which must tell all that it depends on.
    build : callable
        Called with an empty scratch folder; returns the file or folder in it that is kept.

    Raises
    ------
    SimError
        If the cache can't be written.
    """
    folder = cache_folder()
    result = folder / key
    if result.exists():
        return result
    lock = folder / f"{key}.lock"
    with _locked(lock):
        if not result.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                build(Path(scratch)).rename(result)
            lock.unlink()  # whoever still waits for it will find the result
    return result


@contextmanager
def _locked(lock: Path):
    """Hold a lock."""
    folder = lock.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_CREAT | os.O_WRONLY, 0o666)
    except OSError as error:
        raise SimError(f"cache: {folder} can't be written ({error.strerror}); name another folder "
                       "in TRIPARTITE_CACHE") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
