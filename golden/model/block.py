"""The dense block of a pool: a crossbar whose rows and columns are neurons."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np

from golden.arch.block import BlockParams
from golden.arch.crossbar import COUNT_SHIFT

from .crossbar_array import ARRAYS, CrossbarArray

BLOCK_ARRAYS = (*ARRAYS, "eligibility", "step", "conductance")
"""The arrays and tables of a block, in the order of files."""


@dataclass(kw_only=True, eq=False)
class DenseBlock:
    """A crossbar between a range of neurons and another; `golden.arch.block` says how it works.

    Arrays are copied. The dataclass is its whole state.

    Parameters
    ----------
    params : BlockParams
        Where it lies, and when it drifts.
    array : CrossbarArray
        Its cells.
    eligibility : ndarray of int8, shape (rows, columns)
        STDP traces.

    Raises
    ------
    ValueError
        If `eligibility` has another dtype or shape.
    """

    params: BlockParams
    array: CrossbarArray
    eligibility: np.ndarray

    def __post_init__(self):
        shape = self.array.params.rows, self.array.params.columns
        if self.eligibility.dtype != np.int8 or self.eligibility.shape != shape:
            raise ValueError(f"block: eligibility must be int8 of shape {shape}, not "
                             f"{self.eligibility.dtype} of shape {self.eligibility.shape}")
        self.array = self.array.copy()
        self.eligibility = self.eligibility.copy()

    @classmethod
    def at_rest(cls, params: BlockParams, array: CrossbarArray) -> Self:
        """Return a block without eligibilities."""
        shape = array.params.rows, array.params.columns
        return cls(params=params, array=array, eligibility=np.zeros(shape, np.int8))

    @property
    def sources(self) -> slice:
        """The neurons of its rows."""
        first = self.params.first_source
        return slice(first, first + self.array.params.rows)

    @property
    def targets(self) -> slice:
        """The neurons of its columns."""
        first = self.params.first_target
        return slice(first, first + self.array.params.columns)

    def copy(self) -> Self:
        """Return a block of its own with the same state."""
        return type(self)(params=self.params, array=self.array, eligibility=self.eligibility)

    def weights(self) -> np.ndarray:
        """Return the column codes of all rows, shape (rows, columns), int8."""
        return self.array.read_rows()

    def travelled(self, spike: np.ndarray) -> int:
        """Return how many cells the spikes of a tick travel; `spike` is that of the pool."""
        return int(np.count_nonzero(spike[self.sources])) * self.array.params.columns

    def pulse_counts(self, change: np.ndarray) -> np.ndarray:
        """Return the pulses of weight changes, as `golden.arch.crossbar.pulse_count` says.

        Parameters
        ----------
        change : ndarray of int, shape (rows, columns)
            Weight changes.

        Returns
        -------
        ndarray of int32, shape (rows, columns)
        """
        params = self.array.params
        half = 1 << (COUNT_SHIFT - 1)
        magnitude = np.abs(change.astype(np.int32))  # 450 at most, times a u16
        count = (magnitude * params.pulse_gain + half) >> COUNT_SHIFT
        return np.sign(change) * np.minimum(count, params.pulse_cap)

    def fields(self) -> dict[str, np.ndarray]:
        """Return its arrays and tables by name, as files keep them."""
        array, tables = self.array, self.array.tables
        parts = (*(getattr(array, name) for name in ARRAYS), self.eligibility, tables.step,
                 tables.conductance)
        return dict(zip(BLOCK_ARRAYS, parts, strict=True))

    def values(self) -> dict[str, object]:
        """Return what is not an array by name."""
        return {"params": self.params, "crossbar": self.array.params,
                "step_shift": tuple(map(int, self.array.tables.step_shift))}

    def digest(self) -> str:
        """Return the SHA-256 of the whole state."""
        digest = hashlib.sha256(repr(self.values()).encode())
        for values in self.fields().values():
            digest.update(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())
        return digest.hexdigest()
