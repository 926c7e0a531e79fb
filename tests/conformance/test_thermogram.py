"""The sample capsules of the reference implementation: content, bytes, verdicts."""

import json
from pathlib import Path

import pytest

from host.errors import FileError
from host.thermogram.codec import encode
from host.thermogram.errors import ChainError
from host.thermogram.instant import rfc3339
from host.thermogram.legacy import from_document, to_document
from host.thermogram.store import load
from host.thermogram.temperature import Temperature

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "thermo"
FILES = (json.loads((VECTORS / "index.json").read_text())["files"]
         if (VECTORS / "index.json").exists() else [])
VALID = [file for file in FILES if file["kind"] == "valid"]
OTHERS = [file for file in FILES if file["kind"] != "valid"]
NAMED = {"ids": lambda file: file["file"]}


@pytest.mark.skipif(not FILES, reason=f"{VECTORS} has no vectors")
def test_vectors_are_there():
    assert {"v01_empty.thermo", "v03_chain.thermo"} <= {file["file"] for file in VALID}
    assert {file["kind"] for file in OTHERS} == {"bad", "tampered"}


@pytest.mark.parametrize("file", VALID, **NAMED)
def test_t09_decodes_to_what_the_reference_says_and_encodes_to_its_bytes(file):
    path = VECTORS / file["file"]
    content = json.loads(path.with_name(f"{path.name}.json").read_text())["content"]
    capsule = load(path)
    assert to_document(capsule) == content
    assert encode(capsule) == path.read_bytes()
    assert to_document(from_document(content)) == content


@pytest.mark.parametrize("file", OTHERS, **NAMED)
def test_t11_t13_rejects_what_is_damaged_and_what_was_tampered_with(file):
    path = VECTORS / file["file"]
    if file["kind"] == "bad":
        with pytest.raises(FileError, match=r"is damaged|version|cut short|neither"):
            load(path)
    else:
        with pytest.raises(ChainError, match="delta 0 ") as caught:
            load(path)
        assert caught.value.index == 0
        assert len(load(path, verify=False).chain)


@pytest.mark.skipif(not FILES, reason=f"{VECTORS} has no vectors")
def test_t13_spells_times_as_the_reference():
    note, = (file["note"] for file in FILES if file["file"] == "v03_chain.thermo")
    chain = load(VECTORS / "v03_chain.thermo").chain
    assert [rfc3339(delta.instant, "+00:00") for delta in chain] == note["rfc3339"]


@pytest.mark.skipif(not FILES, reason=f"{VECTORS} has no vectors")
def test_t17_consolidates_as_the_reference():
    before = load(VECTORS / "v06_consolidate_before.thermo")
    after = load(VECTORS / "v06_consolidate_after.thermo")
    note, = (file["note"] for file in FILES if file["file"] == "v06_consolidate_after.thermo")
    assert before.consolidate()._asdict() == note["result"]
    for temperature in Temperature:
        assert sorted(before.entries.layer(temperature)) == sorted(
            after.entries.layer(temperature))
