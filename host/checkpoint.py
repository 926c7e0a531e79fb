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
from golden.model.block import BLOCK_ARRAYS
from golden.model.state import ARRAYS

from .atomic import replacing
from .blockfile import block_of, block_values
from .errors import FileError

FORMAT = "tripartite-checkpoint"
VERSION, PARTS_VERSION = 1, 2
"""Versions of a file without, and of one with a dense block or astrocytes, which older programs
would lose."""

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
    if pool.block:
        description["block"] = block_values(pool.block)
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = PARTS_VERSION if pool.block or pool.astrocytes else VERSION
        file.attrs["digest"] = pool.digest()
        file.attrs["pool"] = json.dumps(description)
        for name in ARRAYS:
            file[name] = getattr(pool, name)
        for name, array in pool.block.fields().items() if pool.block else ():
            file[f"block/{name}"] = array
        if pool.astrocytes:
            for name, array in pool.astrocytes.fields().items():
                file[f"astrocytes/{name}"] = array
            file["astrocytes"].attrs["config"] = json.dumps(asdict(pool.astrocytes.config))


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
            if (version := file.attrs["version"]) not in (VERSION, PARTS_VERSION):
                raise FileError(f"{path}: checkpoint version {version} can't be read; "
                                f"{VERSION}..{PARTS_VERSION} can")
            digest = file.attrs["digest"]
            description = json.loads(str(file.attrs["pool"]))
            contents: dict[str, Any] = {name: np.asarray(file[name]) for name in ARRAYS}
            if "block" in file:
                arrays = {name: np.asarray(file[f"block/{name}"]) for name in BLOCK_ARRAYS}
                contents["block"] = block_of(description["block"], arrays)
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
    config = AstrocyteConfig(**json.loads(str(file["astrocytes"].attrs["config"])))
    return Astrocytes(config=config, **{name: np.asarray(file[f"astrocytes/{name}"])
                                        for name in ASTROCYTE_ARRAYS})
