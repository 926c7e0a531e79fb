"""The dense block of a pool laid out on the memories of a core, and read back from them."""

from dataclasses import replace

import numpy as np

from golden.arch.block import BlockParams, lane
from golden.arch.crossbar import CrossbarParams, Plane, Polarity
from golden.arch.params import CoreParams
from golden.arch.records import CELL, DRAW, ENTRY, TRAITS, Record
from golden.arch.windows import Window, window_words
from golden.model import Pool
from golden.model.block import DenseBlock
from golden.model.crossbar_array import CrossbarArray, CrossbarTables

from .words import dtype_of

CELL_FIELDS = {f"{plane.name.lower()}{name}": (array, plane) for plane in Plane
               for name, array in (("", "state"), ("_loss", "loss"))}
TRAIT_FIELDS = {
    **{f"{plane.name.lower()}_gain": ("gain", plane) for plane in Plane},
    **{f"{plane.name.lower()}_{kind.name.lower()}": ("scale", (plane, kind))
       for plane in Plane for kind in Polarity},
}
"""Which part of which array of a crossbar a field of a record holds."""

SETTINGS = ("noise", "drift_shift", "adc_shift", "adc_bits", "pulse_gain", "pulse_cap")
"""Registers that are parameters of the crossbar."""

STUCK_SHIFT = {Plane.PLUS: 0, Plane.MINUS: 2}


def block_registers(pool: Pool) -> dict[str, int]:
    """Return the values of the writable registers of `BLOCK_REGISTERS`; 0 without a block."""
    block = pool.block
    if block is None:
        return dict.fromkeys(("block_source", "block_rows", "block_target", "block_columns",
                              "block_delay", "set_shift", "reset_shift", "drift_period",
                              "drift_phase", *SETTINGS), 0)
    params, crossbar = block.params, block.array.params
    set_shift, reset_shift = block.array.tables.step_shift
    return {
        "block_source": params.first_source, "block_rows": crossbar.rows,
        "block_target": params.first_target, "block_columns": crossbar.columns,
        "block_delay": (max(params.delay, 1) - 1) % pool.config.delay_slots + 1,
        "set_shift": set_shift, "reset_shift": reset_shift, "drift_period": params.drift_period,
        "drift_phase": pool.tick_count % params.drift_period if params.drift_period else 0,
        **{name: getattr(crossbar, name) for name in SETTINGS},
    }


def block_words(block: DenseBlock, params: CoreParams) -> dict[Window, np.ndarray]:
    """Return what a core built with `params` needs of a block, whole windows from word 0 on.

    Lanes that the block does not use are 0.
    """
    array, tables = block.array, block.array.tables
    rows, lanes = array.params.rows, _lanes(block.params.first_target, array.params.columns, params)

    def words(record: Record, *shape: int) -> np.ndarray:
        return np.zeros(shape, dtype_of(record))

    cells, traits = (words(record, rows, params.block_columns) for record in (CELL, TRAITS))
    for part, fields in ((cells, CELL_FIELDS), (traits, TRAIT_FIELDS)):
        for name, (source, at) in fields.items():
            part[name][:, lanes] = getattr(array, source)[at]
    cells["eligibility"][:, lanes] = block.eligibility
    for plane, shift in STUCK_SHIFT.items():
        traits["stuck"][:, lanes] |= array.stuck[plane] << shift
    entries = words(ENTRY, len(tables.conductance))
    entries["set"], entries["reset"] = tables.step
    entries["conductance"] = tables.conductance
    draws = words(DRAW, params.block_columns)
    draws["plus"][lanes], draws["minus"][lanes] = array.register
    return {Window.CELLS: cells.ravel(), Window.TRAITS: traits.ravel(), Window.ENTRIES: entries,
            Window.DRAWS: draws}


def moved_block(block: DenseBlock, params: CoreParams, cells: np.ndarray,
                draws: np.ndarray) -> DenseBlock:
    """Return a block as a core has changed it.

    Parameters
    ----------
    block : DenseBlock
        The block as it was loaded.
    params : CoreParams
        Capacities of the core.
    cells, draws : ndarray
        Words of the windows CELLS, of all its rows, and DRAWS.
    """
    array = block.array
    lanes = _lanes(block.params.first_target, array.params.columns, params)
    cells = cells.reshape(-1, params.block_columns)[:, lanes]
    state = np.stack([cells[plane.name.lower()] for plane in Plane])
    register = np.stack([draws[plane.name.lower()][lanes] for plane in Plane])
    return replace(block, array=replace(array, state=state, register=register),
                   eligibility=cells["eligibility"].astype(np.int8))


def block_on(registers: dict[str, int], params: CoreParams,
             words: dict[Window, np.ndarray]) -> DenseBlock:
    """Return the block that a core holds, its eligibilities behind by the ages of their rows.

    Parameters
    ----------
    registers : dict
        Registers by name.
    params : CoreParams
        Capacities of the core.
    words : dict
        Its windows CELLS and TRAITS, of all rows of the block, ENTRIES and DRAWS.
    """
    rows, columns = registers["block_rows"], registers["block_columns"]
    lanes = _lanes(registers["block_target"], columns, params)
    cells, traits = (words[window].reshape(rows, params.block_columns)[:, lanes]
                     for window in (Window.CELLS, Window.TRAITS))
    entries, draws = words[Window.ENTRIES], words[Window.DRAWS]
    arrays = {name: np.zeros((*kinds, rows, columns), np.int64) for name, kinds in (
        ("state", (2,)), ("loss", (2,)), ("gain", (2,)), ("scale", (2, 2)))}
    for part, fields in ((cells, CELL_FIELDS), (traits, TRAIT_FIELDS)):
        for name, (target, at) in fields.items():
            arrays[target][at] = part[name]
    return DenseBlock(
        params=BlockParams(
            first_source=registers["block_source"], first_target=registers["block_target"],
            delay=registers["block_delay"], drift_period=registers["drift_period"]),
        array=CrossbarArray(
            params=CrossbarParams(rows=rows, columns=columns,
                                  **{name: registers[name] for name in SETTINGS}),
            tables=CrossbarTables(
                np.stack((entries["set"], entries["reset"])).astype(np.uint16),
                (registers["set_shift"], registers["reset_shift"]),
                entries["conductance"].astype(np.uint16)),
            stuck=np.stack([traits["stuck"] >> shift & 3 for shift in STUCK_SHIFT.values()]),
            register=np.stack([draws[plane.name.lower()][lanes] for plane in Plane]), **arrays),
        eligibility=cells["eligibility"].astype(np.int8))


def block_extents(rows: int, params: CoreParams) -> dict[Window, int]:
    """Return how many words of each window, from 0 on, hold a block of so many rows."""
    cells = rows * params.block_columns
    return {Window.CELLS: cells, Window.TRAITS: cells,
            Window.ENTRIES: window_words(Window.ENTRIES, params),
            Window.DRAWS: params.block_columns}


def _lanes(first_target: int, columns: int, params: CoreParams) -> slice:
    first = lane(0, first_target, params.tiles)
    return slice(first, first + columns)
