"""The array against the contract, cell by cell."""

from dataclasses import replace

import numpy as np
import pytest

from golden.arch import crossbar as contract
from golden.arch.crossbar import (
    CODE_ONE,
    REGISTER_MAX,
    STATE_FULL,
    UNIT,
    CrossbarParams,
    Plane,
    Polarity,
    Stuck,
)
from golden.model.crossbar import DEVICES, compute_tables, ideal_array, noise_setting, vary
from golden.model.crossbar_array import ARRAYS, advanced, interpolate

TABLES = {name: compute_tables(device) for name, device in DEVICES.items()}


def random_array(seed, name="magic", **settings):
    """Return a crossbar with every kind of variation and fault."""
    rng = np.random.default_rng(seed)
    params = CrossbarParams(rows=5, columns=9, **settings)
    array = vary(ideal_array(params, TABLES[name], seed=seed), gain=0.2, scale=0.3, off=0.1,
                 on=0.1, frozen=0.1, seed=seed)
    return replace(array, state=rng.integers(0, STATE_FULL + 1, array.state.shape),
                   loss=rng.integers(0, 65536, array.loss.shape))


def pulse_by_contract(array, row, counts):
    """Do as `CrossbarArray.pulse`, one cell and one pulse after the other, columns backwards."""
    for column in reversed(range(len(counts))):
        for plane in Plane:
            rises = (counts[column] > 0) == (plane is Plane.PLUS)
            kind = Polarity.SET if rises else Polarity.RESET
            for _ in range(abs(int(counts[column]))):
                bits, register = contract.draw(int(array.register[plane, column]))
                array.register[plane, column] = register
                cell = plane, row, column
                if array.stuck[cell] != Stuck.WORKS:
                    continue
                state = int(array.state[cell])
                entry = contract.interpolate(array.tables.step[kind].tolist(), state)
                step = contract.pulse_step(entry, int(array.scale[plane, kind, row, column]),
                                           array.tables.step_shift[kind], array.params.noise, bits)
                assert 0 <= step <= 65535
                array.state[cell] = contract.pulsed(state, kind, step)


def read_by_contract(array, row):
    codes = []
    for column in range(array.params.columns):
        arrived = []
        for plane in Plane:
            cell = plane, row, column
            code = contract.cell_code(array.tables.conductance.tolist(), int(array.state[cell]),
                                      int(array.gain[cell]), Stuck(int(array.stuck[cell])))
            assert 0 <= code <= 65535
            arrived.append(contract.attenuated(code, int(array.loss[cell])))
        codes.append(contract.convert(arrived[0] - arrived[1], array.params.adc_shift,
                                      array.params.adc_bits))
    return codes


def same(one, other):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("noise", [0, 94, 255])
@pytest.mark.parametrize("seed", [1, 2])
def test_array_does_as_the_contract_says(name, noise, seed):
    rng = np.random.default_rng(seed)
    array = random_array(seed, name, noise=noise, drift_shift=5, adc_shift=7, adc_bits=6)
    expected = random_array(seed, name, noise=noise, drift_shift=5, adc_shift=7, adc_bits=6)
    for _ in range(25):
        row = int(rng.integers(0, 5))
        counts = rng.integers(-4, 5, 9)
        array.pulse(row, counts)
        pulse_by_contract(expected, row, counts)
        same(array, expected)
        assert array.read(row).tolist() == read_by_contract(expected, row)
        same(array, expected)  # a read moves nothing
        if rng.random() < 0.2:
            array.drift()
            for cell in np.ndindex(expected.state.shape):
                if expected.stuck[cell] == Stuck.WORKS:
                    expected.state[cell] = contract.drifted(int(expected.state[cell]), 5)
            same(array, expected)


def test_columns_do_not_depend_on_each_other():
    array, part = random_array(3, noise=50), random_array(3, noise=50)
    counts = np.arange(-4, 5)
    array.pulse(2, counts)
    for column in range(9):
        part.pulse(2, np.where(np.arange(9) == column, counts, 0))
    same(array, part)


def test_positive_counts_raise_the_weight():
    array = ideal_array(CrossbarParams(rows=1, columns=3), TABLES["magic"])
    assert array.read(0).tolist() == [0, 0, 0]
    array.pulse(0, [5, 0, -5])
    up, middle, down = array.read(0).tolist()
    assert up > 0 > down
    assert (middle, up) == (0, -down)


@pytest.mark.parametrize(("stuck", "code"), [(Stuck.OFF, CODE_ONE / 300), (Stuck.ON, CODE_ONE)])
def test_stuck_cells_conduct_alike_and_do_not_move(stuck, code):
    array = ideal_array(CrossbarParams(rows=1, columns=2, drift_shift=1), TABLES["magic"])
    array.stuck[:] = stuck
    before = array.state.copy()
    array.pulse(0, [9, -9])
    array.drift()
    np.testing.assert_array_equal(array.state, before)
    np.testing.assert_array_equal(array.codes(0), round(code))


def test_states_stay_within_their_ends():
    array = ideal_array(CrossbarParams(rows=1, columns=1), TABLES["memtorch"])
    array.pulse(0, [127])
    assert array.state.ravel().tolist() == [0, STATE_FULL]
    array.pulse(0, [-127])
    assert array.state.ravel().tolist() == [STATE_FULL, 0]


@pytest.mark.parametrize(("state", "shift", "after"), [
    (0, 4, 0), (15, 4, 15), (16, 4, 17), (STATE_FULL - 1, 4, STATE_FULL),
    (STATE_FULL, 16, STATE_FULL), (40000, 16, 40000),
])
def test_drift_leads_to_r_off(state, shift, after):
    assert contract.drifted(state, shift) == after


@pytest.mark.parametrize(("difference", "code"), [
    (0, 0), (127, 0), (128, 1), (-128, 0), (-129, -1), (127 * 256 + 127, 127), (65535, 127),
    (-65535, -127),
])
def test_converter_rounds_ties_up_and_saturates(difference, code):
    assert contract.convert(difference, 8, 8) == code


def test_attenuation_of_nothing_is_exact():
    assert all(contract.attenuated(code, 65535) == code for code in range(65536))
    assert contract.attenuated(65535, 0) == 1
    assert contract.attenuated(32767, 0) == 0


@pytest.mark.parametrize(("change", "count"), [(0, 0), (1, 2), (-1, -2), (3, 5), (9, 15),
                                               (-99, -15)])
def test_changes_become_pulses(change, count):
    assert contract.pulse_count(change, 0x01A0, 15) == count  # 1.625 pulses per unit


def test_interpolation_meets_the_entries_and_halves_between():
    table = np.random.default_rng(1).integers(0, 65536, 256).astype(np.uint16)
    knots = np.arange(256) * 256
    np.testing.assert_array_equal(interpolate(table, knots), table)
    between = (table[:-1].astype(int) + table[1:] + 1) // 2
    np.testing.assert_array_equal(interpolate(table, knots[:-1] + 128), between)


def test_register_shifts_as_the_polynomial_says():
    register = 0x2468ACE1
    bits = []
    expected = register
    for _ in range(24):
        new = (expected >> 30 ^ expected >> 27) & 1
        expected = (expected << 1 | new) & REGISTER_MAX
        bits.append(new)
    assert contract.draw(register) == (int("".join(map(str, bits)), 2), expected)


def test_noise_has_the_deviation_it_is_set_to():
    entry, shift = 1000 << 5, 5
    register, steps = 12345, []
    for _ in range(20000):
        bits, register = contract.draw(register)
        steps.append(contract.pulse_step(entry, UNIT, shift, noise_setting(0.2), bits))
    assert np.mean(steps) == pytest.approx(1000, abs=5)
    assert np.std(steps) == pytest.approx(200, rel=0.02)


def test_steps_below_one_lsb_are_not_lost():
    register, total = 777, 0
    for _ in range(20000):
        bits, register = contract.draw(register)
        total += contract.pulse_step(3, UNIT, 4, 0, bits)  # 3/16 LSB
    assert total / 20000 == pytest.approx(3 / 16, abs=0.01)


@pytest.mark.parametrize(("wrong", "message"), [
    ({"state": np.full((2, 5, 9), STATE_FULL + 1)}, r"state must be in 0\.\.65280, not 65281"),
    ({"state": np.zeros((2, 5, 8), int)}, r"state must have the shape \(2, 5, 9\)"),
    ({"register": np.zeros((2, 9), int)}, r"register must be in 1\.\."),
    ({"stuck": np.full((2, 5, 9), 4)}, r"stuck must be in 0\.\.3, not 4"),
    ({"loss": np.full((2, 5, 9), np.nan)}, "loss must be integers, not float64"),
])
def test_array_rejects(wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(random_array(1), **wrong)


@pytest.mark.parametrize(("row", "counts", "message"), [
    (5, np.zeros(9, int), r"row must be in 0\.\.4, not 5"),
    (0, np.zeros(8, int), r"counts must have the shape \(9,\)"),
    (0, np.full(9, -128), r"counts must be in -127\.\.127 pulses, not 128"),
])
def test_pulse_rejects(row, counts, message):
    with pytest.raises(ValueError, match=message):
        random_array(1).pulse(row, counts)


@pytest.mark.parametrize(("name", "value"), [("rows", 0), ("rows", 1025), ("noise", 256),
                                             ("adc_bits", 9), ("drift_shift", 0)])
def test_params_reject(name, value):
    with pytest.raises(ValueError, match=f"crossbar: {name} must be in .*, not {value}"):
        CrossbarParams(**{name: value})


def test_faults_are_as_many_as_asked_for():
    ideal = ideal_array(CrossbarParams(rows=20, columns=50), TABLES["magic"])
    stuck = vary(ideal, off=0.05, on=0.03, frozen=0.02).stuck
    assert np.bincount(stuck.ravel()).tolist() == [1800, 100, 60, 40]
    with pytest.raises(ValueError, match=r"off \+ on \+ frozen must be in 0\.\.1, not 1\.2"):
        vary(ideal, off=0.6, on=0.6)


def test_gains_and_scales_vary_as_asked_for():
    ideal = ideal_array(CrossbarParams(rows=50, columns=50), TABLES["magic"])
    varied = vary(ideal, gain=0.1, scale=0.2)
    assert varied.gain.std() / UNIT == pytest.approx(0.1, rel=0.05)
    assert varied.scale.std() / UNIT == pytest.approx(0.2, rel=0.05)
    assert ideal.gain.std() == 0


def test_registers_advance_by_any_number_of_draws():
    starts = np.array([1, REGISTER_MAX, 0x1234567], np.uint32)
    draws = np.array([0, 1, 2, 77, 1024 * 127])
    found = advanced(np.repeat(starts, len(draws)), np.tile(draws, len(starts)))
    expected = []
    for start in starts.tolist():
        register, done = start, 0
        for stop in draws.tolist():
            for _ in range(stop - done):
                register = contract.draw(register)[1]
            done = stop
            expected.append(register)
    assert found.tolist() == expected


def test_rows_are_pulsed_one_after_the_other():
    together, one_by_one = random_array(4, noise=200), random_array(4, noise=200)
    counts = np.random.default_rng(4).integers(-9, 10, (5, 9))
    together.pulse_rows(counts)
    for row, some in enumerate(counts):
        pulse_by_contract(one_by_one, row, some)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(together, name), getattr(one_by_one, name), name)
    with pytest.raises(ValueError, match=r"counts must have the shape \(5, 9\), not \(9,\)"):
        together.pulse_rows(counts[0])


def test_tables_are_kept_as_they_are():
    step = TABLES["magic"].step.copy()
    tables = replace(TABLES["magic"], step=step)
    step[0, 0] += 1
    assert tables.step[0, 0] != step[0, 0]
    with pytest.raises(ValueError, match="read-only"):
        tables.step[0, 0] = 1
    with pytest.raises(ValueError, match=r"table step must be uint16 of shape \(2, 256\), not"):
        replace(TABLES["magic"], step=step[0])
    with pytest.raises(ValueError, match=r"step_shift must be in 0\.\.15, not 16"):
        replace(TABLES["magic"], step_shift=(16, 0))
