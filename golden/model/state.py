"""The state of a pool: everything that decides what happens next, and nothing else."""

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np

from golden.arch.block import check_place
from golden.arch.config import Options, PoolConfig, check_range
from golden.arch.numeric import LEAK_ONE

from .astrocytes import Astrocytes
from .block import DenseBlock
from .generator import U64_MAX

NEURON, EDGE, SYNAPSE, RING = "n", "n + 1", "S", "slots, n"
"""Shapes of the arrays."""

ARRAYS = {
    "potential": ("<i2", NEURON),
    "threshold": ("<i2", NEURON),
    "leak": ("u1", NEURON),
    "refractory": ("u1", NEURON),
    "flags": ("u1", NEURON),
    "trace": ("i1", NEURON),
    "spike": ("?", NEURON),
    "rate": ("<u2", NEURON),
    "ring": ("<i2", RING),
    "row_ptr": ("<u4", EDGE),
    "target": ("<u2", SYNAPSE),
    "weight": ("i1", SYNAPSE),
    "delay": ("u1", SYNAPSE),
    "eligibility": ("i1", SYNAPSE),
    "maturity": ("u1", SYNAPSE),
    "leak_fraction": ("<u2", NEURON),
}
"""dtype and shape of every array of a pool."""

STATE_FIELDS = tuple(ARRAYS)[:15]
"""The arrays of the reference, in the order in which its state is compared."""

INHIBITORY = 0x01
"""Bit of `flags`: the synapses of the neuron are made with negative weights."""


@dataclass(kw_only=True, eq=False)
class PoolState:
    """State of a pool of n neurons with S synapses and a delay ring of `slots` slots.

    Arrays are copied.

    Parameters
    ----------
    name : str
        Name.
    config : PoolConfig
        Configuration.
    options : Options
        Departures from the reference.
    n_excitatory, n_inhibitory : int
        Neurons of either kind, as the constructor counted them; nothing depends on them.
    tick_count : int
        Ticks since the pool was made, u64, wraps.
    last_spike_count : int
        Spikes of the latest tick.
    potential : ndarray of int16, shape (n,)
        Membrane potential, Q8.8 mV.
    threshold : ndarray of int16, shape (n,)
        Potential at and above which a neuron fires, Q8.8 mV.
    leak : ndarray of uint8, shape (n,)
        Leak code: the potential returns to rest by a shift of ``8 - min(leak, 7)``.
    refractory : ndarray of uint8, shape (n,)
        Ticks of dead time that remain.
    flags : ndarray of uint8, shape (n,)
        Bit 0 inhibitory, bits 1 and 2 profile.
    trace : ndarray of int8, shape (n,)
        Spike trace that synaptogenesis looks at.
    spike : ndarray of bool, shape (n,)
        Whether the neuron fired in the latest tick.
    rate : ndarray of uint16, shape (n,)
        Spike rate that homeostasis looks at.
    ring : ndarray of int16, shape (slots, n)
        Currents under way, Q8.8 mV; row 0 is due at the next tick.
    row_ptr : ndarray of uint32, shape (n + 1,)
        Synapses ``row_ptr[i]`` up to but not including ``row_ptr[i + 1]`` leave neuron i.
    target : ndarray of uint16, shape (S,)
        Neuron a synapse ends in; one at or past n dangles.
    weight : ndarray of int8, shape (S,)
        Weight.
    delay : ndarray of uint8, shape (S,)
        Ticks from spike to arrival; 0 acts as 1, and the ring's length is subtracted as
        often as needed.
    eligibility : ndarray of int8, shape (S,)
        STDP trace.
    maturity : ndarray of uint8, shape (S,)
        ``counter << 2 | temperature``.
    leak_fraction : ndarray of uint16, shape (n,)
        λ of option ``leak = "fraction"``, 0..4096.
    block : DenseBlock or None
        Synapses on a memristor crossbar, beside the others.
    astrocytes : Astrocytes or None
        Slow calcium that acts on synapses.

    Raises
    ------
    ValueError
        If an array has another dtype or shape, a λ or the tick count is out of its range, the
        rows don't cover the synapses from first to last, the block reaches past the pool, or the
        astrocytes are those of a pool of another size.
    """

    name: str
    config: PoolConfig
    options: Options
    n_excitatory: int
    n_inhibitory: int
    tick_count: int
    last_spike_count: int
    potential: np.ndarray
    threshold: np.ndarray
    leak: np.ndarray
    refractory: np.ndarray
    flags: np.ndarray
    trace: np.ndarray
    spike: np.ndarray
    rate: np.ndarray
    ring: np.ndarray
    row_ptr: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    delay: np.ndarray
    eligibility: np.ndarray
    maturity: np.ndarray
    leak_fraction: np.ndarray
    block: DenseBlock | None = None
    astrocytes: Astrocytes | None = None

    def __post_init__(self):
        shapes = {NEURON: (self.n,), EDGE: (self.n + 1,), SYNAPSE: (self.synapse_count,),
                  RING: (self.config.delay_slots, self.n)}
        for name, (dtype, extent) in ARRAYS.items():
            array = getattr(self, name)
            if array.dtype != dtype or array.shape != shapes[extent]:
                raise ValueError(f"pool: {name} must be {np.dtype(dtype)} of shape "
                                 f"{shapes[extent]}, not {array.dtype} of shape {array.shape}")
            setattr(self, name, array.copy())
        if self.n and self.leak_fraction.max() > LEAK_ONE:
            raise ValueError(f"pool: leak_fraction must be in 0..{LEAK_ONE}, "
                             f"not {self.leak_fraction.max()}")
        check_range("pool", "tick_count", self.tick_count, 0, U64_MAX)
        check_rows(self.row_ptr, self.synapse_count)
        if self.astrocytes:
            self.astrocytes = self.astrocytes.copy()
            sizes = len(self.astrocytes.feed), len(self.astrocytes.domain)
            if sizes != (self.n, self.synapse_count):
                raise ValueError(f"pool: astrocytes must be those of {self.n} neurons and "
                                 f"{self.synapse_count} synapses, not of {sizes[0]} and {sizes[1]}")
        if self.block:
            check_place(self.block.params, self.block.array.params, self.n)
            self.block = self.block.copy()

    @property
    def n(self) -> int:
        """Number of neurons."""
        return len(self.potential)

    @property
    def synapse_count(self) -> int:
        """Number of synapses."""
        return len(self.target)

    def copy(self) -> Self:
        """Return a pool of its own with the same state."""
        return dataclasses.replace(self)

    def digest(self) -> str:
        """Return the SHA-256 of the whole state: equal digests mean equal futures."""
        digest = hashlib.sha256(repr(_scalars(self)).encode())
        for name, (dtype, _) in ARRAYS.items():
            digest.update(getattr(self, name).astype(dtype, copy=False).tobytes())
        for part in (self.block, self.astrocytes):
            if part:
                digest.update(part.digest().encode())
        return digest.hexdigest()


def check_rows(row_ptr: np.ndarray, synapse_count: int) -> None:
    """Raise ValueError unless the rows cover the synapses from first to last.

    Parameters
    ----------
    row_ptr : ndarray of uint32, shape (n + 1,)
        Where the rows start.
    synapse_count : int
        Number of synapses.
    """
    if row_ptr[0] != 0:
        raise ValueError(f"pool: row 0 must start at synapse 0, not {row_ptr[0]}")
    backward = np.flatnonzero(row_ptr[1:] < row_ptr[:-1])
    if len(backward):
        row = int(backward[0])
        raise ValueError(f"pool: row {row} must not end before it starts, at synapse "
                         f"{row_ptr[row]}, but ends at {row_ptr[row + 1]}")
    if row_ptr[-1] != synapse_count:
        raise ValueError(f"pool: the last row must end at {synapse_count}, the number of "
                         f"synapses, not {row_ptr[-1]}")


Index = int | tuple[int, ...] | None
"""Where in an array; (slot, neuron) in the delay ring; None for what is not an array."""


def first_difference(expected: PoolState,
                     actual: PoolState) -> tuple[str, Index, object, object] | None:
    """Return where two pools first differ, arrays first, or None if they don't.

    Returns
    -------
    field : str
        Name of the array or of the value; ``"shape of ..."`` if arrays have different shapes, and
        ``"block ..."`` if it is of the dense block.
    index : int, tuple of int or None
        Where in the array.
    expected, actual : object
        What the two pools hold there.
    """
    ours, theirs = ({name: getattr(pool, name) for name in ARRAYS} | _parts(pool, "fields")
                    for pool in (expected, actual))
    for name in [name for name in ours if name in theirs]:
        if found := _array_difference(name, ours[name], theirs[name]):
            return found
    ours, theirs = (_scalars(pool) | _parts(pool, "values") for pool in (expected, actual))
    for name in ours | theirs:
        if ours.get(name) != theirs.get(name):
            return name, None, ours.get(name), theirs.get(name)
    return None


def _array_difference(name: str, ours: np.ndarray,
                      theirs: np.ndarray) -> tuple[str, Index, object, object] | None:
    if ours.shape != theirs.shape:
        return f"shape of {name}", None, ours.shape, theirs.shape
    differs = np.argwhere(ours != theirs)
    if not len(differs):
        return None
    at = tuple(differs[0].tolist())
    return name, at if ours.ndim > 1 else at[0], ours[at].item(), theirs[at].item()


def _parts(state: PoolState, what: str) -> dict:
    """Return `fields` or `values` of block and astrocytes, by the names of a difference."""
    return {f"{kind} {name}": part
            for kind, owner in (("block", state.block), ("astrocytes", state.astrocytes)) if owner
            for name, part in getattr(owner, what)().items()}


def _scalars(state: PoolState) -> dict[str, object]:
    """Return all that is not an array, but for block and astrocytes."""
    return {field.name: getattr(state, field.name) for field in dataclasses.fields(state)
            if field.name not in (*ARRAYS, "block", "astrocytes")}
