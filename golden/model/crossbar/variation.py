"""Cells that are not alike: gains, step scales and faults, drawn at random."""

from dataclasses import replace

import numpy as np

from golden.arch.crossbar import NOISE_SHIFT, UNIT, Stuck
from golden.model.crossbar_array import CrossbarArray

DEVIATION = ((256**2 - 1) / 6) ** 0.5
"""Standard deviation of the difference of two bytes, 104.5."""


def noise_setting(sigma: float) -> int:
    """Return the `noise` of `CrossbarParams` for cycle-to-cycle noise of relative deviation sigma.

    Raises
    ------
    ValueError
        If sigma is not in 0..0.8, which 8 bits can tell.
    """
    _check("sigma", sigma, 0.8)
    return round(sigma * (1 << NOISE_SHIFT) / DEVIATION)


def vary(array: CrossbarArray, *, gain: float = 0.0, scale: float = 0.0, off: float = 0.0,
         on: float = 0.0, frozen: float = 0.0, seed: int = 1) -> CrossbarArray:
    """Return a crossbar with device-to-device variation and faults.

    Parameters
    ----------
    array : CrossbarArray
        Crossbar; not changed.
    gain, scale : float
        Standard deviations, relative, of gains and of step scales, 0..0.5: normal, limited to
        0..255 / 128.
    off, on, frozen : float
        Parts of the cells that are stuck so, together at most 1; exact to one cell.
    seed : int
        Of the draws.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """
    for name, value, most in (("gain", gain, 0.5), ("scale", scale, 0.5), ("off", off, 1),
                              ("on", on, 1), ("frozen", frozen, 1),
                              ("off + on + frozen", off + on + frozen, 1)):
        _check(name, value, most)
    rng = np.random.default_rng(seed)
    ends = np.rint(np.cumsum([off, on, frozen]) * array.stuck.size).astype(int)
    stuck = np.zeros(array.stuck.size, int)
    for kind, start, end in zip((Stuck.OFF, Stuck.ON, Stuck.FROZEN), (0, *ends), ends,
                                strict=False):
        stuck[start:end] = kind
    return replace(array, gain=_spread(rng, gain, array.gain.shape),
                   scale=_spread(rng, scale, array.scale.shape),
                   stuck=rng.permutation(stuck).reshape(array.stuck.shape))


def _spread(rng: np.random.Generator, sigma: float, shape: tuple[int, ...]) -> np.ndarray:
    return np.clip(np.rint(rng.normal(UNIT, sigma * UNIT, shape)), 0, 255).astype(int)


def _check(name: str, value: float, most: float) -> None:
    if not 0 <= value <= most + 1e-9:  # parts may add up to a little more than 1
        raise ValueError(f"variation: {name} must be in 0..{most:g}, not {value:g}")
