"""The `.pool` file: version 1 is read and written, byte for byte; 2 and 3 are read.

Little-endian, packed:

====== ========================================================================================
bytes  what
====== ========================================================================================
16     "POOL", version u16, flags u16 = 0, n u32, CRC-32 of all that follows u32
2 + k  length of the name u16, name (UTF-8)
12     n, excitatory, inhibitory neurons, u32
8      tick count u64
14     configuration: resting, threshold, reset i16; refractory, decay, homeostatic rate u8; longest
       row u16; STDP bumps, positive and negative, i8; longest delay u8
9 n    potential i16, threshold i16, leak u8, refractory u8, flags u8, trace i8, spike u8, array
       after array
4 + .. n u32, row_ptr u32 x (n + 1), S u32
8 S    synapses: target u16, weight i8, delay u8, eligibility i8, maturity u8, 2 bytes 0
====== ========================================================================================

A dense block follows (`host.blockfile`), if the pool has one; who does not know it reads the rest.
Versions 2 and 3 go on with dimensions, bindings and (3) spike counts; a pool has no place for them.
A file drops the delay ring, the rates and the spike count of the latest tick: a pool that is read
starts without them, and with all options off. A checkpoint (`host.checkpoint`) keeps everything.
"""

import struct
import zlib
from pathlib import Path

import numpy as np

from golden.arch.config import Options, PoolConfig
from golden.model import Pool
from golden.model.neurons import LEAK_FACTORS

from .atomic import read_bytes, replacing
from .blockfile import MAGIC as BLOCK_MAGIC
from .blockfile import block_from_bytes, block_to_bytes
from .errors import FileError

MAGIC = b"POOL"
VERSION = 1
NEWEST = 3
"""Latest version that is read."""

HEADER = struct.Struct("<4sHHII")
COUNTS = struct.Struct("<IIIQ")
CONFIG = struct.Struct("<hhhBBBHbbB")
CONFIG_FIELDS = ("resting_potential", "spike_threshold", "reset_potential", "refractory_ticks",
                 "trace_decay", "homeostatic_rate", "max_synapses_per_neuron", "stdp_positive",
                 "stdp_negative", "max_delay")
NEURON_ARRAYS = {"potential": "<i2", "threshold": "<i2", "leak": "u1", "refractory": "u1",
                 "flags": "u1", "trace": "i1", "spike": "u1"}
SYNAPSE_ARRAYS = {"target": "<u2", "weight": "i1", "delay": "u1", "eligibility": "i1",
                  "maturity": "u1"}
SYNAPSE = np.dtype([*SYNAPSE_ARRAYS.items(), ("reserved", "<u2")])


def read_pool(path: str | Path) -> Pool:
    """Read a `.pool` file.

    Raises
    ------
    FileError
        If the file can't be read, is of another kind or version, damaged or cut short, or if its
        rows don't cover its synapses.
    """
    return pool_from_bytes(read_bytes(path), path)


def write_pool(pool: Pool, path: str | Path) -> None:
    """Write a `.pool` file of version 1; the file is there whole or not at all.

    Raises
    ------
    FileError
        If the file can't be written, the name is longer than it can say, or the pool has
        astrocytes, for which there is no place.
    """
    if pool.astrocytes:
        raise FileError(f"{path}: a .pool file has no place for astrocytes; name it "
                        f"{Path(path).with_suffix('.checkpoint')}")
    with replacing(path) as temporary:
        temporary.write_bytes(pool_to_bytes(pool))


def pool_to_bytes(pool: Pool) -> bytes:
    """Return the contents of a `.pool` file of version 1.

    Raises
    ------
    FileError
        If the name exceeds 65,535 bytes.
    """
    name = pool.name.encode()
    if len(name) > 0xFFFF:
        raise FileError(f"pool file: name must be at most 65535 bytes of UTF-8, not {len(name)}")
    synapses = np.zeros(pool.synapse_count, SYNAPSE)
    for field in SYNAPSE_ARRAYS:
        synapses[field] = getattr(pool, field)
    body = b"".join([
        struct.pack("<H", len(name)), name,
        COUNTS.pack(pool.n, pool.n_excitatory, pool.n_inhibitory, pool.tick_count),
        CONFIG.pack(*(getattr(pool.config, field) for field in CONFIG_FIELDS)),
        *(getattr(pool, field).astype(dtype).tobytes() for field, dtype in NEURON_ARRAYS.items()),
        struct.pack("<I", pool.n), pool.row_ptr.astype("<u4").tobytes(),
        struct.pack("<I", pool.synapse_count), synapses.tobytes(),
        block_to_bytes(pool.block) if pool.block else b"",
    ])
    return HEADER.pack(MAGIC, VERSION, 0, pool.n, zlib.crc32(body)) + body


def pool_from_bytes(data: bytes, origin: str | Path) -> Pool:
    """Return the pool that the contents of a `.pool` file describe.

    Parameters
    ----------
    data : bytes
        Contents. What follows the synapses, if it is no dense block, is ignored, but is part of
        what the CRC protects.
    origin : path
        What to call the file in messages.

    Raises
    ------
    FileError
        As `read_pool`.
    """
    if len(data) < HEADER.size or not data.startswith(MAGIC):
        raise FileError(f"{origin}: not a .pool file")
    _, version, _, header_n, crc = HEADER.unpack_from(data)
    if not 1 <= version <= NEWEST:
        raise FileError(f"{origin}: .pool version {version} can't be read; 1..{NEWEST} can")
    if crc != (actual := zlib.crc32(data[HEADER.size:])):
        raise FileError(f"{origin}: damaged: CRC is {actual:08x}, not {crc:08x}")
    reader = _Reader(data, HEADER.size, origin)

    try:
        name = reader.take(reader.unpack("<H")[0]).decode()
    except UnicodeDecodeError:
        raise FileError(f"{origin}: the name of the pool is not UTF-8") from None
    n, n_excitatory, n_inhibitory, tick_count = reader.unpack(COUNTS.format)
    if n != header_n:
        raise FileError(f"{origin}: header says {header_n} neurons, body says {n}")
    config = PoolConfig(**dict(zip(CONFIG_FIELDS, reader.unpack(CONFIG.format), strict=True)))
    neurons = {field: reader.array(dtype, n) for field, dtype in NEURON_ARRAYS.items()}
    if n != (rows := reader.unpack("<I")[0]):
        raise FileError(f"{origin}: {n} neurons, but {rows} rows of synapses")
    row_ptr = reader.array("<u4", n + 1)
    synapses = reader.array(SYNAPSE, reader.unpack("<I")[0])
    try:
        has_block = version == VERSION and data.startswith(BLOCK_MAGIC, reader.at)
        return Pool(
            name=name, config=config, options=Options(), n_excitatory=n_excitatory,
            n_inhibitory=n_inhibitory, tick_count=tick_count, last_spike_count=0,
            **(neurons | {"spike": neurons["spike"] != 0}),
            rate=np.zeros(n, np.uint16), ring=np.zeros((config.delay_slots, n), np.int16),
            row_ptr=row_ptr, **{field: synapses[field] for field in SYNAPSE_ARRAYS},
            leak_fraction=LEAK_FACTORS[neurons["leak"]],
            block=block_from_bytes(reader.take) if has_block else None,
            astrocytes=None,
        )
    except ValueError as error:
        raise FileError(f"{origin}: {error}") from None


class _Reader:
    """Takes values from bytes, one after the other."""

    def __init__(self, data: bytes, at: int, origin: str | Path):
        self.data = data
        self.at = at
        self.origin = origin

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise FileError(f"{self.origin}: cut short: {self.at + size} bytes or more expected, "
                            f"not {len(self.data)}")
        self.at += size
        return self.data[self.at - size:self.at]

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def array(self, dtype: np.dtype | str, count: int) -> np.ndarray:
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count), dtype)

