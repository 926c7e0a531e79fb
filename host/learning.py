"""The learning demonstration: a small pool that is rewarded for its output."""

from dataclasses import dataclass

import numpy as np

from golden.arch.config import PoolConfig
from golden.model import Pool, with_random_connectivity_seeded

from .device import Device
from .progress import progress
from .stimulus import Stimulus

NEURONS, DENSITY = 32, 0.25
CONFIG = PoolConfig(trace_decay=240, homeostatic_rate=2, max_synapses_per_neuron=32,
                    stdp_positive=30, stdp_negative=-15, max_delay=3)

STIMULUS = Stimulus.constant([10000] * 8, 40)
"""The first eight neurons are driven for forty ticks."""

OUTPUT = range(24, 32)
EPOCHS, EPOCHS_PER_PRUNE = 200, 10
REWARD = {"dopamine": 135, "cortisol": 30, "acetylcholine": 100}


@dataclass(frozen=True)
class Outcome:
    """What the demonstration measures.

    Parameters
    ----------
    synapses : int
        Synapses.
    mean_weight : float
        Mean magnitude of their weights.
    cold : int
        Synapses that are cold.
    output : int
        Spikes of the output neurons in forty ticks.
    """

    synapses: int
    mean_weight: float
    cold: int
    output: int


REPORTED = Outcome(517, 39.6, 0, 104), Outcome(62, 125.3, 48, 103)
"""What the reference reports, before and after."""


def demo_pool() -> Pool:
    """Return the pool before it learns."""
    return with_random_connectivity_seeded("demo", NEURONS, DENSITY, CONFIG)


def learn(device: Device, pool: Pool | None = None) -> tuple[Outcome, Outcome]:
    """Load a pool into a device, let it learn, and return what is measured before and after.

    It is that of the demonstration by default. For 200 epochs the pool is brought to rest and
    driven for 40 ticks; if an output neuron has fired, dopamine is given; every tenth epoch, dead
    synapses are pruned.
    """
    device.load(pool or demo_pool())
    before = _measure(device)
    with progress("learn", EPOCHS * STIMULUS.ticks) as advance:
        for epoch in range(EPOCHS):
            if _measure(device).output:
                device.modulate(**REWARD)
            if epoch % EPOCHS_PER_PRUNE == 0:
                device.prune()
            advance(STIMULUS.ticks)
    return before, _measure(device)


def _measure(device: Device) -> Outcome:
    """Drive the pool from rest, and return what there is to see then."""
    device.reset_membranes()
    output = sum(int(np.count_nonzero(neurons >= OUTPUT.start))
                 for neurons in device.stream(STIMULUS))
    stats = device.stats()
    return Outcome(stats.synapses, round(stats.mean_weight, 1), stats.cold, output)
