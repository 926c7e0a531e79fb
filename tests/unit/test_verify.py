"""When a verified device is compared with the golden model, and what it finds."""

import numpy as np
import pytest

from golden.model import Pool
from host.device import GoldenDevice
from host.errors import MismatchError
from host.navigation.agents import agent_of
from host.navigation.errands import Errands
from host.navigation.on_device import on_device
from host.navigation.worlds import WorldKind
from host.verify import VerifiedDevice
from tests.support.pools import any_astrocytes, any_pool


@pytest.fixture
def pool() -> Pool:
    rng = np.random.default_rng(3)
    pool = any_pool(rng)
    pool.astrocytes = any_astrocytes(rng, pool)
    return pool


@pytest.fixture
def device(pool):
    device = VerifiedDevice(GoldenDevice(), every_run=False)
    device.load(pool)
    return device


class Leaky(GoldenDevice):
    """A device whose calcium is wrong after a number of astrocyte steps."""

    def __init__(self, steps: int):
        super().__init__()
        self._left = steps

    def astrocyte_step(self, clear=False):
        super().astrocyte_step(clear)
        self._left -= 1
        if self._left == 0:
            self.pool.astrocytes.calcium[3] ^= 1


def test_state_is_compared_when_it_is_read(device):
    device.device.pool.eligibility[4] ^= 1
    device.tick()
    device.tick()
    with pytest.raises(MismatchError, match=r"eligibility\[4\]"):
        device.read("potential")


def test_state_is_compared_at_the_end(device):
    device.device.pool.maturity[1] ^= 4
    with pytest.raises(MismatchError, match=r"maturity\[1\]"), device:
        device.tick()


def test_spikes_are_compared_at_once(device):
    device.device.pool.potential[:] = 32767
    device.device.pool.refractory[:] = 0
    with pytest.raises(MismatchError, match=r"spike\[\d+\]"):
        device.tick()


@pytest.mark.parametrize("every_run", [False, True])
def test_calcium_is_compared_after_every_astrocyte_step(pool, every_run):
    device = VerifiedDevice(Leaky(2), every_run=every_run)
    device.load(pool)
    device.astrocyte_step()
    assert device.read_calcium().tolist() == device.snapshot().astrocytes.calcium.tolist()
    with pytest.raises(MismatchError, match=r"astrocytes calcium\[3\]"):
        device.astrocyte_step()


def test_a_pool_without_astrocytes_has_no_calcium(device, pool):
    pool.astrocytes = None
    device.load(pool)
    assert device.read_calcium().size == 0


def test_navigation_stops_at_the_decision_whose_calcium_differs():
    errands = Errands.of(WorldKind.parse("maze4"), 1, 1)
    with pytest.raises(MismatchError, match=r"astrocytes calcium\[3\]"):
        on_device(agent_of("astro"), errands,
                  lambda: VerifiedDevice(Leaky(2), every_run=False))
