"""The demonstrations on crossbars, in small."""

import json
import sys

import pytest

from golden.model.crossbar.levels import level_tables
from host import crossbar_loop
from host.cli import main
from host.crossbar_loop import CASES, LEVELS, STUCK, VARIATIONS, Case, Figures, loop, loop_table
from host.crossbar_loop_plot import SWEEPS, plot_loop

TAUGHT = 20


@pytest.fixture(scope="module")
def found():
    """Two cases: one that changes nothing that was learnt, and one that can learn in place."""
    cases = Case(levels=4, variation=0.1), Case(levels=32)
    return loop("none", level_tables(8), taught=TAUGHT, seeds=1, jobs=1, cases=cases)


def test_what_was_learnt_survives_four_levels_and_variation(found):
    coarse = found.rows[0].mean
    assert coarse.demo_transferred == pytest.approx(found.ideal.demo_transferred, rel=0.05)
    assert coarse.demo_alike > 0.95
    assert coarse.pulses == 0  # but a change of less than half a step is lost


def test_many_levels_learn_in_place(found):
    fine = found.rows[1].mean
    assert fine.pulses > 0
    assert fine.demo_learnt == pytest.approx(found.ideal.demo_learnt, rel=0.05)
    assert fine.conversions > 0


def test_the_table_covers_what_is_asked():
    assert (min(LEVELS), max(LEVELS), max(VARIATIONS), max(STUCK)) == (2, 32, 0.3, 0.1)
    for name, _, belongs in SWEEPS:
        values = [getattr(case, name) for case in CASES if belongs(case)]
        assert values == sorted(values)
        assert len(values) == 5
    assert Case(levels=4, variation=0.1) in CASES


def test_a_row_has_mean_and_spread():
    one, two = (Figures(**dict.fromkeys(Figures.__dataclass_fields__, value)) for value in (1, 4))
    row = crossbar_loop.Row(case=CASES[-1], found=(one, two))
    assert row.mean.pulses == 2.5
    assert row.spread("pulses") == (1, 4)
    assert row.case.describe("magic") == "device magic, variation 10%"


def test_the_command_writes_table_and_picture(found, tmp_path, monkeypatch, capsys):
    def run(device, tables, **settings):
        assert device == "magic"
        assert settings == {"taught": 30, "seeds": 2, "jobs": None}
        return found

    monkeypatch.setattr(crossbar_loop, "loop", run)
    monkeypatch.setattr(sys, "argv", ["tripartite", "crossbar", "loop", "--digits", "30", "--json",
                                      "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "loop.json").read_text())
    assert [row["name"] for row in told["rows"]] == ["4 levels, variation 10%", "32 levels"]
    assert set(told["ideal"]) == set(Figures.__dataclass_fields__) <= set(told["rows"][0])
    assert (tmp_path / "loop.png").read_bytes().startswith(b"\x89PNG")


def test_table_and_picture_show_every_case(found, tmp_path):
    assert loop_table(found).row_count == 3 + len(found.rows)
    plot_loop(found, tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 10_000


@pytest.mark.parametrize(("settings", "message"), [
    ({"taught": 10}, r"loop: digits must be in 20\.\.1500, not 10"),
    ({"seeds": 0}, r"loop: seeds must be in 1\.\.100, not 0"),
])
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        loop("none", level_tables(8), **settings)
