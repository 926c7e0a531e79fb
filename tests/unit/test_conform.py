import json

import numpy as np
import pytest

from golden.arch.config import Dale, Options
from golden.model import first_difference
from host.conform import conform
from host.device import GoldenDevice
from host.errors import FileError, FitError
from tests.support.scripts import (
    FILE,
    NEW,
    RANDOM,
    Recorder,
    ctor_record,
    record_everything,
)


@pytest.fixture
def recorder(tmp_path) -> Recorder:
    return record_everything(tmp_path)


@pytest.mark.parametrize(("ctor", "pool_file"), [
    (RANDOM, "x.pool"), (RANDOM, None), (NEW, "x.pool"), (NEW, None), (FILE, "x.pool"),
])
def test_own_scripts_conform(tmp_path, ctor, pool_file):
    recorder = record_everything(tmp_path, ctor, pool_file)
    report = conform(recorder.write(), GoldenDevice)
    assert (report.difference, report.records) == (None, len(recorder.records))


def test_every_kind_of_record_is_there(recorder):
    assert {record["rec"] for record in recorder.records} == {
        "header", "tick", "run", "stats", "modulate", "inject", "synaptogenesis", "saveload",
        "reset_membranes", "prune", "end"}
    by_kind = {record["rec"]: record for record in recorder.records}
    assert by_kind["synaptogenesis"]["created"]
    assert by_kind["prune"]["pruned"]
    assert by_kind["run"]["out_5_12"]


def leaves(value, path=()):
    """Yield the paths of all numbers and strings in a record."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    elif value is not None:
        yield path


INERT = {("name",), ("ach",)}
"""Values that decide nothing here: the name of the script, and acetylcholine (above 140)."""


def outcome(script) -> str:
    try:
        return str(conform(script, GoldenDevice).difference)
    except FileError as error:
        return str(error)


def test_every_value_of_every_record_is_compared(recorder):
    script = recorder.write()
    lines = script.read_text().splitlines()
    kinds = set()
    for number, record in enumerate(recorder.records, 1):
        if record["rec"] in kinds:
            continue
        kinds.add(record["rec"])
        for path in leaves(record):
            if path in INERT or path[0] == "patterns":
                continue
            *parents, last = path
            wrong = json.loads(lines[number - 1])
            at = wrong
            for key in parents:
                at = at[key]
            at[last] = (at[last] + 1 if not isinstance(at[last], str) else
                        at[last][:-1] + chr(ord(at[last][-1]) ^ 1))
            script.write_text("\n".join([*lines[:number - 1], json.dumps(wrong),
                                         *lines[number:]]))
            told = outcome(script)
            assert (f"record {number} (line {number}," in told or f": line {number}: " in told
                    or "can't be read" in told), (path, told)


def test_difference_tells_all(recorder):
    run = recorder.records[2]
    run["dyn"][5], actual = "00000000", run["dyn"][5]
    report = conform(recorder.write(), GoldenDevice)
    assert report.records == 3
    assert str(report.difference) == ("record 3 (line 3, tick 1): ring must be 00000000, not "
                                      + actual)


def test_blank_lines_count_as_lines(recorder):
    recorder.records[2]["spikes"] += 1
    script = recorder.write()
    script.write_text(script.read_text().replace("\n", "\n\n"))
    difference = conform(script, GoldenDevice).difference
    assert (difference.record, difference.line, difference.field) == (3, 5, "spikes")


@pytest.mark.parametrize("name", ["x.pool", "x.final.pool"])
@pytest.mark.parametrize("place", [0, 5, 13, 100, -1])
def test_damaged_pool_files_are_noticed(recorder, name, place):
    script = recorder.write()
    data = bytearray((script.parent / name).read_bytes())
    data[place] ^= 0x10
    (script.parent / name).write_bytes(data)
    difference = conform(script, GoldenDevice).difference
    assert difference.record == (1 if name == "x.pool" else len(recorder.records))


def test_pool_file_must_be_the_constructed_pool(tmp_path):
    recorder = Recorder(tmp_path, FILE)
    recorder.end()
    recorder.records[0]["ctor"] = RANDOM
    difference = conform(recorder.write(), GoldenDevice).difference
    assert (difference.record, difference.field) == (1, "ctor")


def test_open_device_is_used_and_left_open(recorder):
    with GoldenDevice() as device:
        assert conform(recorder.write(), device).difference is None
        assert first_difference(recorder.pool, device.snapshot()) is None


def test_device_is_closed(recorder):
    closed = []

    class Closing(GoldenDevice):
        def close(self):
            closed.append(self)

    conform(recorder.write(), Closing)
    assert len(closed) == 1


class StrictDale(GoldenDevice):
    def load(self, pool):
        super().load(pool)
        self.pool.options = Options(dale=Dale.STRICT)


class LosesEligibility(GoldenDevice):
    def tick(self, current=None):
        fired = super().tick(current)
        self.pool.eligibility[-1] = 0
        return fired


class LosesSpike(GoldenDevice):
    def tick(self, current=None):
        return super().tick(current)[1:]


class Full(GoldenDevice):
    def load(self, pool):
        raise FitError("device: holds 8 neurons, the pool has 20; build a larger one")


@pytest.mark.parametrize(("device", "record", "field"), [
    (LosesEligibility, 2, "eligibility"), (LosesSpike, 2, "spk"), (StrictDale, None, "weight"),
])
def test_wrong_devices_are_noticed(recorder, device, record, field):
    for _ in range(3):
        recorder.records.pop()
    recorder.run(40, "P")
    recorder.modulate(0, 255)
    recorder.modulate(0, 255)
    recorder.modulate(0, 255)
    recorder.end()
    difference = conform(recorder.write(), device).difference
    assert difference.field == field
    assert record is None or difference.record == record


def test_pool_that_does_not_fit_is_the_callers_business(recorder):
    with pytest.raises(FitError, match="holds 8 neurons"):
        conform(recorder.write(), Full)


def test_constructors_need_no_device(tmp_path):
    script = tmp_path / "x.jsonl"
    records = [ctor_record(), ctor_record(NEW)]
    script.write_text("\n".join(map(json.dumps, records)))

    def no_device():
        raise AssertionError

    assert conform(script, no_device).records == 2
    records[1]["all"][9] = "00000000"
    script.write_text("\n".join(map(json.dumps, records)))
    difference = conform(script, no_device).difference
    assert (difference.record, difference.field) == (2, "row_ptr")


@pytest.mark.parametrize(("number", "change", "message"), [
    (2, lambda r: r.pop("spk"), "tick: spk is missing"),
    (2, lambda r: r.update(n="3"), "tick: n must not be '3'"),
    (2, lambda r: r.update(n=True), "tick: n must not be True"),
    (2, lambda r: r.update(rec="tock"), "must be a record of a kind in header, ctor, tick"),
    (2, lambda r: r["dyn"].pop(), "tick: dyn must be 7 CRCs, not 6"),
    (2, lambda r: r.update({"in": "R"}), "no pattern 'R' in the header"),
    (2, lambda r: r.update({"in": [40000]}), r"current: must be in -32768..32767"),
    (2, lambda r: r.update({"in": [0.5]}), r"current: must be a vector of integers"),
    (3, lambda r: r.update(k=-1), "ticks must be at least 0, not -1"),
    (5, lambda r: r.update(da=256), "dopamine must be in 0..255, not 256"),
    (6, lambda r: r.update(lo=-1), "inject: first must be in"),
    (1, lambda r: r.update(format="other-1"), "format must be neuropool-vec-1, not 'other-1'"),
    (1, lambda r: r["ctor"].update(kind="old"), "ctor must be of a kind in .* not 'old'"),
    (1, lambda r: r["ctor"].pop("seed"), "ctor: seed is missing"),
    (1, lambda r: r["ctor"].update(seed="0y1"), "invalid literal"),
    (1, lambda r: r["ctor"].update(n_neurons=-1), "n_neurons must be at least 0"),
    (1, lambda r: r["config"].pop("max_delay"), "config must have the integers resting"),
    (1, lambda r: r["config"].update(max_delay=1.5), "config must have the integers resting"),
    (1, lambda r: r["config"].update(max_delay=256), "max_delay must be in 0..255, not 256"),
    (1, lambda r: r["patterns"].update(P=[[20, 1]]), "pairs of a neuron below 20 and"),
    (1, lambda r: r["patterns"].update(P=[7]), "pairs of a neuron below 20 and"),
    (1, lambda r: r["patterns"].update(P=7), "pairs of a neuron below 20 and"),
    (1, lambda r: r["patterns"].update(P=[[1, 99999]]), "current: must be in"),
    (1, lambda r: r.update(ctor=FILE, pool_file=None), "pool_file must be given"),
])
def test_malformed_records_are_told_with_their_line(recorder, number, change, message):
    change(recorder.records[number - 1])
    with pytest.raises(FileError, match=f"x.jsonl: line {number}: .*{message}") as caught:
        conform(recorder.write(), GoldenDevice)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "message"), [
    ("", "this file is empty"), ("\n \n", "this file is empty"), ("{", "line 1: not JSON"),
    ("\n[1]", "line 2: must be a record"), ("{\"rec\":[1]}", "line 1: must be a record"),
    ("\xff", "line 1: not JSON"), ("[" * 100_000, "line 1: not JSON"),
])
def test_other_files_are_told(tmp_path, text, message):
    (tmp_path / "x.jsonl").write_bytes(text.encode("latin-1"))
    with pytest.raises(FileError, match=message):
        conform(tmp_path / "x.jsonl", GoldenDevice)


def test_script_without_header_is_told(recorder):
    del recorder.records[0]
    with pytest.raises(FileError, match="line 1: a script must start with a header"):
        conform(recorder.write(), GoldenDevice)


def test_script_without_end_is_told(recorder):
    del recorder.records[-1]
    with pytest.raises(FileError, match=f"line {len(recorder.records)}: the script is cut short"):
        conform(recorder.write(), GoldenDevice)


def test_records_after_the_end_are_told(recorder):
    recorder.tick()
    with pytest.raises(FileError, match="nothing may follow the end"):
        conform(recorder.write(), GoldenDevice)


@pytest.mark.parametrize("name", ["x.jsonl", "x.pool", "x.final.pool"])
def test_missing_files_are_told(recorder, name):
    script = recorder.write()
    (script.parent / name).unlink()
    with pytest.raises(FileError, match=f"{name}: can't be read"):
        conform(script, GoldenDevice)


def test_repeated_saves_leave_nothing_behind(recorder, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "work"))
    conform(recorder.write(), GoldenDevice)
    assert not list((tmp_path / "work").iterdir())


def test_pattern_is_sparse(tmp_path):
    recorder = Recorder(tmp_path)
    recorder.pattern = np.zeros(20, np.int16)
    recorder.pattern[[3, 7]] = [32767, -32768]
    recorder.records[0]["patterns"]["P"] = [[7, -32768], [3, 32767]]
    recorder.run(5, "P")
    recorder.end()
    assert conform(recorder.write(), GoldenDevice).difference is None
