import copy
import json

import pytest

from host.errors import FileError
from host.thermogram.capsule import Capsule
from host.thermogram.codec import decode, encode
from host.thermogram.errors import ChainError
from host.thermogram.legacy import from_document, from_json, to_document
from host.thermogram.store import load, save
from tests.thermogram.capsules import Ticking, five_deltas, seven_deltas
from tests.thermogram.test_codec import everything


def change(document, path, value):
    """Return the document with another value at a path; without it, if the value is ...."""
    document = copy.deepcopy(document)
    *path, last = path
    inner = document
    for step in path:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return document


@pytest.mark.parametrize("make", [five_deltas, seven_deltas, everything])
def test_t12_legacy_json_says_what_the_binary_file_does(make, tmp_path):
    capsule = make()
    save(capsule, tmp_path / "x.json")
    save(capsule, tmp_path / "x.thermo")
    old, new = load(tmp_path / "x.json"), load(tmp_path / "x.thermo")
    assert encode(old) == encode(new) == encode(capsule)
    assert to_document(old) == to_document(new)


def test_t12_legacy_json_is_found_whatever_the_name(tmp_path):
    (tmp_path / "x.thermo").write_text(json.dumps(to_document(five_deltas())))
    assert len(load(tmp_path / "x.thermo").chain) == 5


def test_t12_legacy_json_is_verified(tmp_path):
    bad = change(to_document(five_deltas()), ["dirty_chain", "deltas", 2, "key"], "k9")
    path = tmp_path / "x.json"
    path.write_text(json.dumps(bad))
    with pytest.raises(ChainError, match=r"x\.json: hash chain: delta 2") as caught:
        load(path)
    assert caught.value.index == 2
    assert len(load(path, verify=False).chain) == 5


def test_form():
    capsule = five_deltas()
    document = to_document(capsule)
    assert document["dirty_chain"]["deltas"][2]["metadata"] == {
        "timestamp": "2026-01-01T00:00:02.123456Z", "source": "merge",
        "strength": {"polarity": -1, "magnitude": 77}, "observation_count": None,
        "custom": [1, 2, 3]}
    assert document["consolidation_policy"]["triggers"] == ["Manual"]
    assert to_document(everything())["consolidation_policy"]["triggers"] == [
        {"TimePeriod": {"hours": 2**64 - 1}}, "Manual", {"DeltaCount": 0},
        {"DirtySize": {"bytes": 2**32 - 1}}, "Manual"]


@pytest.mark.parametrize("path", [
    ["hot_entries"], ["cold_entries"], ["metadata", "custom"], ["dirty_chain", "head_hash"],
    ["dirty_chain", "deltas", 0, "prev_hash"],
    ["dirty_chain", "deltas", 0, "metadata", "observation_count"],
])
def test_what_may_be_missing(path):
    document = to_document(five_deltas())
    again = to_document(from_document(change(document, path, ...)))
    assert again == change(document, path, {} if path[-1].endswith("entries") else None)


def test_what_is_not_known_is_ignored():
    document = to_document(five_deltas())
    assert to_document(from_document(document | {"future": [1]})) == document


@pytest.mark.parametrize(("path", "value", "message"), [
    (["name"], ..., "document: name is missing"),
    (["name"], 7, r"document\.name: must be a text, not 7"),
    (["thermal_config", "decay_rates"], [], r"decay_rates: must have 4 items.*not 0"),
    (["thermal_config", "decay_rates", 2, "magnitude"], 256, r"\[2\]\.magnitude: .* 0\.\.255"),
    (["thermal_config", "allow_warming"], 1, "allow_warming: must be true or false"),
    (["thermal_config", "min_observations", 3], 2**64, "must be an integer in 0"),
    (["thermal_config", "min_observations", 3], True, "must be an integer"),
    (["plasticity_rule", "policy"], "Hebb", "must be one of STDP, Replace, EMA, Bayesian, WTA"),
    (["plasticity_rule", "policy"], None, "policy is missing"),
    (["consolidation_policy", "triggers", 0], "Auto", "must be DeltaCount, TimePeriod"),
    (["consolidation_policy", "triggers", 0], {"DeltaCount": -1}, "must be an integer in 0"),
    (["metadata", "created_at"], "yesterday", r"metadata\.created_at: time: 'yesterday'"),
    (["metadata", "custom"], [256], "must be an integer in 0..255"),
    (["hot_entries", "weak", "key"], "strong", "must have that key, not 'strong'"),
    (["hot_entries"], [], "must be an object"),
    (["dirty_chain", "deltas", 0, "delta_type"], "Upsert", "one of Create, Update, Delete, Merge"),
    (["dirty_chain", "deltas", 0, "value"], [{"polarity": 1}], "magnitude is missing"),
])
def test_what_is_wrong_is_named(path, value, message):
    with pytest.raises(FileError, match=message):
        from_document(change(to_document(seven_deltas()), path, value))


@pytest.mark.parametrize("data", [b"", b"junk", b"\xff\xfe", b'{"a":', b"[" * 100_000])
def test_neither_form(data):
    with pytest.raises(FileError, match=r"neither a \.thermo file nor JSON"):
        from_json(data)


def test_a_number_is_no_capsule():
    with pytest.raises(FileError, match="document: must be an object, not 7"):
        from_json(b"7")


def test_t10_json_is_more_than_ten_times_as_long():
    capsule = Capsule("size_test", clock=Ticking())
    for index in range(20):
        value = bytes([1, 100]) * 100
        capsule.record(0, f"key_{index}", value, "s")
    capsule.consolidate()
    pretty = json.dumps(to_document(capsule), indent=2)
    assert len(pretty) > 10 * len(encode(capsule))
    assert encode(decode(encode(capsule))) == encode(capsule)
