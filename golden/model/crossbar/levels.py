"""Cells of a few levels: not a device, but what is asked of one."""

import math

import numpy as np

from golden.arch.config import check_range
from golden.arch.crossbar import CODE_ONE, STATE_FULL, STEP_SHIFT_MAX, TABLE_DEPTH
from golden.arch.numeric import U16_MAX
from golden.model.crossbar_array import CrossbarTables

LEVELS_MAX = 64
RATIO = 300
"""R_off / R_on, that of the device "magic"."""


def level_tables(levels: int, ratio: float = RATIO) -> CrossbarTables:
    """Return the tables of cells that a pulse takes from one of their levels to the next.

    The levels divide the conductance from 1 / R_off to 1 / R_on evenly, and conductance is linear
    in the state, so every pulse changes it by as much.

    Parameters
    ----------
    levels : int
        Levels, 2..64.
    ratio : float
        R_off / R_on, above 1.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """
    check_range("crossbar", "levels", levels, 2, LEVELS_MAX)
    if not ratio > 1:
        raise ValueError(f"crossbar: ratio must be above 1, not {ratio:g}")
    step = STATE_FULL / (levels - 1)
    shift = min(STEP_SHIFT_MAX, int(math.log2(U16_MAX / step)))
    conductance = np.linspace(CODE_ONE, CODE_ONE / ratio, TABLE_DEPTH)
    return CrossbarTables(np.full((2, TABLE_DEPTH), round(step * 2**shift), np.uint16),
                          (shift, shift), np.rint(conductance).astype(np.uint16))
