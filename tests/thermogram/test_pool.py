"""A pool in a capsule: what changed is recorded, and all comes back."""

import dataclasses
import json

import numpy as np
import pytest

from golden.arch.maturity import NEWBORN
from golden.model import Pool, first_difference, new, with_random_connectivity_seeded
from host.errors import FileError
from host.thermogram.capsule import Capsule
from host.thermogram.chain import Chain
from host.thermogram.codec import decode, encode
from host.thermogram.delta import DeltaKind
from host.thermogram.errors import ChainError
from host.thermogram.instant import Instant
from host.thermogram.pool import (
    SECTION,
    SOURCE,
    Captured,
    capture,
    capture_file,
    links_of,
    new_capsule,
    restore,
    restore_file,
)
from host.thermogram.rows import key_of, strengths, temperatures
from host.thermogram.sections import read_sections, with_section
from host.thermogram.signal import Signal, positive
from host.thermogram.store import load, save
from host.thermogram.temperature import Temperature
from tests.support.pools import any_options, any_pool


def some_pool(seed=1, **options) -> Pool:
    rng = np.random.default_rng(seed)
    return any_pool(rng, options=any_options(rng), **options)


def ordinary_pool(seed=1) -> Pool:
    pool = with_random_connectivity_seeded("ordinary", 30, 0.2, seed=seed)
    learn(pool, seed)
    return pool


def learn(pool, seed, rewards=3):
    rng = np.random.default_rng(seed)
    for _ in range(rewards):
        current = rng.integers(-2000, 9000, pool.n)
        for _ in range(5):
            pool.tick(current)
        pool.modulate(int(rng.integers(180, 256)), 40)


def captured(pool, note=""):
    capsule = new_capsule("c", clock=lambda: Instant(5))
    return capsule, capture(pool, capsule, note)


def row(pool, source):
    return slice(*pool.row_ptr[source:source + 2].tolist())


def assert_entries_are_rows(capsule, pool):
    lengths = np.diff(pool.row_ptr)
    assert len(capsule.entries) == np.count_nonzero(lengths)
    for source in np.flatnonzero(lengths):
        reading = capsule.read(key_of(source))
        weights = pool.weight[row(pool, source)].tolist()
        assert [p * m for p, m in reading.signals.tolist()] == weights
        entry = capsule.entries.get(key_of(source), Temperature(temperatures(pool)[source]))
        assert entry.signals.tolist() == reading.signals.tolist()
        assert entry.strength == strengths(pool)[source].item()


@pytest.mark.parametrize("seed", range(8))
def test_any_pool_comes_back_in_every_bit(seed):
    pool = some_pool(seed)
    capsule, found = captured(pool)
    assert first_difference(pool, restore(capsule)) is None
    assert first_difference(pool, restore(decode(encode(capsule)))) is None
    rows = np.count_nonzero(np.diff(pool.row_ptr))
    assert (found.rows, found.created, found.updated, found.deleted) == (rows, rows, 0, 0)
    assert_entries_are_rows(capsule, pool)
    capsule.chain.verify()


def test_a_pool_without_synapses_has_no_entries():
    pool = new("none", 4)
    capsule, found = captured(pool)
    assert found == Captured(0, 0, 0, 0, 0)
    assert capsule.keys() == set()
    assert first_difference(pool, restore(capsule)) is None


def test_only_changes_are_recorded():
    pool = ordinary_pool()
    capsule, _ = captured(pool)
    first = len(capsule.chain)
    assert capture(pool, capsule) == Captured(first, 0, 0, 0, 0)

    before = pool.copy()
    pool.weight[row(pool, 3)][1] += 1
    pool.maturity[row(pool, 7)][:2] = 8
    pool.potential[:] += 1
    pool.eligibility[:] = 9
    assert capture(pool, capsule, "by hand") == Captured(first, 0, 2, 0, 3)
    changes = list(capsule.chain)[first:]
    assert [(delta.kind, delta.key, delta.observation_count) for delta in changes] == [
        (DeltaKind.Update, "row/000003", 1), (DeltaKind.Update, "row/000007", 2)]
    for delta, source in zip(changes, (3, 7), strict=True):
        assert delta.source.startswith(f"capture tick {pool.tick_count} (by hand), rows ")
        for name in ("target", "delay", "maturity"):
            np.testing.assert_array_equal(links_of(delta)[name],
                                          getattr(pool, name)[row(pool, source)])
    capsule.chain.verify()
    assert first_difference(pool, restore(capsule)) is None
    assert first_difference(before, restore(capsule)) is not None
    assert_entries_are_rows(capsule, pool)
    assert capsule.entries.get("row/000003", Temperature.HOT).update_count == 2


def test_rows_come_and_go():
    pool = ordinary_pool()
    capsule, first = captured(pool)
    pool.maturity[row(pool, 4)] = 0
    pool.maturity[row(pool, 5)][0] = 0
    pool.prune()
    assert capture(pool, capsule) == Captured(first.rows - 1, 0, 1, 1, 0)
    assert capsule.read("row/000004") is None
    assert_entries_are_rows(capsule, pool)
    assert first_difference(pool, restore(capsule)) is None

    pool.trace[:] = 0
    pool.trace[[4, 9]] = 50
    made = pool.synaptogenesis(200)
    found = capture(pool, capsule)
    assert (found.created, found.deleted, found.synapses) == (1, 0, made)
    assert capsule.chain.latest("row/000004").kind is DeltaKind.Create
    assert first_difference(pool, restore(capsule)) is None
    capsule.chain.verify()


def test_learning_moves_entries_to_colder_layers():
    pool = ordinary_pool()
    pool.maturity[:] = NEWBORN
    capsule, first = captured(pool)
    assert capsule.entries.sizes() == [first.rows, 0, 0, 0]
    pool.maturity[row(pool, 1)] = Temperature.COLD
    pool.maturity[row(pool, 2)] = Temperature.WARM
    capture(pool, capsule)
    assert capsule.entries.sizes() == [first.rows - 2, 1, 0, 1]
    capsule.run_transitions()  # by its own rules, nothing has to move
    assert capsule.entries.sizes() == [first.rows - 2, 1, 0, 1]
    assert_entries_are_rows(capsule, pool)


def test_a_consolidation_by_another_program_leaves_the_pool():
    pool = ordinary_pool()
    capsule, _ = captured(pool)
    learn(pool, 2)
    capture(pool, capsule)
    capsule.consolidate()
    capsule.run_transitions()
    assert first_difference(pool, restore(capsule)) is None
    learn(pool, 3)
    capture(pool, capsule)
    assert first_difference(pool, restore(capsule)) is None
    assert_entries_are_rows(capsule, pool)


def test_what_the_capsule_forgets_or_learns_the_pool_does():
    pool = ordinary_pool()
    capsule, _ = captured(pool)
    capsule.record(DeltaKind.Delete, key_of(3), b"", "somebody")
    weights = np.full(np.diff(pool.row_ptr)[5], 7)
    capsule.record(DeltaKind.Update, key_of(5), [(1, 7)] * len(weights), "somebody", positive(9))
    found = restore(capsule)
    assert row(found, 3) == slice(int(pool.row_ptr[3]), int(pool.row_ptr[3]))
    assert found.weight[row(found, 5)].tolist() == weights.tolist()
    assert found.weight[row(found, 6)].tolist() == pool.weight[row(pool, 6)].tolist()
    assert capture(found, capsule).deleted == 1  # now its structure goes, too
    assert first_difference(found, restore(capsule)) is None


def test_notes_may_say_anything():
    capsule, _ = captured(ordinary_pool(), "x), rows 0123456789abcdef\nand (more")
    match = SOURCE.fullmatch(capsule.chain[0].source)
    assert match["tick"] == "15"
    assert match["rows"] != "0123456789abcdef"
    restore(capsule)


def test_another_pool_is_refused():
    pool = ordinary_pool()
    capsule, _ = captured(pool)
    before = encode(capsule)
    with pytest.raises(FileError, match="holds the pool 'ordinary' of 30 neurons, not 'x' of 4"):
        capture(new("x", 4), capsule)
    with pytest.raises(FileError, match="not 'other' of 30"):
        capture(dataclasses.replace(pool, name="other"), capsule)
    with pytest.raises(FileError, match="source: must be at most 65535 bytes"):
        capture(some_change(pool), capsule, "x" * 65535)
    assert encode(capsule) == before


def some_change(pool):
    changed = pool.copy()
    changed.weight[0] += 1
    return changed


def test_metadata_of_others_is_left_alone():
    capsule = Capsule("theirs")
    capsule.custom = b"theirs"
    with pytest.raises(FileError, match="belongs to another program"):
        capture(ordinary_pool(), capsule)
    assert (capsule.custom, len(capsule.chain)) == (b"theirs", 0)
    capsule.custom = with_section(None, "another", b"section")
    capture(ordinary_pool(), capsule)
    assert read_sections(capsule.custom)["another"] == b"section"


def test_a_capsule_without_a_pool_says_so():
    with pytest.raises(FileError, match="capsule 'x': holds no pool; capture one into it"):
        restore(Capsule("x"))


@pytest.mark.parametrize(("change", "complaint"), [
    (lambda pool: pool.target.__setitem__(0, 29), "digest must be"),
    (lambda pool: pool.maturity.__setitem__(0, 3), "digest must be"),
    (lambda pool: pool.delay.__setitem__(0, 9), "digest must be"),
])
def test_structure_that_was_tampered_with_is_noticed(change, complaint):
    pool = ordinary_pool()
    capsule, _ = captured(pool)
    other, _ = captured(pool)
    tampered = pool.copy()
    change(tampered)
    capture(tampered, other)
    section = read_sections(other.custom)[SECTION]
    capsule.custom = with_section(capsule.custom, SECTION, section)
    with pytest.raises(FileError, match=complaint):
        restore(capsule)


def test_rows_and_entries_must_fit():
    capsule, _ = captured(ordinary_pool())
    capsule.record(DeltaKind.Update, key_of(2), [(1, 1)], "somebody")
    with pytest.raises(FileError, match=r"row/000002: must have \d+ weights, as its row has "
                                        "synapses, not 1; capture the pool again"):
        restore(capsule)
    capsule, _ = captured(new("none", 4))
    capsule.record(DeltaKind.Create, key_of(2), [(1, 200)], "somebody")
    with pytest.raises(FileError, match="row/000002: must have 0 weights"):
        restore(capsule)


def test_weights_must_fit():
    capsule, _ = captured(pool := ordinary_pool())
    length = int(np.diff(pool.row_ptr)[2])
    capsule.record(DeltaKind.Update, key_of(2), [Signal(1, 200)] * length, "somebody")
    with pytest.raises(FileError, match=r"row/000002: weights must be in -128\.\.127"):
        restore(capsule)


def test_damaged_descriptions_are_told():
    capsule, _ = captured(ordinary_pool())
    description = json.loads(read_sections(capsule.custom)[SECTION])
    for data in (b"{", b"[]", b"\xff", json.dumps(description | {"arrays": 5}).encode()):
        capsule.custom = with_section(capsule.custom, SECTION, data)
        with pytest.raises(FileError, match="capsule: "):
            restore(capsule)


def test_files_are_made_and_continued(tmp_path):
    path, pool = tmp_path / "c.thermo", ordinary_pool()
    first = capture_file(pool, path)
    assert first.created == first.rows > 20
    learn(pool, 5)
    second = capture_file(pool, path, "reward")
    assert 0 < second.updated <= second.rows
    capsule = load(path)
    assert len(capsule.chain) == first.created + second.updated
    assert capsule.name == "ordinary"
    assert first_difference(pool, restore_file(path)) is None


def test_a_failure_leaves_the_file_as_it_was(tmp_path):
    path, pool = tmp_path / "c.thermo", ordinary_pool()
    with pytest.raises(FileError):
        capture_file(pool, path, "x" * 65535)
    assert not path.exists()
    capture_file(pool, path)
    before = path.read_bytes()
    with pytest.raises(FileError):
        capture_file(some_change(pool), path, "x" * 65535)
    assert path.read_bytes() == before


def test_problems_name_the_file(tmp_path):
    path = tmp_path / "c.thermo"
    save(Capsule("x"), path)
    with pytest.raises(FileError, match=r"c\.thermo: capsule 'x': holds no pool"):
        restore_file(path)
    capsule, _ = captured(ordinary_pool())
    deltas = list(capsule.chain)
    deltas[3] = deltas[3]._replace(source="somebody else")
    capsule.chain = Chain.restored(deltas, capsule.chain.head_hash)
    save(capsule, path)
    with pytest.raises(ChainError, match="delta 3") as error:
        restore_file(path)
    assert error.value.index == 3
