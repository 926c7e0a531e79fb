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
