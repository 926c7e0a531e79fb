"""Conformance scripts: one JSON record a line, of the format ``neuropool-vec-1``.

A script drives a pool and tells what must come out. All records are in order of execution.
"""

import json
from pathlib import Path
from typing import Any

from .atomic import read_bytes
from .errors import FileError

FORMAT = "neuropool-vec-1"

ALL_COUNT, DYNAMIC_COUNT = 15, 7
"""CRCs in ``all``, and in ``dyn``."""

_CHANGED = {"dyn": (list,)}
_REWRITTEN = {"all": (list,)}
_FILE = {"file_size": (int,), "file_crc32": (str,)}
_NUMBERS = (int, float)

FIELDS: dict[str, dict[str, tuple[type, ...]]] = {
    "header": {
        "format": (str,), "ctor": (dict,), "n": (int,), "n_exc": (int,), "n_inh": (int,),
        "synapses": (int,), "tick_count": (int,), "config": (dict,),
        "pool_file": (str, type(None)), "pool_size": (int,), "pool_crc32": (str,),
        "patterns": (dict,), **_REWRITTEN,
    },
    "ctor": {
        "ctor": (dict,), "n_exc": (int,), "n_inh": (int,), "synapses": (int,),
        "pool_size": (int,), "pool_crc32": (str,), **_REWRITTEN,
    },
    "tick": {
        "t": (int,), "in": (list, str, type(None)), "n": (int,), "spk": (str,), **_CHANGED,
    },
    "run": {
        "t": (int,), "k": (int,), "in": (list, str, type(None)), "spikes": (int,),
        "spk_crc": (str,), **_CHANGED,
    },
    "inject": {"lo": (int,), "hi": (int,), "pol": (int,), "mag": (int,), **_CHANGED},
    "modulate": {
        "da": (int,), "cort": (int,), "ach": (int,), "reinforced": (int,), "weakened": (int,),
        **_REWRITTEN,
    },
    "synaptogenesis": {"ach": (int,), "created": (int,), "synapses": (int,), **_REWRITTEN},
    "prune": {"pruned": (int,), "synapses": (int,), **_REWRITTEN},
    "reset_membranes": _CHANGED,
    "saveload": {**_FILE, **_REWRITTEN},
    "stats": dict.fromkeys(
        ("t", "synapses", "hot", "warm", "cool", "cold", "dead", "weight_abs_sum", "elig_abs_sum",
         "last_spike_count", "mean_activation"), (int,)),
    "end": {"tick_count": (int,), "final_file": (str, type(None)), **_FILE, **_REWRITTEN},
}
"""Fields of every kind of record, with the types they may have. A record may have more."""

CONSTRUCTORS: dict[str, dict[str, tuple[type, ...]]] = {
    "with_random_connectivity_seeded": {
        "pool_name": (str,), "n_neurons": (int,), "density": _NUMBERS,
        "density_f32_bits": (str,), "seed": (str,),
    },
    "new": {"pool_name": (str,), "n_neurons": (int,)},
    "file": {},
}
"""Fields of every kind of constructor."""


def read_lines(path: Path) -> list[tuple[int, bytes]]:
    """Return the lines of a script that are not blank, with their numbers, from 1.

    Raises
    ------
    FileError
        If the file can't be read, or nothing is in it.
    """
    lines = [(number, line) for number, line in enumerate(read_bytes(path).split(b"\n"), 1)
             if line.strip()]
    if not lines:
        raise FileError(f"{path}: a script has one JSON record a line; this file is empty")
    return lines


def parse(line: bytes) -> dict[str, Any]:
    """Return the record on a line: ``rec`` is its kind, and all fields of that kind are there.

    Raises
    ------
    ValueError
        If the line isn't a record of the format; the message says why.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(record, dict) or str(record.get("rec")) not in FIELDS:
        raise ValueError(f"must be a record of a kind in {', '.join(FIELDS)}")
    kind = record["rec"]
    fields = FIELDS[kind]
    check_fields(kind, record, fields)
    for name, count in (("dyn", DYNAMIC_COUNT), ("all", ALL_COUNT)):
        if name in fields and len(record[name]) != count:
            raise ValueError(f"{kind}: {name} must be {count} CRCs, not {len(record[name])}")
    if "ctor" in fields:
        constructor = str(record["ctor"].get("kind"))
        if constructor not in CONSTRUCTORS:
            raise ValueError(f"{kind}: ctor must be of a kind in {', '.join(CONSTRUCTORS)}, "
                             f"not {constructor!r}")
        check_fields("ctor", record["ctor"], CONSTRUCTORS[constructor])
    if kind == "header" and record["format"] != FORMAT:
        raise ValueError(f"header: format must be {FORMAT}, not {record['format']!r}")
    return record


def check_fields(owner: str, values: dict[str, Any],
                 fields: dict[str, tuple[type, ...]]) -> None:
    """Raise ValueError, naming owner and field, unless `values` has all fields, of their types."""
    for name, types in fields.items():
        if name not in values:
            raise ValueError(f"{owner}: {name} is missing")
        if type(values[name]) not in types:
            raise ValueError(f"{owner}: {name} must not be {values[name]!r}")
