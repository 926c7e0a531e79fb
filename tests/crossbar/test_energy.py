"""Counts to the last event, and joules between bounds."""

import json
import sys
from itertools import pairwise

import numpy as np
import pytest

from golden.model.crossbar import DEVICES
from host.cli import main
from host.device import GoldenDevice
from host.energy import (
    COEFFICIENTS,
    CONVERSION_STEP,
    Coefficient,
    account_run,
    device_coefficients,
)
from host.errors import FileError
from host.recorder import Recorder
from host.runfile import write_run
from host.stimulus import Stimulus
from host.toggles import count_toggles
from tests.support.literal import LiteralPool
from tests.support.pools import any_pool

HEADER = """$timescale 1 ns $end
$scope module top $end
$var wire 1 ! clk $end
$var wire 4 " count [3:0] $end
$var wire 8 # pair $end
$var wire 3 $ \\pair.low $end
$var string 1 % state $end
$scope module part $end
$var wire 1 ! clock $end
$var reg 2 & flags $end
$upscope $end
$upscope $end
$enddefinitions $end
"""


def vcd(tmp_path, body, header=HEADER):
    path = tmp_path / "x.vcd"
    path.write_text(header + body)
    return path


def test_toggles_are_counted_bit_by_bit(tmp_path):
    found = count_toggles(vcd(tmp_path, """#0
$dumpvars 0! b0 " b11 # b11 $ sIDLE % bxx & $end
#1
1! b1111 " b10000000 # b0 $ b01 &
#2
0! b0111 " sRUN % b10 & $comment 1! 0! $end
#3
1! bz0 & b111 "
"""))
    assert (found.signals, found.bits) == (4, 15)
    assert found.by_scope == {"top": 3 + (4 + 1 + 0) + 3, "top.part": 2}
    assert found.total == 13


@pytest.mark.parametrize(("body", "header", "message"), [
    ("hello", HEADER, "'hello' is no change of a value"),
    ("b1", HEADER, "it is cut short"),
    ("", "", "it is cut short"),
    ("", "$scope module top $end", "it is cut short"),
    ("", "$enddefinitions $end", "it declares no signals"),
    ("", "#0", "a declaration must start with"),
    ("", "$var wire x ! clk $end $enddefinitions $end", "invalid literal"),
    ("", "$upscope $end", "pop from empty list"),
])
def test_other_files_are_told(tmp_path, body, header, message):
    with pytest.raises(FileError, match=rf"x\.vcd: not a wave dump \(VCD\), or damaged "
                                        rf"\(.*{message}"):
        count_toggles(vcd(tmp_path, body, header))
    with pytest.raises(FileError, match="no such file"):
        count_toggles(tmp_path / "y.vcd")


def recorded(seed, block=True):
    rng = np.random.default_rng(seed)
    pool = any_pool(rng, block=block)
    literal = LiteralPool(pool)
    updates = spikes = synaptic = reads = 0
    with Recorder(GoldenDevice()) as device:
        device.load(pool)
        for _ in range(5):
            current = rng.integers(-9000, 20000, 12).astype(np.int16)
            device.run(Stimulus.constant(current, 2))
            for _ in range(2):
                literal.tick(current.tolist())
                updates += pool.n
                spikes += sum(literal.spike)
                for source in np.flatnonzero(literal.spike):
                    row = literal.target[literal.row_ptr[source]:literal.row_ptr[source + 1]]
                    synaptic += sum(target < pool.n for target in row)
                    if block:
                        first = pool.block.params.first_source
                        reads += first <= source < first + pool.block.array.params.rows
            device.modulate(200, 90)
            literal.modulate(200, 90)
        run = device.finish()
    return run, pool, literal, (updates, spikes, synaptic, reads)


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_exact(seed):
    run, pool, literal, (updates, spikes, synaptic, reads) = recorded(seed)
    account = account_run(run, DEVICES["magic"])
    columns = pool.block.array.params.columns
    assert account.counts == {
        "ticks": 10, "spikes": spikes, "neuron_updates": updates, "synaptic_events": synaptic,
        "reads": reads, "conversions": reads * columns, "pulses": literal.block.pulses}
    steps = reads * columns << pool.block.array.params.adc_bits
    found = {cost.events: cost for cost in account.costs}
    assert found["steps of conversions"].joules()["low"] == steps * CONVERSION_STEP.low


def test_energy_is_a_range_whose_sum_is_that_of_its_parts():
    account = account_run(recorded(1)[0], DEVICES["magic"])
    for cost in account.costs:
        assert cost.joules()["low"] <= cost.joules()["nominal"] <= cost.joules()["high"]
    for bound, value in account.total().items():
        assert value == pytest.approx(sum(cost.joules()[bound] for cost in account.costs))


def test_a_pool_without_a_block_has_no_cost_of_cells():
    account = account_run(recorded(2, block=False)[0], DEVICES["magic"])
    assert [cost.events for cost in account.costs] == ["neuron updates", "synaptic events"]
    assert account.counts["conversions"] == account.counts["pulses"] == 0


def test_a_run_that_is_not_golden_is_refused():
    run = recorded(3)[0]
    run.spikes[0] = np.setxor1d(run.spikes[0], [0]).astype(np.uint32)
    with pytest.raises(ValueError, match="energy: the run is not that of the golden model"):
        account_run(run, DEVICES["magic"])


def test_cells_cost_what_ohm_tells():
    read, pulse = device_coefficients(DEVICES["magic"])
    assert read.low == pytest.approx(2 * 0.1**2 * 1e-8 / 300e3)
    assert read.high == pytest.approx(2 * 0.1**2 * 1e-8 / 1e3)
    assert pulse.high == pytest.approx((1.7**2 + 0.6**2) * 1e-9 / 1e3)
    for one in (read, pulse):
        assert one.nominal == pytest.approx((one.low * one.high) ** 0.5)


def test_every_coefficient_has_a_source():
    for coefficient in (*COEFFICIENTS, *device_coefficients(DEVICES["memtorch"])):
        assert coefficient.source
        assert all(low <= high for low, high in pairwise(
            (0, coefficient.low, coefficient.nominal, coefficient.high)))
    with pytest.raises(ValueError, match="energy: x must have low <= nominal <= high"):
        Coefficient(name="x", low=2, nominal=1, high=3, source="none")


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["tripartite", "energy", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_the_command_tells_counts_and_joules(tmp_path, monkeypatch, capsys):
    run, _, literal, _ = recorded(1)
    path = tmp_path / "x.run"
    write_run(run, path)
    assert command(monkeypatch, str(path), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["pulses"] == literal.block.pulses
    assert found["total"]["low"] < found["total"]["nominal"] < found["total"]["high"]
    assert found["coefficients"]["read"]["source"].startswith("V**2 G t of device magic")
    assert command(monkeypatch, str(path)) == 0
    assert "Loihi" in capsys.readouterr().out
    waves = vcd(tmp_path, "#0\n0!\n#1\n1!\n")
    assert command(monkeypatch, str(waves), "--json") == 0
    assert json.loads(capsys.readouterr().out)["counts"]["toggles"] == 1
    assert command(monkeypatch, str(tmp_path / "x.csv")) != 0
    assert "energy is counted of a .run or .vcd file, not .csv" in capsys.readouterr().err
