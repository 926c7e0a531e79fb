"""Ternary weights, four to a byte.

Weight k is bits ``2 (k mod 4)`` and the next of byte ``k // 4``: 00 is 0, 01 is +1, 10 is −1, and
11 reads as 0. All sums are IEEE 754 single precision, in ascending order of the weights.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from .single import total

NEGLIGIBLE = np.float32(1e-6)
"""Weights up to this magnitude don't count for an adaptive threshold or a scale."""

DEFAULT_THRESHOLD = np.float32(0.5)
"""Adaptive threshold of weights that are all negligible."""

_CODES = np.array([0b10, 0b00, 0b01], np.uint8)
_WEIGHTS = np.array([0, 1, -1, 0], np.int8)
_SHIFTS = np.arange(0, 8, 2, dtype=np.uint8)


def quantise(values, threshold: float) -> np.ndarray:
    """Return +1 for values at or above `threshold`, −1 at or below its negative, else 0.

    Parameters
    ----------
    values : array_like of float32
        Weights; what is not a number becomes 0.
    threshold : float
        Threshold, float32.

    Returns
    -------
    ndarray of int8, shape of `values`
        Ternary weights.
    """
    values, limit = np.asarray(values, np.float32), np.float32(threshold)
    return np.where(values >= limit, 1, np.where(values <= -limit, -1, 0)).astype(np.int8)


def adaptive_threshold(values) -> np.float32:
    """Return the mean of |value| over all values that are not negligible.

    Parameters
    ----------
    values : array_like of float32, shape (n,)
        Weights.

    Returns
    -------
    float32
        Sum of the magnitudes, in order, divided by their number; `DEFAULT_THRESHOLD` if there
        are none.
    """
    magnitudes = np.abs(np.asarray(values, np.float32))
    magnitudes = magnitudes[magnitudes > NEGLIGIBLE]
    if not magnitudes.size:
        return DEFAULT_THRESHOLD
    return np.float32(total(magnitudes)) / np.float32(magnitudes.size)


def strengthened(weights) -> np.ndarray:
    """Return int8 weights one step up: −1 → 0 → +1, which stays."""
    return np.minimum(np.asarray(weights, np.int8) + np.int8(1), np.int8(1))


def weakened(weights) -> np.ndarray:
    """Return int8 weights one step down: +1 → 0 → −1, which stays."""
    return np.maximum(np.asarray(weights, np.int8) - np.int8(1), np.int8(-1))


def majority(weights) -> int:
    """Return the sign that more of the weights have than its opposite; 0 in a tie."""
    return int(np.sign(np.sum(weights, dtype=np.int64)))


@dataclass(frozen=True, eq=False)
class PackedTernary:
    """Ternary weights, packed.

    Parameters
    ----------
    data : bytes
        Four weights per byte.
    length : int
        Number of weights; what the last byte holds beyond is ignored.

    Raises
    ------
    ValueError
        If the bytes are not as many as the weights need.
    """

    data: bytes
    length: int

    def __post_init__(self):
        if len(self.data) != (size := -(-self.length // 4)):
            raise ValueError(f"ternary: {self.length} weights need {size} bytes, "
                             f"not {len(self.data)}")

    @classmethod
    def pack(cls, weights) -> Self:
        """Pack weights.

        Parameters
        ----------
        weights : array_like of int, shape (n,)
            Weights −1, 0 and +1.

        Raises
        ------
        ValueError
            If one is another number.
        """
        weights = np.asarray(weights)
        if weights.size and not -1 <= weights.min() <= weights.max() <= 1:
            raise ValueError("ternary: weights must be in -1..1, not "
                             f"{weights.min()}..{weights.max()}")
        codes = np.zeros((-(-weights.size // 4), 4), np.uint8)
        codes.ravel()[:weights.size] = _CODES[weights.astype(np.intp) + 1]
        return cls(np.bitwise_or.reduce(codes << _SHIFTS, axis=1).tobytes(), weights.size)

    @classmethod
    def from_float(cls, values, threshold: float | np.float32 | None = None) -> Self:
        """Pack float32 weights, quantised at `threshold`, or at their adaptive threshold."""
        if threshold is None:
            threshold = adaptive_threshold(values)
        return cls.pack(quantise(values, float(threshold)))

    def unpack(self) -> np.ndarray:
        """Return the weights, int8, shape (length,)."""
        codes = np.frombuffer(self.data, np.uint8)[:, None] >> _SHIFTS & 0b11
        return _WEIGHTS[codes.ravel()[:self.length]]

    def dot(self, inputs) -> np.float32:
        """Return the sum of the inputs, added where the weight is +1, subtracted where it is −1.

        Parameters
        ----------
        inputs : array_like of float32, shape (m,)
            Inputs; those past the weights, and weights past the inputs, are ignored.
        """
        inputs = np.asarray(inputs, np.float32)
        weights = self.unpack()[:len(inputs)]
        active = np.flatnonzero(weights)  # a weight of 0 keeps even an infinite input out
        return np.float32(total(inputs[active] * weights[active]))

    @property
    def sparsity(self) -> np.float32:
        """Part of the weights that are 0; 1 if there are none."""
        active = np.float32(np.count_nonzero(self.unpack()))
        return np.float32(1) - active / np.float32(self.length) if self.length else np.float32(1)

    @property
    def compression_ratio(self) -> float:
        """Bytes that the weights would take as float32, per byte that they do take."""
        return 4 * self.length / len(self.data) if self.length else 1.0


class TernaryLayer:
    """A matrix of ternary weights with one scale per row.

    Parameters
    ----------
    matrix : array_like of float32, shape (outputs, inputs)
        Weights. Each row is divided by its scale, its largest magnitude (1 if that is negligible),
        and quantised at the adaptive threshold of the quotients.

    Attributes
    ----------
    rows : list of PackedTernary
        Weights of each output.
    scales : ndarray of float32, shape (outputs,)
        Scale of each output.
    """

    def __init__(self, matrix):
        matrix = np.atleast_2d(np.asarray(matrix, np.float32))
        largest = np.abs(matrix).max(axis=1, initial=np.float32(0))
        self.scales = np.where(largest > NEGLIGIBLE, largest, np.float32(1))
        self.rows = [PackedTernary.from_float(row) for row in matrix / self.scales[:, None]]

    def forward(self, inputs) -> np.ndarray:
        """Return ``scales * (weights @ inputs)``, float32, shape (outputs,)."""
        return np.array([row.dot(inputs) for row in self.rows], np.float32) * self.scales
