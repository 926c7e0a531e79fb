"""Where the network keeps what it learns: in digital memory, or in a memristor crossbar.

Every weight begins as a digital bias. Only what is learned on top of it is kept in a cell of a
crossbar, one for each synapse: fully RESET, nothing is learned, fully SET, all of it. So a cell
that is stuck, or unlike the others, spoils one decision of one place, and no place falls silent.
"""

from dataclasses import dataclass

import numpy as np

from golden.arch.config import check_range
from golden.arch.crossbar import CODE_ONE, STATE_FULL, CrossbarParams, Plane
from golden.model.crossbar.devices import MAGIC
from golden.model.crossbar.tables import compute_tables
from golden.model.crossbar.variation import vary
from golden.model.crossbar_array import ideal_array

from .kernel import LEARNED
from .worlds import ACTIONS


@dataclass(frozen=True)
class Memory:
    """Memristors that keep what is learned, with their faults.

    Parameters
    ----------
    levels : int
        Levels that are told apart when a cell is read, 2..256.
    variation : int
        Standard deviation of the conductance from cell to cell, 0..50 percent.
    stuck : int
        Cells that are stuck, 0..100 percent: half of them at R_off, half at R_on.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    levels: int = 32
    variation: int = 10
    stuck: int = 10

    def __post_init__(self):
        for name, low, high in (("levels", 2, 256), ("variation", 0, 50), ("stuck", 0, 100)):
            check_range("memory", name, getattr(self, name), low, high)

    def readings(self, seeds: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what is read of each synapse with nothing and with everything learned.

        One crossbar of `cells` rows and 4 columns for each seed, by the integers of
        `golden.model.crossbar`, without wires. A reading is rounded to the nearest level, and none
        exceeds that of a nominal cell that is fully SET.

        Returns
        -------
        low, high : ndarray of int64, shape (k, cells, 4)
            0..`LEARNED`.
        """
        params = CrossbarParams(rows=cells, columns=ACTIONS)
        ideal = ideal_array(params, compute_tables(MAGIC))
        low, high = (np.empty((len(seeds), cells, ACTIONS), np.int64) for _ in range(2))
        for number, seed in enumerate(seeds):
            array = vary(ideal, gain=self.variation / 100, off=self.stuck / 200,
                         on=self.stuck / 200, seed=int(seed))
            for reading, state in ((low, STATE_FULL), (high, 0)):
                array.state[:] = state
                reading[number] = self._read(array.codes()[Plane.PLUS])
        return low, high

    def _read(self, code: np.ndarray) -> np.ndarray:
        steps = self.levels - 1
        level = np.minimum((code * steps + CODE_ONE // 2) // CODE_ONE, steps)
        return (level * LEARNED + steps // 2) // steps


def faultless(count: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the readings of digital memory."""
    return (np.zeros((count, cells, ACTIONS), np.int64),
            np.full((count, cells, ACTIONS), LEARNED, np.int64))
