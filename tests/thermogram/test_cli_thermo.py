import json
from functools import partial

import pytest

from golden.model import with_random_connectivity_seeded
from host.thermogram import bench
from host.thermogram.codec import decode, encode
from host.thermogram.legacy import to_document
from host.thermogram.pool import capture, new_capsule
from host.thermogram.store import load, save
from tests.thermogram.capsules import Ticking, five_deltas, put, seven_deltas
from tests.thermogram.test_archive import recording
from tests.thermogram.test_codec import everything, sealed


@pytest.fixture
def thermo(tripartite):
    """Return a function that runs a command of `thermo` in a folder with two capsules."""
    save(five_deltas(), "five.thermo")
    save(seven_deltas(), "seven.thermo")
    return partial(tripartite, "thermo")


def test_every_command_has_help(thermo):
    for command in ("log", "show", "verify", "diff", "plot", "convert", "export", "bench"):
        status, text, _ = thermo(command, "--help")
        assert status == 0
        assert "Usage: tripartite thermo" in text


def test_show_json_is_the_legacy_form(thermo):
    save(everything(), "all.thermo")
    for name in ("five", "seven", "all"):
        status, text, _ = thermo("show", f"{name}.thermo", "--json")
        assert status == 0
        assert json.loads(text) == to_document(load(f"{name}.thermo"))


def test_show_tells_what_is_there(thermo):
    status, text, _ = thermo("show", "seven.thermo")
    assert status == 0
    for part in ("7: 6 hot, 0 warm, 0 cool, 1 cold", "7 waiting", "crystal2", "cold", "+250"):
        assert part in text


def test_convert_gives_the_same_bytes(thermo, tmp_path):
    save(everything(), "all.thermo")
    for name in ("five", "seven", "all"):
        assert thermo("convert", f"{name}.thermo", "out.thermo")[0] == 0
        assert (tmp_path / "out.thermo").read_bytes() == (tmp_path / f"{name}.thermo").read_bytes()
        assert thermo("convert", f"{name}.thermo", "out.json")[0] == 0
        assert thermo("convert", "out.json", "back.thermo")[0] == 0
        assert (tmp_path / "back.thermo").read_bytes() == (tmp_path / f"{name}.thermo").read_bytes()


def test_verify(thermo, tmp_path):
    assert thermo("verify", "five.thermo") == (0, "five.thermo: 5 deltas hold\n", "")
    capsule = five_deltas()
    capsule.chain.data = capsule.chain.data.replace(b"merge", b"MERGE")
    save(capsule, "bad.thermo")
    status, text, complaint = thermo("verify", "bad.thermo")
    assert (status, text) == (1, "")
    assert "bad.thermo: hash chain: delta 2 (Merge of 'k1', id " in complaint
    (tmp_path / "bad.thermo").write_bytes((tmp_path / "five.thermo").read_bytes()[:-1])
    status, text, complaint = thermo("verify", "bad.thermo")
    assert (status, text, complaint.count("\n")) == (1, "", 1)
    assert thermo("verify", "absent.thermo")[0] == 1


def test_verify_follows_the_archive(thermo, tmp_path):
    save(recording(), "x.thermo")
    assert thermo("verify", "x.thermo") == (
        0, "x.thermo: 0 deltas hold, and 12 of the archive\n", "")
    log = tmp_path / "x.thermo.log"
    log.write_bytes(log.read_bytes().replace(b"k21", b"k2X"))
    status, _, complaint = thermo("verify", "x.thermo")
    assert status == 1
    assert "segment 2: hash chain: delta 1 (Update of 'k2X'" in complaint


def test_lenient_files(thermo, tmp_path):
    body = encode(five_deltas())[16:]
    (tmp_path / "odd.thermo").write_bytes(sealed(body + b"after", flags=1))
    for command in ("verify", "show", "log"):
        status, _, complaint = thermo(command, "odd.thermo")
        assert status == 1
        assert "--lenient" in complaint
        assert thermo(command, "odd.thermo", "--lenient")[0] == 0
    assert thermo("convert", "odd.thermo", "out.thermo", "--lenient")[0] == 0
    assert (tmp_path / "out.thermo").read_bytes() == sealed(body)


def test_log(thermo):
    status, text, _ = thermo("log", "five.thermo")
    assert status == 0
    assert text.splitlines() == [
        "    0  2026-01-01T00:00:00Z  create  k1  +255  srcé",
        "       [0]: none → +100, [1]: none → -50",
        "    1  2026-01-01T00:00:01.120Z  update  k1  +204  training",
        "       [0]: +100 → +101, [1]: -50 → none",
        "    2  2026-01-01T00:00:02.123456Z  merge   k1  -77  merge",
        "    3  2026-01-01T00:00:03.123456789Z  create  k2  0  ",
        "    4  2026-01-01T00:00:04.000000001Z  delete  k1  +255  gc",
        "       [0]: +101 → none",
    ]
    status, text, _ = thermo("log", "five.thermo", "--key", "k2")
    assert [line.split()[0] for line in text.splitlines()] == ["3"]


def test_log_tells_which_synapses_a_reward_has_changed(thermo):
    pool = with_random_connectivity_seeded("p", 12, 0.4)
    capsule = new_capsule("p", Ticking())
    capture(pool, capsule)
    before = int(pool.weight[0])
    pool.weight[0] = 77
    pool.tick_count = 1200
    capture(pool, capsule, "reward 200")
    save(capsule, "pool.thermo")
    lines = thermo("log", "pool.thermo")[1].splitlines()
    delta = next(index for index, line in enumerate(lines) if "reward 200" in line)
    assert "update" in lines[delta]
    assert "capture tick 1200 (reward 200)" in lines[delta]
    assert lines[delta + 1].strip() == f"→ {pool.target[0]}: {before:+} → +77"
    assert len(lines) == delta + 2


def test_diff(thermo):
    assert thermo("diff", "five.thermo", "five.thermo") == (0, "", "")
    capsule = seven_deltas()
    put(capsule, "weak", 25, 2, value=[(1, 5), (1, 6)])
    put(capsule, "edge26", 27)
    capsule.chain.append(capsule.chain[0].after(capsule.chain.head_hash))
    save(capsule, "other.thermo")
    status, text, _ = thermo("diff", "seven.thermo", "other.thermo")
    assert status == 1
    assert text.splitlines() == [
        "edge26, hot: strength +26 → +27",
        "weak, hot: 1 signals → 2, updates 1 → 2",
        "1 deltas only in the second, from 7: Update of exist",
    ]


def test_export(thermo, tmp_path):
    before = (tmp_path / "seven.thermo").read_bytes()
    assert thermo("export", "seven.thermo", "out.json")[0] == 0
    document = json.loads((tmp_path / "out.json").read_text())
    assert len(document["history"]) == 7
    assert (tmp_path / "seven.thermo").read_bytes() == before


def test_plot_draws_a_picture(thermo, tmp_path):
    pool = with_random_connectivity_seeded("p", 12, 0.4)
    capsule = new_capsule("p", Ticking())
    capture(pool, capsule)
    save(capsule, "pool.thermo")
    save(decode(encode(everything())), "all.thermo")
    for name in ("five", "seven", "pool", "all"):
        assert thermo("plot", f"{name}.thermo") == (0, f"{name}.png\n", "")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert thermo("plot", "five.thermo", "-o", "x.gif")[0] == 1


def test_bench_prints_what_was_measured(thermo, monkeypatch):
    rows = [bench.Row("encode", 96, 192.4, 2.0, ""), bench.Row("append", 8, 4, 0.5, "computed")]
    monkeypatch.setattr(bench, "measure", lambda: rows)
    assert json.loads(thermo("bench", "--json")[1]) == [row._asdict() for row in rows]
    status, text, _ = thermo("bench")
    assert status == 0
    assert text.splitlines()[1].split() == ["encode", "96", "192.4", "2.00"]
    assert text.splitlines()[2].split() == ["append", "8", "4", "0.50", "computed"]
