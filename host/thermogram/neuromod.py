"""Neuromodulators: four levels that say how eagerly an embedded network learns.

All arithmetic is IEEE 754 single precision, in the order that is written.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

BASELINE = np.float32(0.5)
"""Level to which every neuromodulator returns."""


@dataclass
class Neuromodulators:
    """Levels of four neuromodulators, float32, 0..1.

    Parameters
    ----------
    dopamine : float
        Reward; scales the steps of learning.
    serotonin : float
        Mood; scales homeostasis, and keeps weights from decaying.
    norepinephrine : float
        Arousal; scales competition.
    acetylcholine : float
        Attention; scales the spread of activation.
    """

    dopamine: float | np.float32 = BASELINE
    serotonin: float | np.float32 = BASELINE
    norepinephrine: float | np.float32 = BASELINE
    acetylcholine: float | np.float32 = BASELINE

    def __post_init__(self):
        for field in fields(self):
            setattr(self, field.name, np.float32(getattr(self, field.name)))

    @classmethod
    def baseline(cls) -> Self:
        """Return all levels at their baseline."""
        return cls()

    def reward(self, amount: float) -> None:
        """Raise dopamine by `amount`, at most to 1 and at least to 0."""
        self.dopamine = _shifted(self.dopamine, amount)

    def stress(self, amount: float) -> None:
        """Lower serotonin and raise norepinephrine by `amount`, at most to 1 and at least to 0."""
        self.serotonin = _shifted(self.serotonin, -amount)
        self.norepinephrine = _shifted(self.norepinephrine, amount)

    def focus(self, amount: float) -> None:
        """Raise acetylcholine by `amount`, at most to 1 and at least to 0."""
        self.acetylcholine = _shifted(self.acetylcholine, amount)

    def decay(self, rate: float) -> None:
        """Move every level x toward its baseline: ``x += (0.5 - x) * rate``."""
        self.approach(Neuromodulators(), rate)

    def approach(self, other: "Neuromodulators", rate: float) -> None:
        """Move every level x toward that of `other`, y: ``x += (y - x) * rate``."""
        for field in fields(self):
            level = getattr(self, field.name)
            step = (getattr(other, field.name) - level) * np.float32(rate)
            setattr(self, field.name, level + step)


@dataclass(frozen=True)
class NeuromodSync:
    """How strongly the levels of one network follow those of another.

    Parameters
    ----------
    enabled : bool
        Whether they follow at all.
    sync_rate : float
        Part of the distance that one `apply` covers.
    sync_interval_ms : int
        Milliseconds that the caller shall leave between two.
    """

    enabled: bool = True
    sync_rate: float = 0.1
    sync_interval_ms: int = 100

    @classmethod
    def independent(cls) -> Self:
        """Return the configuration that follows nobody."""
        return cls(enabled=False, sync_rate=0.0, sync_interval_ms=0)

    @classmethod
    def full_sync(cls) -> Self:
        """Return the configuration that takes over the other levels."""
        return cls(sync_rate=1.0, sync_interval_ms=50)

    def apply(self, local: Neuromodulators, external: Neuromodulators) -> None:
        """Move `local` toward `external`, unless this is off."""
        if self.enabled:
            local.approach(external, self.sync_rate)


def _shifted(level: float | np.float32, amount: float) -> np.float32:
    """Return ``level + amount``, limited to 0..1.

    Raises
    ------
    ValueError
        If `amount` is not a number.
    """
    if amount != amount:
        raise ValueError("neuromodulators: the amount must be a number, not nan")
    return np.float32(np.clip(level + np.float32(amount), np.float32(0), np.float32(1)))
