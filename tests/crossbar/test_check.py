"""The command, from the outside."""

import json
import sys

import pytest

from host import crossbar_check
from host.cli import main
from host.crossbar_judge import INSTALL

KEYS = {"device", "window", "state_bits", "g_rmse", "dx_max", "ir_table_rms", "ir_1t1r_max"}


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["tripartite", "crossbar", "check", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_check_meets_its_bars_and_stores_what_it_found(tmp_path, monkeypatch, capsys):
    assert run(monkeypatch, "--json", "--out", str(tmp_path)) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    assert (found["device"], found["window"], found["state_bits"]) == ("magic", "biolek", 16)
    assert {path.name for path in tmp_path.iterdir()} == {"check.json", "check.png", "device.csv"}
    stored = json.loads((tmp_path / "check.json").read_text())
    assert found.items() <= stored.items()
    assert stored["within_bars"]
    assert stored["judge"].startswith("badcrossbar")
    assert (tmp_path / "check.png").read_bytes().startswith(b"\x89PNG")


def test_check_fails_with_states_of_eight_bits(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(crossbar_check, "badcrossbar_version", lambda: None)
    assert run(monkeypatch, "--state-bits", "8", "--out", str(tmp_path)) == 1
    told = capsys.readouterr().out
    assert told.count("TOO LARGE") == 2
    assert f"our nodal analysis; for that of badcrossbar, {INSTALL}" in told


@pytest.mark.parametrize(("arguments", "message"), [
    (["--device", "foo"], "there is no 'foo'"),
    (["--set", "window=joglekar"], "window 'joglekar' is refused"),
    (["--set", "window"], "--set must be NAME=VALUE"),
    (["--set", "k_on=nan"], "k_on must be a finite number"),
])
def test_what_is_wrong_is_told_in_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    assert run(monkeypatch, *arguments, "--out", str(tmp_path / "none")) != 0
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "none").exists()
