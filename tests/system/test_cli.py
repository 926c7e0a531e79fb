"""The command line: what it prints, what it writes, and how it ends."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from golden.arch.config import Homeostasis, PoolConfig
from golden.arch.identity import VERSION
from golden.model import first_difference, with_random_connectivity_seeded
from host.files import read_any_pool
from host.runfile import read_run, write_run
from tests.support.scripts import record_everything


@pytest.fixture
def pool(tripartite):
    assert tripartite("pool", "new", "x.pool", "--neurons", 24, "--set", "max_delay=3")[0] == 0
    return "x.pool"


@pytest.fixture
def stimulus(tmp_path):
    (tmp_path / "x.csv").write_text("tick,neuron,current\n0,0,9000\n0,1,9000\n40,1,0\n")
    return "x.csv"


def test_help_has_a_line_for_each_command(tripartite):
    status, text, _ = tripartite("--help")
    assert status == 0
    for command in ("demo", "run", "verify", "plot", "conform", "board", "info", "capture",
                    "restore", "pool"):
        assert re.search(rf"{command} +[A-Z].*\.", text)
    for command in ("demo", "run", "verify", "plot", "conform", "board", "info", "pool",
                    "pool new", "pool info", "pool convert"):
        status, text, _ = tripartite(*command.split(), "--help")
        assert status == 0
        assert "Usage: tripartite" in text


def test_nothing_to_do_shows_the_help(tripartite):
    status, text, complaints = tripartite()
    assert (status, complaints) == (2, "")
    assert "Usage:" in text


@pytest.mark.parametrize("where", ["golden", "virtual"])
def test_run_verify_and_plot(where, tripartite, pool, stimulus, tmp_path, request):
    port = where if where == "golden" else request.getfixturevalue("board_path")
    status, text, _ = tripartite("run", pool, stimulus, "-o", "x.run", "--on", port, "--verify",
                                 "--ticks", 100, "--save", "after.checkpoint")
    assert status == 0
    assert re.fullmatch(r"x\.run: 100 ticks, \d+ spikes, all as in the golden model\n", text)

    expected = read_any_pool("x.pool")
    spikes = [expected.tick([9000, 9000 if tick < 40 else 0]).tolist() for tick in range(100)]
    run = read_run("x.run")
    assert [fired.tolist() for fired in run.spikes] == spikes
    assert first_difference(expected, read_any_pool("after.checkpoint")) is None

    status, text, _ = tripartite("verify", "x.run")
    assert (status, text) == (0, "2,400 of 2,400 spike bins agree with the golden model.\n")
    assert tripartite("plot", "x.run", "-o", "y.png")[0] == 0
    assert (tmp_path / "y.png").read_bytes().startswith(b"\x89PNG")
    assert tripartite("plot", "x.run")[1] == "x.png\n"


def test_verify_tells_a_difference(tripartite, pool, stimulus):
    tripartite("run", pool, stimulus, "-o", "x.run", "--on", "golden", "--ticks", 50)
    run = read_run("x.run")
    run.spikes[7] = np.setxor1d(run.spikes[7], [3]).astype(np.uint32)
    write_run(replace(run, digest_after="0"), "x.run")
    status, text, _ = tripartite("verify", "x.run")
    assert status == 1
    assert "1,199 of 1,200 spike bins agree" in text
    assert "First difference: tick 7: neuron 3" in text
    assert "The pools at the end differ." in text


@pytest.mark.parametrize("where", ["golden", "virtual"])
def test_conform_goes_on_after_a_difference(where, tripartite, tmp_path, request):
    port = where if where == "golden" else request.getfixturevalue("board_path")
    script = record_everything(tmp_path).write()
    lines = script.read_text().splitlines()
    wrong = next(k for k, line in enumerate(lines) if '"modulate"' in line)
    found = re.search(r'"reinforced": ?(\d+)', lines[wrong])
    lines[wrong] = lines[wrong].replace(found[0], f'"reinforced": {int(found[1]) + 1}')
    (tmp_path / "wrong.jsonl").write_text("\n".join(lines))
    (tmp_path / "junk.jsonl").write_text("junk\n")

    status, text, _ = tripartite("conform", "wrong.jsonl", "junk.jsonl", "none.jsonl", script,
                                 "--backend", port)
    assert status == 1
    first, second, third, fourth = text.splitlines()
    assert re.fullmatch(rf"wrong\.jsonl: record {wrong + 1} \(line {wrong + 1}, tick \d+\): "
                        rf"reinforced must be {int(found[1]) + 1}, not {found[1]}", first)
    assert second == "junk.jsonl: line 1: not JSON"
    assert third.startswith("none.jsonl: can't be read")
    assert fourth == f"{script}: {len(lines)} records agree"
    assert tripartite("conform", script)[0] == 0


def test_demo_learns_what_the_reference_reports(tripartite, tmp_path, board_path):
    status, text, _ = tripartite("demo", "--on", board_path, "-o", "out")
    assert status == 0
    rows = dict(re.findall(r"│ ([a-z].*?) +│ +(.*?) │\n", text))
    assert {name: re.split(r" +│ +", cells) for name, cells in rows.items()} == {
        "synapses": ["517", "517", "62", "62"],
        "mean |weight|": ["39.6", "39.6", "125.3", "125.3"],
        "cold synapses": ["0", "0", "48", "48"],
        "output spikes in 40 ticks": ["104", "104", "103", "103"],
    }
    assert (tmp_path / "out" / "demo.png").read_bytes().startswith(b"\x89PNG")
    status, text, _ = tripartite("verify", "out/demo.run")
    assert (status, text) == (0, "258,560 of 258,560 spike bins agree with the golden model.\n")


def test_pool_files_are_made_shown_and_converted(tripartite):
    assert tripartite("pool", "new", "a.pool", "--set", "max_delay=3", "--name", "Ä")[:2] == (
        0, "a.pool: 32 neurons, 517 synapses\n")
    expected = with_random_connectivity_seeded("Ä", 32, 0.25, PoolConfig(max_delay=3))
    assert first_difference(expected, read_any_pool("a.pool")) is None
    assert tripartite("pool", "convert", "a.pool", "b.checkpoint")[:2] == (0, "b.checkpoint\n")
    assert first_difference(expected, read_any_pool("b.checkpoint")) is None
    assert tripartite("pool", "convert", "b.checkpoint", "c.pool")[0] == 0
    assert first_difference(expected, read_any_pool("c.pool")) is None

    text = tripartite("pool", "info", "a.pool")[1]
    assert re.search(r"^name +Ä$", text, re.M)
    assert re.search(r"^synapses +517: 517 hot", text, re.M)
    assert re.search(r"^max_delay +3$", text, re.M)


def test_options_need_a_checkpoint(tripartite):
    assert tripartite("pool", "new", "a.checkpoint", "--set", "homeostasis=rate")[0] == 0
    assert read_any_pool("a.checkpoint").options.homeostasis is Homeostasis.RATE
    status, _, complaint = tripartite("pool", "convert", "a.checkpoint", "a.pool")
    assert (status, complaint) == (1, "tripartite: a.pool: a .pool file has no place for options; "
                                      "name it a.checkpoint\n")


def test_info_tells_versions_and_identity(tripartite, board_path):
    major, minor = VERSION
    assert re.search(rf"^contract +{major}\.{minor}, [0-9a-f]{{16}}$", tripartite("info")[1], re.M)
    text = tripartite("info", board_path)[1]
    assert re.search(r"^neurons +4096$", text, re.M)
    assert re.search(r"^crc_errors +\d+$", text, re.M)


@pytest.mark.parametrize(("command", "status", "complaint"), [
    ("bogus", 2, "No such command 'bogus'; see --help"),
    ("run", 2, "Missing argument 'POOL'"),
    ("run x.pool x.csv", 2, "Missing option '--output'"),
    ("demo digitz", 2, "'digitz' is not one of"),
    ("pool new y.pool --neurons 0", 2, "Invalid value for '--neurons'"),
    ("pool new y.pool --seed z", 2, "--seed must be an integer, not 'z'"),
    ("pool new y.pool --set depth=3", 2, "--set: there is no 'depth'; there are resting_potential"),
    ("pool new y.pool --set max_delay=x", 2, "--set: max_delay must be an integer, not 'x'"),
    ("pool new y.pool --set max_delay=300", 1, "max_delay must be in 0..255, not 300"),
    ("pool new y.checkpoint --set dale=no", 1, "dale must be one of off, strict, not 'no'"),
    ("pool new y.txt", 1, "y.txt: a pool is a .pool or .checkpoint file, not .txt"),
    ("pool new no/y.pool", 1, "no/y.pool: can't be written"),
    ("pool info none.pool", 1, "none.pool: can't be read"),
    ("pool info x.csv", 1, "x.csv: a pool is a .pool, .checkpoint or .thermo file, not "
     ".csv"),
    ("run x.pool none.csv -o r.run --on golden", 1, "none.csv: can't be read (No such file"),
    ("run x.pool x.pool -o r.run --on golden", 1, "a stimulus is a .npy or .csv file, not .pool"),
    ("run x.pool x.csv -o r.run --on golden --ticks 0", 1, "has 1..4294967296 ticks, not 0"),
    ("run x.pool x.csv -o r.run --on golden --neurons 64", 1, "for a virtual board only"),
    ("run x.pool x.csv -o r.run --on /dev/none", 1, "/dev/none: there is no such port"),
    ("run x.pool x.csv -o r.run --on virtual --neurons 8", 1, "24 neurons, the core has 8"),
    ("run x.pool x.csv -o r.run --on virtual --tiles 3", 1, "tiles must be a power of two, not 3"),
    ("verify none.run", 1, "none.run: no such file"),
    ("verify x.pool", 1, "x.pool: not a run file, or damaged"),
    ("plot x.csv -o x.png", 1, "x.csv: not a run file, or damaged"),
    ("info /dev/none", 1, "/dev/none: there is no such port"),
])
def test_complaints_are_one_line(command, status, complaint, tripartite, pool, stimulus):
    found, _, complaints = tripartite(*command.split())
    assert found == status
    assert complaint in complaints
    assert re.fullmatch(r"tripartite: .+\n", complaints)


@pytest.mark.parametrize(("words", "complaint"), [
    ("-o x.pool", "x.pool: the name must end with .run"),
    ("-o no/x.run", "no/x.run: there is no folder no; make it first"),
    ("-o x.run --save x.csv", "x.csv: the name must end with .pool or .checkpoint"),
    ("-o x.run --save no/x.pool", "no/x.pool: there is no folder no; make it first"),
])
def test_run_refuses_outputs_before_the_work(words, complaint, tripartite, pool, stimulus,
                                             tmp_path):
    before = (tmp_path / pool).read_bytes()
    status, text, complaints = tripartite("run", pool, stimulus, "--on", "golden", *words.split())
    assert (status, text, complaints) == (1, "", f"tripartite: {complaint}\n")
    assert (tmp_path / pool).read_bytes() == before
    assert not (tmp_path / "x.run").exists()


def test_run_refuses_neurons_that_are_not_there(tripartite, pool, tmp_path):
    (tmp_path / "x.csv").write_text("tick,neuron,current\n0,24,9000\n")
    assert tripartite("run", pool, "x.csv", "-o", "x.run", "--on", "golden")[::2] == (
        1, "tripartite: x.csv: has a current for neuron 24, but the pool x.pool has 24 neurons, "
        "numbered from 0\n")


def test_board_serves_and_ends_quietly():
    board = subprocess.Popen([sys.executable, "-c", "from host.cli import main; main()", "board"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = board.stdout.readline()
    assert line.startswith("board on /dev/"), line
    assert os.path.exists(line.split()[-1])
    board.send_signal(signal.SIGINT)
    rest, complaints = board.communicate(timeout=60)
    assert rest == ""
    assert re.fullmatch(r"(compiling .*\n)?", complaints)
    assert board.returncode in (0, 130)


def test_interruption_is_quiet(tmp_path, pool):
    (tmp_path / "x.csv").write_text("tick,neuron,current\n0,0,9000\n")
    code = ("import signal, sys; from host import cli; "
            "signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT)); "
            "signal.setitimer(signal.ITIMER_REAL, 0.5); cli.main()")
    ended = subprocess.run([sys.executable, "-c", code, "run", "x.pool", "x.csv", "-o", "x.run",
                            "--on", "golden", "--ticks", "100000000"],
                           cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
    assert not (tmp_path / "x.run").exists()
