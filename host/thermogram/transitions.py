"""How entries fade, cement, degrade and are forgotten: all rows at once."""

import numpy as np
from numpy.typing import NDArray

from .entries import GONE, Entries
from .instant import Instant
from .signal import SIGNAL, Signal, add, decayed, fraction, one, scale, truncated
from .temperature import Temperature, ThermalConfig

HOT, WARM, COOL, COLD = Temperature
OLD_SHARE, NEW_SHARE = np.float32(0.3), np.float32(0.7)
DEMOTION_LOSS = np.float32(0.95)
WARMING_SHARE = np.float32(0.1)
ONE = np.float32(1)


def strengths(entries: Entries, rows: NDArray[np.intp] | slice) -> NDArray:
    """Return the strengths of rows as an array of SIGNAL."""
    polarity = entries.polarity[rows]
    result = np.empty(polarity.shape, SIGNAL)
    result["polarity"], result["magnitude"] = polarity, entries.magnitude[rows]
    return result


def set_strengths(entries: Entries, rows: NDArray[np.intp], signals: NDArray) -> None:
    """Store the strengths of rows."""
    entries.polarity[rows], entries.magnitude[rows] = signals["polarity"], signals["magnitude"]


def decay(entries: Entries, config: ThermalConfig) -> None:
    """Let every strength fade: magnitude · (1 − rate / 255), truncated; (0, 0) at 0."""
    for temperature, rate in zip(Temperature, config.decay_rates, strict=True):
        rows = entries.rows(temperature)
        set_strengths(entries, rows, decayed(strengths(entries, rows), ONE - fraction(rate)))


def reinforce(entries: Entries, key: str, amount: Signal, now: Instant) -> bool:
    """Add to the strength of the hottest entry of a key, and count it; return if there is one."""
    row = entries.hottest(key)
    if row is None:
        return False
    strength = Signal(int(entries.polarity[row]), int(entries.magnitude[row]))
    entries.polarity[row], entries.magnitude[row] = one(add(strength, amount))
    entries.count[row] += 1
    entries.seconds[row], entries.nanoseconds[row] = now
    return True


def weaken(entries: Entries, key: str, amount: Signal, now: Instant) -> bool:
    """Subtract from the magnitude of the hottest entry of a key; return if there is one.

    A magnitude that would not be positive becomes (0, 0). The entry stays, and isn't counted.
    """
    row = entries.hottest(key)
    if row is None:
        return False
    magnitude = int(entries.magnitude[row]) - amount.magnitude
    if magnitude > 0:
        entries.magnitude[row] = magnitude
    else:
        entries.polarity[row] = entries.magnitude[row] = 0
    entries.seconds[row], entries.nanoseconds[row] = now
    return True


def run_transitions(entries: Entries, config: ThermalConfig, now: Instant) -> None:
    """Let entries pass to colder and to hotter temperatures, then remove the weakest.

    In this order, each step starting from what the one before has left: promotion from hot, warm
    and cool, so that one call may cement an entry for good; demotion from cold, cool and warm,
    where allowed; pruning at all temperatures.
    """
    for temperature in (HOT, WARM, COOL):
        promote(entries, temperature, Temperature(temperature + 1),
                config.promotion_thresholds[temperature], config.min_observations[temperature])
    for temperature in (COLD, COOL, WARM):
        if config.allow_demotion[temperature]:
            _demote(entries, temperature, config.demotion_thresholds[temperature], now)
    prune(entries, config.prune_threshold)


def promote(entries: Entries, source: Temperature, target: Temperature, threshold: Signal,
            min_observations: int) -> tuple[int, int]:
    """Move the entries of a temperature that are strong and were observed often.

    An entry whose key is at the target already is united with the one there: strength
    0.3 · there + 0.7 · its own (each scaled, then added), its own value and time, the sum of the
    counts.

    Returns
    -------
    moved, united : int
        How many passed on their own, and how many were united.
    """
    due = entries.at(source)
    if not due.any():  # nothing of this temperature, so that the larger columns can be left alone
        return 0, 0
    due &= entries.magnitude >= threshold.magnitude
    due &= entries.count >= min_observations
    chosen = np.flatnonzero(due)
    chosen, pairs = _part(entries, chosen, target)
    entries.state[chosen] = int(target)
    if pairs:
        rows, others = np.array(pairs).T
        set_strengths(entries, others, add(scale(strengths(entries, others), OLD_SHARE),
                                           scale(strengths(entries, rows), NEW_SHARE)))
        entries.seconds[others] = entries.seconds[rows]
        entries.nanoseconds[others] = entries.nanoseconds[rows]
        entries.count[others] += entries.count[rows]
        for row, other in pairs:
            entries.heads[other] = entries.heads[row]
        entries.remove(rows.tolist())
    return len(chosen), len(pairs)


def _demote(entries: Entries, source: Temperature, threshold: Signal, now: Instant) -> None:
    """Move the weak entries of a temperature to the next hotter one.

    They lose a twentieth of their magnitude, but not all of it: (1, 1) is the least. An entry
    whose key is at the target already leaves its strength there, if it is stronger.
    """
    chosen = np.flatnonzero((entries.magnitude < threshold.magnitude)
                            & entries.at(source))
    weaker = scale(strengths(entries, chosen), DEMOTION_LOSS)
    weaker[weaker["magnitude"] == 0] = (1, 1)
    set_strengths(entries, chosen, weaker)
    entries.seconds[chosen], entries.nanoseconds[chosen] = now
    target = Temperature(source - 1)
    chosen, pairs = _part(entries, chosen, target)
    entries.state[chosen] = int(target)
    if pairs:
        rows, others = np.array(pairs).T
        stronger = entries.magnitude[rows] > entries.magnitude[others]
        set_strengths(entries, others[stronger], strengths(entries, rows[stronger]))
        entries.seconds[others], entries.nanoseconds[others] = now
        entries.remove(rows.tolist())


def _part(entries: Entries, rows: NDArray[np.intp], target: Temperature
          ) -> tuple[NDArray[np.intp], list[tuple[int, int]]]:
    """Return the rows whose keys aren't at `target`, and the others, each with the row there."""
    shared = entries.shared[rows]
    if not shared.any():
        return rows, []
    pairs = [(row, other) for row in rows[shared].tolist()
             if (other := entries.find(entries.keys[row], target)) is not None]
    return np.setdiff1d(rows, [row for row, _ in pairs]), pairs


def prune(entries: Entries, threshold: Signal, temperature: Temperature | None = None) -> int:
    """Remove entries weaker than a threshold, of one temperature or of all; return how many."""
    there = entries.state != GONE if temperature is None else entries.at(temperature)
    rows = np.flatnonzero((entries.magnitude < threshold.magnitude) & there).tolist()
    entries.remove(rows)
    return len(rows)


def warm(entries: Entries, key: str, config: ThermalConfig, now: Instant) -> bool:
    """Make a cold entry hot, in place of the hot one; return if there is one, and it is allowed.

    Its magnitude is multiplied by 1 − Δ / 255 · 0.1 and truncated, and is at least 1.
    """
    row = entries.find(key, COLD) if config.allow_warming else None
    if row is None:
        return False
    kept = ONE - fraction(config.warming_delta) * WARMING_SHARE
    magnitude = truncated(entries.magnitude[row].astype(np.float32) * kept)
    entries.magnitude[row] = max(1, int(magnitude))
    entries.seconds[row], entries.nanoseconds[row] = now
    hot = entries.find(key, HOT)
    entries.state[row] = HOT
    if hot is not None:
        entries.remove([hot])
    return True
