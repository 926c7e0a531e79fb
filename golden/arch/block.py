"""A dense block of a pool: a memristor crossbar between a range of its neurons and another.

Row i leads from neuron ``first_source + i``, column j to neuron ``first_target + j``; the cells
are those of `golden.arch.crossbar`, and all have one delay. A cell also has an eligibility (i8), as
a synapse has, but no maturity: a memristor does not freeze, and is never pruned.

*Tick.* Spikes travel as ever: sources ascending, and of each source first its synapses, in order,
then the cells of its row, in the order of their columns. For each cell::

    e ← e + (target fired ? stdp_negative : stdp_positive)                     (saturating, 8 bits)
    slot = (max(delay, 1) − 1) mod slots
    ring[slot, target] ← ring[slot, target] + (code << weight_shift)          (saturating, 16 bits)

where `code` is what the converter makes of the cell's row and column (`cell_code`, `attenuated`,
`convert`). At the end of the tick its eligibilities decay as those of synapses do; after that, if
`slow_tick`, every cell drifts. A cell that a spike travels counts as a synaptic event.

*Modulation.* After the synapses, for each row, ascending, and each column, ascending::

    Δ = trunc(e r / 64) − trunc(e w / 64)                        r, w as for a synapse
    n = pulse_count(Δ, pulse_gain, pulse_cap)
    n > 0:  n pulses, each SET on the PLUS cell and RESET on the MINUS cell
    n < 0:  −n pulses, each RESET on the PLUS cell and SET on the MINUS cell

A cell with Δ > 0 counts as reinforced and one with Δ < 0 as weakened, whatever n is and even if it
is stuck. The sign of a weight is not kept: option `dale` says nothing of a block. With every pulse
the registers of the column, one for each plane, advance by one draw, also if a cell is stuck. The
order of the columns is of no consequence, that of the rows is: a column has one register per plane.

*Tiles.* A core has room for `block_rows` x `block_columns` cells. Column j lies in the lane
``first_target % tiles + j``, lane k in tile ``k % tiles``, that of its target. Word
``row * block_columns + lane`` of a window of cells is the cell at (row, lane). Columns share
nothing but tables, so results don't depend on the number of tiles.
"""

from dataclasses import dataclass

from .config import check_range
from .crossbar import CrossbarParams
from .numeric import U16_MAX


@dataclass(frozen=True, kw_only=True)
class BlockParams:
    """Where a crossbar lies in a pool, and when it drifts.

    Parameters
    ----------
    first_source, first_target : int
        Neurons of the first row and of the first column, 0..65,535.
    delay : int
        Ticks from spike to arrival, u8; 0 acts as 1, and the ring's length is subtracted as often
        as needed.
    drift_period : int
        Ticks from one slow tick to the next, u16; 0 is never.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    first_source: int = 0
    first_target: int = 0
    delay: int = 1
    drift_period: int = 0

    def __post_init__(self):
        for name, high in (("first_source", U16_MAX), ("first_target", U16_MAX), ("delay", 255),
                           ("drift_period", U16_MAX)):
            check_range("block", name, getattr(self, name), 0, high)


def check_place(block: BlockParams, crossbar: CrossbarParams, n: int) -> None:
    """Raise ValueError, naming limit and value, unless the block lies within n neurons."""
    for first, extent in (("first_source", "rows"), ("first_target", "columns")):
        start, size = getattr(block, first), getattr(crossbar, extent)
        if start + size > n:
            raise ValueError(f"block: {first} + {extent} must be at most the {n} neurons of the "
                             f"pool, not {start} + {size}")


def slow_tick(tick_count: int, drift_period: int) -> bool:
    """Return whether cells drift at the end of a tick.

    Parameters
    ----------
    tick_count : int
        Ticks before this one, u64.
    drift_period : int
        Ticks from one slow tick to the next; 0 is never.
    """
    return drift_period != 0 and tick_count % drift_period == drift_period - 1


def lane(column: int, first_target: int, tiles: int) -> int:
    """Return where a column lies in a core: in tile ``lane % tiles``, place ``lane // tiles``."""
    return first_target % tiles + column
