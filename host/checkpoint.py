"""Checkpoints: files that keep a whole pool, so that going on equals never having stopped.

The layout (HDF5) is described in `docs/checkpoint.md`.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from golden.arch.astrocytes import AstrocyteConfig
from golden.arch.config import Options, PoolConfig
from golden.model import Astrocytes, Pool
from golden.model.astrocytes import ARRAYS as ASTROCYTE_ARRAYS
from golden.model.state import ARRAYS

from .atomic import replacing
from .errors import FileError

FORMAT = "tripartite-checkpoint"
VERSION = 1
VALUES = ("name", "n_excitatory", "n_inhibitory", "tick_count", "last_spike_count")
"""What a pool holds beside configuration, options and arrays."""


def write_checkpoint(pool: Pool, path: str | Path) -> None:
    """Write all of a pool to a file; the file is there whole or not at all.

    Raises
    ------
    FileError
        If it can't be written.
    """
    description = {name: getattr(pool, name) for name in VALUES}
    description |= {"config": asdict(pool.config), "options": pool.options.as_dict()}
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        file.attrs["digest"] = pool.digest()
        file.attrs["pool"] = json.dumps(description)
        for name in ARRAYS:
            file[name] = getattr(pool, name)
        if pool.astrocytes is not None:
            group = file.create_group("astrocytes")
            group.attrs["config"] = json.dumps(asdict(pool.astrocytes.config))
            for name in ASTROCYTE_ARRAYS:
                group[name] = getattr(pool.astrocytes, name)


def read_checkpoint(path: str | Path) -> Pool:
    """Read a checkpoint.

    Raises
    ------
    FileError
        If the file can't be read, is of another kind or version, or damaged.
    """
    try:
        with h5py.File(path, "r") as file:
            if file.attrs["format"] != FORMAT:
                raise ValueError(f"its format is {file.attrs['format']!r}")
            if (version := file.attrs["version"]) != VERSION:
                raise FileError(f"{path}: checkpoint version {version} can't be read; "
                                f"{VERSION} can")
            digest = file.attrs["digest"]
            description = json.loads(str(file.attrs["pool"]))
            contents: dict[str, Any] = {name: np.asarray(file[name]) for name in ARRAYS}
            if "astrocytes" in file:
                contents["astrocytes"] = _astrocytes(file)
        contents |= {name: description[name] for name in VALUES}
        pool = Pool(config=PoolConfig(**description["config"]),
                    options=Options(**description["options"]), **contents)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise FileError(f"{path}: not a checkpoint, or damaged ({error})") from None
    if pool.digest() != digest:
        raise FileError(f"{path}: damaged: its digest is not that of its contents")
    return pool


def _astrocytes(file: h5py.File) -> Astrocytes:
    group = file["astrocytes"]
    if not isinstance(group, h5py.Group):
        raise ValueError("its astrocytes are no group")
    config = AstrocyteConfig(**json.loads(str(group.attrs["config"])))
    return Astrocytes(config=config, **{name: np.asarray(group[name])
                                        for name in ASTROCYTE_ARRAYS})
