"""A run, repeated in the golden model."""

from dataclasses import dataclass

import numpy as np

from .device import GoldenDevice
from .progress import progress
from .runfile import Operation, Run, as_json

OPERATIONS = ("inject", "modulate", "synaptogenesis", "prune", "astrocyte_step", "reset_membranes",
              "stats")


@dataclass(frozen=True)
class Agreement:
    """How far a run agrees with the golden model.

    Parameters
    ----------
    bins : int
        Spike bins (observed ticks times neurons).
    agreeing : int
        Bins in which both fired or both did not.
    first_difference : str
        The first thing that differs, spike or result; empty if there is none.
    same_end : bool
        Whether the pools at the end have the same digest.
    """

    bins: int
    agreeing: int
    first_difference: str
    same_end: bool

    def __str__(self) -> str:
        lines = [f"{self.agreeing:,} of {self.bins:,} spike bins agree with the golden model."]
        if self.first_difference:
            lines.append(f"First difference: {self.first_difference}.")
        if not self.same_end:
            lines.append("The pools at the end differ.")
        return "\n".join(lines)

    @property
    def complete(self) -> bool:
        """Whether there is no difference of any kind."""
        return self.same_end and not self.first_difference


def replay(run: Run, golden: GoldenDevice | None = None) -> Agreement:
    """Repeat a run in the golden model and count the spike bins that agree.

    Parameters
    ----------
    run : Run
        The run.
    golden : GoldenDevice, optional
        Where to repeat it; it is left as it is at the end.

    Raises
    ------
    ValueError
        If the run holds an operation that no device has, or arguments it does not take.
    """
    golden = golden or GoldenDevice()
    golden.load(run.before)
    n = run.before.n
    recorded = iter(run.spikes)
    observed = agreeing = 0
    first = ""
    with progress("verify", run.ticks) as advance:
        for operation in run.operations:
            if operation.name != "run":
                result = _repeat(golden, operation)
                if result != operation.result:
                    first = first or (f"tick {golden.tick_count}: {operation.name} returned "
                                      f"{operation.result}, the golden model {result}")
                continue
            start, end = operation.arguments
            left = operation.result
            for segment in run.segments[start:end]:
                for _ in range(segment.ticks):
                    tick = golden.tick_count
                    expected = golden.tick(segment.current)
                    if left:
                        left -= 1
                        observed += 1
                        wrong = np.setxor1d(next(recorded), expected)
                        agreeing += n - wrong.size
                        if wrong.size and not first:
                            fired = "fired" if wrong[0] not in expected else "did not fire"
                            first = (f"tick {tick}: neuron {wrong[0]} {fired}, other than in the "
                                     "golden model")
                advance(segment.ticks)
    return Agreement(observed * n, agreeing, first,
                     golden.snapshot().digest() == run.digest_after)


def _repeat(golden: GoldenDevice, operation: Operation):
    if operation.name not in OPERATIONS:
        raise ValueError(f"run: there is no operation {operation.name!r}")
    return as_json(getattr(golden, operation.name)(*operation.arguments))
