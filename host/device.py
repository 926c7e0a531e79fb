"""One interface, whatever computes: the golden model in process, a virtual board, a serial port."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import numpy as np

from golden.arch.crossbar import SIZE_MAX
from golden.arch.identity import VERSION, contract_hash
from golden.arch.numeric import U16_MAX
from golden.arch.registers import COUNTERS
from golden.model import STATE_FIELDS, Pool, Stats
from golden.model.plasticity import cell_changes
from golden.model.pool import SIGNAL_MAX

from .atomic import check_output
from .checkpoint import write_checkpoint
from .errors import DeviceError
from .poolfile import write_pool
from .progress import progress
from .spikes import SpikeRecord
from .stimulus import Stimulus


class Device(ABC):
    """A place where a pool lives and learns.

    All devices give the same answers to the same calls. A device is a context manager, and closes
    itself at the end. Except for `load`, `status` and `close`, calls need a loaded pool.
    """

    @property
    @abstractmethod
    def identity(self) -> dict[str, int]:
        """What the device says of itself: fields of `golden.arch.identity.IDENTITY`."""

    @abstractmethod
    def load(self, pool: Pool) -> None:
        """Take over a copy of `pool`, with all that it holds.

        Raises
        ------
        FitError
            If the pool exceeds the capacities of the device.
        """

    @abstractmethod
    def snapshot(self) -> Pool:
        """Return a copy of the pool as it is now."""

    @abstractmethod
    def stream(self, stimulus: Stimulus) -> Iterator[np.ndarray]:
        """Run, and yield for each tick, while it runs, who fired.

        Yields
        ------
        ndarray of uint32
            Neurons that fired, ascending.
        """

    @abstractmethod
    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        """Add ``polarity * magnitude * 128`` to the potentials of neurons ``first <= i < end``.

        See `golden.model.pool.Pool.inject`.
        """

    @abstractmethod
    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        """Turn eligibilities into weight changes, and return how many were reinforced and weakened.

        See `golden.model.plasticity.modulate`.
        """

    @abstractmethod
    def prune(self) -> int:
        """Drop dead synapses and return their number."""

    @abstractmethod
    def astrocyte_step(self, clear: bool = False) -> None:
        """Let calcium decay, then rise where domains are active, or clear it.

        See `golden.model.pool.Pool.astrocyte_step`.
        """

    @abstractmethod
    def reset_membranes(self) -> None:
        """Set every potential to rest and end every dead time."""

    @abstractmethod
    def status(self) -> dict[str, int]:
        """Return the counters of `golden.arch.registers.COUNTERS` by name."""

    @property
    @abstractmethod
    def tick_count(self) -> int:
        """Ticks since the pool was made."""

    @property
    @abstractmethod
    def spike_count(self) -> int:
        """Spikes of the latest tick."""

    def run(self, stimulus: Stimulus,
            callback: Callable[[int, np.ndarray], object] | None = None) -> SpikeRecord:
        """Run, and return who fired when.

        Parameters
        ----------
        stimulus : Stimulus
            Input currents.
        callback : callable, optional
            Called for each tick, while it runs, with the tick count at its start and the neurons
            that fired.
        """
        first = self.tick_count

        def spikes():
            with progress("run", stimulus.ticks) as advance:
                for tick, neurons in enumerate(self.stream(stimulus), first):
                    if callback:
                        callback(tick, neurons)
                    advance(1)
                    yield neurons

        return SpikeRecord.collect(first, spikes())

    def tick(self, current=None) -> np.ndarray:
        """Run one tick with an input, see `golden.model.pool.Pool.tick`, and return who fired."""
        (neurons,) = self.stream(Stimulus.constant(current, 1))
        return neurons

    def synaptogenesis(self, acetylcholine: int) -> int:
        """Connect active neurons and return the number of new synapses.

        See `golden.model.growth.synaptogenesis`. New synapses go into the middle of rows, which is
        work for the host.
        """
        pool = self.snapshot()
        created = pool.synaptogenesis(acetylcholine)
        if created:
            self.load(pool)
        return created

    def read(self, field: str) -> np.ndarray:
        """Return one array of the pool, as it is now, in the order of files.

        Parameters
        ----------
        field : str
            One of `golden.model.STATE_FIELDS`.
        """
        return getattr(self.snapshot(), check_field(field))

    def read_output(self, first: int, end: int) -> np.ndarray:
        """Return +255 for neurons ``first <= i < end`` that fired in the latest tick, else 0."""
        return self.read("spike")[first:end] * np.int16(SIGNAL_MAX)

    def read_calcium(self) -> np.ndarray:
        """Return the calcium of the domains, uint16; empty if the pool has no astrocytes."""
        astrocytes = self.snapshot().astrocytes
        return astrocytes.calcium if astrocytes else np.zeros(0, np.uint16)

    @property
    def mean_activation(self) -> int:
        """Spikes of the latest tick per neuron, in 1/255, rounded down."""
        neurons = len(self.read("leak"))
        return min(SIGNAL_MAX, self.spike_count * SIGNAL_MAX // max(neurons, 1))

    def stats(self) -> Stats:
        """Return a summary of the pool."""
        return self.snapshot().stats()

    def save(self, path: str | Path) -> None:
        """Write the pool to a `.pool` or `.checkpoint` file.

        A `.pool` file drops options and what is under way; a checkpoint drops nothing.

        Raises
        ------
        FileError
            If the suffix is another, the file can't be written, or it is a `.pool` and the pool has
            astrocytes; whatever was there before is then left as it was.
        """
        check_output(path, ".pool", ".checkpoint")
        write = write_pool if Path(path).suffix == ".pool" else write_checkpoint
        write(self.snapshot(), path)

    def close(self) -> None:
        """Let go of the device; a second time does nothing."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def check_field(field: str) -> str:
    """Return `field` if it names an array that a device can read.

    Raises
    ------
    ValueError
        If not; the message lists the names.
    """
    if field not in STATE_FIELDS:
        raise ValueError(f"read: field must be one of {', '.join(STATE_FIELDS)}, not {field!r}")
    return field


class GoldenDevice(Device):
    """The golden model in process."""

    def __init__(self):
        self._pool: Pool | None = None
        self._counts = dict.fromkeys((counter.name for counter in COUNTERS), 0)

    @property
    def identity(self) -> dict[str, int]:
        """The contract, and what a pool file can hold; 0 for what only a board has."""
        return {
            "session": 0, "contract": contract_hash(), "major": VERSION[0], "minor": VERSION[1],
            "neurons": U16_MAX + 1, "synapses": (1 << 32) - 1, "tiles": 1, "delay_slots": 255,
            "divisor": 0, "command_depth": 0, "report_depth": 0, "single_port": 0, "options": 1,
            "block_rows": SIZE_MAX, "block_columns": SIZE_MAX, "astrocytes": U16_MAX,
        }

    @property
    def pool(self) -> Pool:
        """The pool itself.

        Raises
        ------
        DeviceError
            If none has been loaded.
        """
        if self._pool is None:
            raise DeviceError("golden: no pool is loaded; load one first")
        return self._pool

    def load(self, pool: Pool) -> None:
        self._pool = pool.copy()

    def snapshot(self) -> Pool:
        return self.pool.copy()

    def stream(self, stimulus: Stimulus) -> Iterator[np.ndarray]:
        for segment in stimulus:
            for _ in range(segment.ticks):
                yield self.tick(segment.current)

    def tick(self, current=None) -> np.ndarray:
        pool = self.pool
        neurons = pool.tick(current)
        travelled = pool.target[np.repeat(pool.spike, np.diff(pool.row_ptr))]
        conversions = pool.block.travelled(pool.spike) if pool.block else 0
        self._counts["spikes"] += len(neurons)
        self._counts["events"] += int(np.count_nonzero(travelled < pool.n)) + conversions
        self._counts["conversions"] += conversions
        return neurons

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        self.pool.inject(first, end, polarity, magnitude)

    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        counts = self.pool.modulate(dopamine, cortisol, acetylcholine)
        if block := self.pool.block:
            given = block.pulse_counts(cell_changes(block, dopamine, cortisol))
            self._counts["pulses"] += int(np.abs(given).sum())
        return counts

    def synaptogenesis(self, acetylcholine: int) -> int:
        return self.pool.synaptogenesis(acetylcholine)

    def prune(self) -> int:
        return self.pool.prune()

    def astrocyte_step(self, clear: bool = False) -> None:
        self.pool.astrocyte_step(clear)

    def reset_membranes(self) -> None:
        self.pool.reset_membranes()

    def read(self, field: str) -> np.ndarray:
        return getattr(self.pool, check_field(field)).copy()

    def stats(self) -> Stats:
        return self.pool.stats()

    def status(self) -> dict[str, int]:
        return self._counts.copy()

    @property
    def tick_count(self) -> int:
        return self.pool.tick_count

    @property
    def spike_count(self) -> int:
        return self.pool.last_spike_count
