"""When deltas are consolidated without being asked for."""

from dataclasses import dataclass
from typing import Self

from .instant import NANO, Instant, elapsed


@dataclass(frozen=True)
class DeltaCount:
    """Fires when there are at least `count` deltas."""

    count: int

    def fires(self, deltas: int, nanoseconds: int, size: int) -> bool:
        return deltas >= self.count


@dataclass(frozen=True)
class TimePeriod:
    """Fires when the last consolidation is at least `hours` ago."""

    hours: int

    def fires(self, deltas: int, nanoseconds: int, size: int) -> bool:
        return nanoseconds >= self.hours * 3600 * NANO


@dataclass(frozen=True)
class DirtySize:
    """Fires when the deltas are estimated at `size` bytes or more."""

    size: int

    def fires(self, deltas: int, nanoseconds: int, size: int) -> bool:
        return size >= self.size


@dataclass(frozen=True)
class Manual:
    """Never fires."""

    def fires(self, deltas: int, nanoseconds: int, size: int) -> bool:
        return False


Trigger = DeltaCount | TimePeriod | DirtySize | Manual


@dataclass(frozen=True)
class ConsolidationPolicy:
    """When deltas are consolidated, and what becomes of weak entries then.

    Parameters
    ----------
    triggers : tuple of Trigger
        Any that fires is enough.
    enable_pruning : bool
        Whether hot entries below the prune threshold of the plasticity rule are removed.
    enable_merging : bool
        Kept in files; without effect, as in the reference.
    """

    triggers: tuple[Trigger, ...]
    enable_pruning: bool = True
    enable_merging: bool = True

    @classmethod
    def default(cls) -> Self:
        """Return: every 1,000 deltas, or after 24 hours."""
        return cls((DeltaCount(1000), TimePeriod(24)))

    @classmethod
    def aggressive(cls) -> Self:
        """Return: every 100 deltas, or after an hour."""
        return cls((DeltaCount(100), TimePeriod(1)))

    @classmethod
    def conservative(cls) -> Self:
        """Return: every 10,000 deltas, or after a week; nothing is pruned."""
        return cls((DeltaCount(10_000), TimePeriod(168)), enable_pruning=False,
                   enable_merging=False)

    def fires(self, deltas: int, now: Instant, last: Instant, size: int) -> bool:
        """Return whether a trigger fires.

        Parameters
        ----------
        deltas : int
            Deltas that wait.
        now, last : Instant
            The time, and that of the last consolidation.
        size : int
            Estimated size of the deltas in bytes: ``Σ (2 · signals + len(key) + 200)``.
        """
        nanoseconds = elapsed(now, last)
        return True in [trigger.fires(deltas, nanoseconds, size) for trigger in self.triggers]
