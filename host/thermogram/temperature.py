"""The four temperatures, and when an entry passes from one to the next."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from .signal import Signal, positive

NEVER = 2**64 - 1
"""Number of observations that no entry reaches."""


class Temperature(IntEnum):
    """Where an entry is: the colder, the longer it is kept and the slower it changes."""

    HOT = 0
    WARM = 1
    COOL = 2
    COLD = 3

    @property
    def colder(self) -> "Temperature | None":
        """The next colder temperature."""
        return Temperature(self + 1) if self < Temperature.COLD else None

    @property
    def hotter(self) -> "Temperature | None":
        """The next hotter temperature."""
        return Temperature(self - 1) if self > Temperature.HOT else None


Signals4 = tuple[Signal, Signal, Signal, Signal]
"""One signal for each temperature, from hot to cold."""


@dataclass(frozen=True)
class ThermalConfig:
    """Rates and thresholds of the temperatures; of the signals, only the magnitudes count.

    Parameters
    ----------
    decay_rates : tuple of 4 Signal
        Part of a strength that a decay takes.
    promotion_thresholds : tuple of 4 Signal
        An entry at least so strong passes to the next colder temperature.
    demotion_thresholds : tuple of 4 Signal
        A weaker one passes to the next hotter temperature.
    min_observations : tuple of 4 int
        Updates that an entry needs before it passes to a colder temperature, below 2**64.
    allow_demotion : tuple of 4 bool
        Whether entries of the temperature pass to a hotter one.
    prune_threshold : Signal
        Weaker entries of any temperature are removed by transitions.
    crystallization_threshold : Signal
        Hot entries at least so strong pass directly to cold when deltas are consolidated.
    allow_warming : bool
        Whether cold entries may be made hot.
    warming_delta : Signal
        Ten times the part of a strength that warming costs.
    """

    decay_rates: Signals4
    promotion_thresholds: Signals4
    demotion_thresholds: Signals4
    min_observations: tuple[int, int, int, int]
    allow_demotion: tuple[bool, bool, bool, bool]
    prune_threshold: Signal
    crystallization_threshold: Signal
    allow_warming: bool
    warming_delta: Signal

    @classmethod
    def default(cls) -> Self:
        """Return the ordinary configuration."""
        return cls(_four(26, 3, 1, 1), _four(153, 191, 230, 255), _four(0, 77, 102, 128),
                   (3, 10, 50, NEVER), (False, True, True, True),
                   positive(13), positive(191), True, positive(77))

    @classmethod
    def fast_learner(cls) -> Self:
        """Return a configuration in which little cements, and what is cold stays cold."""
        return cls(_four(13, 1, 1, 1), _four(128, 166, 217, 255), _four(0, 51, 77, 102),
                   (2, 5, 20, NEVER), (False, True, True, False),
                   positive(8), positive(217), True, positive(51))

    @classmethod
    def organic(cls) -> Self:
        """Return a configuration in which much is needed to cement."""
        return cls(_four(26, 3, 1, 1), _four(179, 204, 242, 255), _four(0, 64, 89, 115),
                   (5, 15, 100, NEVER), (False, True, True, True),
                   positive(13), positive(242), True, positive(77))


def _four(hot: int, warm: int, cool: int, cold: int) -> Signals4:
    return positive(hot), positive(warm), positive(cool), positive(cold)
