"""Run files: all that went into a run and came out of it, in HDF5.

A run file is self-contained: it holds the pool at the start, the stimulus, every operation with its
result, and every spike, so that the run can be repeated and compared anywhere.

============== =====================================================================================
attributes     `format`, `version`, versions of the software, `digest_before`, `digest_after`
`device`       attributes: the identity of the device
`pool`         the pool at the start: the bytes of a checkpoint
`stimulus`     segments: `ticks`, and `current[start[k]:start[k + 1]]`
`operations`   each a JSON object with the fields of `Operation`
`spikes`       `counts` of the observed ticks, one after the other, and the `neuron` that fired
============== =====================================================================================
"""

import json
import platform
import tempfile
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from golden.model import Pool

from .atomic import replacing
from .checkpoint import read_checkpoint, write_checkpoint
from .errors import FileError
from .stimulus import Segment

FORMAT, FORMAT_VERSION = "tripartite-run", 1


@dataclass(frozen=True)
class Operation:
    """One thing that was done to a device.

    Parameters
    ----------
    tick : int
        Ticks of the run that came before.
    name : str
        Method of `host.device.Device`; ``"run"`` for all that runs ticks.
    arguments : list of int
        Its arguments; of *run*, the first segment and the one after the last.
    result : JSON value
        What it returned; of *run*, the number of its ticks that were observed.
    """

    tick: int
    name: str
    arguments: list[int]
    result: Any


@dataclass(kw_only=True)
class Run:
    """The record of a run.

    Parameters
    ----------
    before : Pool
        The pool at the start.
    identity : dict of str to int
        What the device says of itself.
    digest_after : str
        `Pool.digest` of the pool at the end; empty as long as the run goes on.
    segments : list of Segment
        Stimulus of all ticks, observed or not.
    operations : list of Operation
        What was done, in order.
    spikes : list of ndarray of uint32
        Neurons that fired, of each observed tick.
    versions : dict of str to str
        Versions of the software that made the record.
    """

    before: Pool
    identity: dict[str, int]
    digest_after: str = ""
    segments: list[Segment] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    spikes: list[np.ndarray] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=lambda: {
        "tripartite": version("tripartite"), "numpy": np.__version__,
        "python": platform.python_version()})

    @property
    def ticks(self) -> int:
        """Ticks that were run."""
        return sum(segment.ticks for segment in self.segments)


def as_json(result: object) -> Any:
    """Return what an operation returned, in the form in which a run file gives it back."""
    return json.loads(json.dumps(result, default=asdict))


def write_run(run: Run, path: str | Path) -> None:
    """Write a run file; it is there whole or not at all.

    Raises
    ------
    FileError
        If it can't be written.
    """
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs.update({
            "format": FORMAT, "version": FORMAT_VERSION, "digest_before": run.before.digest(),
            "digest_after": run.digest_after, **run.versions})
        file.create_group("device").attrs.update(
            {name: np.uint64(value) for name, value in run.identity.items()})
        file["pool"] = np.frombuffer(_checkpoint(run.before), np.uint8)

        sizes = [segment.current.size for segment in run.segments]
        file["stimulus/ticks"] = np.array([segment.ticks for segment in run.segments], np.uint64)
        file["stimulus/start"] = np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint64)
        _pack(file, "stimulus/current", np.int16, [segment.current for segment in run.segments])

        file.create_dataset("operations", dtype=h5py.string_dtype(),
                            data=[json.dumps(asdict(done)) for done in run.operations])
        file["spikes/counts"] = np.array([len(fired) for fired in run.spikes], np.uint32)
        _pack(file, "spikes/neuron", np.uint32, run.spikes)


def _pack(file: h5py.File, name: str, dtype: type, arrays: list[np.ndarray]):
    """Store arrays, one after the other."""
    file.create_dataset(name, data=np.concatenate([np.zeros(0, dtype), *arrays]),
                        compression="gzip", shuffle=True, chunks=True, maxshape=(None,))


def _checkpoint(pool: Pool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "before")
        write_checkpoint(pool, path)
        return path.read_bytes()


def read_run(path: str | Path) -> Run:
    """Read a run file.

    Raises
    ------
    FileError
        If the file can't be read, or is of another kind or version, or damaged.
    """
    try:
        with h5py.File(path, "r") as file:
            return _read(file)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise FileError(f"{path}: not a run file, or damaged ({error})") from None


def _read(file: h5py.File) -> Run:
    attributes = dict(file.attrs.items())
    if attributes.pop("format") != FORMAT:
        raise ValueError(f"its format is {file.attrs['format']!r}")
    if (found := attributes.pop("version")) != FORMAT_VERSION:
        raise ValueError(f"its version is {found}, not {FORMAT_VERSION}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "before")
        path.write_bytes(np.asarray(file["pool"]).tobytes())
        before = read_checkpoint(path)
    if attributes.pop("digest_before") != before.digest():
        raise ValueError("the digest of the pool is not that of the pool")

    current = np.asarray(file["stimulus/current"])
    extents = pairwise(np.asarray(file["stimulus/start"]).tolist())
    ticks = np.asarray(file["stimulus/ticks"]).tolist()
    ends = np.cumsum(np.asarray(file["spikes/counts"]), dtype=np.int64)
    return Run(
        before=before,
        identity={name: int(value) for name, value in file["device"].attrs.items()},
        digest_after=str(attributes.pop("digest_after")),
        segments=[Segment(current[start:end], count)
                  for (start, end), count in zip(extents, ticks, strict=True)],
        operations=[Operation(**json.loads(text)) for text in np.asarray(file["operations"])],
        spikes=np.split(np.asarray(file["spikes/neuron"]), ends[:-1]) if ends.size else [],
        versions={name: str(text) for name, text in attributes.items()},
    )
