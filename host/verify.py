"""A device and the golden model side by side."""

from collections.abc import Iterator

import numpy as np

from golden.model import Pool, Stats, first_difference
from golden.model.generator import U64_MAX

from .errors import MismatchError
from .stimulus import Stimulus
from .wrapper import Wrapper, close


class VerifiedDevice(Wrapper):
    """A device that is compared with a golden pool in all it does.

    Compared are the spikes of every tick, what every operation returns, and the full state after
    every load, run and operation.

    Parameters
    ----------
    device : Device
        The device to be compared.

    Raises
    ------
    MismatchError
        At the first difference; it names tick, field, index and both values.
    """

    def load(self, pool: Pool) -> None:
        self.device.load(pool)
        self._golden = pool.copy()
        self._compare_state()

    def stream(self, stimulus: Stimulus) -> Iterator[np.ndarray]:
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
        self._compare_state()

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        self._do_both("inject", first, end, polarity, magnitude)

    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        return self._do_both("modulate", dopamine, cortisol, acetylcholine)

    def synaptogenesis(self, acetylcholine: int) -> int:
        return self._do_both("synaptogenesis", acetylcholine)

    def prune(self) -> int:
        return self._do_both("prune")

    def reset_membranes(self) -> None:
        self._do_both("reset_membranes")

    def stats(self) -> Stats:
        # The state has been compared since it last changed: asking the device again is idle.
        return self._golden.stats()

    def _do_both(self, name: str, *arguments: int):
        actual = getattr(self.device, name)(*arguments)
        expected = getattr(self._golden, name)(*arguments)
        if actual != expected:
            raise MismatchError(self._golden.tick_count, f"result of {name}", None, expected,
                                actual)
        self._compare_state()
        return actual

    def _compare_state(self):
        if difference := first_difference(self._golden, self.device.snapshot()):
            raise MismatchError(self._golden.tick_count, *difference)
