"""A device around a device: what all of them pass on."""

from collections.abc import Generator, Iterator

import numpy as np

from golden.model import Pool, Stats

from .device import Device
from .stimulus import Stimulus


class Wrapper(Device):
    """A device that passes everything on to another.

    Parameters
    ----------
    device : Device
        The other; closed with this one.
    """

    def __init__(self, device: Device):
        self.device = device

    @property
    def identity(self) -> dict[str, int]:
        return self.device.identity

    def load(self, pool: Pool) -> None:
        self.device.load(pool)

    def snapshot(self) -> Pool:
        return self.device.snapshot()

    def stream(self, stimulus: Stimulus) -> Iterator[np.ndarray]:
        return self.device.stream(stimulus)

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        self.device.inject(first, end, polarity, magnitude)

    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        return self.device.modulate(dopamine, cortisol, acetylcholine)

    def synaptogenesis(self, acetylcholine: int) -> int:
        return self.device.synaptogenesis(acetylcholine)

    def prune(self) -> int:
        return self.device.prune()

    def astrocyte_step(self, clear: bool = False) -> None:
        self.device.astrocyte_step(clear)

    def reset_membranes(self) -> None:
        self.device.reset_membranes()

    def read(self, field: str) -> np.ndarray:
        return self.device.read(field)

    def read_calcium(self) -> np.ndarray:
        return self.device.read_calcium()

    def stats(self) -> Stats:
        return self.device.stats()

    def status(self) -> dict[str, int]:
        return self.device.status()

    @property
    def tick_count(self) -> int:
        return self.device.tick_count

    @property
    def spike_count(self) -> int:
        return self.device.spike_count

    def close(self) -> None:
        self.device.close()


def close(stream: Iterator[np.ndarray]) -> None:
    """End the stream of a device early, if it can tell."""
    if isinstance(stream, Generator):
        stream.close()
