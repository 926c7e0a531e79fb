"""Distillation: which shifts are worth sharing, and how they are taken over."""

import numpy as np
import pytest

from host.thermogram.distillation import (
    DeltaBatch,
    DistillationConfig,
    SemanticDelta,
    Snapshot,
    cosine_similarity,
    distill_learning,
    ingest,
    norm,
)
from host.thermogram.instant import Instant

DAY = 86_400


def shift(*values, strength=1.0, **options):
    return SemanticDelta(concept_anchor="c", embedding_delta=np.array(values, np.float32),
                         strength=strength, **options)


def test_t20_distillation():
    before, after = Snapshot(np.zeros(3), 10), Snapshot([0.2, 0.2, 0.2], 20)
    delta = distill_learning(before, after, "anchor", "task")
    assert delta is not None
    assert (delta.concept_anchor, delta.context) == ("anchor", "task")
    assert delta.strength == pytest.approx(0.69282, abs=5e-6)
    np.testing.assert_allclose(delta.apply([1, 1, 1], 0.5), 1.069282, atol=5e-7)
    assert delta.strength.dtype == delta.apply([1, 1, 1], 0.5).dtype == np.float32
    assert distill_learning(before, Snapshot([0.001] * 3, 10), "anchor", "task") is None


@pytest.mark.parametrize(("after", "count", "kept"), [
    ([0.3], 1, True),                                # at the least strength
    ([np.nextafter(np.float32(0.3), np.float32(0))], 1, False),
    ([0.05], 6, True),                               # at the least length
    ([np.nextafter(np.float32(0.05), np.float32(0))], 100, False),
    ([0.5, 0.5], 1, False),                          # other dimensions
    ([5.0], 0, False),                               # nothing left
    ([np.nan], 1, False),
])
def test_shares_what_is_long_and_strong_enough(after, count, kept):
    delta = distill_learning(Snapshot([0.0], 0), Snapshot(after, count), "c")
    assert (delta is not None) == kept


def test_strength_is_at_most_one():
    delta = distill_learning(Snapshot([0.0, 0], 1), Snapshot([3.0, 4], 9), "c")
    assert delta is not None
    assert (delta.strength, delta.magnitude) == (1, 5)


def test_limits_are_those_of_the_configuration():
    strict = DistillationConfig(min_share_strength=0.9)
    assert distill_learning(Snapshot([0.0], 1), Snapshot([0.8], 1), "c", config=strict) is None


def test_significance_needs_length_and_strength():
    delta = shift(3, 4, strength=0.3)
    assert delta.is_significant(5)
    assert not delta.is_significant(5.01)
    assert not delta.scaled(0.5).is_significant(1)


def test_scaled_multiplies_length_and_strength():
    half = shift(0.1, -0.2, strength=0.7, tags=("a",)).scaled(0.5)
    np.testing.assert_array_equal(half.embedding_delta,
                                  np.array([0.1, -0.2], np.float32) * np.float32(0.5))
    assert half.strength == np.float32(0.7) * np.float32(0.5)
    assert half.tags == ("a",)


def test_applies_from_left_to_right():
    rng = np.random.default_rng(2)
    embedding, delta = rng.standard_normal((2, 384)).astype(np.float32)
    taken = shift(*delta, strength=0.37).apply(embedding, 0.41)
    for e, d, actual in zip(embedding, delta, taken, strict=True):
        assert actual == e + d * np.float32(0.41) * np.float32(0.37)


def test_leaves_embeddings_of_other_length_alone():
    np.testing.assert_array_equal(shift(1).apply([1, 2]), [1, 2])


def test_norm_sums_in_order():
    vector = np.random.default_rng(3).standard_normal(4099).astype(np.float32)
    squares = np.float32(0)
    for value in vector:
        squares += value * value
    assert norm(vector) == np.sqrt(squares)


def test_ingests_what_is_young_at_half_its_weight():
    delta = shift(1, timestamp=Instant(100 * DAY, 5))
    np.testing.assert_array_equal(ingest([1], delta, now=Instant(107 * DAY, 5)), [1.5])
    np.testing.assert_array_equal(ingest([1], delta, now=Instant(107 * DAY, 6)), [1])
    full = DistillationConfig(peer_ingestion_scale=1)
    np.testing.assert_array_equal(ingest([1], delta, full, now=Instant(100 * DAY)), [2])


def test_filtering_clears_the_signature():
    batch = DeltaBatch(source_instance="me", deltas=(shift(1), shift(0.01), shift(1, strength=0.2)),
                       signature="s")
    kept = batch.filter_significant(0.05)
    assert kept.deltas == batch.deltas[:1]
    assert kept.signature is None
    assert (kept.id, kept.source_instance, kept.created) == (batch.id, "me", batch.created)


@pytest.mark.parametrize(("a", "b", "expected"), [
    ([1, 0], [1, 0], 1), ([1, 0], [0, 1], 0), ([1, 0], [-1, 0], -1),
    ([], [], 0), ([1], [1, 2], 0), ([0, 0], [1, 2], 0),
])
def test_cosine_similarity(a, b, expected):
    assert cosine_similarity(a, b) == expected


def test_defaults_are_those_of_the_specification():
    config = DistillationConfig()
    assert (config.max_delta_age_secs, config.peer_ingestion_scale, config.auto_share) == (
        604800, 0.5, False)
