"""All that a capsule knows, as one JSON document for archives of other programs.

The fields are those of the reference, which exports cold and hot entries and an empty history. Here
the entries of all temperatures are there, each with its temperature, and every delta there is: of
the archive, and those that wait.
"""

from typing import Any

from .capsule import Capsule
from .delta import Delta
from .instant import rfc3339
from .legacy import signal_document, signals_document
from .temperature import Temperature

ORDER = (Temperature.COLD, Temperature.HOT, Temperature.COOL, Temperature.WARM)
"""What the reference exports comes first, in its order."""


def export(capsule: Capsule) -> dict[str, Any]:
    """Consolidate a capsule, and return all that it knows as what `json.dumps` takes.

    Raises
    ------
    FileError, ChainError
        If it has an archive that can't be read, or doesn't hold.
    """
    with capsule.lock:
        history = history_of(capsule)
        capsule.consolidate()
        state = [{"key": entry.key, "value": signals_document(entry.value),
                  "strength": signal_document(entry.strength),
                  "update_count": entry.update_count, "temperature": temperature.name.lower()}
                 for temperature in ORDER for entry in capsule.entries.layer(temperature)]
        return {
            "thermogram_id": capsule.id, "name": capsule.name, "state": state,
            "history": [_delta_document(delta) for delta in history],
            "metadata": {
                "exported_at": rfc3339(capsule.clock(), "+00:00"),
                "thermogram_created_at": rfc3339(capsule.created_at, "+00:00"),
                "last_consolidation": rfc3339(capsule.last_consolidation, "+00:00"),
                "total_deltas": capsule.total_deltas,
                "total_consolidations": capsule.total_consolidations,
                "total_entries": len(state)},
        }


def history_of(capsule: Capsule) -> list[Delta]:
    """Return all deltas that are known, the oldest first: of the archive, then those that wait.

    Raises
    ------
    FileError, ChainError
        If there is an archive that can't be read, or doesn't hold.
    """
    with capsule.lock:
        sealed = capsule.archive.history() if capsule.archive else []
        return [delta for chain in (*sealed, capsule.chain) for delta in chain]


def _delta_document(delta: Delta) -> dict[str, Any]:
    return {"timestamp": rfc3339(delta.instant, "+00:00"), "delta_type": delta.kind.name,
            "key": delta.key, "strength": signal_document(delta.strength), "hash": delta.hash}
