"""What the history of a capsule tells: what was changed, when, and to what."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from .capsule import Capsule
from .delta import Delta, DeltaKind
from .entries import Entry
from .pool import SOURCE, links_of
from .signal import Signal
from .temperature import Temperature


class Change(NamedTuple):
    """A signal that a delta has changed.

    Parameters
    ----------
    place : str
        Which one: ``[3]``, or ``→ 17`` for a synapse of a captured pool.
    before, after : int or None
        Polarity times magnitude; None where there is none.
    """

    place: str
    before: int | None
    after: int | None


def changes(history: Iterable[Delta]) -> Iterator[tuple[Delta, list[Change]]]:
    """Yield each delta with the signals that it changed, compared with the one before.

    Parameters
    ----------
    history : iterable of Delta
        The oldest first.
    """
    known: dict[str, dict[str, int]] = {}
    for delta in history:
        before = known.get(delta.key, {})
        after = {} if delta.kind is DeltaKind.Delete else _places(delta)
        if delta.kind is DeltaKind.Merge:
            after = before  # it leaves the value as it is
        places = dict.fromkeys((*before, *after))
        yield delta, [Change(place, before.get(place), after.get(place)) for place in places
                      if before.get(place) != after.get(place)]
        known[delta.key] = after


def is_capture(delta: Delta) -> bool:
    """Return whether a delta records the row of a pool, with the structure of its synapses."""
    return (SOURCE.fullmatch(delta.source) is not None
            and 2 * len(delta.value) == len(delta.custom or b""))


def differences(one: Capsule, other: Capsule) -> Iterator[str]:
    """Yield in words what the entries and the deltas of two capsules differ in, key by key."""
    keys = sorted({*one.entries.all_keys(), *other.entries.all_keys()})
    for key in keys:
        for temperature in Temperature:
            pair = one.entries.get(key, temperature), other.entries.get(key, temperature)
            if pair[0] != pair[1]:
                yield f"{key}, {temperature.name.lower()}: {_difference(*pair)}"
    ours, theirs = list(one.chain), list(other.chain)
    common = 0
    while common < min(len(ours), len(theirs)) and ours[common] == theirs[common]:
        common += 1
    for name, deltas in (("first", ours), ("second", theirs)):
        if len(deltas) > common:
            yield (f"{len(deltas) - common} deltas only in the {name}, from {common}: "
                   f"{deltas[common].kind.name} of {deltas[common].key}")


def _difference(one: Entry | None, other: Entry | None) -> str:
    if one is None or other is None:
        return f"only in the {'second' if one is None else 'first'}"
    found = []
    if one.value != other.value:
        if len(one.value) == len(other.value):
            count = np.count_nonzero(one.signals != other.signals)
            found.append(f"{count} of {len(one.signals)} signals")
        else:
            found.append(f"{len(one.signals)} signals → {len(other.signals)}")
    if one.strength != other.strength:
        found.append(f"strength {spelled(one.strength)} → {spelled(other.strength)}")
    if one.update_count != other.update_count:
        found.append(f"updates {one.update_count} → {other.update_count}")
    if one.updated_at != other.updated_at:
        found.append("time")
    return ", ".join(found)


def spelled(signal: Signal) -> str:
    """Return a signal with its sign: +200, -3, or ±5 if it has a magnitude but no polarity."""
    sign = "±" if signal.polarity == 0 else "+" if signal.polarity > 0 else "-"
    return f"{sign}{signal.magnitude}" if signal.magnitude else "0"


def _places(delta: Delta) -> dict[str, int]:
    signals = delta.signals
    numbers = (signals["polarity"].astype(int) * signals["magnitude"]).tolist()
    if not is_capture(delta):
        return {f"[{index}]": number for index, number in enumerate(numbers)}
    places: dict[str, int] = {}
    for target, number in zip(links_of(delta)["target"].tolist(), numbers, strict=True):
        place = f"→ {target}"
        while place in places:  # several synapses to one target
            place += "'"
        places[place] = number
    return places
