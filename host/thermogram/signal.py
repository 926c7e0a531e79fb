"""Signals: a polarity and a magnitude in two bytes, and their arithmetic in single precision.

Every operation is IEEE 754 binary32, rounded to nearest, in the order written, without fused
operations, and ends in a truncated magnitude: so results equal those of the reference
(`ternary-signal` 0.1.0) in every bit. Pairs that no operation returns, such as (1, 0) and (0, 5),
are legal values and are kept as they are.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

SIGNAL = np.dtype([("polarity", "i1"), ("magnitude", "u1")])
"""One signal, as it is in files."""

FULL = np.float32(255)
DEAD_BAND = np.float32(0.01)
"""Sums up to this have polarity 0, whatever their magnitude."""


class Signal(NamedTuple):
    """One signal.

    Parameters
    ----------
    polarity : int
        1, 0 or −1; any int8 is carried.
    magnitude : int
        0..255.
    """

    polarity: int
    magnitude: int


ZERO = Signal(0, 0)


def positive(magnitude: int) -> Signal:
    """Return the signal (1, `magnitude`), also for 0."""
    return Signal(1, magnitude)


def one(signal: NDArray) -> Signal:
    """Return the only element of a SIGNAL array as a `Signal`."""
    return Signal(*signal.item())


def wire_of(signals: Iterable[Signal] | NDArray | bytes) -> bytes:
    """Return signals as the bytes that files have.

    Parameters
    ----------
    signals : iterable of Signal, ndarray of SIGNAL, shape (n,), or bytes
        Signals; bytes are taken as they are.

    Raises
    ------
    ValueError
        If an array has another dtype, or there is half a signal.
    """
    if isinstance(signals, bytes):
        if len(signals) % 2:
            raise ValueError(f"signals have two bytes each, so there can't be {len(signals)}")
        return signals
    if isinstance(signals, np.ndarray):
        if signals.dtype != SIGNAL:
            raise ValueError(f"signals must be an array of SIGNAL, not of {signals.dtype}")
        return signals.tobytes()
    return np.array(list(signals), SIGNAL).tobytes()


def truncated(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return `values` truncated towards 0 and saturated to 0..255; NaN becomes 0."""
    return np.fmin(np.fmax(values, np.float32(0)), FULL).astype(np.uint8)


def fraction(signal: ArrayLike) -> NDArray[np.float32]:
    """Return magnitude / 255.

    Parameters
    ----------
    signal : array_like of SIGNAL, any shape
        Signals; a `Signal` is one.

    Returns
    -------
    ndarray of float32, same shape
        In 0..1.
    """
    return np.asarray(signal, SIGNAL)["magnitude"].astype(np.float32) / FULL


def signed(signal: ArrayLike) -> NDArray[np.float32]:
    """Return polarity · (magnitude / 255), as float32 of the shape of `signal`."""
    return np.asarray(signal, SIGNAL)["polarity"].astype(np.float32) * fraction(signal)


def from_signed(value: ArrayLike) -> NDArray:
    """Return the signals nearest to 0 that stand for numbers.

    polarity = 1 if value > 0.01, −1 if value < −0.01, else 0; magnitude = ⌊min(|value|, 1) · 255⌋.
    The bound 0.01 is the float32 nearest to it. NaN has polarity 0 and magnitude 255.

    Parameters
    ----------
    value : array_like of float32, any shape
        Numbers, of which −1..1 can be told apart.

    Returns
    -------
    ndarray of SIGNAL, same shape
    """
    value = np.asarray(value, np.float32)
    result = np.empty(value.shape, SIGNAL)
    result["polarity"] = (value > DEAD_BAND).astype(np.int8) - (value < -DEAD_BAND).astype(np.int8)
    result["magnitude"] = truncated(np.fmin(np.abs(value), np.float32(1)) * FULL)
    return result


def add(a: ArrayLike, b: ArrayLike) -> NDArray:
    """Return ``from_signed(signed(a) + signed(b))``, element by element.

    Signals of one polarity add up as saturating integers, except that a sum of magnitude 1 or 2
    has polarity 0; signals of opposite polarity may come out one less than their difference.
    """
    return from_signed(signed(a) + signed(b))


def scale(signal: ArrayLike, factor: ArrayLike) -> NDArray:
    """Return signals of magnitude ⌊magnitude · factor⌋ in 0..255, (0, 0) where that is 0.

    Parameters
    ----------
    signal : array_like of SIGNAL
        Signals.
    factor : array_like of float32, broadcast against `signal`
        Factors; a negative one or NaN makes the magnitude 0.

    Returns
    -------
    ndarray of SIGNAL, the common shape
    """
    signal = np.asarray(signal, SIGNAL)
    magnitude = truncated(signal["magnitude"].astype(np.float32) * np.asarray(factor, np.float32))
    result = np.empty(magnitude.shape, SIGNAL)
    result["polarity"] = np.where(magnitude, signal["polarity"], np.int8(0))
    result["magnitude"] = magnitude
    return result


decayed = scale
"""What is left of signals of which a part decays, by the part that remains: the same as `scale`."""
