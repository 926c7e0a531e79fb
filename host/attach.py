"""The pool that a board holds, read back from its memories alone.

Nothing on the board changes: eligibilities are brought up to date here, by the ages of their rows.

A core has no memory for the name of a pool, `spike_threshold` and `max_synapses_per_neuron`, nor
for flags and leak codes that make no difference to it; it keeps a delay as the ticks to the
arrival, targets outside the pool as neurons that it does not use, and synapses tile by tile.
These come back as in `like`, a pool that has the same of all that a core does keep, or else in
their usual form: names and limits of a new pool, flags and leak codes of its profiles, and every
row ordered by its targets as far as the order within each tile leaves a choice. Neither makes a
difference to what happens next.
"""

import dataclasses
from typing import Any

import numpy as np

from golden.arch.config import Dale, Homeostasis, Leak, Options, PoolConfig, Reset
from golden.arch.numeric import LEAK_ONE
from golden.arch.records import AGE_HORIZON, full_decay_table
from golden.arch.registers import REGISTERS
from golden.arch.windows import Window, window_words
from golden.model import Astrocytes, Pool
from golden.model.block import DenseBlock
from golden.model.connectivity import FAST_LEAK, FAST_SPIKING, REGULAR_LEAK, REGULAR_SPIKING
from golden.model.state import INHIBITORY

from .astrocyte_image import astrocytes_on
from .block_image import block_extents, block_on
from .core import Core
from .errors import DeviceError, FitError
from .image import Image

CONFIG_REGISTERS = ("resting_potential", "reset_potential", "refractory_ticks", "trace_decay",
                    "homeostatic_rate", "stdp_positive", "stdp_negative")
STATE_REGISTERS = {"slot_head", "tick_low", "tick_high", "tick_phase", "drift_phase",
                   "last_spike_count"}
"""Registers that change while a pool runs."""

NEURON_STATICS = (Window.LEAKS, Window.FEEDS, Window.GLIOTRANSMITTERS)
SYNAPSE_STATICS = ((Window.SYNAPSES, "target"), (Window.SYNAPSES, "delay"),
                   (Window.DOMAINS, "domain"))
"""Windows, or parts of them, that stay as they are, if a core has them."""


def pool_on(core: Core, like: Pool | None = None) -> Pool:
    """Return the pool that the core at the other end of a link holds.

    Parameters
    ----------
    core : Core
        Core with nothing under way.
    like : Pool, optional
        Where to take what the core has no memory for.

    Returns
    -------
    Pool
        What it holds, with everything that decides what happens next.

    Raises
    ------
    DeviceError
        If it holds none.
    """
    registers = _registers(core)
    n, slots = registers["neuron_count"], registers["slot_count"]
    neurons, tiles = core.params.neurons, core.params.tiles
    state, leaks, ages, rows, *ring = core.read([
        (Window.NEURONS, 0, n), (Window.LEAKS, 0, n), (Window.AGES, 0, n),
        (Window.ROWS, 0, n * tiles),
        *((Window.RING, slot * neurons, n) for slot in range(slots))])
    if all(registers[register.name] == register.reset for register in REGISTERS
           if register.access == "rw") and not rows["end"].any():
        raise DeviceError("board: holds no pool; load one first")
    ends = rows["end"].reshape(n, tiles)
    [synapses] = core.read([(Window.SYNAPSES, 0, int(ends[-1].max()) * tiles)])

    config = _config(registers)
    inhibitory = rows["inhibitory"].reshape(n, tiles)[:, 0] != 0
    address, source = _addresses(ends)
    local = synapses["target"][address].astype(np.int64)
    order = _file_order(source, local * tiles + address % tiles)
    address, source = address[order], source[order]
    found = synapses[address]
    pool = Pool(
        name="board", config=config, options=_options(registers, built=core.params.options),
        n_excitatory=int(np.count_nonzero(~inhibitory)),
        n_inhibitory=int(np.count_nonzero(inhibitory)),
        tick_count=registers["tick_high"] << 32 | registers["tick_low"],
        last_spike_count=registers["last_spike_count"],
        **{name: state[name].astype(dtype) for name, dtype in (
            ("potential", np.int16), ("threshold", np.int16), ("refractory", np.uint8),
            ("trace", np.int8), ("spike", np.bool_), ("rate", np.uint16))},
        flags=np.where(inhibitory, FAST_SPIKING << 1 | INHIBITORY, REGULAR_SPIKING << 1)
        .astype(np.uint8),
        leak=_leak_codes(leaks["leak"], inhibitory),
        leak_fraction=leaks["leak"].astype(np.uint16),
        ring=np.roll([words["current"] for words in ring], -registers["slot_head"], axis=0)
        .astype(np.int16),
        row_ptr=np.searchsorted(source, np.arange(n + 1)).astype(np.uint32),
        target=(found["target"].astype(np.int64) * tiles + address % tiles).astype(np.uint16),
        weight=found["weight"].astype(np.int8),
        delay=found["delay"].astype(np.uint8),
        eligibility=_decayed(found["eligibility"], ages["age"][source], config.trace_decay),
        maturity=found["maturity"].astype(np.uint8),
        block=_block(core, registers, ages["age"], config.trace_decay),
        astrocytes=_astrocytes(core, registers, address),
    )
    return _with_statics(pool, like, core) if like else pool


def _block(core: Core, registers: dict[str, int], age: np.ndarray,
           trace_decay: int) -> DenseBlock | None:
    """Return the dense block that a core holds, its eligibilities up to date, if there is one.

    Parameters
    ----------
    core, registers
        Core and its registers by name.
    age : ndarray of uint8, shape (n,)
        Ages of the rows.
    trace_decay : int
        Of the configuration.
    """
    if not (core.params.block_rows and registers["block_rows"]):
        return None
    sizes = block_extents(registers["block_rows"], core.params)
    words = core.read([(window, 0, size) for window, size in sizes.items()])
    block = block_on(registers, core.params, dict(zip(sizes, words, strict=True)))
    block.eligibility = _decayed(block.eligibility, age[block.sources, np.newaxis], trace_decay)
    return block


def _astrocytes(core: Core, registers: dict[str, int], address: np.ndarray) -> Astrocytes | None:
    """Return the astrocytes that a core holds, if there are any; `address` is of the synapses."""
    if not core.params.astrocytes:
        return None
    sizes = {
        Window.DOMAINS: int(address.max(initial=-1)) + 1,
        Window.FEEDS: registers["neuron_count"],
        **{window: window_words(window, core.params)
           for window in (Window.CALCIUM, Window.GLIOTRANSMITTERS)},
    }
    words = core.read([(window, 0, size) for window, size in sizes.items()])
    found = dict(zip(sizes, words, strict=True))
    return astrocytes_on(registers, found | {Window.DOMAINS: found[Window.DOMAINS][address]})


def _registers(core: Core) -> dict[str, int]:
    [words] = core.read([(Window.REGISTERS, 0, len(REGISTERS))])
    return {register.name: register.decode(int(word))
            for register, word in zip(REGISTERS, words["value"], strict=True)}


def _config(registers: dict[str, int]) -> PoolConfig:
    return PoolConfig(max_delay=registers["slot_count"],
                      **{name: registers[name] for name in CONFIG_REGISTERS})


def _options(registers: dict[str, int], *, built: bool) -> Options:
    if not built:
        return Options()
    return Options(
        homeostasis=Homeostasis(registers["homeostasis"]), dale=Dale(registers["dale"]),
        leak=Leak(registers["leak_rounding"]), reset=Reset(registers["reset_mode"]),
        weight_shift=registers["weight_shift"])


def _leak_codes(factors: np.ndarray, inhibitory: np.ndarray) -> np.ndarray:
    """Return the leak codes that stand for λ, or those of the profiles where there is none."""
    usual = np.where(inhibitory, FAST_LEAK, REGULAR_LEAK)
    codes = np.full(LEAK_ONE + 1, -1)
    codes[1 << np.arange(4, 12)] = [*range(7), FAST_LEAK]  # from 7 on, all codes leak alike
    return np.where(codes[factors] < 0, usual, codes[factors]).astype(np.uint8)


def _addresses(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return address and source of every synapse, tile by tile.

    Parameters
    ----------
    ends : ndarray of int, shape (n, tiles)
        End of each row within each tile.
    """
    n, tiles = ends.shape
    lengths = np.diff(ends.astype(np.int64), axis=0, prepend=0)
    address = [np.arange(ends[-1, tile]) * tiles + tile for tile in range(tiles)]
    source = [np.repeat(np.arange(n), lengths[:, tile]) for tile in range(tiles)]
    return np.concatenate(address).astype(np.int64), np.concatenate(source)


def _file_order(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the order of a file: row by row, by target, no tile being reordered in itself.

    Parameters
    ----------
    source, target : ndarray of int64, shape (S,)
        Synapses, tile by tile, the sources of a tile ascending.
    """
    key = source << 17 | target
    starts = np.flatnonzero(np.diff(source, prepend=-1) < 0)
    parts = np.split(key, starts)
    return np.argsort(np.concatenate([np.maximum.accumulate(part) for part in parts]),
                      kind="stable")


def _decayed(eligibility: np.ndarray, age: np.ndarray, trace_decay: int) -> np.ndarray:
    """Return eligibilities `age` decays later, int8."""
    table = np.zeros((AGE_HORIZON + 1, 129), np.int16)
    table[:AGE_HORIZON, 1:] = np.roll(full_decay_table(trace_decay), -1, axis=1)
    magnitude = table[np.minimum(age, AGE_HORIZON), np.abs(eligibility.astype(np.int16))]
    return np.where(eligibility < 0, -magnitude, magnitude).astype(np.int8)


def _with_statics(pool: Pool, like: Pool, core: Core) -> Pool:
    """Return `pool` with what the core has no memory for as in `like`, where that fits."""
    try:
        ours, theirs = Image(pool, core.params), Image(like, core.params)
    except FitError:
        return pool
    if not _same_neurons(ours, theirs):
        return pool
    changes: dict[str, Any] = {
        name: getattr(like, name) for name in (
            "name", "config", "n_excitatory", "n_inhibitory", "flags", "leak", "leak_fraction")}
    if pool.block and like.block:  # its registers are the same
        changes["block"] = dataclasses.replace(pool.block, params=like.block.params)
    if _same_rows(ours, theirs):
        place = np.argsort(ours.address)  # the synapses of both in the order of their addresses
        synapses = place[np.searchsorted(ours.address[place], theirs.address)]
        changes |= {name: getattr(pool, name)[synapses]
                    for name in ("weight", "eligibility", "maturity")}
        changes |= {"target": like.target, "delay": like.delay}
        if pool.astrocytes and like.astrocytes:
            domains = like.astrocytes.domain_count
            changes["astrocytes"] = dataclasses.replace(
                like.astrocytes, calcium=pool.astrocytes.calcium[:domains],
                active=pool.astrocytes.active[:domains])
    return dataclasses.replace(pool, **changes)


def _same_neurons(ours: Image, theirs: Image) -> bool:
    """Return whether configuration and neurons are the same to a core, whatever their state."""
    a, b = ours.registers(), theirs.registers()
    mine, others = _words(ours), _words(theirs)
    return (all(a[name] == b[name] for name in a.keys() - STATE_REGISTERS)
            and all(np.array_equal(mine[window], others[window])
                    for window in NEURON_STATICS if window in mine)
            and np.array_equal(ours.pool.flags & INHIBITORY, theirs.pool.flags & INHIBITORY))


def _same_rows(ours: Image, theirs: Image) -> bool:
    """Return whether the synapses are the same ones to a core, whatever they have learnt."""
    mine, others = _words(ours), _words(theirs)
    return np.array_equal(ours.rows, theirs.rows) and all(
        np.array_equal(mine[window][name], others[window][name])
        for window, name in SYNAPSE_STATICS if window in mine)


def _words(image: Image) -> dict[Window, np.ndarray]:
    return {window: words for window, _, words in image.spans()}
