"""Whether a pool fits a core."""

from dataclasses import dataclass

import numpy as np

from golden.arch.block import lane
from golden.arch.config import Options
from golden.arch.params import CoreParams
from golden.model import Pool
from golden.model.block import DenseBlock

from .errors import FitError


@dataclass(frozen=True)
class Limit:
    """One capacity of a core, and what a pool needs of it.

    Parameters
    ----------
    limit : str
        What is limited.
    needed, available : int
        How much the pool needs, and how much there is.
    remedy : str
        What to do if it is too much.
    """

    limit: str
    needed: int
    available: int
    remedy: str

    @property
    def fits(self) -> bool:
        """Whether there is enough."""
        return self.needed <= self.available


def limits(pool: Pool, params: CoreParams) -> list[Limit]:
    """Return every capacity of a core that a pool could exceed.

    Raises
    ------
    FitError
        If the pool has no neurons.
    """
    if pool.n < 1:
        raise FitError(f"pool {pool.name!r} has no neurons: a core runs at least 1")
    needed = fitting_params(pool, params.tiles)
    tile_load = _tile_load(pool, params.neurons, params.tiles)

    def take(name: str, instead: str) -> str:
        return f"take a core built with {name}={needed[name]}, or {instead}"

    return [
        Limit("neurons", pool.n, params.neurons, take("neurons", "a smaller pool")),
        Limit("rows per tile", pool.n, params.neurons, take("neurons", "a smaller pool")),
        Limit("spare neuron for targets outside the pool", int(_dangles(pool)),
              max(0, params.neurons - pool.n), take("neurons", "a pool without such synapses")),
        Limit("synapses in the fullest tile", tile_load, params.tile_synapses,
              take("synapses", "a sparser pool")),
        Limit("delay slots", pool.config.delay_slots, params.delay_slots,
              take("delay_slots", "a pool with a lower max_delay")),
        Limit("astrocyte domains", _domains(pool), params.astrocytes,
              take("astrocytes", "a pool without astrocytes")),
        *_block_limits(pool, params, needed),
        Limit("options beyond the reference", _options(pool), len(Options().as_dict())
              if params.options else 0,
              "take a core built with options=1, or a pool without options"),
    ]


def _block_limits(pool: Pool, params: CoreParams, needed: dict[str, int]) -> list[Limit]:
    """Return the capacities that the dense block of a pool could exceed."""
    if pool.block is None:
        return []
    remedy = (f"take a core built with block_rows={needed['block_rows']} and "
              f"block_columns={needed['block_columns']}, or a smaller block")
    return [Limit("rows of a block", pool.block.array.params.rows, params.block_rows, remedy),
            Limit("lanes of a block", _lanes(pool.block, params.tiles), params.block_columns,
                  remedy)]


def check_fit(pool: Pool, params: CoreParams) -> None:
    """Raise FitError, naming what, limit, value and remedy, unless the pool fits."""
    for limit in limits(pool, params):
        if not limit.fits:
            raise FitError(f"pool {pool.name!r} does not fit: it needs {limit.needed} "
                           f"{limit.limit}, the core has {limit.available}; {limit.remedy}")


def notes(pool: Pool) -> list[str]:
    """Return what a core holds otherwise than the file, without any difference to the results."""
    slots = pool.config.delay_slots
    outside = np.count_nonzero((pool.delay < 1) | (pool.delay > slots))
    dangling = np.count_nonzero(pool.target >= pool.n)
    found = []
    if outside:
        found.append(f"{outside:,} synapses have a delay outside 1..{slots}; as in the reference, "
                     f"they take (max(delay, 1) - 1) mod {slots} + 1 ticks")
    if dangling:
        found.append(f"{dangling:,} synapses point outside the pool and conduct nothing")
    return found


def core_targets(pool: Pool, neurons: int) -> np.ndarray:
    """Return the neuron of a core of `neurons` that stands for each target, shape (S,), int64.

    The targets outside the pool share the neurons that the pool leaves unused.
    """
    target = pool.target.astype(np.int64)
    dangling = target >= pool.n
    # by its own number alone, so that a synapse stays in its tile when others are pruned
    target[dangling] = pool.n + (target[dangling] - pool.n) % max(1, neurons - pool.n)
    return target


def fitting_params(pool: Pool, tiles: int = 1) -> dict[str, int]:
    """Return the smallest capacities, as powers of two, of a core of `tiles` that `pool` fits.

    Few sizes serve many pools this way, so that a core that is built once is used often. Of
    astrocytes there is one less, since the number of none is as wide as those of the domains.
    """
    neurons = _power_of_two(max(pool.n + _dangles(pool), tiles))
    block = {} if pool.block is None else {
        "block_rows": _power_of_two(pool.block.array.params.rows),
        "block_columns": _power_of_two(max(_lanes(pool.block, tiles), tiles)),
    }
    return block | {
        "neurons": neurons,
        "synapses": _power_of_two(max(_tile_load(pool, neurons, tiles), 1)) * tiles,
        "tiles": tiles,
        "delay_slots": min(_power_of_two(pool.config.delay_slots), 255),
        "astrocytes": _power_of_two(_domains(pool) + 1) - 1,
    }


def _tile_load(pool: Pool, neurons: int, tiles: int) -> int:
    """Return the number of synapses in the fullest tile."""
    return int(np.bincount(core_targets(pool, neurons) % tiles, minlength=tiles).max())


def _lanes(block: DenseBlock, tiles: int) -> int:
    """Return the lanes up to the last one of a block."""
    return lane(block.array.params.columns, block.params.first_target, tiles)


def _domains(pool: Pool) -> int:
    return pool.astrocytes.domain_count if pool.astrocytes else 0


def _dangles(pool: Pool) -> bool:
    return bool(np.any(pool.target >= pool.n))


def _options(pool: Pool) -> int:
    """Return how many options depart from the reference."""
    return len(pool.options.as_dict().items() - Options().as_dict().items())


def _power_of_two(value: int) -> int:
    return 1 << (value - 1).bit_length()
