"""A device and the golden model side by side."""

from collections.abc import Iterator

import numpy as np

from golden.model import Pool, Stats, first_difference
from golden.model.generator import U64_MAX

from .device import Device, GoldenDevice
from .errors import MismatchError
from .stimulus import Stimulus
from .wrapper import Wrapper, close


class VerifiedDevice(Wrapper):
    """A device that is compared with the golden model in all it does.

    Compared are the spikes of every tick, what every operation returns, calcium after each
    astrocyte step, and the full state: after each run, and after operations before the next run,
    before anything is read, and at the end of a ``with`` block.

    Parameters
    ----------
    device : Device
        The device to be compared.
    every_run : bool
        Compare the full state after each run, too; without, only before anything is read, and at
        the end: much faster where many runs are of a single tick.

    Raises
    ------
    MismatchError
        At the first difference; it names tick, field, index and both values.
    """

    def __init__(self, device: Device, *, every_run: bool = True):
        super().__init__(device)
        self._every_run = every_run
        self._golden = GoldenDevice()
        self._unchecked = False

    def load(self, pool: Pool) -> None:
        self._do_both("load", pool)

    def stream(self, stimulus: Stimulus) -> Iterator[np.ndarray]:
        if self._every_run:
            self._check()
        golden = self._golden
        currents = (segment.current for segment in stimulus for _ in range(segment.ticks))
        ticks = self.device.stream(stimulus)
        try:
            for neurons in ticks:
                tick = golden.tick_count
                expected = golden.tick(next(currents))
                if not np.array_equal(neurons, expected):
                    neuron = np.setxor1d(neurons, expected)[0]
                    raise MismatchError(tick, "spike", int(neuron), neuron in expected,
                                        neuron in neurons)
                yield neurons
        except GeneratorExit:
            # Left early: the device may have run ahead of what has been looked at.
            close(ticks)
            for _ in range((self.device.tick_count - golden.tick_count) & U64_MAX):
                golden.tick(next(currents))
            raise
        finally:
            close(ticks)
            self._unchecked = True
        if self._every_run:
            self._check()

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        self._do_both("inject", first, end, polarity, magnitude)

    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        return self._do_both("modulate", dopamine, cortisol, acetylcholine)

    def synaptogenesis(self, acetylcholine: int) -> int:
        return self._do_both("synaptogenesis", acetylcholine)

    def prune(self) -> int:
        return self._do_both("prune")

    def astrocyte_step(self, clear: bool = False) -> None:
        self._do_both("astrocyte_step", clear)
        expected, actual = self._golden.read_calcium(), self.device.read_calcium()
        differs = np.flatnonzero(expected != actual)
        if len(differs):
            domain = int(differs[0])
            raise MismatchError(self._golden.tick_count, "astrocytes calcium", domain,
                                int(expected[domain]), int(actual[domain]))

    def reset_membranes(self) -> None:
        self._do_both("reset_membranes")

    def snapshot(self) -> Pool:
        self._check()
        return self.device.snapshot()

    def read(self, field: str) -> np.ndarray:
        self._check()
        return self.device.read(field)

    def read_calcium(self) -> np.ndarray:
        self._check()
        return self.device.read_calcium()

    def stats(self) -> Stats:
        self._check()
        return self.device.stats()

    def __exit__(self, *exception: object) -> None:
        try:
            if exception[0] is None:
                self._check()
        finally:
            self.close()

    def _do_both(self, name: str, *arguments: object):
        actual = getattr(self.device, name)(*arguments)
        expected = getattr(self._golden, name)(*arguments)
        self._unchecked = True
        if actual != expected:
            raise MismatchError(self._golden.tick_count, f"result of {name}", None, expected,
                                actual)
        return actual

    def _check(self):
        """Compare the full state, unless that has been done since it last changed."""
        if self._unchecked:
            self._unchecked = False
            difference = first_difference(self._golden.pool, self.device.snapshot())
            if difference:
                raise MismatchError(self._golden.tick_count, *difference)
