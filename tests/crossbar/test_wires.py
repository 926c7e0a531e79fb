import logging

import numpy as np
import pytest

from golden.arch.crossbar import CODE_ONE, CrossbarParams
from golden.model.crossbar import DEVICES, Access, compute_tables, ideal_array, wire_losses
from golden.model.crossbar.wires import (
    ladder_attenuation,
    loading,
    nodal_currents,
    passive_attenuation,
    path_attenuation,
    quantised,
)
from host.crossbar_judge import badcrossbar_currents

TABLES = compute_tables(DEVICES["magic"])


def log_uniform(rng, shape, r_on=1e4, ratio=300):
    return ratio ** -rng.random(shape) / r_on


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (7, 1), (12, 9)])
def test_nodal_analysis_agrees_with_badcrossbar(shape):
    rng = np.random.default_rng(1)
    conductance, voltage = log_uniform(rng, shape), rng.random((shape[0], 3))
    handlers = logging.getLogger().handlers[:]
    np.testing.assert_allclose(nodal_currents(conductance, 2.0, voltage),
                               badcrossbar_currents(conductance, 2.0, voltage), rtol=1e-9)
    assert logging.getLogger().handlers == handlers


def test_single_cell_has_two_segments_in_its_path():
    current = nodal_currents(np.array([[1e-3]]), 10.0, np.array([[1.0]]))
    assert current[0, 0] == pytest.approx(1 / 1020)
    assert path_attenuation(np.array([[1e-3]]), 10.0)[0, 0] == pytest.approx(1000 / 1020)


@pytest.mark.parametrize("shape", [(1, 1), (9, 1), (1, 9), (30, 20)])
def test_ladder_is_exact(shape):
    rng = np.random.default_rng(2)
    conductance = log_uniform(rng, shape)
    attenuation = ladder_attenuation(conductance, 5.0)
    for row in range(shape[0]):
        alone = np.zeros(shape)
        alone[row] = conductance[row]
        current = nodal_currents(alone, 5.0, np.eye(shape[0])[:, [row]])[:, 0]
        np.testing.assert_allclose(attenuation[row] * conductance[row], current, rtol=1e-9)


def test_path_is_the_ladder_of_one_column():
    conductance = log_uniform(np.random.default_rng(3), (50, 1))
    np.testing.assert_allclose(path_attenuation(conductance, 2.0),
                               ladder_attenuation(conductance, 2.0))


def test_path_serves_short_rows_only():
    rng = np.random.default_rng(4)
    for shape, good in (((100, 8), True), ((64, 64), False)):
        conductance = log_uniform(rng, shape)
        error = np.abs(path_attenuation(conductance, 2.0)
                       / ladder_attenuation(conductance, 2.0) - 1).max()
        assert (error < 0.005) == good


def test_passive_table_is_exact_for_cells_that_are_alike():
    attenuation = passive_attenuation(8, 5, 1e-4, 3.0)
    current = nodal_currents(np.full((8, 5), 1e-4), 3.0, np.ones((8, 1)))[:, 0]
    np.testing.assert_allclose(1e-4 * attenuation.sum(axis=0), current)
    assert attenuation[-1, 0] == attenuation.max() < 1


def test_losses_are_what_cells_read_by():
    array = ideal_array(CrossbarParams(rows=4, columns=6), TABLES, state=0)
    np.testing.assert_array_equal(wire_losses(array, Access.PASSIVE, 1e4, 0.0), 65535)
    for access, exact in ((Access.PASSIVE, passive_attenuation(4, 6, 1e-4, 2.0)),
                          (Access.TRANSISTOR, ladder_attenuation(np.full((4, 6), 1e-4), 2.0))):
        losses = wire_losses(array, access, 1e4, 2.0)
        np.testing.assert_array_equal(losses, quantised(np.stack([exact, exact])))
        np.testing.assert_allclose((losses + 1.0) / 65536, np.stack([exact, exact]), atol=1e-5)
    assert array.codes().max() == CODE_ONE


@pytest.mark.parametrize("access", Access)
def test_what_wires_cannot_carry_is_refused(access):
    array = ideal_array(CrossbarParams(rows=64, columns=64), TABLES, state=0)
    with pytest.raises(ValueError, match=r"crossbar: loading must be at most 0\.5 of the read "
                                         r"voltage, not .* take at most .* ohm") as error:
        wire_losses(array, access, 1e3, 2.0)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("wire", [-1.0, float("nan"), float("inf")])
def test_wires_have_a_resistance(wire):
    array = ideal_array(CrossbarParams(rows=2, columns=2), TABLES)
    with pytest.raises(ValueError, match="wire must be 0 ohm or more per segment"):
        wire_losses(array, Access.PASSIVE, 1e4, wire)


def test_loading_is_that_of_the_specification():
    assert loading(Access.PASSIVE, 64, 64, 1e-5, 2.0) == pytest.approx(2e-5 * 64**2)
    assert loading(Access.TRANSISTOR, 64, 64, 1e-5, 2.0) == pytest.approx(2e-5 * (64 + 2048))
