"""Distillation: what a memory has learnt, as the shift of an embedding that others can take over.

All arithmetic is IEEE 754 single precision, sums in ascending order. What travels is up to the
application; a shift says how understanding moved, not what is stored.
"""

import dataclasses
import enum
import uuid
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from .instant import Instant, system_clock
from .single import total

MIN_STRENGTH = np.float32(0.3)
"""Strength from which a shift is worth sharing."""


class Origin(enum.StrEnum):
    """Where a shift comes from."""

    SELF_LEARNING = "SelfLearning"
    PEER_LEARNING = "PeerLearning"
    MIGRATION = "Migration"
    SKILL_BOX = "SkillBox"
    DOCUMENT_INGESTION = "DocumentIngestion"


@dataclass(frozen=True, kw_only=True)
class DistillationConfig:
    """When a shift is worth sharing, and how a shift of somebody else is taken over.

    Parameters
    ----------
    min_share_magnitude, min_share_strength : float
        Length and strength from which `distill_learning` returns a shift.
    max_delta_age_secs : int
        Seconds after which `ingest` takes a shift no more.
    peer_ingestion_scale : float
        Weight that `ingest` gives to a shift of somebody else.
    auto_share : bool
        Whether the application shall share without being asked.
    """

    min_share_magnitude: float = 0.05
    min_share_strength: float = 0.3
    max_delta_age_secs: int = 604_800
    peer_ingestion_scale: float = 0.5
    auto_share: bool = False


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Where a memory stands.

    Parameters
    ----------
    centroid : array_like of float32, shape (d,)
        Mean embedding of its entries.
    entry_count : int
        Number of its entries.
    """

    centroid: np.ndarray
    entry_count: int

    def __post_init__(self):
        object.__setattr__(self, "centroid", np.array(self.centroid, np.float32, ndmin=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class SemanticDelta:
    """Shift of an embedding.

    Parameters
    ----------
    concept_anchor : str
        What was learnt about.
    embedding_delta : array_like of float32, shape (d,)
        How the embedding moved.
    strength : float
        Confidence, float32.
    origin : Origin
        Where it comes from.
    context : str
        Task, instance, version, skill or document, as `origin` asks for.
    timestamp : Instant
        When it was made; now by default.
    id : str
        Unique; a random UUID by default.
    tags : tuple of str
        For whoever sorts shifts.
    """

    concept_anchor: str
    embedding_delta: np.ndarray
    strength: float | np.float32
    origin: Origin = Origin.SELF_LEARNING
    context: str = ""
    timestamp: Instant = field(default_factory=system_clock)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    tags: tuple[str, ...] = ()

    def __post_init__(self):
        delta = np.array(self.embedding_delta, np.float32, ndmin=1)
        object.__setattr__(self, "embedding_delta", delta)
        object.__setattr__(self, "strength", np.float32(self.strength))

    @property
    def magnitude(self) -> np.float32:
        """Length of the shift."""
        return norm(self.embedding_delta)

    def is_significant(self, threshold: float) -> bool:
        """Return whether the shift is at least `threshold` long and strong enough to share."""
        return bool(self.magnitude >= np.float32(threshold) and self.strength >= MIN_STRENGTH)

    def scaled(self, factor: float) -> Self:
        """Return the shift with length and strength multiplied by `factor`."""
        scale = np.float32(factor)
        return dataclasses.replace(self, embedding_delta=self.embedding_delta * scale,
                                   strength=self.strength * scale)

    def apply(self, embedding, scale: float = 1.0) -> np.ndarray:
        """Return an embedding that has taken the shift over.

        Parameters
        ----------
        embedding : array_like of float32, shape (d,)
            Embedding; one of another length than the shift is returned as it is.
        scale : float
            Weight of the shift.

        Returns
        -------
        ndarray of float32
            ``embedding + embedding_delta * scale * strength``.
        """
        embedding = np.array(embedding, np.float32)
        if embedding.shape != self.embedding_delta.shape:
            return embedding
        return embedding + self.embedding_delta * np.float32(scale) * self.strength


@dataclass(frozen=True, kw_only=True, eq=False)
class DeltaBatch:
    """Shifts that travel together.

    Parameters
    ----------
    source_instance : str
        Who sends them.
    deltas : tuple of SemanticDelta
        What is sent.
    created : Instant
        When the batch was made; now by default.
    id : str
        Unique; a random UUID by default.
    signature : str or None
        Proof of origin, over exactly these shifts.
    """

    source_instance: str
    deltas: tuple[SemanticDelta, ...]
    created: Instant = field(default_factory=system_clock)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    signature: str | None = None

    def filter_significant(self, threshold: float) -> Self:
        """Return the batch with its significant shifts alone, and therefore without signature."""
        kept = tuple(delta for delta in self.deltas if delta.is_significant(threshold))
        return dataclasses.replace(self, deltas=kept, signature=None)


def distill_learning(before: Snapshot, after: Snapshot, concept_anchor: str, task_context: str = "",
                     config: DistillationConfig | None = None) -> SemanticDelta | None:
    """Return what was learnt between two snapshots, or None if it is not worth sharing.

    With the shift ``after.centroid − before.centroid`` and its length m::

        strength = min(1, m * (after.entry_count / max(1, before.entry_count)))

    Returns
    -------
    SemanticDelta or None
        None if the centroids have different lengths, if m or the strength falls short of `config`,
        or if m is not a number.
    """
    config = config or DistillationConfig()
    if before.centroid.shape != after.centroid.shape:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        shift = after.centroid - before.centroid
        length = norm(shift)
        ratio = np.float32(after.entry_count) / np.float32(max(1, before.entry_count))
        strength = np.minimum(length * ratio, np.float32(1))
    if not (length >= np.float32(config.min_share_magnitude)
            and strength >= np.float32(config.min_share_strength)):
        return None
    return SemanticDelta(concept_anchor=concept_anchor, embedding_delta=shift, strength=strength,
                         context=task_context)


def ingest(embedding, delta: SemanticDelta, config: DistillationConfig | None = None,
           now: Instant | None = None) -> np.ndarray:
    """Return an embedding that has taken over a shift of somebody else, unless it is too old.

    Parameters
    ----------
    embedding : array_like of float32, shape (d,)
        Embedding.
    delta : SemanticDelta
        The shift; see `SemanticDelta.apply`.
    config : DistillationConfig, optional
        Its scale, and the age from which the embedding is returned as it is.
    now : Instant, optional
        Time; that of the system by default.
    """
    config = config or DistillationConfig()
    seconds, nanoseconds = delta.timestamp
    if (now or system_clock()) > (seconds + config.max_delta_age_secs, nanoseconds):
        return np.array(embedding, np.float32)
    return delta.apply(embedding, config.peer_ingestion_scale)


def cosine_similarity(a, b) -> np.float32:
    """Return the cosine of the angle between two embeddings.

    Parameters
    ----------
    a, b : array_like of float32, shape (d,)
        Embeddings.

    Returns
    -------
    float32
        ``a·b / (‖a‖ ‖b‖)``; 0 if the lengths differ or one of the norms is 0.
    """
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    norms = norm(a), norm(b)
    if a.shape != b.shape or 0 in norms:
        return np.float32(0)
    return np.float32(total(a * b)) / (norms[0] * norms[1])


def norm(vector: np.ndarray) -> np.float32:
    """Return the Euclidean length of a float32 vector, squares summed in order."""
    with np.errstate(over="ignore"):
        return np.float32(np.sqrt(total(vector * vector)))
