"""The JSON form of a capsule: what files were before `.thermo`, and what people and scripts read.

Signals are objects of polarity and magnitude, instants RFC 3339 with Z, kinds and policies their
names, bytes lists of numbers.
"""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import FileError
from .archive import Archive
from .capsule import Capsule
from .chain import Chain
from .delta import Delta, DeltaKind
from .entries import Entry
from .instant import Clock, Instant, parse_rfc3339, rfc3339, system_clock
from .plasticity import PlasticityRule, UpdatePolicy
from .signal import SIGNAL, Signal
from .temperature import Temperature, ThermalConfig
from .triggers import ConsolidationPolicy, DeltaCount, DirtySize, Manual, TimePeriod, Trigger

LARGEST = 2**64 - 1

THERMAL = ("decay_rates", "promotion_thresholds", "demotion_thresholds")
RULE = ("novelty_threshold", "merge_threshold", "decay_rate", "prune_threshold", "learning_rate")


def to_document(capsule: Capsule) -> dict[str, Any]:
    """Return a capsule as what `json.dumps` takes."""
    with capsule.lock:
        thermal, rule, policy = capsule.thermal, capsule.rule, capsule.policy
        return {
            "id": capsule.id, "name": capsule.name,
            **{f"{temperature.name.lower()}_entries": {
                entry.key: _entry_document(entry) for entry in capsule.entries.layer(temperature)}
               for temperature in Temperature},
            "dirty_chain": {"deltas": [_delta_document(delta) for delta in capsule.chain],
                            "head_hash": capsule.chain.head_hash},
            "plasticity_rule": {
                "policy": rule.policy.name,
                **{name: signal_document(getattr(rule, name)) for name in RULE}},
            "consolidation_policy": {
                "triggers": [_trigger_document(trigger) for trigger in policy.triggers],
                "enable_pruning": policy.enable_pruning, "enable_merging": policy.enable_merging},
            "thermal_config": {
                **{name: [signal_document(signal) for signal in getattr(thermal, name)]
                   for name in THERMAL},
                "min_observations": list(thermal.min_observations),
                "allow_demotion": list(thermal.allow_demotion),
                "prune_threshold": signal_document(thermal.prune_threshold),
                "crystallization_threshold": signal_document(thermal.crystallization_threshold),
                "allow_warming": thermal.allow_warming,
                "warming_delta": signal_document(thermal.warming_delta)},
            "metadata": {
                "created_at": rfc3339(capsule.created_at),
                "last_consolidation": rfc3339(capsule.last_consolidation),
                "total_deltas": capsule.total_deltas,
                "total_consolidations": capsule.total_consolidations,
                "custom": _bytes_document(capsule.custom)},
        }


def from_document(document: Any, clock: Clock = system_clock) -> Capsule:
    """Return the capsule that a document describes.

    Fields that aren't known are ignored; layers, options and custom metadata may be missing. The
    hash chain is taken as it is; `Chain.verify` tells whether it holds.

    Parameters
    ----------
    document : object
        What `json.loads` returns.
    clock : Clock
        What the capsule will take the time from.

    Raises
    ------
    FileError
        Names the first field that is missing or isn't what it must be.
    """
    root = _Node(document, "document")
    metadata, chain = root["metadata"], root["dirty_chain"]
    capsule = Capsule(root["name"].text(), _rule(root["plasticity_rule"]),
                      thermal=_thermal(root["thermal_config"]),
                      policy=_policy(root["consolidation_policy"]), clock=clock)
    capsule.id = root["id"].text()
    for temperature in Temperature:
        for key, entry in _fields(root.get(f"{temperature.name.lower()}_entries")):
            capsule.entries.put(_entry(key, entry), temperature)
    capsule.chain = Chain.restored(map(_delta, chain["deltas"].items()),
                                   _optional_text(chain.get("head_hash")))
    capsule.created_at = metadata["created_at"].instant()
    capsule.last_consolidation = metadata["last_consolidation"].instant()
    capsule.total_deltas = metadata["total_deltas"].number()
    capsule.total_consolidations = metadata["total_consolidations"].number()
    capsule.custom = _optional_bytes(metadata.get("custom"))
    capsule.archive = Archive.anchored(capsule.id, capsule.custom)
    return capsule


def from_json(data: bytes, clock: Clock = system_clock) -> Capsule:
    """Return the capsule in the contents of a JSON file, as `from_document`.

    Raises
    ------
    FileError
        If they are no JSON, or not that of a capsule.
    """
    try:
        document = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise FileError(f"begins with {data[:4]!r}: it is neither a .thermo file nor JSON"
                        ) from None
    return from_document(document, clock)


class _Node:
    """A value in a document, and where it is."""

    def __init__(self, value: Any, where: str):
        self.value = value
        self.where = where

    def __getitem__(self, name: str) -> "_Node":
        node = self.get(name)
        if node is None:
            raise FileError(f"{self.where}: {name} is missing")
        return node

    def get(self, name: str) -> "_Node | None":
        """Return a field, if it is there and not null."""
        value = self._of(dict, "an object").get(name)
        return None if value is None else _Node(value, f"{self.where}.{name}")

    def fields(self) -> Iterable[str]:
        return self._of(dict, "an object")

    def items(self) -> list["_Node"]:
        return [_Node(value, f"{self.where}[{index}]")
                for index, value in enumerate(self._of(list, "a list"))]

    def text(self) -> str:
        return self._of(str, "a text")

    def boolean(self) -> bool:
        return self._of(bool, "true or false")

    def number(self, low: int = 0, high: int = LARGEST) -> int:
        if type(self.value) is not int or not low <= self.value <= high:
            raise FileError(f"{self.where}: must be an integer in {low}..{high}, "
                            f"not {self.value!r:.40}")
        return self.value

    def instant(self) -> Instant:
        try:
            return parse_rfc3339(self.text())
        except FileError as error:
            raise FileError(f"{self.where}: {error}") from None

    def signal(self) -> Signal:
        return Signal(self["polarity"].number(-128, 127), self["magnitude"].number(0, 255))

    def signals(self) -> bytes:
        return np.array([node.signal() for node in self.items()], SIGNAL).tobytes()

    def name_of(self, kind: type[UpdatePolicy] | type[DeltaKind]) -> Any:
        """Return the member of an enumeration that is named."""
        if self.value not in kind.__members__:
            raise FileError(f"{self.where}: must be one of {', '.join(kind.__members__)}, "
                            f"not {self.value!r:.40}")
        return kind[self.value]

    def _of(self, kind: type, what: str) -> Any:
        if not isinstance(self.value, kind):
            raise FileError(f"{self.where}: must be {what}, not {self.value!r:.40}")
        return self.value


def _fields(node: _Node | None) -> Iterable[tuple[str, _Node]]:
    return [] if node is None else [(name, node[name]) for name in node.fields()]


def _optional_text(node: _Node | None) -> str | None:
    return None if node is None else node.text()


def _optional_bytes(node: _Node | None) -> bytes | None:
    return None if node is None else bytes(item.number(0, 255) for item in node.items())


def _four(node: _Node) -> tuple[_Node, _Node, _Node, _Node]:
    items = node.items()
    if len(items) != 4:
        raise FileError(f"{node.where}: must have 4 items, one per temperature, not {len(items)}")
    return items[0], items[1], items[2], items[3]


def signal_document(signal: Signal) -> dict[str, int]:
    """Return a signal as an object."""
    return signal._asdict()


def signals_document(value: bytes) -> list[dict[str, int]]:
    """Return the signals of a value as objects."""
    return [{"polarity": polarity, "magnitude": magnitude}
            for polarity, magnitude in np.frombuffer(value, SIGNAL).tolist()]


def _bytes_document(data: bytes | None) -> list[int] | None:
    return None if data is None else list(data)


def _thermal(node: _Node) -> ThermalConfig:
    def signals(name: str) -> tuple[Signal, Signal, Signal, Signal]:
        hot, warm, cool, cold = _four(node[name])
        return hot.signal(), warm.signal(), cool.signal(), cold.signal()

    n0, n1, n2, n3 = _four(node["min_observations"])
    a0, a1, a2, a3 = _four(node["allow_demotion"])
    return ThermalConfig(
        signals("decay_rates"), signals("promotion_thresholds"), signals("demotion_thresholds"),
        (n0.number(), n1.number(), n2.number(), n3.number()),
        (a0.boolean(), a1.boolean(), a2.boolean(), a3.boolean()),
        node["prune_threshold"].signal(), node["crystallization_threshold"].signal(),
        node["allow_warming"].boolean(), node["warming_delta"].signal())


def _rule(node: _Node) -> PlasticityRule:
    return PlasticityRule(node["policy"].name_of(UpdatePolicy),
                          *(node[name].signal() for name in RULE))


def _policy(node: _Node) -> ConsolidationPolicy:
    return ConsolidationPolicy(tuple(map(_trigger, node["triggers"].items())),
                               node["enable_pruning"].boolean(), node["enable_merging"].boolean())


def _trigger_document(trigger: Trigger) -> Any:
    match trigger:
        case DeltaCount(count):
            return {"DeltaCount": count}
        case TimePeriod(hours):
            return {"TimePeriod": {"hours": hours}}
        case DirtySize(size):
            return {"DirtySize": {"bytes": size}}
        case Manual():
            return "Manual"


def _trigger(node: _Node) -> Trigger:
    if node.value == "Manual":
        return Manual()
    if isinstance(node.value, dict) and len(node.value) == 1:
        match next(iter(node.value)):
            case "DeltaCount":
                return DeltaCount(node["DeltaCount"].number())
            case "TimePeriod":
                return TimePeriod(node["TimePeriod"]["hours"].number())
            case "DirtySize":
                return DirtySize(node["DirtySize"]["bytes"].number())
    raise FileError(f"{node.where}: must be DeltaCount, TimePeriod, DirtySize or Manual, "
                    f"not {node.value!r:.40}")


def _entry_document(entry: Entry) -> dict[str, Any]:
    return {"key": entry.key, "value": signals_document(entry.value),
            "strength": signal_document(entry.strength),
            "updated_at": rfc3339(entry.updated_at), "update_count": entry.update_count}


def _entry(key: str, node: _Node) -> Entry:
    if node["key"].text() != key:
        raise FileError(f"{node.where}: must have that key, not {node['key'].text()!r}")
    return Entry(key, node["value"].signals(), node["strength"].signal(),
                 node["updated_at"].instant(), node["update_count"].number())


def _delta_document(delta: Delta) -> dict[str, Any]:
    return {"id": delta.id, "delta_type": delta.kind.name, "key": delta.key,
            "value": signals_document(delta.value),
            "metadata": {"timestamp": rfc3339(delta.instant), "source": delta.source,
                         "strength": signal_document(delta.strength),
                         "observation_count": delta.observation_count,
                         "custom": _bytes_document(delta.custom)},
            "prev_hash": delta.prev_hash, "hash": delta.hash}


def _delta(node: _Node) -> Delta:
    metadata = node["metadata"]
    observed = metadata.get("observation_count")
    return Delta(node["id"].text(), node["delta_type"].name_of(DeltaKind), node["key"].text(),
                 node["value"].signals(), metadata["timestamp"].instant(),
                 metadata["source"].text(), metadata["strength"].signal(),
                 None if observed is None else observed.number(),
                 _optional_bytes(metadata.get("custom")), _optional_text(node.get("prev_hash")),
                 node["hash"].text())
