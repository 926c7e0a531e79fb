"""State of an embedded network, and the bytes in which the reference keeps it.

Little-endian; a list is its length, u64, and its items:

=================  ===========================================================
list of            items
=================  ===========================================================
prototypes         list of f32
weights            list of (neighbour u64, weight f32)
ternary weights    list of (neighbour u64, u32: 0 is −1, 1 is 0, 2 is +1)
traces             f32
rates              f32
activations        f32
spike times        u8 0, or u8 1 and time i64
=================  ===========================================================
"""

import dataclasses
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..errors import FileError

NEVER = np.iinfo(np.int64).min
"""Spike time of a neuron that has not fired."""

EDGE = np.dtype([("target", "<u8"), ("weight", "<f4")])
TERNARY_EDGE = np.dtype([("target", "<u8"), ("weight", "<u4")])
LENGTH = struct.Struct("<Q")


@dataclass(eq=False)
class SnnState:
    """State of a network of n neurons with e edges, ordered by source.

    Arrays are copied.

    Parameters
    ----------
    prototypes : ndarray of float32, shape (n, d)
        Input that each neuron stands for.
    row_ptr : ndarray of int64, shape (n + 1,)
        Edges ``row_ptr[i]`` up to but not including ``row_ptr[i + 1]`` leave neuron i.
    targets : ndarray of int64, shape (e,)
        Neuron an edge ends in.
    weights : ndarray of float32, shape (e,)
        Weights.
    ternary : ndarray of int8, shape (e,)
        Weights −1, 0, +1 of the ternary mode.
    traces : ndarray of float32, shape (n,)
        Eligibility traces.
    rates : ndarray of float32, shape (n,)
        Moving averages of the spikes.
    activations : ndarray of float32, shape (n,)
        Activations of the latest tick.
    spike_times : ndarray of int64, shape (n,)
        Time of the latest spike, milliseconds; `NEVER` if there was none.

    Raises
    ------
    ValueError
        If an array has another shape, or an edge ends nowhere.
    """

    prototypes: np.ndarray
    row_ptr: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    ternary: np.ndarray
    traces: np.ndarray
    rates: np.ndarray
    activations: np.ndarray
    spike_times: np.ndarray

    def __post_init__(self):
        dtypes = {"row_ptr": np.int64, "targets": np.int64, "ternary": np.int8,
                  "spike_times": np.int64}
        for field in dataclasses.fields(self):
            setattr(self, field.name, np.array(getattr(self, field.name),
                                               dtypes.get(field.name, np.float32)))
        n, edges = self.n, self.targets.size
        shapes = {"prototypes": (n, *self.prototypes.shape[1:2]), "row_ptr": (n + 1,),
                  **dict.fromkeys(("targets", "weights", "ternary"), (edges,)),
                  **dict.fromkeys(("traces", "rates", "activations", "spike_times"), (n,))}
        for name, shape in shapes.items():
            if (found := getattr(self, name).shape) != shape:
                raise ValueError(f"network: {name} must have shape {shape}, not {found}")
        if self.row_ptr[0] != 0 or self.row_ptr[-1] != edges or np.any(np.diff(self.row_ptr) < 0):
            raise ValueError(f"network: row_ptr must ascend from 0 to {edges}, the number of edges")
        if edges and not 0 <= self.targets.min() <= self.targets.max() < n:
            raise ValueError(f"network: targets must be in 0..{n - 1}, not "
                             f"{self.targets.min()}..{self.targets.max()}")

    @classmethod
    def of_edges(cls, prototypes: np.ndarray, edges: Sequence[Sequence[tuple[int, float]]],
                 **arrays: np.ndarray) -> Self:
        """Return a network with these edges that has not run yet, unless `arrays` say so.

        Parameters
        ----------
        prototypes : ndarray of float32, shape (n, d)
            Prototypes.
        edges : sequence of sequence of (int, float), length n
            Target and weight of the edges that leave each neuron.
        **arrays : ndarray
            `ternary`, `traces`, `rates`, `activations`, `spike_times`; 0, and `NEVER`, if not
            given.
        """
        flat = [edge for row in edges for edge in row]
        zeros = np.zeros(len(prototypes), np.float32)
        return cls(**{
            "prototypes": prototypes, "row_ptr": np.cumsum([0, *map(len, edges)]),
            "targets": np.array([target for target, _ in flat], np.int64),
            "weights": np.array([weight for _, weight in flat], np.float32),
            "ternary": np.zeros(len(flat)), "traces": zeros, "rates": zeros, "activations": zeros,
            "spike_times": np.full(len(prototypes), NEVER)} | arrays)

    @classmethod
    def ring(cls, prototypes: np.ndarray, top_k: int, weight: float = 0.1) -> Self:
        """Return a network in which neuron i leads to the `top_k` neurons after it, in a ring.

        Parameters
        ----------
        prototypes : ndarray of float32, shape (n, d)
            Prototypes.
        top_k : int
            Edges of each neuron; from n on, they go round to the neuron itself and further.
        weight : float
            Weight of every edge; the ternary weights are 0.
        """
        n = len(prototypes)
        return cls.of_edges(prototypes, [[((i + k) % n, weight) for k in range(1, top_k + 1)]
                                         for i in range(n)])

    @property
    def n(self) -> int:
        """Number of neurons."""
        return len(self.prototypes)

    @property
    def sources(self) -> np.ndarray:
        """Neuron that each edge leaves, int64, shape (e,)."""
        return np.repeat(np.arange(self.n), np.diff(self.row_ptr))

    def to_bytes(self) -> bytes:
        """Return the state as the reference keeps it."""
        edges = np.empty(self.targets.size, EDGE)
        edges["target"], edges["weight"] = self.targets, self.weights
        ternary = np.empty(self.targets.size, TERNARY_EDGE)
        ternary["target"], ternary["weight"] = self.targets, self.ternary.astype(np.int64) + 1
        rows = list(zip(self.row_ptr[:-1], self.row_ptr[1:], strict=True))
        parts = [_rows(list(self.prototypes.astype("<f4"))),
                 _rows([edges[start:end] for start, end in rows]),
                 _rows([ternary[start:end] for start, end in rows])]
        parts += [_items(array.astype("<f4"))
                  for array in (self.traces, self.rates, self.activations)]
        times = (b"\0" if time == NEVER else struct.pack("<Bq", 1, time)
                 for time in self.spike_times.tolist())
        return b"".join([*parts, LENGTH.pack(self.n), *times])

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the state that the reference keeps in `data`.

        Raises
        ------
        FileError
            If the bytes are cut short or too many, or don't describe a network whose neurons have
            equally long prototypes and whose ternary weights belong to the same edges.
        """
        reader = _Reader(data)
        prototypes = reader.rows(np.dtype("<f4"))
        edges, ternary = reader.rows(EDGE), reader.rows(TERNARY_EDGE)
        traces, rates, activations = (reader.items(np.dtype("<f4")) for _ in range(3))
        spike_times = reader.times()
        if reader.at != len(data):
            raise FileError(f"network: {reader.at} bytes expected, not {len(data)}")
        lengths = [len(row) for row in edges]
        flat, flat_ternary = _joined(edges, EDGE), _joined(ternary, TERNARY_EDGE)
        if (lengths != [len(row) for row in ternary]
                or np.any(flat["target"] != flat_ternary["target"])):
            raise FileError("network: ternary weights must belong to the same edges as the weights")
        if flat_ternary["weight"].max(initial=0) > 2:
            raise FileError("network: ternary weights must be in 0..2, not "
                            f"{flat_ternary['weight'].max()}")
        try:
            return cls(prototypes=np.array(prototypes), row_ptr=np.cumsum([0, *lengths]),
                       targets=flat["target"], weights=flat["weight"],
                       ternary=flat_ternary["weight"].astype(np.int8) - 1, traces=traces,
                       rates=rates, activations=activations,
                       spike_times=np.array(spike_times, np.int64))
        except ValueError as error:
            raise FileError(f"network: not the state of one ({error})") from None


def _items(array: np.ndarray) -> bytes:
    return LENGTH.pack(len(array)) + array.tobytes()


def _rows(rows: list[np.ndarray]) -> bytes:
    return LENGTH.pack(len(rows)) + b"".join(map(_items, rows))


def _joined(rows: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    return np.concatenate(rows) if rows else np.empty(0, dtype)


class _Reader:
    """Takes lists from bytes, one after the other."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def length(self, size: int) -> int:
        """Take the length of a list whose items have `size` bytes or more."""
        (count,) = LENGTH.unpack(self.take(LENGTH.size))
        if count * size > len(self.data) - self.at:
            raise FileError(f"network: cut short: a list of {count} items at byte {self.at} needs "
                            f"{count * size} bytes, {len(self.data) - self.at} are left")
        return count

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise FileError(f"network: cut short: {self.at + size} bytes or more expected, not "
                            f"{len(self.data)}")
        self.at += size
        return self.data[self.at - size:self.at]

    def items(self, dtype: np.dtype) -> np.ndarray:
        return np.frombuffer(self.take(self.length(dtype.itemsize) * dtype.itemsize), dtype)

    def rows(self, dtype: np.dtype) -> list[np.ndarray]:
        return [self.items(dtype) for _ in range(self.length(LENGTH.size))]

    def times(self) -> list[int]:
        times = []
        for _ in range(self.length(1)):
            tag = self.take(1)[0]
            if tag > 1:
                raise FileError(f"network: a spike time must start with 0 or 1, not {tag}")
            times.append(struct.unpack("<q", self.take(8))[0] if tag else NEVER)
        return times
