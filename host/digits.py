"""The handwritten digits of scikit-learn, streamed through a learning pool."""

import numpy as np
from sklearn.datasets import load_digits

from golden.arch.config import PoolConfig
from golden.model import Pool, with_random_connectivity_seeded

from .device import Device
from .progress import progress
from .stimulus import Stimulus

NEURONS, DENSITY = 256, 0.03
CONFIG = PoolConfig(homeostatic_rate=0, max_synapses_per_neuron=48)

PIXELS = 64
"""The first neurons are driven by a pixel each."""

CURRENT = 300
"""Current of a pixel per level of grey (0..16), Q8.8 mV: the brightest fire as often as they can,
middle grey every few ticks."""

TICKS = 8
"""Ticks for which a digit is shown."""

GROUP = 14
"""Neurons that stand for one digit; ten such groups follow the pixels, all of them excitatory."""

DOPAMINE, CORTISOL = 150, 40
BUSY = 0.2
"""Part of the neurons behind the pixels beyond whose activity there is no reward."""

DIGITS_PER_PRUNE = 100


def digits_pool() -> Pool:
    """Return the pool before it learns."""
    return with_random_connectivity_seeded("digits", NEURONS, DENSITY, CONFIG)


def digits(limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the currents, shape (digits, 64), int16, of the first `limit` digits, and these."""
    images, labels = load_digits(return_X_y=True)
    return (images[:limit] * CURRENT).astype(np.int16), labels[:limit]


def show(device: Device, current: np.ndarray, digit: int) -> tuple[bool, np.ndarray]:
    """Show a digit, and return whether that deserves reward, and the spikes of the ten groups.

    It does if the group that stands for the digit fired more than the mean of the groups and the
    pool was not too busy.
    """
    counts = np.zeros(NEURONS, np.int64)
    for neurons in device.stream(Stimulus.constant(current, TICKS)):
        counts[neurons] += 1
    groups = counts[PIXELS:PIXELS + 10 * GROUP].reshape(10, GROUP).sum(axis=1)
    busy = counts[PIXELS:].sum() > BUSY * TICKS * (NEURONS - PIXELS)
    return bool(groups[digit] > groups.mean() and not busy), groups


def teach(device: Device, current: np.ndarray, digit: int) -> bool:
    """Show a digit, give dopamine or cortisol, and return whether it was dopamine."""
    rewarded, _ = show(device, current, digit)
    if rewarded:
        device.modulate(DOPAMINE, 0)
    else:
        device.modulate(0, CORTISOL)
    return rewarded


def show_digits(device: Device, limit: int | None = None) -> int:
    """Load the pool into a device and show it the digits; return their number.

    After each digit, dopamine is given if it deserves that, and else cortisol. Every 100 digits,
    dead synapses are pruned. This exercises the core on real data; it does not make a classifier.

    Parameters
    ----------
    device : Device
        The device.
    limit : int, optional
        Show the first so many of the 1,797 digits.
    """
    currents, labels = digits(limit)
    device.load(digits_pool())
    device.stats()
    with progress("digits", TICKS * len(currents)) as advance:
        for shown, (current, digit) in enumerate(zip(currents, labels, strict=True), start=1):
            teach(device, current, digit)
            if shown % DIGITS_PER_PRUNE == 0:
                device.prune()
                device.stats()
            advance(TICKS)
    device.stats()
    return len(currents)
