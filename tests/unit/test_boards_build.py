"""Bitstreams of a board with an echo in place of the core, with the real tools."""

import dataclasses
import hashlib
import json
from contextlib import contextmanager

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from boards import build as building
from boards import top
from boards.build import REPORT, build
from boards.catalogue import BOARDS
from boards.errors import BuildError, TimingError
from boards.pll import Ice40Pll
from hdl.uart import UartReceiver, UartTransmitter

ICEBREAKER = BOARDS["icebreaker"]


class Echo(wiring.Component):
    """Small enough to be built in seconds, with a memory and with the ports of the core."""

    rx: In(1, init=1)
    tx: Out(1, init=1)
    busy: Out(1)
    fault: Out(1)

    def __init__(self, params):
        self.divisor = params.divisor
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self.divisor)
        m.submodules.fifo = fifo = SyncFIFOBuffered(width=8, depth=512)
        m.submodules.transmitter = transmitter = UartTransmitter(self.divisor)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            fifo.w_data.eq(receiver.o.payload),
            fifo.w_en.eq(receiver.o.valid),
            self.tx.eq(transmitter.tx),
            self.busy.eq(receiver.busy),
        ]
        wiring.connect(m, fifo.r_stream, transmitter.i)
        m.d.sync += self.fault.eq(self.fault | receiver.error)
        return m


@pytest.fixture(autouse=True)
def echo(monkeypatch):
    monkeypatch.setattr(top, "Tripartite", Echo)


@pytest.mark.parametrize("name", ["icebreaker", "colorlight_i5", "ulx3s_85f"])
def test_build(name, tmp_path):
    board = BOARDS[name]
    steps = []

    @contextmanager
    def step(name):
        yield
        steps.append(name)

    folder = tmp_path / "here"
    report = build(board, folder, (1, 2), step=step)
    assert steps == ["netlist", "synthesis", "place and route, seed 1", "place and route, seed 2",
                     "bitstream"]
    bitstream = folder / f"{board.name}{board.family.suffix}"
    assert report.bitstream == str(bitstream)
    assert report.sha256 == hashlib.sha256(bitstream.read_bytes()).hexdigest()
    assert json.loads((folder / REPORT).read_text()) == json.loads(json.dumps(report.as_dict()))
    assert len(report.fmax_mhz) == 2
    assert min(report.fmax_mhz) > report.clock_mhz == board.clock_hz / 1e6
    assert 50 < report.used["ff"] < report.used["lut"] < report.available["lut"]
    assert (report.used["bram"], report.used["dsp"]) == (1, 0)
    assert report.critical_path.start.split(".")[0] in ("tripartite", "look", "clock")
    netlist = (folder / "work/top.json").read_text()
    assert ('"BEL": "X' in netlist) == (board.floorplan is not None)

    # elsewhere, with both seeds at once: the same bytes
    again = build(board, tmp_path / "there" / "deeper", (2, 1), jobs=2)
    assert again.sha256 == report.sha256


def test_missed_timing_leaves_logs_alone(tmp_path):
    fast = dataclasses.replace(ICEBREAKER, pll=Ice40Pll(12_000_000, 150_000_000))
    with pytest.raises(TimingError, match=r"icebreaker: misses timing: .* 150 MHz are needed, "
                                          r".* see .*/work/seed1") as error:
        build(fast, tmp_path, (1,))
    assert error.value.report.fmax_mhz[0] < 150
    assert [path.name for path in tmp_path.iterdir()] == ["work"]
    assert (tmp_path / "work/seed1/top.tim").exists()


def test_failed_build_keeps_what_was_there(tmp_path):
    (tmp_path / "icebreaker.bin").write_bytes(b"good")
    (tmp_path / REPORT).write_text("{}")
    small = dataclasses.replace(ICEBREAKER, overrides={"synth_opts": "-nonsense"})
    with pytest.raises(BuildError, match=r"icebreaker: can't be synthesised: .* syntax error.*; "
                                         r"see .*/work/yosys.log"):
        build(small, tmp_path, (1,))
    assert (tmp_path / "icebreaker.bin").read_bytes() == b"good"
    assert (tmp_path / REPORT).read_text() == "{}"


def test_what_does_not_fit_names_the_log(tmp_path, monkeypatch):
    def too_large(command, folder, log):
        if command[0].startswith("nextpnr"):
            (folder / "top.tim").write_text("Info: \t ICESTORM_LC:  6000/   5280   113%\n"
                                            "ERROR: no BELs remaining\n")
        return not command[0].startswith("nextpnr")
    monkeypatch.setattr(building, "run", too_large)
    with pytest.raises(BuildError, match=r"takes 6000 LUTs of 5280 \(720 too many\); lower tiles "
                                         r"or neurons in boards/icebreaker.py; see .*/top.tim$"):
        build(ICEBREAKER, tmp_path, (1,))


def test_files_of_others_stay(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work/thesis.txt").write_text("all of it")
    with pytest.raises(BuildError, match=r"work: holds files that are not of a build, and would "
                                         r"be removed; choose another folder with --output$"):
        build(ICEBREAKER, tmp_path, (1,))
    assert (tmp_path / "work/thesis.txt").read_text() == "all of it"


def test_a_seed_that_fails_is_left_out(tmp_path, monkeypatch):
    def place(board, command, work, seed):
        if seed != 2:
            raise BuildError(f"seed {seed} can't be routed")
        return original(board, command, work, seed)
    original = building._place
    monkeypatch.setattr(building, "_place", place)
    assert build(ICEBREAKER, tmp_path, (1, 2)).seeds == [2]
    with pytest.raises(BuildError, match="seed 1 can't be routed"):
        build(ICEBREAKER, tmp_path, (1, 3))


def test_missing_tool_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("boards.tools.SCRIPTS", {"yosys": "no-such-yosys"})
    with pytest.raises(BuildError, match="yosys: there is no no-such-yosys here; install"):
        build(ICEBREAKER, tmp_path, (1,))
