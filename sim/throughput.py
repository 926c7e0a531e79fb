"""Measure the virtual board: what its simulation and its line carry.

Run: python -m sim.throughput
"""

import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np

from boards.virtual import VIRTUAL
from golden.arch.windows import WINDOWS
from golden.model import with_random_connectivity_seeded
from host import Stimulus, open_device
from host.image import WINDOW_OF, Image

from .compiled import compiled
from .design import Design

CYCLES = 2_000_000
NEURONS = 256
TICKS = 300
ROUND_TRIPS = 50


def measure() -> Iterator[tuple[str, float, str]]:
    """Yield what is measured, its value and its unit."""
    simulation = compiled(Design("hdl.top:Tripartite", VIRTUAL))
    yield "clock of the simulation alone", CYCLES / seconds(lambda: simulation.run(CYCLES)), "Hz"

    pool = with_random_connectivity_seeded("throughput", NEURONS, 0.25)
    image = Image(pool, VIRTUAL)
    with open_device("virtual") as device:
        sent = sum(words.nbytes for *_, words in image.spans())
        yield "memory words to the board", sent / seconds(lambda: device.load(pool)), "B/s"
        device.tick()  # so that the driver has to read everything anew
        read = sum(count * WINDOWS[window].record.size for at in set(WINDOW_OF.values())
                   for window, _, count in image.extents(at))
        yield "memory words from the board", read / seconds(device.snapshot), "B/s"

        rng = np.random.default_rng(1)
        quiet = Stimulus.constant(np.zeros(NEURONS, np.int16), TICKS)
        changing = Stimulus.from_array(rng.integers(-3000, 3000, (TICKS, NEURONS), np.int16))
        yield "ticks, no input", TICKS / seconds(lambda: device.run(quiet)), "1/s"
        yield "ticks, all inputs changing", TICKS / seconds(lambda: device.run(changing)), "1/s"
        device.load(with_random_connectivity_seeded("small", 32, 0.25))
        yield "one tick and its answer", median(seconds(device.tick)
                                                for _ in range(ROUND_TRIPS)), "s"


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    for name, value, unit in measure():
        print(f"{name:30} {value:12,.{0 if value > 10 else 5}f} {unit}", flush=True)
