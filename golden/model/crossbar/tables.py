"""The tables of the integer twin, computed from the physics of a device."""

import math

import numpy as np

from golden.arch.crossbar import (
    CODE_ONE,
    STATE_FULL,
    STEP_SHIFT_MAX,
    TABLE_DEPTH,
    Polarity,
)
from golden.arch.numeric import U16_MAX
from golden.model.crossbar_array import CrossbarTables

from .device import DeviceParams
from .vteam import doses, flow


def compute_tables(device: DeviceParams) -> CrossbarTables:
    """Return the tables of a device.

    Entry i of a step table is how far one pulse moves a device whose level (`DeviceParams.level`)
    is i / 255, to the nearest integer, with as many fraction bits as fit 16 bits. Where a pulse
    meets the end of the range, the map from state to state has a bend. The first entry beyond it
    continues the line through the two before it, so that interpolation meets the end where the
    device does. That is so also if this entry is the end itself, unless the window is 0 there: then
    the device creeps up to the end, and there is no bend.
    """
    grid = np.arange(TABLE_DEPTH) / (TABLE_DEPTH - 1)
    x = device.position(grid)
    steps, shifts = [], []
    for polarity, dose in zip(Polarity, doses(device), strict=True):
        moved = np.abs(device.level(flow(device, x, dose)) - grid) * STATE_FULL
        shift = min(STEP_SHIFT_MAX, int(math.log2(U16_MAX / max(moved.max(), 1))))
        rises = polarity is Polarity.RESET
        bends = device.slowed(np.array([float(rises)]), np.array([rises]))[0] > 0
        moved = _continued(moved, 1 - grid if rises else grid, bends)
        steps.append(np.minimum(np.rint(moved * 2.0**shift), U16_MAX))
        shifts.append(shift)
    conductance = np.rint(CODE_ONE * device.r_on * device.conductance(x))
    return CrossbarTables(np.array(steps, np.uint16), (shifts[0], shifts[1]),
                          conductance.astype(np.uint16))


def _continued(moved: np.ndarray, room: np.ndarray, bends: bool) -> np.ndarray:
    """Return steps, the first one that meets the end replaced by what the two before it tell.

    Parameters
    ----------
    moved : ndarray of float, shape (256,)
        Steps, in LSBs.
    room : ndarray of float, shape (256,)
        Distance to the end, in ranges.
    bends : bool
        Whether a device at the end would move on if the range did.
    """
    nearer = np.argsort(room)[::-1]  # from the far end to the one that pulses lead to
    meets = moved[nearer] >= room[nearer] * STATE_FULL * (1 - 1e-12)
    first = int(np.argmax(meets))
    if first < 2 or (room[nearer[first]] == 0 and not bends):
        return moved
    moved = moved.copy()
    moved[nearer[first]] = max(moved[nearer[first]],
                               2 * moved[nearer[first - 1]] - moved[nearer[first - 2]])
    return moved
