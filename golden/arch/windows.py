"""The memories of the core that a host can reach, word by word.

A window is an array of records. Where a memory is cut into tiles, word a lives in tile
``a % tiles`` at ``a // tiles``. So neuron i has address i in every window of neurons, slot s of
its delay ring has address ``s * neurons + i`` (`neurons` being the capacity of the build, not the
size of the pool), and word k of the rows or synapses of tile t has address ``k * tiles + t``. The
cell of the dense block in row r and lane k has address ``r * block_columns + k``; column j lies in
lane ``block_target % tiles + j``. A core built without a block has no windows from CELLS on.
"""

import enum
from dataclasses import dataclass, field

from .astrocytes import GLIOTRANSMITTER_DEPTH
from .crossbar import TABLE_DEPTH
from .params import CoreParams
from .records import (
    AGE,
    AGE_HORIZON,
    CALCIUM,
    CELL,
    CURRENT,
    DECAY,
    DECAY_POWERS,
    DOMAIN,
    DRAW,
    ELIGIBILITY,
    ENTRY,
    GLIOTRANSMITTER,
    LEAK,
    MATURITY,
    NEURON,
    ROW,
    SYNAPSE,
    TRAITS,
    WEIGHT,
    Field,
    Record,
)
from .registers import REGISTERS


class Window(enum.IntEnum):
    """Numbers of the windows."""

    REGISTERS = 0
    NEURONS = 1
    LEAKS = 2
    INPUTS = 3
    RING = 4
    AGES = 5
    ROWS = 6
    SYNAPSES = 7
    WEIGHTS = 8
    ELIGIBILITIES = 9
    MATURITIES = 10
    DECAYS = 11
    CELLS = 12
    TRAITS = 13
    ENTRIES = 14
    DRAWS = 15
    DOMAINS = 16
    FEEDS = 17
    CALCIUM = 18
    GLIOTRANSMITTERS = 19


@dataclass(frozen=True)
class WindowSpec:
    """What a window shows.

    Parameters
    ----------
    record : Record
        Layout of one word.
    access : str
        ``"rw"``, ``"r"`` or ``"w"``.
    extent : str
        Number of words, as an expression of the build parameters, for the documentation.
    doc : str
        What it is.
    """

    record: Record
    access: str
    extent: str
    doc: str = field(repr=False)


REGISTER_WORD = Record("register", (Field("value", 4, False, "value of a register"),))

WINDOWS = {
    Window.REGISTERS: WindowSpec(REGISTER_WORD, "rw", str(len(REGISTERS)),
                                 "configuration and counters; writing a counter has no effect"),
    Window.NEURONS: WindowSpec(NEURON, "rw", "neurons", "state of the neurons"),
    Window.LEAKS: WindowSpec(LEAK, "rw", "neurons", "leak factors of the neurons"),
    Window.INPUTS: WindowSpec(CURRENT, "rw", "neurons",
                              "the input vector, held from tick to tick"),
    Window.RING: WindowSpec(CURRENT, "rw", "delay_slots * neurons", "the delay ring"),
    Window.AGES: WindowSpec(AGE, "rw", "neurons", "ages of the rows"),
    Window.ROWS: WindowSpec(ROW, "rw", "neurons * tiles",
                            "where the rows of each tile end, and their kinds"),
    Window.SYNAPSES: WindowSpec(SYNAPSE, "rw", "synapses", "the synapses of each tile"),
    Window.WEIGHTS: WindowSpec(WEIGHT, "r", "synapses", "weights alone"),
    Window.ELIGIBILITIES: WindowSpec(ELIGIBILITY, "r", "synapses", "eligibilities alone; the "
                                     "command SETTLE first brings them up to date"),
    Window.MATURITIES: WindowSpec(MATURITY, "r", "synapses", "maturities alone"),
    Window.DECAYS: WindowSpec(DECAY, "w", "7 * 128, or 128 * 128 with single_port",
                              "decay tables, in every tile at once: word 128 * k + m is the "
                              "magnitude that m decays to in 2**k ticks (with single_port: in k "
                              "ticks), and m = 0 stands for 128"),
    Window.CELLS: WindowSpec(CELL, "rw", "block_rows * block_columns",
                             "the cells of the dense block; SETTLE first brings their "
                             "eligibilities up to date"),
    Window.TRAITS: WindowSpec(TRAITS, "rw", "block_rows * block_columns",
                              "how these cells differ"),
    Window.ENTRIES: WindowSpec(ENTRY, "rw", f"{TABLE_DEPTH}, or 0 without a block",
                               "tables of the cells, the same in every tile"),
    Window.DRAWS: WindowSpec(DRAW, "rw", "block_columns", "shift registers of the block's lanes"),
    Window.DOMAINS: WindowSpec(DOMAIN, "rw", "synapses, or 0 without astrocytes",
                               "astrocyte domains of the synapses, where SYNAPSES has these; "
                               "`astrocytes` is read where there is none"),
    Window.FEEDS: WindowSpec(DOMAIN, "rw", "neurons, or 0 without astrocytes",
                             "the domains that the neurons feed, likewise; not cut into tiles"),
    Window.CALCIUM: WindowSpec(CALCIUM, "rw", "astrocytes",
                               "state of the domains; not cut into tiles"),
    Window.GLIOTRANSMITTERS: WindowSpec(GLIOTRANSMITTER, "rw", "256, or 0 without astrocytes",
                                        "the gliotransmitter table; not cut into tiles"),
}


def window_words(window: Window, params: CoreParams) -> int:
    """Return the number of words of `window` in a core built with `params`."""
    match window:
        case Window.REGISTERS:
            return len(REGISTERS)
        case Window.DECAYS:
            return (AGE_HORIZON if params.single_port else DECAY_POWERS) * 128
        case Window.ROWS:
            return params.neurons * params.tiles
        case Window.RING:
            return params.delay_slots * params.neurons
        case Window.CELLS | Window.TRAITS:
            return params.block_rows * params.block_columns
        case Window.ENTRIES:
            return TABLE_DEPTH if params.block_rows else 0
        case Window.DRAWS:
            return params.block_columns
        case Window.DOMAINS:
            return params.synapses if params.astrocytes else 0
        case Window.FEEDS:
            return params.neurons if params.astrocytes else 0
        case Window.CALCIUM:
            return params.astrocytes
        case Window.GLIOTRANSMITTERS:
            return GLIOTRANSMITTER_DEPTH if params.astrocytes else 0
        case Window.SYNAPSES | Window.WEIGHTS | Window.ELIGIBILITIES | Window.MATURITIES:
            return params.synapses
        case _:
            return params.neurons
