"""A device that writes down everything that is done through it."""

from collections.abc import Iterable, Iterator

import numpy as np

from golden.model import Pool, Stats
from golden.model.generator import U64_MAX

from .device import Device
from .runfile import Operation, Run, as_json
from .stimulus import Segment, Stimulus
from .wrapper import Wrapper, close


class Recorder(Wrapper):
    """A device around a device that records from `load` on.

    Parameters
    ----------
    device : Device
        The device on which everything is done.

    Attributes
    ----------
    record : Run
        The record. It starts anew with every load.
    """

    record: Run

    def __init__(self, device: Device):
        super().__init__(device)
        self._ticks = 0

    def load(self, pool: Pool) -> None:
        self.device.load(pool)
        self.record = Run(before=pool.copy(), identity=dict(self.device.identity))
        self._ticks = 0

    def finish(self) -> Run:
        """Return the record, with the digest of the pool as it is now."""
        self.record.digest_after = self.device.snapshot().digest()
        return self.record

    def stream(self, stimulus: Stimulus) -> Iterator[np.ndarray]:
        ticks = self.device.stream(stimulus)
        observed = ran = 0
        try:
            for neurons in ticks:
                self.record.spikes.append(neurons)
                observed = ran = observed + 1
                yield neurons
        except GeneratorExit:
            # Left early: the device may have run ahead, and nobody has seen who fired.
            close(ticks)
            first = self.record.before.tick_count + self._ticks
            ran = (self.device.tick_count - first) & U64_MAX
            raise
        finally:
            close(ticks)
            start = len(self.record.segments)
            self.record.segments += first_ticks(stimulus, ran)
            self._note("run", start, len(self.record.segments), result=observed)
            self._ticks += ran

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        self.device.inject(first, end, polarity, magnitude)
        self._note("inject", first, end, polarity, magnitude)

    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        counts = self.device.modulate(dopamine, cortisol, acetylcholine)
        self._note("modulate", dopamine, cortisol, acetylcholine, result=counts)
        return counts

    def synaptogenesis(self, acetylcholine: int) -> int:
        created = self.device.synaptogenesis(acetylcholine)
        self._note("synaptogenesis", acetylcholine, result=created)
        return created

    def prune(self) -> int:
        pruned = self.device.prune()
        self._note("prune", result=pruned)
        return pruned

    def astrocyte_step(self, clear: bool = False) -> None:
        self.device.astrocyte_step(clear)
        self._note("astrocyte_step", clear)

    def reset_membranes(self) -> None:
        self.device.reset_membranes()
        self._note("reset_membranes")

    def stats(self) -> Stats:
        stats = self.device.stats()
        self._note("stats", result=stats)
        return stats

    def _note(self, name: str, *arguments: int, result: object = None):
        self.record.operations.append(Operation(
            self._ticks, name, [int(value) for value in arguments], as_json(result)))


def first_ticks(stimulus: Iterable[Segment], ticks: int) -> list[Segment]:
    """Return the segments of the first `ticks` ticks of a stimulus."""
    segments = []
    for segment in stimulus:
        taken = min(segment.ticks, ticks)
        if taken:
            segments.append(Segment(segment.current, taken))
        ticks -= taken
    return segments
