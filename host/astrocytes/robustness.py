"""Navigation under change of its parameters."""

from collections.abc import Iterator
from dataclasses import replace

from ..navigation.agents import AGENTS, STDP_NOISE_SHIFT, Network
from ..navigation.errands import Errands
from ..navigation.harness import Figures, figures
from ..navigation.memory import Memory
from ..navigation.rules import REFRESH, Brain, Learning

STDP = Brain(learning=Learning.L1, alpha=0, noise_shift=STDP_NOISE_SHIFT)


def variants() -> dict[str, Network]:
    """Return the network as it is, and changed in one thing each, by name."""
    base = Network()

    def brain(**changes: int) -> Network:
        return replace(base, brain=base.brain._replace(**changes))

    return {
        "as it is": base,
        **{f"k {shift}": replace(brain(decay_shift=shift), by_size=False)
           for shift in (3, 4, 5, 6, 7, 8, 9)},
        **{f"alpha {alpha}": brain(alpha=alpha) for alpha in (0, 16, 32, 64, 128, 192)},
        **{f"noise x {2.0**shift:g}": brain(noise_shift=shift) for shift in (-2, 2, 4)},
        **{f"influx {influx}": brain(influx=influx) for influx in (1024, 4096, 8192, REFRESH)},
        **{f"G of {bits} bit": replace(base, bits=bits) for bits in (1, 2, 3, 4, 5)},
        "domains of 2 x 2 cells": replace(base, shared="squares"),
        "domains of 2 cells, anywhere": replace(base, shared="pairs"),
        "calcium is kept": brain(clears=0),
        "suppress the source": replace(base, by_source=True),
        "free roam of 3 n": replace(base, roam=3),
        **{f"crossbar, {levels} levels, {variation} %, {stuck} % stuck":
           base.on_memristors(Memory(levels, variation, stuck))
           for levels, variation, stuck in ((4, 10, 0), (32, 10, 10), (32, 30, 0), (2, 10, 10))},
        **{f"stdp only, noise x {2.0**shift:g}":
           replace(base, brain=STDP._replace(noise_shift=shift)) for shift in (-2, 0, 2, 4, 6)},
    }


def robustness(errands: Errands) -> Iterator[Figures]:
    """Yield the figures of the network, changed in one thing after the other; then a random walk.

    The name of what was changed stands in place of the agent's.
    """
    for name, network in variants().items():
        yield figures(name, errands, network.run(errands))
    yield figures("random walk", errands, AGENTS["random"].run(errands))
