"""The benchmark: what it prints is what the core did, and a core that errs is found out."""

import json
import re
import sys

import pytest

from golden.arch.params import CoreParams
from golden.arch.windows import Window
from host import cli
from host.core import Core
from host.errors import MismatchError
from sim.bench import measure, read_registers
from sim.streams import STEP_CYCLES, StreamLink

OWN = "--tiles", "2", "--neurons", "64", "--fan-out", "16"
PARAMS = CoreParams(neurons=64, tiles=2, synapses=2048)  # the smallest that `OWN` fits


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Return a function that runs the benchmark in an empty folder: status, output, complaints."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tripartite", "bench", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err
    return run


def test_help_tells_the_options(bench):
    status, text, _ = bench("--help")
    assert status == 0
    for option in ("--board", "--fan-out", "--firing", "--ticks", "--tiles", "--neurons", "--on",
                   "--peers", "--link", "--json"):
        assert option in text


def test_figures_agree_with_each_other(bench):
    status, text, _ = bench(*OWN, "--firing", 25, "--firing", "free", "--ticks", 40, "--json")
    assert status == 0
    forced, free = json.loads(text)
    assert (forced["tiles"], forced["neurons"], forced["fan_out"]) == (2, 64, 16)
    assert (forced["firing"], free["firing"]) == (25, "free")
    assert (forced["spikes_per_tick"], forced["events_per_tick"]) == (16, 256)
    assert forced["bound_cycles"] == 32 + 128
    for row in (forced, free):
        cycles = sum(row[f"{phase}_cycles"] for phase in ("sweep", "propagate", "stall", "idle"))
        assert row["cycles_per_tick"] == pytest.approx(cycles)
        assert row["sweep_cycles"] >= 32
        assert row["propagate_cycles"] >= row["events_per_tick"] / 2
        assert row["stall_cycles"] < 2  # no report to wait for
        assert row["events_per_cycle"] == pytest.approx(row["events_per_tick"] / cycles)
        assert row["fraction"] == pytest.approx(row["bound_cycles"] / cycles)
        assert 0.3 < row["fraction"] <= 1


def test_counters_account_for_every_cycle():
    link = StreamLink(PARAMS)
    core = Core(link)
    list(measure(core, {16: 64}, [20.0], ticks=30))
    counters = read_registers(core)
    counted = sum(value for name, value in counters.items() if name.endswith("_cycles"))
    assert 0 <= link.simulation.cycles - counted < 2 * STEP_CYCLES  # and what came after the look


@pytest.mark.parametrize(("window", "field", "told"), [
    (Window.SYNAPSES, "weight", "must be"),
    (Window.NEURONS, "refractory", "must be"),
    (Window.ROWS, "end", "events of 20 ticks must be 10240"),
])
def test_core_that_computes_something_else_is_found_out(window, field, told, monkeypatch):
    core = Core(StreamLink(PARAMS))
    write = core.write

    def write_wrong(spans):
        spans = list(spans)
        for at, _, words in spans:
            if at is window:
                words[field][-1] ^= 1
        write(spans)
    monkeypatch.setattr(core, "write", write_wrong)
    with pytest.raises(MismatchError, match=told):
        list(measure(core, {16: 64}, [50.0], ticks=10))


def test_table_has_a_line_for_each_pool(bench):
    status, text, _ = bench(*OWN, "--firing", 25, "--firing", 50, "--ticks", 10)
    assert status == 0
    assert text.startswith("2 tiles, no clock")
    rows = re.findall(r"^ +(\d+) x (\d+) +(\d+) % +[\d.]+", text, re.M)
    assert rows == [("64", "16", "25"), ("64", "16", "50")]
    # 20 ticks of warming up and 10 measured, with 16 and with 32 spikes each
    assert re.search(r"^In all: 1,440 spikes, 23,040 events, 0 frames dropped; cycles: sweep "
                     r"[\d,]+, propagate [\d,]+, stall \d+, pass [\d,]+, idle [\d,]+$", text, re.M)


def test_peers_stand_beside(bench):
    status, text, _ = bench("--tiles", 2, "--neurons", 64, "--fan-out", 16, "--ticks", 10,
                            "--peers", "--json")
    ours, *others = json.loads(text)
    assert (status, ours["core"]) == (0, "Tripartite, 2 tiles")
    assert 0.5 < ours["cycles_per_event"] < 2
    assert {"tinyODIN", "ODIN", "ReckOn"} <= {row["core"] for row in others}


def test_line_is_used(bench):
    status, text, _ = bench("--link", "--json")
    assert status == 0
    commands, reports = json.loads(text)
    assert (commands["direction"], reports["direction"]) == ("commands", "reports")
    for use in (commands, reports):
        assert 0.85 < use["fraction"] < 0.96  # frames need the rest


def test_board_at_a_port_is_measured(bench, board_path):
    status, text, _ = bench("--on", board_path, "--neurons", 128, "--fan-out", 16,
                            "--firing", 20, "--ticks", 50, "--json")
    assert status == 0
    (row,) = json.loads(text)
    assert row["idle_cycles"] < 20  # the line adds none
    assert row["clock_mhz"] == 9  # 3 Mbaud, 3 cycles a bit
    assert row["ticks_per_second"] == pytest.approx(9e6 / row["cycles_per_tick"])


@pytest.mark.parametrize(("words", "status", "complaint"), [
    ("--firing some", 2, "--firing must be 0..100 percent, or free, not 'some'"),
    ("--firing 101", 2, "--firing must be 0..100 percent, or free, not '101'"),
    ("--neurons 20 --fan-out 21", 1, "1 tile: a fan-out of 21 does not fit, since all targets"),
    ("--neurons 8", 1, "1 tile: a fan-out of 16 does not fit, since all targets"),
    ("--board tang_nano_9k --fan-out 128", 1, "Tang Nano 9k: a fan-out of 128 does not fit"),
    ("--tiles 3", 1, "core: tiles must be a power of two, not 3"),
    ("--board none", 2, "--board must be one of ulx3s_85f, "),
    ("--board icebreaker --tiles 2", 2, "choose one of --board, --on and --tiles"),
    ("--tiles 2 --on virtual", 2, "choose one of --board, --on and --tiles"),
    ("--peers --link", 2, "choose one of --peers and --link"),
    ("--link --board icebreaker", 2, "--link measures the line, of the virtual board or of --on"),
    ("--on /dev/none", 1, "/dev/none: there is no such port"),
    ("--ticks 0", 2, "Invalid value for '--ticks'"),
])
def test_complaints_are_one_line(words, status, complaint, bench):
    found, _, complaints = bench(*words.split())
    assert found == status
    assert complaint in complaints
    assert re.fullmatch(r"tripartite: .+\n", complaints)
