"""Single-precision sums whose last bit is that of a plain loop."""

import numpy as np


def running_total(values: np.ndarray) -> np.ndarray:
    """Return ``((0 + v₀) + v₁) + …`` along the last axis, each sum rounded to float32.

    NumPy's `sum` adds in pairs, which is more accurate but ends in other bits; `accumulate` is
    sequential by definition. It starts with v₀ instead of ``0 + v₀``, which differs for −0 alone:
    the final ``+ 0`` makes up for it.

    Parameters
    ----------
    values : ndarray of float32, shape (..., n)
        Summands, n > 0.

    Returns
    -------
    ndarray of float32, shape (..., n)
        Partial sums; infinities and what is not a number pass through without a warning.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return np.add.accumulate(values, axis=-1, dtype=np.float32) + np.float32(0)


def total(values: np.ndarray) -> np.ndarray:
    """Return the last of `running_total`; 0 if there are no summands."""
    if not values.shape[-1]:
        return np.zeros(values.shape[:-1], np.float32)[()]
    return running_total(values)[..., -1]


def column_totals(matrix: np.ndarray) -> np.ndarray:
    """Return the sum of each column, added from the first row to the last.

    NumPy adds in pairs only along the axis that is contiguous in memory; across it, it adds row to
    row. A matrix with a single column has no such axis, and takes the slower way.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, m), C-contiguous
        Summands.

    Returns
    -------
    ndarray of float32, shape (m,)
        Sums; 0 if n is 0.
    """
    if matrix.shape[1] < 2:
        return total(matrix.T)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.add.reduce(matrix, axis=0, dtype=np.float32) + np.float32(0)
