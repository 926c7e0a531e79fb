"""A colony: capsules that act as one, and grow, split, merge and share their load."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np

from .capsule import Capsule
from .delta import Delta
from .entries import Entries, Entry
from .instant import Clock, system_clock
from .plasticity import PlasticityRule
from .signal import Signal
from .temperature import Temperature, ThermalConfig


@dataclass(frozen=True, kw_only=True)
class ColonyConfig:
    """Sizes at which a colony changes its members.

    Parameters
    ----------
    split_threshold : int
        A member with more keys is split.
    merge_threshold : int
        Members with fewer keys are merged.
    balance_target : float
        Kept as in the reference; without effect.
    balance_tolerance : float
        Part of the mean load, float32, by which a member may depart from it.
    max_members : int
        No member is split when there are so many.
    thermal_config : ThermalConfig
        Of new members.
    """

    split_threshold: int = 10_000
    merge_threshold: int = 1_000
    balance_target: float = 0.5
    balance_tolerance: float = 0.3
    max_members: int = 16
    thermal_config: ThermalConfig = field(default_factory=ThermalConfig.default)

    @classmethod
    def fast_learner(cls) -> Self:
        """Return a configuration of smaller members in which little cements."""
        return cls(split_threshold=5_000, merge_threshold=500, balance_tolerance=0.25,
                   max_members=8, thermal_config=ThermalConfig.fast_learner())


class ColonyResult(NamedTuple):
    """What a consolidation of a colony did.

    Parameters
    ----------
    splits, merges : int
        Members split and merged.
    rebalanced : int
        Entries moved from crowded members to others.
    """

    splits: int
    merges: int
    rebalanced: int


class Colony:
    """Capsules that act as one.

    A key stays with the member to which it was first written; a new key goes where most entries
    begin like it, up to its first underscore.

    Parameters
    ----------
    id : str
        Name of the members: the k-th that is made is called ``{id}_{k}``.
    name : str
        For people.
    rule : PlasticityRule, optional
        Of the members; by default `PlasticityRule.stdp_like`.
    config : ColonyConfig, optional
        Sizes; by default those of `ColonyConfig`.
    clock : Clock, optional
        Where the time comes from; by default the operating system.

    Attributes
    ----------
    members : list of Capsule
        The members; there is at least one.
    locality : dict of str to int
        The member of each key that was written or moved. As in the reference, it may outlive the
        entry, and name another member when its own has been merged; it is then only a place to
        look first.
    created_at, modified_at : Instant
        Times.
    split_count, merge_count : int
        Counts since the beginning.
    """

    def __init__(self, id: str, name: str, rule: PlasticityRule | None = None,
                 config: ColonyConfig | None = None, *, clock: Clock = system_clock):
        self.id = id
        self.name = name
        self.config = config or ColonyConfig()
        self.clock = clock
        self.members = [self._member(0, rule)]
        self.locality: dict[str, int] = {}
        self.created_at = self.modified_at = clock()
        self.split_count = self.merge_count = 0

    def _member(self, number: int, rule: PlasticityRule | None) -> Capsule:
        return Capsule(f"{self.id}_{number}", rule, thermal=self.config.thermal_config,
                       clock=self.clock)

    # Reading

    def sizes(self) -> list[int]:
        """Return the number of keys of each member."""
        return [len(member.keys()) for member in self.members]

    @property
    def total_entries(self) -> int:
        """Number of keys of all members together."""
        return sum(self.sizes())

    def layer_sizes(self) -> list[int]:
        """Return the number of entries at each temperature, over all members."""
        return np.sum([member.entries.sizes() for member in self.members], axis=0).tolist()

    def read(self, key: str) -> Entry | None:
        """Return the hottest entry of a key; deltas that wait don't count."""
        for member in self._looked_up(key):
            row = member.entries.hottest(key)
            if row is not None:
                return member.entries.entry(row)
        return None

    def read_layer(self, key: str, temperature: Temperature) -> Entry | None:
        """Return the entry of a key at a temperature."""
        found = (member.entries.get(key, temperature) for member in self._looked_up(key))
        return next((entry for entry in found if entry), None)

    def _looked_up(self, key: str) -> list[Capsule]:
        """Return the members in the order in which a key is looked for."""
        first = self.locality.get(key, len(self.members))
        return [*self.members[first:first + 1], *self.members]

    # Writing

    def write(self, key: str, entry: Entry, temperature: Temperature) -> None:
        """Store an entry at a temperature, with the member to which its key belongs."""
        self._home(key).entries.put(entry._replace(key=key), temperature)
        self.modified_at = self.clock()

    def apply_delta(self, delta: Delta) -> Delta:
        """Apply a delta to the member to which its key belongs, linked to the last one there.

        Returns
        -------
        Delta
            Linked and with its hash.
        """
        member = self._home(delta.key)
        with member.lock:
            delta = member.apply_delta(delta.after(member.chain.head_hash))
        self.modified_at = self.clock()
        return delta

    def apply_deltas(self, deltas: Iterable[Delta]) -> None:
        """Apply deltas, one after the other."""
        for delta in deltas:
            self.apply_delta(delta)

    def reinforce(self, key: str, amount: Signal) -> bool:
        """Strengthen the hottest entry of a key; return if its member has one."""
        member = self._holder(key)
        return member is not None and member.reinforce(key, amount)

    def weaken(self, key: str, amount: Signal) -> bool:
        """Weaken the hottest entry of a key; return if its member has one."""
        member = self._holder(key)
        return member is not None and member.weaken(key, amount)

    def apply_decay(self) -> None:
        """Let all strengths fade by one step."""
        for member in self.members:
            member.apply_decay()

    def _holder(self, key: str) -> Capsule | None:
        """Return the member of a key that was written, or else the first that has an entry."""
        if key in self.locality:
            return next(iter(self.members[self.locality[key]:][:1]), None)
        return next((member for member in self.members if key in member.entries), None)

    def _home(self, key: str) -> Capsule:
        """Return the member to which a key belongs, and remember it."""
        index = self.locality.get(key, len(self.members))
        if index >= len(self.members):
            index = self._route(key)
        self.locality[key] = index
        return self.members[index]

    def _route(self, key: str) -> int:
        """Return the member of a new key.

        It is the first of those with the most entries, all temperatures together, that start with
        what the key has before its first underscore; without any, the first of those with the
        fewest keys.
        """
        if len(self.members) == 1:
            return 0
        prefix = key.split("_", 1)[0]
        related = [sum(entry_key.startswith(prefix) for entry_key in _row_keys(member.entries))
                   for member in self.members]
        scores = related if any(related) else [-size for size in self.sizes()]
        return scores.index(max(scores))

    # Growth

    def consolidate(self) -> ColonyResult:
        """Consolidate all members, run their transitions, then split, merge and rebalance.

        Every member with more keys than `split_threshold` is split once, the last one first, until
        there are `max_members`: the upper half of its entries, in the order of their keys' bytes,
        becomes a new last member. While two members have fewer keys than `merge_threshold`, the
        second of them joins the first; deltas that wait there are lost, but there are none now.
        Then entries move, hot ones first and then warm ones, in their order in the member, from
        members whose number of keys exceeds the mean by more than the tolerance to those that fall
        short of it by more; mean and tolerance are rounded down.
        """
        for member in self.members:
            member.consolidate()
        for member in self.members:
            member.run_transitions()
        result = ColonyResult(self._split_large(), self._merge_small(), self._rebalance())
        self.split_count += result.splits
        self.merge_count += result.merges
        self.modified_at = self.clock()
        return result

    def _split_large(self) -> int:
        large = [index for index, size in enumerate(self.sizes())
                 if size > self.config.split_threshold]
        room = max(0, self.config.max_members - len(self.members))
        chosen = large[::-1][:room]
        for index in chosen:
            self._split(self.members[index])
        return len(chosen)

    def _split(self, member: Capsule) -> None:
        last = len(self.members)
        other = self._member(last, member.rule)
        entries = [(entry.key.encode(), entry.key, temperature) for temperature in Temperature
                   for entry in member.entries.layer(temperature)]
        entries.sort(key=lambda item: item[0])
        for _, key, temperature in entries[len(entries) // 2:]:
            _move(member, other, key, temperature)
            self.locality[key] = last
        self.members.append(other)

    def _merge_small(self) -> int:
        merges = 0
        while True:
            small = [index for index, size in enumerate(self.sizes())
                     if size < self.config.merge_threshold]
            if len(small) < 2:
                return merges
            self._merge(*small[:2])
            merges += 1

    def _merge(self, kept: int, removed: int) -> None:
        entries = self.members.pop(removed).entries
        for temperature in Temperature:
            for entry in entries.layer(temperature):
                self.members[kept].entries.put(entry, temperature)
                self.locality[entry.key] = kept
        for key, index in self.locality.items():
            self.locality[key] = index - (index > removed)

    def _rebalance(self) -> int:
        sizes = self.sizes()
        mean = sum(sizes) // len(sizes)
        tolerance = int(np.float32(mean) * np.float32(self.config.balance_tolerance))
        crowded = [index for index, size in enumerate(sizes) if size > mean + tolerance]
        roomy = [index for index, size in enumerate(sizes) if size < mean - tolerance]
        moved = 0
        for source in crowded:
            for target in roomy:
                size, other = (len(self.members[index].keys()) for index in (source, target))
                if size <= mean + tolerance:
                    break
                moved += self._shift(source, target, min(size - mean, mean - other))
        return moved

    def _shift(self, source: int, target: int, count: int) -> int:
        """Move up to `count` hot, then warm entries between members; return how many."""
        entries = self.members[source].entries
        chosen = [(entries.keys[row], temperature)
                  for temperature in (Temperature.HOT, Temperature.WARM)
                  for row in entries.rows(temperature).tolist()][:count]
        for key, temperature in chosen:
            _move(self.members[source], self.members[target], key, temperature)
            self.locality[key] = target
        return len(chosen)


def _move(source: Capsule, target: Capsule, key: str, temperature: Temperature) -> None:
    entry = source.entries.pop(key, temperature)
    if entry:
        target.entries.put(entry, temperature)


def _row_keys(entries: Entries) -> list[str]:
    """Return the key of every entry, once for each temperature that has it."""
    return [entries.keys[row] for row in np.flatnonzero(entries.state < len(Temperature))]
