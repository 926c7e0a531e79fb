import pytest

from host.errors import FileError
from host.thermogram.archive import Archive
from host.thermogram.capsule import Capsule
from host.thermogram.codec import decode, encode
from host.thermogram.delta import DeltaKind
from host.thermogram.errors import ChainError
from host.thermogram.export import export, history_of
from host.thermogram.instant import rfc3339
from host.thermogram.sections import read_sections, with_section
from host.thermogram.signal import positive
from host.thermogram.store import editing, load, log_path, save
from host.thermogram.temperature import Temperature
from tests.thermogram.capsules import BORN, MANUAL, Ticking, put


def recording(segments=3, each=4):
    capsule = Capsule("x", policy=MANUAL, clock=Ticking())
    capsule.keep_history()
    for segment in range(segments):
        for index in range(each):
            capsule.record(DeltaKind.Update, f"k{segment}{index}", [(1, index)], "s")
        capsule.consolidate()
    return capsule


def consolidate_one(path):
    with editing(path, clock=Ticking()) as capsule:
        capsule.record(DeltaKind.Update, "k", [], "s")
        capsule.consolidate()


@pytest.fixture
def path(tmp_path):
    save(recording(), tmp_path / "x.thermo")
    return tmp_path / "x.thermo"


def test_history_reaches_back_to_birth(path):
    with editing(path, clock=Ticking()) as capsule:
        capsule.record(DeltaKind.Update, "late", [], "s")
    capsule = load(path)
    assert [delta.key for delta in history_of(capsule)] == [
        *(f"k{segment}{index}" for segment in range(3) for index in range(4)), "late"]
    assert (capsule.archive.segments, capsule.archive.deltas) == (3, 12)
    assert capsule.archive.written == log_path(path).stat().st_size


def test_history_is_the_same_before_it_is_saved(path):
    assert [d.key for d in history_of(recording())] == [d.key for d in history_of(load(path))]


def test_without_an_archive_consolidated_deltas_are_forgotten(tmp_path):
    capsule = Capsule("x", policy=MANUAL)
    capsule.record(DeltaKind.Update, "k", [], "s")
    capsule.consolidate()
    assert history_of(capsule) == []
    save(capsule, tmp_path / "x.thermo")
    assert not log_path(tmp_path / "x.thermo").exists()


def test_segments_are_appended_never_rewritten(path):
    before = log_path(path).read_bytes()
    with editing(path, clock=Ticking()) as capsule:
        capsule.record(DeltaKind.Update, "k", [], "s")
        capsule.consolidate()
        capsule.consolidate()  # of nothing
    after = log_path(path).read_bytes()
    assert after.startswith(before)
    assert len(after) > len(before)
    assert load(path).archive.segments == 4


def test_a_copy_takes_its_history_along(path, tmp_path):
    (tmp_path / "other").mkdir()
    capsule = load(path)
    capsule.record(DeltaKind.Update, "k", [], "s")
    capsule.consolidate()
    save(capsule, tmp_path / "other" / "y.thermo")
    assert len(history_of(load(tmp_path / "other" / "y.thermo"))) == 13
    assert len(history_of(load(path))) == 12


def test_what_a_killed_writer_left_in_the_log_never_happened(path):
    before = path.read_bytes()
    consolidate_one(path)
    path.write_bytes(before)  # killed after the log, before the capsule
    assert len(history_of(load(path))) == 12
    with editing(path, clock=Ticking()) as capsule:
        capsule.record(DeltaKind.Update, "second try", [], "s")
        capsule.consolidate()
    assert [delta.key for delta in history_of(load(path))][12:] == ["second try"]


def test_every_byte_of_the_log_is_sealed(path):
    capsule, log = load(path), log_path(path)
    data = log.read_bytes()
    for at in range(0, len(data), 7):
        log.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        with pytest.raises((ChainError, FileError)):
            capsule.archive.history()
    log.write_bytes(data)
    assert len(capsule.archive.history()) == 3


def test_a_tampered_delta_of_the_log_is_named(path):
    log = log_path(path)
    log.write_bytes(log.read_bytes().replace(b"k12", b"k99"))
    with pytest.raises(ChainError, match=r"x\.thermo\.log: segment 1: .*delta 2 ") as caught:
        history_of(load(path))
    assert caught.value.index == 6


def test_a_log_that_was_forged_as_a_whole_has_another_seal(path):
    capsule = load(path)
    forged = recording()
    forged.id = capsule.id
    other = Archive(capsule.id)
    forged.record(DeltaKind.Update, "k", [], "s")
    for _ in range(3):
        other.append(forged.chain)
    other.store(path.with_name("forged"))
    data = path.with_name("forged").read_bytes()
    log_path(path).write_bytes(data + bytes(10_000))
    with pytest.raises((ChainError, FileError)):
        capsule.archive.history()


def test_a_log_that_is_missing_or_short_is_told(path):
    log = log_path(path)
    log.write_bytes(log.read_bytes()[:-1])
    with pytest.raises(FileError, match=r"must have at least \d+ bytes"):
        load(path).archive.history()
    with pytest.raises(FileError, match=r"must have at least \d+ bytes"):
        consolidate_one(path)
    log.unlink()
    with pytest.raises(FileError, match="can't be read"):
        load(path).archive.history()
    with pytest.raises(FileError, match="must have at least"):
        consolidate_one(path)
    assert not log.exists()


def test_the_history_of_another_capsule_is_not_overwritten(path):
    before = path.read_bytes(), log_path(path).read_bytes()
    with pytest.raises(FileError, match="has the history of another capsule"):
        save(recording(), path)
    assert (path.read_bytes(), log_path(path).read_bytes()) == before


def test_the_file_stays_valid_for_other_readers():
    """The anchor is metadata, beside that of others."""
    capsule = Capsule("x", policy=MANUAL)
    capsule.custom = with_section(None, "pool", b"\0\1\2")
    capsule.keep_history()
    capsule.record(DeltaKind.Update, "k", [], "s")
    capsule.consolidate()
    again = decode(encode(capsule))
    assert list(read_sections(again.custom)) == ["pool", "archive"]
    assert read_sections(again.custom)["pool"] == b"\0\1\2"
    assert again.archive.segments == 1


def test_metadata_of_another_program_is_left_alone():
    capsule = Capsule("x")
    capsule.custom = b"something else"
    with pytest.raises(FileError, match="belongs to another program"):
        capsule.keep_history()
    assert capsule.archive is None
    assert decode(encode(capsule)).custom == b"something else"
    for damaged in (b"TRPT\5", b"TRPT\1\0a\xff\0\0\0", b"TRPT\1\0\xff\0\0\0\0"):
        with pytest.raises(FileError, match="belongs to another program"):
            read_sections(damaged)
        capsule.custom = damaged
        assert decode(encode(capsule)).archive is None


def test_t25_export():
    capsule = recording(segments=2, each=3)
    for temperature in Temperature:
        put(capsule, f"at_{temperature.name}", 180, 2, temperature)
    capsule.record(DeltaKind.Create, "fresh", [(-1, 9)], "s", positive(77))
    hashes = [delta.hash for delta in history_of(capsule)]
    document = export(capsule)
    assert list(document) == ["thermogram_id", "name", "state", "history", "metadata"]
    assert (document["thermogram_id"], document["name"]) == (capsule.id, "x")
    state = {entry["key"]: entry for entry in document["state"]}
    assert state["fresh"] == {
        "key": "fresh", "value": [{"polarity": -1, "magnitude": 9}],
        "strength": {"polarity": 1, "magnitude": 77}, "update_count": 1, "temperature": "hot"}
    assert {state[f"at_{t.name}"]["temperature"] for t in Temperature} == {"hot", "warm", "cool",
                                                                           "cold"}
    assert len(document["state"]) == document["metadata"]["total_entries"] == 11
    assert [delta["hash"] for delta in document["history"]] == hashes
    assert len(hashes) == 7
    assert document["history"][-1]["delta_type"] == "Create"
    assert document["history"][-1]["timestamp"].endswith("+00:00")
    assert document["metadata"] | {"exported_at": "", "last_consolidation": ""} == {
        "exported_at": "", "thermogram_created_at": rfc3339(BORN, "+00:00"),
        "last_consolidation": "", "total_deltas": 7, "total_consolidations": 3,
        "total_entries": 11}
    assert len(capsule.chain) == 0
