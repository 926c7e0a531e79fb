"""What the entries of a capsule can't carry of a pool, for its custom metadata.

All that a pool holds except its weights, as an object for JSON: values by name, and arrays as their
bytes, little-endian, compressed by zlib, in base64. Which dtype and shape an array has, the
contract says (`golden.model.state.ARRAYS`).
"""

import base64
import binascii
import dataclasses
import zlib
from dataclasses import asdict
from typing import Any

import numpy as np

from golden.arch.config import Options, PoolConfig
from golden.model import Pool
from golden.model.state import ARRAYS

from ..checkpoint import VALUES
from ..errors import FileError

VERSION = 1
CARRIED = tuple(name for name in ARRAYS if name != "weight")
"""Arrays that travel here; the weights are the values of the entries."""

ARRAY_BYTES = 1 << 26
"""No array of a pool is larger, whatever a damaged file says."""


def describe(pool: Pool) -> dict[str, Any]:
    """Return all of a pool except its weights as an object for JSON.

    Raises
    ------
    FileError
        If it has a dense block, or astrocytes.
    """
    for kind, part in (("dense block", pool.block), ("astrocytes", pool.astrocytes)):
        if part:
            raise FileError(f"capsule: has no place for the {kind} of pool {pool.name!r}; keep it "
                            "in a .checkpoint")
    arrays = {name: base64.b64encode(zlib.compress(getattr(pool, name).tobytes())).decode()
              for name in CARRIED}
    return {"version": VERSION, **{name: getattr(pool, name) for name in VALUES},
            "config": asdict(pool.config), "options": pool.options.as_dict(), "arrays": arrays}


def pool_of(description: dict[str, Any]) -> Pool:
    """Return the pool that was described, with all weights 0.

    Raises
    ------
    FileError
        If the description is of another version, or does not describe a pool.
    """
    if (version := description.get("version")) != VERSION:
        raise FileError(f"capsule: its pool is described in version {version}; {VERSION} can be "
                        "read")
    try:
        arrays = {name: _array(name, description["arrays"][name]) for name in CARRIED}
        config = PoolConfig(**description["config"])
        arrays["ring"] = arrays["ring"].reshape(config.delay_slots, -1)
        return Pool(config=config, options=Options(**description["options"]),
                    weight=np.zeros(arrays["target"].size, np.int8), **arrays,
                    **{name: description[name] for name in VALUES})
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, zlib.error) as error:
        raise FileError(f"capsule: the description of its pool is damaged ({error})") from None


def _array(name: str, text: str) -> np.ndarray:
    data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), ARRAY_BYTES + 1)
    if len(data) > ARRAY_BYTES:
        raise ValueError(f"{name} exceeds {ARRAY_BYTES} bytes")
    return np.frombuffer(data, ARRAYS[name][0])


def forget(pool: Pool, sources: np.ndarray) -> Pool:
    """Return a pool without the synapses of some neurons.

    Parameters
    ----------
    pool : Pool
        Pool.
    sources : ndarray of bool, shape (n,)
        Whether the row of a neuron is dropped.
    """
    lengths = np.diff(pool.row_ptr)
    kept = np.repeat(~sources, lengths)
    row_ptr = np.concatenate([[0], np.cumsum(np.where(sources, 0, lengths))]).astype(np.uint32)
    return dataclasses.replace(pool, row_ptr=row_ptr, **{
        name: getattr(pool, name)[kept]
        for name in ("target", "weight", "delay", "eligibility", "maturity")})
