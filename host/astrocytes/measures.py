"""Two time scales in figures: what is recalled, at how many spikes, for how long."""

from dataclasses import dataclass, replace
from typing import Any

from ..navigation.agents import AGENTS, Network
from ..navigation.errands import Errands
from ..navigation.rules import LEAK_SHIFT
from ..navigation.worlds import WorldKind
from .working_memory import MEMBRANE_TICKS, Keeper, Recall, Task, remember, variants

AT = 128
"""Delay of the figures that are told for one delay, in time constants of a membrane."""

RATIO_MIN, RATIO_MAX = 100, 1000
"""Time scales are well apart if calcium is slower than membranes by a factor in between."""

BAR = 0.9
"""Accuracy at which a pattern counts as kept."""

ARRIVAL_TICKS = 1
"""Ticks of a decision beside those of the race."""

NAVIGATED = "open10"


@dataclass(frozen=True)
class Measures:
    """All that was measured.

    Parameters
    ----------
    recalls : dict of Keeper to Recall
        Working memory with astrocytes, and without.
    robust : dict of str to float
        Accuracy at the delay `AT` with astrocytes, by what was changed.
    decision_ticks : float
        Ticks of a decision of the navigating network, measured.
    navigation_shift : int
        Its `decay_shift`.
    """

    recalls: dict[Keeper, Recall]
    robust: dict[str, float]
    decision_ticks: float
    navigation_shift: int

    @property
    def navigation_separation(self) -> float:
        """Time constant of calcium over that of a membrane, of the navigating network."""
        return (self.decision_ticks * 2**self.navigation_shift) / 2**LEAK_SHIFT

    def rows(self) -> dict[str, str]:
        """Return names and values for a table."""
        ours, alone, firing = (self.recalls[keeper] for keeper in (
            Keeper.ASTROCYTES, Keeper.NOTHING, Keeper.FIRING))
        at = ours.task.delays.index(AT)
        spikes = {name: float(recall.spikes[:, at].mean()) for name, recall in (
            ("ours", ours), ("alone", alone), ("firing", firing))}
        waiting = [float(recall.delay_spikes[:, at].mean()) for recall in (ours, firing)]
        return {
            "time constant, membrane": f"{MEMBRANE_TICKS} ticks",
            "time constant, calcium": f"{ours.task.calcium_ticks:,} ticks",
            "separation, working memory": _apart(ours.task.separation),
            "separation, navigation": f"{_apart(self.navigation_separation)}; "
                                      f"{self.decision_ticks:.1f} ticks a decision",
            f"recall after {AT} membranes": f"{ours.accuracy[at]:.3f}; neurons only "
                                            f"{alone.accuracy[at]:.3f}, persistent firing "
                                            f"{firing.accuracy[at]:.3f}",
            f"trace (recall >= {BAR:g})": f"{_lasting(ours)}; neurons only {_lasting(alone)}, "
                                          f"persistent firing {_lasting(firing)}",
            f"spikes, delay of {AT}": f"{spikes['ours']:,.0f}; neurons only "
                                      f"{spikes['alone']:,.0f}, persistent firing "
                                      f"{spikes['firing']:,.0f} ({_times(spikes)})",
            "spikes in the delay": f"{waiting[0]:,.0f}; persistent firing {waiting[1]:,.0f}",
            **{f"recall, {name}": f"{value:.3f}" for name, value in self.robust.items()},
        }

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as an object for JSON."""
        return {
            "membrane_ticks": MEMBRANE_TICKS,
            "calcium_ticks": self.recalls[Keeper.ASTROCYTES].task.calcium_ticks,
            "separation": self.recalls[Keeper.ASTROCYTES].task.separation,
            "navigation_separation": self.navigation_separation,
            "decision_ticks": self.decision_ticks,
            "delays": list(self.recalls[Keeper.ASTROCYTES].task.delays),
            "recall": {keeper.value: {
                "accuracy": recall.accuracy.tolist(), "hits": recall.hits.mean(axis=0).tolist(),
                "false_alarms": recall.false_alarms.mean(axis=0).tolist(),
                "spikes": recall.spikes.mean(axis=0).tolist(),
                "delay_spikes": recall.delay_spikes.mean(axis=0).tolist(),
                "lasts": recall.lasts(BAR)} for keeper, recall in self.recalls.items()},
            "robust": self.robust,
        }


def _apart(ratio: float) -> str:
    return f"{ratio:.0f}" + ("" if RATIO_MIN <= ratio <= RATIO_MAX
                             else f", not in {RATIO_MIN}..{RATIO_MAX}")


def _times(spikes: dict[str, float]) -> str:
    return f"{spikes['firing'] / max(spikes['ours'], 1):.1f} times as many"


def _lasting(recall: Recall) -> str:
    lasts = recall.lasts(BAR)
    if lasts < 0:
        return "none"
    more = ">= " if lasts == recall.task.delays[-1] else ""
    return f"{more}{lasts} membranes"


def remembered(task: Task, seeds: int, offset: int = 0) -> dict[Keeper, Recall]:
    """Return what each keeper of a pattern achieves."""
    return {keeper: remember(replace(task, keeper=keeper), seeds, offset) for keeper in Keeper}


def measure(task: Task, seeds: int, offset: int = 0) -> Measures:
    """Measure working memory, with and without astrocytes, and the time scales of navigation."""
    recalls = remembered(task, seeds, offset)
    robust = {}
    for name, changed in variants(replace(task, delays=(AT,))).items():
        robust[name] = float(remember(changed, seeds, offset).accuracy[0])
    errands = Errands.of(WorldKind.parse(NAVIGATED), max(seeds, 20), 10, offset=offset)
    network = AGENTS["astro"]
    if not isinstance(network, Network):
        raise TypeError("the agent astro must be a network")
    ticks = float(network.run(errands).race_ticks) + ARRIVAL_TICKS
    return Measures(recalls, robust, ticks, network.brain_for(int(errands.free[0])).decay_shift)
