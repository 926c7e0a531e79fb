"""Wires that are not free: how much of a cell's current arrives at its column.

Row i is driven at its left end, column j is grounded at its bottom; every crossing, driver and
ground is one segment of wire from the next. A read drives one row.

`Access.PASSIVE`: cells are always connected, and the rows that are not read are grounded, so that
they shunt. What arrives depends on every cell of the crossbar.

`Access.TRANSISTOR` (1T1R): the transistors of the rows that are not read disconnect their cells.
What arrives depends on the row alone.
"""

import enum

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from golden.arch.crossbar import CODE_ONE
from golden.arch.numeric import U16_MAX
from golden.model.crossbar_array import CrossbarArray

LOADING_MAX = 0.5
"""Largest part of the read voltage that wires may drop, to first order; tables fail above."""


class Access(enum.StrEnum):
    """What connects cells to their wires."""

    PASSIVE = "passive"
    TRANSISTOR = "1t1r"


def nodal_currents(conductance: np.ndarray, wire: float, voltage: np.ndarray) -> np.ndarray:
    """Return the exact currents of columns, by nodal analysis.

    Parameters
    ----------
    conductance : ndarray of float, shape (rows, columns)
        Conductance of the cells, S; 0 where one is disconnected.
    wire : float
        Resistance of a segment, ohm.
    voltage : ndarray of float, shape (rows, p)
        Voltages of the rows, V, in p cases.

    Returns
    -------
    ndarray of float, shape (columns, p)
        Currents, A.
    """
    rows, columns = conductance.shape
    cells, segment = rows * columns, 1 / wire
    word = np.arange(cells).reshape(rows, columns)
    bit = word + cells
    edges = [(word, bit, conductance)]
    for line, before, after in ((word, np.s_[:, :-1], np.s_[:, 1:]), (bit, np.s_[:-1], np.s_[1:])):
        edges.append((line[before], line[after], np.full(line[before].shape, segment)))
    one = np.concatenate([edge[0].ravel() for edge in edges])
    other = np.concatenate([edge[1].ravel() for edge in edges])
    value = np.concatenate([edge[2].ravel() for edge in edges])
    diagonal = (np.bincount(one, value, 2 * cells) + np.bincount(other, value, 2 * cells))
    diagonal[word[:, 0]] += segment
    diagonal[bit[-1]] += segment
    node = np.arange(2 * cells)
    matrix = coo_array((np.concatenate([-value, -value, diagonal]),
                        (np.concatenate([one, other, node]), np.concatenate([other, one, node]))))
    injected = np.zeros((2 * cells, voltage.shape[1]))
    injected[word[:, 0]] = segment * voltage
    return splu(matrix.tocsc()).solve(injected)[bit[-1]] * segment


def path_attenuation(conductance: np.ndarray, wire: float) -> np.ndarray:
    """Return the attenuation of 1T1R cells by the wires of their own path: 1 / (1 + G r d).

    ``d = (j + 1) + (rows − i)`` segments lie in the path of cell (i, j). That is exact if it alone
    is read, and good where rows are short; it leaves out that a row's cells share the row's wire,
    which `ladder_attenuation` counts.

    Parameters
    ----------
    conductance : ndarray of float, shape (..., rows, columns)
        Conductance of the cells, S.
    wire : float
        Resistance of a segment, ohm.
    """
    rows, columns = conductance.shape[-2:]
    row, column = np.mgrid[:rows, :columns]
    return 1 / (1 + conductance * wire * (column + 1 + rows - row))


def ladder_attenuation(conductance: np.ndarray, wire: float) -> np.ndarray:
    """Return the attenuation of 1T1R cells when their whole row is read: exact, in closed form.

    A row is a ladder: a segment of wire and a cell in turn, the cell in series with the rest of its
    column. With r the segment, from the last column to the first, and back::

        Y_j = G_j / (1 + G_j r (rows − i))                cell and its column
        S_j = Y_j + S_(j+1) / (1 + r S_(j+1))             all that column j and those after it draw
        V_j = V_(j−1) / (1 + r S_j)                       what arrives of the voltage
        A_j = V_j Y_j / G_j

    For one column it is `path_attenuation`.

    Parameters
    ----------
    conductance : ndarray of float, shape (..., rows, columns)
        Conductance of the cells, S.
    wire : float
        Resistance of a segment, ohm.

    Returns
    -------
    ndarray of float, same shape
        Part of G V that arrives.
    """
    rows, columns = conductance.shape[-2:]
    below = wire * (rows - np.arange(rows)[:, None])
    series = 1 / (1 + conductance * below)
    admittance = conductance * series
    drawn = np.empty_like(admittance)
    after = np.zeros(admittance.shape[:-1])
    for column in reversed(range(columns)):
        after = admittance[..., column] + after / (1 + wire * after)
        drawn[..., column] = after
    return np.cumprod(1 / (1 + wire * drawn), axis=-1) * series


def passive_attenuation(rows: int, columns: int, conductance: float, wire: float) -> np.ndarray:
    """Return the attenuation in a passive crossbar whose cells are all alike.

    Parameters
    ----------
    rows, columns : int
        Cells.
    conductance : float
        Of every cell, S; the mean of those that it stands for.
    wire : float
        Resistance of a segment, ohm.

    Returns
    -------
    ndarray of float, shape (rows, columns)
        Part of G V of a cell that arrives when its row alone is driven.
    """
    alike = np.full((rows, columns), conductance)
    return nodal_currents(alike, wire, np.eye(rows)).T / conductance


def loading(access: Access, rows: int, columns: int, conductance: float, wire: float) -> float:
    """Return which part of the read voltage the wires drop at the farthest cell, to first order.

    With mean conductance G and segment r: ``r G (rows² + columns²) / 2`` if passive,
    ``r G (rows + columns² / 2)`` if 1T1R.
    """
    down = rows**2 / 2 if access is Access.PASSIVE else rows
    return wire * conductance * (down + columns**2 / 2)


def wire_losses(array: CrossbarArray, access: Access, r_on: float, wire: float) -> np.ndarray:
    """Return the `loss` of every cell of a crossbar, as it stands.

    Passive: of cells that are all alike, at the mean conductance of their plane. 1T1R: of the
    cells as they are. When pulses have moved the cells far, compute it again.

    Parameters
    ----------
    array : CrossbarArray
        Crossbar; not changed.
    access : Access
        What connects its cells.
    r_on : float
        R_on, ohm.
    wire : float
        Resistance of a segment, ohm; 0 for none.

    Returns
    -------
    ndarray of uint16, shape (2, rows, columns)
        ``round(2**16 A) − 1``, at least 0.

    Raises
    ------
    ValueError
        If `wire` is no resistance, or `loading` exceeds 0.5.
    """
    if not 0 <= wire < np.inf:
        raise ValueError(f"crossbar: wire must be 0 ohm or more per segment, not {wire:g}")
    rows, columns = array.params.rows, array.params.columns
    conductance = array.codes() / (CODE_ONE * r_on)
    if not wire:
        return np.full(conductance.shape, U16_MAX, np.uint16)
    mean = float(conductance.mean(axis=(1, 2)).max())
    dropped = loading(access, rows, columns, mean, wire)
    if dropped > LOADING_MAX:
        raise ValueError(
            f"crossbar: loading must be at most {LOADING_MAX} of the read voltage, not "
            f"{dropped:.2f} ({rows} x {columns} {access}, {1 / mean:.0f} ohm on average, {wire:g} "
            f"ohm per segment): take at most {wire * LOADING_MAX / dropped:.2g} ohm per segment, "
            "fewer cells or a higher r_on")
    if access is Access.TRANSISTOR:
        return quantised(ladder_attenuation(conductance, wire))
    means = np.maximum(conductance.mean(axis=(1, 2)), 1 / (CODE_ONE * r_on))
    return quantised(np.stack([passive_attenuation(rows, columns, float(plane), wire)
                               for plane in means]))


def quantised(attenuation: np.ndarray) -> np.ndarray:
    """Return attenuations, 0..1, as `loss`, uint16: ``round(2**16 A) − 1``, at least 0."""
    return np.clip(np.rint(attenuation * (U16_MAX + 1)) - 1, 0, U16_MAX).astype(np.uint16)
