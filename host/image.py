"""A pool laid out on the memories of a core, and read back from them.

A core keeps its synapses tile by tile, and a file keeps them row by row. `Image.address` is the
permutation between the two: all else follows from it. What the core has no memory for, or stores
in a narrower form (target, delay, flags, leak codes, name), stays on the host and comes back as it
was.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from golden.arch.config import Leak
from golden.arch.numeric import leak_factor
from golden.arch.params import CoreParams
from golden.arch.records import decay_table, full_decay_table
from golden.arch.registers import REGISTERS
from golden.arch.windows import WINDOWS, Window
from golden.model import Pool

from .astrocyte_image import (
    astrocyte_registers,
    astrocyte_words,
    domain_words,
    moved_astrocytes,
)
from .block_image import block_extents, block_registers, block_words, moved_block
from .fit import check_fit, core_targets
from .words import dtype_of

WINDOW_OF = {
    **dict.fromkeys(("potential", "threshold", "refractory", "trace", "spike", "rate"),
                    Window.NEURONS),
    "ring": Window.RING,
    "weight": Window.WEIGHTS,
    "eligibility": Window.ELIGIBILITIES,
    "maturity": Window.MATURITIES,
}
"""Where the state fields live that a core changes; all others are kept by the host."""

BLOCK_WINDOWS = {"cells": Window.CELLS, "draws": Window.DRAWS}
ASTROCYTE_WINDOWS = {"calcium": Window.CALCIUM}
PART_WINDOWS = BLOCK_WINDOWS | ASTROCYTE_WINDOWS
"""Where that of block and astrocytes lives that a core changes; `Image.parts` takes their words."""

SYNAPSE_FIELDS = ("target", "weight", "delay", "eligibility", "maturity")

Span = tuple[Window, int, np.ndarray]
"""Words of a window from an address on, as they are written."""

Extent = tuple[Window, int, int]
"""Window, address and number of words to be read."""


class Image:
    """A pool as a core built with `params` holds it.

    Neuron i lives in tile ``i % tiles``. A synapse lives with its target; one whose target is
    outside the pool points to a neuron of the core that the pool leaves unused. A delay is stored
    as ``(max(delay, 1) - 1) % slots + 1``, the number of ticks to its arrival.

    Parameters
    ----------
    pool : Pool
        It is copied.
    params : CoreParams
        Capacities of the core.

    Attributes
    ----------
    pool : Pool
        The copy. Its static fields stay right; the others are as of the load.
    address : ndarray of int64, shape (S,)
        Address in window `SYNAPSES` of each synapse of the file.
    rows : ndarray of uint32, shape (n, tiles)
        End of each row within each tile.

    Raises
    ------
    FitError
        If the pool does not fit; the message names what, limit, value and remedy.
    """

    def __init__(self, pool: Pool, params: CoreParams):
        self.params = params
        self.pool = pool.copy()
        check_fit(self.pool, params)
        self._lay_out()

    def _lay_out(self):
        pool, tiles = self.pool, self.params.tiles
        self._local_target, tile = np.divmod(core_targets(pool, self.params.neurons), tiles)
        self.address = np.empty(tile.size, np.int64)
        self.rows = np.empty((pool.n, tiles), np.uint32)
        for t in range(tiles):
            members = np.flatnonzero(tile == t)
            self.address[members] = np.arange(members.size) * tiles + t
            self.rows[:, t] = np.searchsorted(members, pool.row_ptr[1:])
        self._extent = int(self.address.max(initial=-1)) + 1

    # To the core -----------------------------------------------------------------------------

    def registers(self) -> dict[str, int]:
        """Return the value of every register that configures the core or counts its ticks."""
        pool, config, options = self.pool, self.pool.config, self.pool.options
        return {
            "neuron_count": pool.n,
            "slot_count": config.delay_slots,
            "slot_head": 0,
            **{name: getattr(config, name) for name in (
                "resting_potential", "reset_potential", "refractory_ticks", "trace_decay",
                "homeostatic_rate", "stdp_positive", "stdp_negative")},
            "weight_shift": options.weight_shift,
            "homeostasis": options.homeostasis,
            "dale": options.dale,
            "leak_rounding": options.leak is Leak.FRACTION,
            "reset_mode": options.reset,
            **astrocyte_registers(pool, self.params),
            "tick_low": pool.tick_count & 0xFFFFFFFF,
            "tick_high": pool.tick_count >> 32,
            "tick_phase": pool.tick_count % 100,
            "last_spike_count": pool.last_spike_count,
            **block_registers(pool),
        }

    def spans(self) -> Iterator[Span]:
        """Yield all that a core needs to go on where the pool stands, its input vector at zero."""
        pool = self.pool
        values = self.registers()
        words = [register.encode(int(values[register.name]))
                 for register in REGISTERS if register.access == "rw"]
        yield self._span(Window.REGISTERS, value=words)
        tables = full_decay_table if self.params.single_port else decay_table
        yield self._span(Window.DECAYS, magnitude=np.ravel(tables(pool.config.trace_decay)))
        yield self._span(Window.NEURONS, **{
            name: getattr(pool, name)
            for name, window in WINDOW_OF.items() if window is Window.NEURONS})
        yield self._span(Window.LEAKS, leak=self._leak())
        yield self._span(Window.INPUTS, current=np.zeros(pool.n))
        for slot, current in enumerate(pool.ring):
            yield self._span(Window.RING, slot * self.params.neurons, current=current)
        if pool.block:
            for window, words in block_words(pool.block, self.params).items():
                yield window, 0, words
        if self.params.astrocytes:
            for window, words in astrocyte_words(pool, self.params).items():
                yield window, 0, words
        yield from self.row_spans()

    def row_spans(self) -> Iterator[Span]:
        """Yield the rows and their synapses, every eligibility up to date."""
        pool = self.pool
        yield self._span(Window.AGES, age=np.zeros(pool.n))
        yield self._span(Window.ROWS, end=self.rows.ravel(),
                         inhibitory=np.repeat(pool.flags & 1, self.params.tiles))
        if self._extent:
            slots = pool.config.delay_slots
            columns = {name: getattr(pool, name) for name in SYNAPSE_FIELDS}
            columns["target"] = self._local_target
            columns["delay"] = (np.maximum(pool.delay, 1).astype(int) - 1) % slots + 1
            words = np.zeros(self._extent, dtype_of(WINDOWS[Window.SYNAPSES].record))
            for name, column in columns.items():
                words[name][self.address] = column
            yield Window.SYNAPSES, 0, words
            if self.params.astrocytes:
                yield (Window.DOMAINS, 0,
                       domain_words(pool, self.address, self._extent, self.params))

    def _span(self, window: Window, address: int = 0, **columns) -> Span:
        words = np.zeros(len(next(iter(columns.values()))), dtype_of(WINDOWS[window].record))
        for name, column in columns.items():
            words[name] = column
        return window, address, words

    def _leak(self) -> np.ndarray:
        if self.pool.options.leak is Leak.FRACTION:
            return self.pool.leak_fraction
        return np.array([leak_factor(code) for code in range(256)])[self.pool.leak]

    # From the core ---------------------------------------------------------------------------

    def extents(self, window: Window) -> list[Extent]:
        """Return the parts of a window of `WINDOW_OF` or `PART_WINDOWS` that hold the pool."""
        n, neurons = self.pool.n, self.params.neurons
        match window:
            case Window.NEURONS:
                return [(window, 0, n)]
            case Window.RING:
                return [(window, slot * neurons, n)
                        for slot in range(self.pool.config.delay_slots)]
            case Window.CELLS | Window.DRAWS:
                rows = self.pool.block.array.params.rows if self.pool.block else 0
                return [(window, 0, block_extents(rows, self.params)[window])]
            case Window.CALCIUM:
                astrocytes = self.pool.astrocytes
                return [(window, 0, astrocytes.domain_count if astrocytes else 0)]
            case _:
                return [(window, 0, self._extent)]

    def fields(self, window: Window, words: np.ndarray, slot_head: int) -> dict[str, np.ndarray]:
        """Return the state fields, as a pool has them, that the words of `extents` hold.

        Parameters
        ----------
        window : Window
            One of `WINDOW_OF` or `PART_WINDOWS`, whose words are returned as they are.
        words : ndarray of the dtype of the window
            All its extents, one after the other.
        slot_head : int
            The register of this name: the slot that is row 0 of the ring.
        """
        pool = self.pool
        match window:
            case Window.NEURONS:
                columns = {name: words[name] for name in words.dtype.names or ()}
            case Window.RING:
                ring = words["current"].reshape(pool.ring.shape)
                columns = {"ring": np.roll(ring, -slot_head, axis=0)}
            case Window.CELLS | Window.DRAWS | Window.CALCIUM:
                return {window.name.lower(): words}
            case _:
                columns = {name: words[name][self.address] for name in words.dtype.names or ()}
        return {name: column.astype(getattr(pool, name).dtype) for name, column in columns.items()}

    @property
    def part_names(self) -> tuple[str, ...]:
        """The keys of `PART_WINDOWS` that are of the pool's block and astrocytes."""
        return (*(BLOCK_WINDOWS if self.pool.block else ()),
                *(ASTROCYTE_WINDOWS if self.pool.astrocytes else ()))

    def parts(self, words: dict[str, np.ndarray]) -> dict[str, object]:
        """Return the block and the astrocytes that the words of `part_names` hold, by name."""
        pool, found = self.pool, {}
        if pool.block:
            found["block"] = moved_block(pool.block, self.params, words["cells"], words["draws"])
        if pool.astrocytes:
            found["astrocytes"] = moved_astrocytes(pool.astrocytes, words["calcium"])
        return found

    def prune(self, dropped: Iterable[int]) -> None:
        """Follow the core, which has dropped the synapses at these addresses and closed the gaps.

        Raises
        ------
        ValueError
            If there is no synapse at an address, or one is named twice.
        """
        pool = self.pool
        dropped = np.fromiter(dropped, np.int64)
        keep = ~np.isin(self.address, dropped)
        if np.count_nonzero(~keep) != dropped.size:
            raise ValueError(f"prune: {dropped.size} addresses dropped, "
                             f"{np.count_nonzero(~keep)} of them hold a synapse")
        starts = np.concatenate([[0], np.cumsum(keep)])
        pool.row_ptr = starts[pool.row_ptr].astype(pool.row_ptr.dtype)
        for name in SYNAPSE_FIELDS:
            setattr(pool, name, getattr(pool, name)[keep])
        if pool.astrocytes:
            pool.astrocytes.keep(keep)
        self._lay_out()
