"""Weights on a crossbar: levels, blind programming, and the command that does it."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from golden.arch.crossbar import STATE_FULL, CrossbarParams, Stuck
from golden.model import new, with_random_connectivity_seeded
from golden.model.crossbar import DEVICES, compute_tables, ideal_array
from golden.model.crossbar.levels import level_tables
from golden.model.crossbar.programming import (
    nominal_codes,
    on_crossbar,
    program,
    pulses_across,
)
from host.cli import main
from host.files import read_any_pool, write_any_pool

EVERY_WEIGHT = np.arange(-127, 128)


def pool():
    return with_random_connectivity_seeded("placed", 24, 0.25)


def weights_of(pool):
    dense = np.zeros((pool.n, pool.n), int)
    dense[np.repeat(np.arange(pool.n), np.diff(pool.row_ptr)), pool.target] = pool.weight
    return dense


@pytest.mark.parametrize("levels", [2, 3, 4, 8, 16, 32, 64])
def test_pulses_lead_from_level_to_level(levels):
    tables = level_tables(levels)
    assert pulses_across(tables) == levels - 1
    codes = nominal_codes(tables)[:levels]
    even = np.linspace(32768 / 300, 32768, levels)
    np.testing.assert_allclose(codes, even, atol=0.25 * levels + 1)  # a state is rounded each time


@pytest.mark.parametrize("levels", [2, 4, 16, 32, 64])
def test_a_weight_becomes_the_nearest_level(levels):
    array = ideal_array(CrossbarParams(rows=1, columns=255), level_tables(levels))
    program(array, EVERY_WEIGHT[np.newaxis])
    reachable = np.linspace(0, 32768 * 299 / 300 / 256, levels)
    error = np.abs(reachable[:, np.newaxis] - np.abs(EVERY_WEIGHT)).min(axis=0)
    found = array.read_rows(0)
    assert (np.abs(found - EVERY_WEIGHT) <= error + 1).all()
    level = np.rint(np.abs(found) / reachable[-1] * (levels - 1))
    np.testing.assert_array_equal(np.unique(level), np.arange(levels))


def test_a_device_is_programmed_as_near_as_its_pulses_allow():
    tables = compute_tables(DEVICES["magic"])
    array = ideal_array(CrossbarParams(rows=1, columns=255), tables)
    program(array, EVERY_WEIGHT[np.newaxis])
    gaps = np.diff(nominal_codes(tables)[:pulses_across(tables) + 1]).max() / 256
    assert np.abs(array.read_rows(0) - EVERY_WEIGHT).max() <= gaps / 2 + 1


def test_synapses_move_to_the_crossbar():
    before = pool()
    placed = on_crossbar(before, level_tables(64), delay=1)
    assert placed.synapse_count == 0
    assert np.abs(placed.block.weights() - weights_of(before)).max() <= 2
    unformed = weights_of(before) == 0
    assert (placed.block.array.stuck[:, unformed] == Stuck.OFF).all()
    assert (placed.block.array.stuck[:, ~unformed] == Stuck.WORKS).all()
    assert before.synapse_count > 0
    assert before.block is None


def test_variation_and_faults_are_drawn_by_their_seed():
    place = [on_crossbar(pool(), level_tables(32), delay=1, variation=0.1, stuck=0.1, seed=seed)
             for seed in (1, 1, 2)]
    assert place[0].digest() == place[1].digest() != place[2].digest()
    formed = weights_of(pool()) != 0
    stuck = place[0].block.array.stuck[:, formed]
    for kind in (Stuck.OFF, Stuck.ON):
        assert 0.03 < np.mean(stuck == kind) < 0.07
    assert 0.09 < place[0].block.array.gain.std() / 128 < 0.11


def test_one_pulse_stands_for_an_average_step():
    for levels in (2, 16, 32):
        gain = on_crossbar(pool(), level_tables(levels), delay=1).block.array.params.pulse_gain
        assert gain == round((levels - 1) * 256 / 127)


def test_what_a_crossbar_cannot_hold_is_refused():
    placed = on_crossbar(pool(), level_tables(4), delay=1)
    with pytest.raises(ValueError, match="crossbar: pool 'placed' has a block already"):
        on_crossbar(placed, level_tables(4), delay=1)
    double = pool()
    double.target[1] = double.target[0]
    with pytest.raises(ValueError, match="several synapses from one neuron to another"):
        on_crossbar(double, level_tables(4), delay=1)
    with pytest.raises(ValueError, match=r"crossbar: rows must be in 1\.\.1024, not 1025"):
        on_crossbar(new("large", 1025), level_tables(4), delay=1)
    for settings, message in (({"variation": 0.9}, r"variation must be in 0\.\.0\.5, not 0\.9"),
                              ({"stuck": 1.2}, r"stuck must be in 0\.\.1, not 1\.2"),
                              ({"delay": 256}, r"block: delay must be in 0\.\.255, not 256")):
        with pytest.raises(ValueError, match=message):
            on_crossbar(pool(), level_tables(4), **({"delay": 1} | settings))


@pytest.mark.parametrize(("levels", "ratio", "message"), [
    (1, 300, r"levels must be in 2\.\.64, not 1"), (65, 300, r"levels must be in 2\.\.64"),
    (4, 1, "ratio must be above 1, not 1"),
])
def test_levels_out_of_range_are_refused(levels, ratio, message):
    with pytest.raises(ValueError, match=f"crossbar: {message}"):
        level_tables(levels, ratio)


def test_a_programmed_cell_starts_from_r_off():
    array = replace(ideal_array(CrossbarParams(rows=1, columns=1), level_tables(4)),
                    state=np.zeros((2, 1, 1), int))
    program(array, np.zeros((1, 1), int))
    assert (array.state == STATE_FULL).all()


def test_the_command_places_a_pool(tmp_path, monkeypatch, capsys):
    source, placed = tmp_path / "x.pool", tmp_path / "y.pool"
    write_any_pool(pool(), source)
    monkeypatch.setattr(sys, "argv", ["tripartite", "crossbar", "place", str(source), "-o",
                                      str(placed), "--levels", "16", "--variation", "0.1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert f"{pool().synapse_count} synapses on 24 x 24 cells x 2" in capsys.readouterr().out
    expected = on_crossbar(pool(), level_tables(16), delay=1, variation=0.1)
    assert read_any_pool(placed).block.digest() == expected.block.digest()
    monkeypatch.setattr(sys, "argv", ["tripartite", "pool", "info", str(placed)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "24 x 24, neurons 0..23 to 0..23, delay 1, mean |weight|" in capsys.readouterr().out
