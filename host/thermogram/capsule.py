"""The capsule: entries with a temperature, and the record of every change."""

import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .archive import Archive
from .chain import Chain
from .consolidation import ConsolidationResult, apply_deltas
from .delta import FULL_STRENGTH, Delta, DeltaKind, Value, new_id
from .entries import Entries, Entry
from .instant import Clock, system_clock
from .plasticity import PlasticityRule
from .signal import Signal
from .temperature import Temperature, ThermalConfig
from .transitions import decay, promote, prune, reinforce, run_transitions, warm, weaken
from .triggers import ConsolidationPolicy


class Reading(NamedTuple):
    """What a capsule answers for a key.

    Parameters
    ----------
    signals : ndarray of SIGNAL, shape (n,)
        The value; read-only.
    strength : Signal
        How sure it is.
    temperature : Temperature
        Where it is; what a delta tells counts as hot.
    """

    signals: NDArray
    strength: Signal
    temperature: Temperature


class Capsule:
    """A memory that survives.

    Changes come as deltas; they wait in a hash chain until they are consolidated into the hot
    entries. What is reinforced cools down and lasts; what isn't used decays. Entries change their
    temperature only when asked to, by `run_transitions` or `consolidate`.

    Threads may share a capsule: each method is atomic, and ``with capsule.lock:`` makes several
    one. Processes share a file, with `host.thermogram.store.editing`.

    Parameters
    ----------
    name : str
        For people.
    rule : PlasticityRule, optional
        How deltas change strengths; by default `PlasticityRule.stdp_like`.
    thermal : ThermalConfig, optional
        Rates and thresholds of the temperatures; by default `ThermalConfig.default`.
    policy : ConsolidationPolicy, optional
        When deltas are consolidated; by default `ConsolidationPolicy.default`.
    clock : Clock, optional
        Where the time comes from; by default the operating system.

    Attributes
    ----------
    id : str
        UUID.
    entries : Entries
        Consolidated entries.
    chain : Chain
        Deltas that wait.
    created_at, last_consolidation : Instant
        Times.
    total_deltas, total_consolidations : int
        Counts since the beginning.
    custom : bytes or None
        Metadata of whoever uses the capsule; see `host.thermogram.sections`.
    archive : Archive or None
        Where consolidated deltas go; without one, they are forgotten, as in the reference.
    lock : threading.RLock
        What methods hold while they work.
    """

    def __init__(self, name: str, rule: PlasticityRule | None = None, *,
                 thermal: ThermalConfig | None = None, policy: ConsolidationPolicy | None = None,
                 clock: Clock = system_clock):
        self.id = new_id()
        self.name = name
        self.rule = rule or PlasticityRule.stdp_like()
        self.thermal = thermal or ThermalConfig.default()
        self.policy = policy or ConsolidationPolicy.default()
        self.clock = clock
        self.entries = Entries()
        self.chain = Chain()
        self.created_at = self.last_consolidation = clock()
        self.total_deltas = 0
        self.total_consolidations = 0
        self.custom: bytes | None = None
        self.archive: Archive | None = None
        self.lock = threading.RLock()

    # Deltas

    def apply_delta(self, delta: Delta) -> Delta:
        """Append a delta to the chain, and consolidate if a trigger fires.

        Returns
        -------
        Delta
            With its hash.

        Raises
        ------
        ChainError
            If it isn't linked to the last delta of the chain; nothing has changed.
        """
        with self.lock:
            delta = self.chain.append(delta)
            self.total_deltas += 1
            if self.policy.fires(len(self.chain), self.clock(), self.last_consolidation,
                                 self.chain.size):
                self.consolidate()
            return delta

    def apply_deltas(self, deltas: Iterable[Delta]) -> None:
        """Append deltas that aren't linked, each to what is then the last one.

        A consolidation on the way starts a new chain, which no list of deltas that was linked
        beforehand would fit.
        """
        with self.lock:
            for delta in deltas:
                self.apply_delta(delta.after(self.chain.head_hash))

    def record(self, kind: DeltaKind, key: str, value: Value, source: str,
               strength: Signal = FULL_STRENGTH) -> Delta:
        """Make a delta of this moment, linked to the last one, and apply it."""
        with self.lock:
            return self.apply_delta(Delta.new(kind, key, value, source, strength,
                                              self.chain.head_hash, self.clock()))

    def consolidate(self) -> ConsolidationResult:
        """Apply all deltas to the hot entries, prune and crystallise.

        In this order: the deltas, see `apply_deltas` of `host.thermogram.consolidation`; if the
        policy says so, hot entries below the prune threshold of the rule are removed; the chain
        goes to the archive, if there is one, and starts anew; strong hot entries become cold, see
        `crystallize`.
        """
        with self.lock:
            processed = len(self.chain)
            merged = apply_deltas(self.chain, self.entries, self.rule)
            pruned = 0
            if self.policy.enable_pruning:
                pruned = prune(self.entries, self.rule.prune_threshold, Temperature.HOT)
            after = self.entries.sizes()[Temperature.HOT]
            if self.archive:
                self.archive.append(self.chain)
                self.custom = self.archive.anchor_in(self.custom)
            self.chain = Chain()
            self.last_consolidation = self.clock()
            self.total_consolidations += 1
            crystallized, _ = self.crystallize()
            return ConsolidationResult(processed, after, pruned, merged + crystallized)

    def keep_history(self) -> None:
        """Keep consolidated deltas in an archive, from now on.

        Raises
        ------
        FileError
            If the custom metadata is that of another program.
        """
        with self.lock:
            if self.archive is None:
                archive = Archive(self.id)
                self.custom = archive.anchor_in(self.custom)
                self.archive = archive

    # Temperatures

    def crystallize(self) -> tuple[int, int]:
        """Make hot entries cold that are strong enough and have enough observations for warm.

        Returns
        -------
        crystallized, merged : int
            How many became cold, and how many were united with cold ones.
        """
        with self.lock:
            return promote(self.entries, Temperature.HOT, Temperature.COLD,
                           self.thermal.crystallization_threshold,
                           self.thermal.min_observations[Temperature.HOT])

    def run_transitions(self) -> None:
        """Let all entries pass to where their strengths belong; see `run_transitions`."""
        with self.lock:
            run_transitions(self.entries, self.thermal, self.clock())

    def apply_decay(self) -> None:
        """Let all strengths fade by one step; nothing else ever does."""
        with self.lock:
            decay(self.entries, self.thermal)

    def reinforce(self, key: str, amount: Signal) -> bool:
        """Strengthen the hottest entry of a key; return if there is one: deltas are none yet."""
        with self.lock:
            return reinforce(self.entries, key, amount, self.clock())

    def weaken(self, key: str, amount: Signal) -> bool:
        """Weaken the hottest entry of a key; return if there is one."""
        with self.lock:
            return weaken(self.entries, key, amount, self.clock())

    def warm(self, key: str) -> bool:
        """Make a cold entry hot again, so that it can be learned; return if it was done."""
        with self.lock:
            return warm(self.entries, key, self.thermal, self.clock())

    def warm_matching(self, predicate: Callable[[Entry], bool]) -> int:
        """Warm the cold entries for which `predicate` holds; return how many."""
        with self.lock:
            chosen = [entry.key for entry in self.entries.layer(Temperature.COLD)
                      if predicate(entry)]
            return sum(map(self.warm, chosen))

    def prune_hot(self) -> int:
        """Remove hot entries below the prune threshold of the temperatures; return how many."""
        with self.lock:
            return prune(self.entries, self.thermal.prune_threshold, Temperature.HOT)

    # Reading

    def read(self, key: str) -> Reading | None:
        """Return what is known under a key.

        The newest delta tells: nothing, if it is a Delete; its value, if it is any other, a Merge
        included. Without a delta, it is the hottest entry.
        """
        with self.lock:
            if delta := self.chain.latest(key):
                if delta.kind is DeltaKind.Delete:
                    return None
                return Reading(delta.signals, delta.strength, Temperature.HOT)
            row = self.entries.hottest(key)
            if row is None:
                return None
            entry = self.entries.entry(row)
            return Reading(entry.signals, entry.strength, Temperature(self.entries.state[row]))

    def keys(self) -> set[str]:
        """Return the keys of all entries, and of all deltas but Delete.

        A key is there even if its newest delta is a Delete, while an entry or an older delta is.
        """
        with self.lock:
            records = self.chain.records()
            changed = np.unique(records["key"][records["kind"] != int(DeltaKind.Delete)])
            return {*self.entries.all_keys(), *(self.chain.keys[number] for number in changed)}

    def history(self, key: str) -> list[Delta]:
        """Return the deltas for a key that wait, the oldest first."""
        with self.lock:
            return self.chain.history(key)
