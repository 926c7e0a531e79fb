"""The dense block of a pool in files: as values and arrays by name, and as bytes.

As bytes, it follows the synapses in a `.pool` file; little-endian, packed, R rows and C columns:

====== ========================================================================================
bytes  what
====== ========================================================================================
6      "XBAR", version u16 = 1
20     first source, first target u16; delay u8; drift period u16; R, C u16; noise, drift shift,
       converter's shift and bits u8; pulse gain u16; pulse cap, fraction bits of SET and of RESET
       steps u8
4 RC   states u16, plane by plane, row by row
2 RC   gains u8
4 RC   scales u8, by plane, SET and RESET, row
2 RC   faults u8
4 RC   losses u16
8 C    shift registers u32, plane by plane
RC     eligibilities i8
1536   steps of SET and of RESET, and conductances, 256 x u16 each
====== ========================================================================================
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from golden.arch.block import BlockParams
from golden.arch.crossbar import TABLE_DEPTH, CrossbarParams
from golden.model.block import DenseBlock
from golden.model.crossbar_array import ARRAYS, CELLS, COLUMNS, KINDS, CrossbarArray, CrossbarTables

MAGIC = b"XBAR"
VERSION = 1
HEAD = struct.Struct("<4sH")
VALUES = struct.Struct("<HHBHHHBBBBHBBB")
BLOCK_FIELDS = ("first_source", "first_target", "delay", "drift_period")
CROSSBAR_FIELDS = ("rows", "columns", "noise", "drift_shift", "adc_shift", "adc_bits",
                   "pulse_gain", "pulse_cap")


def block_values(block: DenseBlock) -> dict[str, Any]:
    """Return what is not an array, as an object for JSON."""
    return {"block": asdict(block.params), "crossbar": asdict(block.array.params),
            "step_shift": [int(shift) for shift in block.array.tables.step_shift]}


def block_of(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> DenseBlock:
    """Return the block of these `block_values` and of these `DenseBlock.fields`.

    Raises
    ------
    KeyError, TypeError, ValueError
        If they describe none.
    """
    set_shift, reset_shift = values["step_shift"]
    return DenseBlock(
        params=BlockParams(**values["block"]),
        array=CrossbarArray(
            params=CrossbarParams(**values["crossbar"]),
            tables=CrossbarTables(arrays["step"], (set_shift, reset_shift), arrays["conductance"]),
            **{name: arrays[name] for name in ARRAYS}),
        eligibility=arrays["eligibility"])


def block_to_bytes(block: DenseBlock) -> bytes:
    """Return a block as it stands in a `.pool` file."""
    values = block_values(block)
    numbers = [*(values["block"][name] for name in BLOCK_FIELDS),
               *(values["crossbar"][name] for name in CROSSBAR_FIELDS), *values["step_shift"]]
    return b"".join([HEAD.pack(MAGIC, VERSION), VALUES.pack(*numbers),
                     *(array.astype(array.dtype.newbyteorder("<")).tobytes()
                       for array in block.fields().values())])


def block_from_bytes(take: Callable[[int], bytes]) -> DenseBlock:
    """Return the block that stands in a `.pool` file.

    Parameters
    ----------
    take : callable
        Takes so many bytes more.

    Raises
    ------
    ValueError
        If it is of another version, or holds a value out of its range.
    """
    _, version = HEAD.unpack(take(HEAD.size))
    if version != VERSION:
        raise ValueError(f"block: version {version} can't be read; {VERSION} can")
    numbers = list(VALUES.unpack(take(VALUES.size)))
    placed, numbers = numbers[:len(BLOCK_FIELDS)], numbers[len(BLOCK_FIELDS):]
    values = {"block": dict(zip(BLOCK_FIELDS, placed, strict=True)),
              "crossbar": dict(zip(CROSSBAR_FIELDS, numbers, strict=False)),
              "step_shift": numbers[len(CROSSBAR_FIELDS):]}
    crossbar = CrossbarParams(**values["crossbar"])  # before its sizes are believed
    cells = 2, crossbar.rows, crossbar.columns
    shapes = {CELLS: cells, COLUMNS: (2, crossbar.columns), KINDS: (2, *cells)}
    layout = {name: (dtype, shapes[shape]) for name, (dtype, shape, _) in ARRAYS.items()}
    layout |= {"eligibility": ("i1", cells[1:]), "step": ("<u2", (2, TABLE_DEPTH)),
               "conductance": ("<u2", (TABLE_DEPTH,))}
    arrays = {}
    for name, (dtype, shape) in layout.items():
        size = np.dtype(dtype).itemsize * int(np.prod(shape))
        arrays[name] = np.frombuffer(take(size), dtype).reshape(shape)
    return block_of(values, arrays)
