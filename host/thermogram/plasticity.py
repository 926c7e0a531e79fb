"""Rules by which an observation changes the strength of an entry."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .signal import FULL, SIGNAL, Signal, positive

NONE, ONE = np.float32(0), np.float32(1)
DAY = np.float32(86400)


class UpdatePolicy(IntEnum):
    """How strengths are combined; the numbers and names are those of files."""

    STDP = 0
    Replace = 1
    EMA = 2
    Bayesian = 3
    WTA = 4


@dataclass(frozen=True)
class PlasticityRule:
    """An update policy and its constants; of the signals, only the magnitudes count.

    Parameters
    ----------
    policy : UpdatePolicy
        How strengths are combined.
    novelty_threshold, merge_threshold : Signal
        Bounds of `should_create_new` and `should_merge`.
    decay_rate : Signal
        Part of a strength that a day takes, for STDP.
    prune_threshold : Signal
        Entries weaker than this are pruned when hot deltas are consolidated.
    learning_rate : Signal
        Weight of an observation, for STDP and EMA.
    """

    policy: UpdatePolicy
    novelty_threshold: Signal
    merge_threshold: Signal
    decay_rate: Signal
    prune_threshold: Signal
    learning_rate: Signal

    @classmethod
    def _of(cls, policy: UpdatePolicy, *magnitudes: int) -> Self:
        return cls(policy, *map(positive, magnitudes))

    @classmethod
    def stdp_like(cls) -> Self:
        """Return the rule that is meant for synapses: recent observations add, old ones fade."""
        return cls._of(UpdatePolicy.STDP, 153, 77, 3, 26, 26)

    @classmethod
    def conservative(cls) -> Self:
        """Return a rule that averages slowly."""
        return cls._of(UpdatePolicy.EMA, 204, 102, 1, 13, 13)

    @classmethod
    def aggressive(cls) -> Self:
        """Return a rule that learns, fades and prunes twice as fast as `stdp_like`."""
        return cls._of(UpdatePolicy.STDP, 102, 51, 5, 51, 51)

    @classmethod
    def replace_only(cls) -> Self:
        """Return the rule that keeps the latest observation."""
        return cls._of(UpdatePolicy.Replace, 255, 0, 0, 0, 255)

    @classmethod
    def bayesian(cls) -> Self:
        """Return a rule that weighs strengths by themselves."""
        return cls._of(UpdatePolicy.Bayesian, 179, 77, 3, 26, 26)

    def prepare(self, new: NDArray[np.uint8], seconds: ArrayLike
                ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return what of an update doesn't depend on the current strength; see `updated`.

        Parameters
        ----------
        new : ndarray of uint8, shape (n,)
            Magnitudes of the observations.
        seconds : array_like of int64, shape (n,)
            Time since the entries were last updated; may be negative, which strengthens.

        Returns
        -------
        keep, gain : ndarray of float32, shape (n,)
            Of the current strength, and from the observation.
        """
        n = new / FULL
        rate = np.float32(self.learning_rate.magnitude) / FULL
        match self.policy:
            case UpdatePolicy.STDP:
                # through float64, as in the reference: an int64 is rounded twice
                days = np.asarray(seconds, np.float64).astype(np.float32)
                fade = np.float32(self.decay_rate.magnitude) / FULL * days / DAY
                return ONE - fade, rate * n
            case UpdatePolicy.EMA:
                return np.full(n.shape, ONE - rate), rate * n
            case UpdatePolicy.Bayesian:
                return n * n, n
            case _:
                return np.zeros(n.shape, np.float32), n

    def updated(self, current: NDArray[np.uint8], keep: NDArray[np.floating],
                gain: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Return the magnitudes that strengths have after an observation.

        With c, n, d, l the current, the new, the decay and the learning magnitude over 255, in
        float32 and in this order, then times 255 and truncated:

        * STDP: min(max(c · (1 − (d · seconds) / 86400) + l · n, 0), 1)
        * Replace: n
        * EMA: c · (1 − l) + l · n
        * Bayesian: (c · c + n · n) / (c + n), or 0 where that is 0 / 0
        * WTA: max(c, n)

        Parameters
        ----------
        current : ndarray of uint8, shape (n,)
            Magnitudes before.
        keep, gain : ndarray of float32, shape (n,)
            From `prepare`.

        Returns
        -------
        ndarray of uint8, shape (n,)
        """
        c = current / FULL
        match self.policy:
            case UpdatePolicy.Bayesian:
                total = c + gain
                result = np.divide(c * c + keep, total, out=np.zeros_like(total), where=total > 0)
            case UpdatePolicy.WTA:
                result = np.maximum(c, gain)
            case _:
                result = np.minimum(np.maximum(c * keep + gain, NONE), ONE)
        return (result * FULL).astype(np.uint8)  # in 0..255 at last

    def apply_update(self, current: ArrayLike, new: ArrayLike, seconds: ArrayLike) -> NDArray:
        """Return the strengths after an observation, as arrays of SIGNAL.

        The magnitude is that of `updated`; the polarity that of `new` where its
        magnitude is at least the current one, else that of `current`.
        """
        current, new = np.broadcast_arrays(np.asarray(current, SIGNAL), np.asarray(new, SIGNAL))
        result = np.where(new["magnitude"] >= current["magnitude"], new, current)
        seconds = np.broadcast_to(seconds, current.shape)
        result["magnitude"] = self.updated(current["magnitude"],
                                           *self.prepare(new["magnitude"], seconds))
        return result

    def should_create_new(self, novelty: Signal) -> bool:
        """Return whether an observation so novel is a memory of its own."""
        return novelty.magnitude > self.novelty_threshold.magnitude

    def should_merge(self, similarity: Signal) -> bool:
        """Return whether an observation so similar is one with what is there."""
        return similarity.magnitude > 255 - self.merge_threshold.magnitude

    def should_prune(self, strength: Signal) -> bool:
        """Return whether a memory so weak is to be forgotten."""
        return strength.magnitude < self.prune_threshold.magnitude
