"""The compiled network computes what the pool does, bit for bit."""

import numpy as np
import pytest

from host.navigation.errands import Errands
from host.navigation.kernel import navigate
from host.navigation.memory import faultless
from host.navigation.network import Navigator
from host.navigation.rules import Brain, Learning, domains_of, gliotransmitter
from host.navigation.worlds import WorldKind
from host.open import open_device

BRAINS = {
    "L3": Brain(), "L1": Brain(learning=Learning.L1), "L2": Brain(learning=Learning.L2),
    "none": Brain(learning=Learning.NONE, influx=8192, clears=0),
    "loud": Brain(decay_shift=4, alpha=100, noise_shift=3), "quiet": Brain(noise_shift=-2),
    "no astrocytes": Brain(learning=Learning.L1, alpha=0),
}


def compare(errands: Errands, brain: Brain, *, roam: int = 0, by_source: bool = False):
    """Fail unless pool and kernel go the same ways, with the same weights and calcium."""
    size, (count, episodes) = errands.kind.size, errands.starts.shape
    feed, domain = domains_of(size, by_source=by_source)
    longest = int((errands.caps.max() + 1) * (episodes + 1) + roam)
    trails = np.full((count, longest), -1)
    steps, done, ticks, decisions, weights, calcium = navigate(
        *errands.arguments(), np.full(count, roam), feed, domain, gliotransmitter(),
        errands.noise(), brain, np.full(count, brain.decay_shift), *faultless(count, size * size),
        trails)
    for run, world in enumerate(errands.worlds):
        with open_device("golden") as device:
            navigator = Navigator(device, world, brain, int(errands.noise()[run]),
                                  by_source=by_source)
            if roam:
                navigator.episode(int(errands.starts[run, 0]), roam, rewarded=False)
            for start in errands.starts[run]:
                navigator.episode(int(start), int(errands.caps[run]))
            trace = navigator.trace
            assert trails[run][trails[run] >= 0].tolist() == trace.cells
            assert (steps[run].tolist(), done[run].tolist()) == (trace.steps, trace.done)
            assert (ticks[run], decisions[run]) == (sum(trace.race_ticks), len(trace.race_ticks))
            assert (weights[run] == navigator.weight).all()
            if not brain.clears:
                assert calcium[run].tolist() == device.snapshot().astrocytes.calcium.tolist()


@pytest.mark.parametrize("name", BRAINS)
@pytest.mark.parametrize("world", ["open6", "braided5"])
def test_pool_goes_the_same_way(name, world):
    compare(Errands.of(WorldKind.parse(world), 3, 4, offset=20), BRAINS[name])


@pytest.mark.parametrize("world", ["maze7", "rooms10"])
def test_pool_goes_the_same_way_in_larger_worlds(world):
    compare(Errands.of(WorldKind.parse(world), 1, 3), Brain())


def test_pool_roams_the_same_way():
    compare(Errands.of(WorldKind.parse("maze5"), 2, 2), Brain(), roam=60)


def test_pool_goes_the_same_way_suppressed_by_source():
    compare(Errands.of(WorldKind.parse("maze4"), 3, 3), Brain(), by_source=True)
