"""The network on a device, in step with the compiled one."""

from collections.abc import Callable

import numpy as np

from ..device import Device
from ..errors import MismatchError
from .agents import Network
from .errands import Errands, Outcome
from .network import Navigator


def on_device(network: Network, errands: Errands, open_one: Callable[[], Device]) -> Outcome:
    """Run errands on a device, and compare every step with the compiled network.

    Parameters
    ----------
    network : Network
        What to run; cells must not share astrocytes, and memory must be digital.
    errands : Errands
        What to do.
    open_one : callable
        Opens a device for each seed.

    Returns
    -------
    Outcome
        As of ``network.run``.

    Raises
    ------
    MismatchError
        At the first step that differs.
    ValueError
        If the network is of a kind that no pool is built for.
    """
    if network.memory or network.shared or network.bits != 8:
        raise ValueError("navigate: a device runs the network with digital weights and a domain "
                         "for each cell; leave out --crossbar")
    expected = network.run(errands)
    roams = network.roam * errands.free
    for run, world in enumerate(errands.worlds):
        with open_one() as device:
            navigator = Navigator(device, world, network.brain_for(int(errands.free[run])),
                                  int(errands.noise()[run]), by_source=network.by_source)
            if roams[run]:
                navigator.episode(int(errands.starts[run, 0]), int(roams[run]), rewarded=False)
            for start in errands.starts[run]:
                navigator.episode(int(start), int(errands.caps[run]))
        again = network.retrace(errands.only(run), expected.steps[run:run + 1])
        _compare(run, again.trails[0], np.array(navigator.trace.cells))
    return expected


def _compare(run: int, expected: np.ndarray, actual: np.ndarray) -> None:
    shorter = min(len(expected), len(actual))
    differs = np.flatnonzero(expected[:shorter] != actual[:shorter])
    if len(differs):
        step = int(differs[0])
        raise MismatchError(step, "cell of seed", run, int(expected[step]), int(actual[step]))
    if len(expected) != len(actual):
        raise MismatchError(shorter, "steps of seed", run, len(expected), len(actual))
