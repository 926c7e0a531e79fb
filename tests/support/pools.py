"""Pools for tests: everything that a file may hold, most of it unlikely."""

import numpy as np

from golden.arch.astrocytes import AstrocyteConfig
from golden.arch.block import BlockParams
from golden.arch.config import Dale, Homeostasis, Leak, Options, PoolConfig, Reset
from golden.arch.crossbar import REGISTER_MAX, STATE_FULL, CrossbarParams
from golden.model import Astrocytes, Pool
from golden.model.block import DenseBlock
from golden.model.crossbar_array import CrossbarArray, CrossbarTables


def any_config(rng: np.random.Generator) -> PoolConfig:
    """Return a configuration with values from all over their ranges, rails included."""
    def pick(*values, low, high):
        return int(rng.choice([*values, rng.integers(low, high + 1)]))

    return PoolConfig(
        resting_potential=pick(-17920, low=-32768, high=32767),
        spike_threshold=-14080,
        reset_potential=pick(-16640, -32768, low=-32768, high=32767),
        refractory_ticks=pick(0, 1, 2, low=0, high=5),
        trace_decay=pick(0, 230, 240, 255, low=0, high=255),
        homeostatic_rate=pick(0, 1, 255, low=0, high=255),
        max_synapses_per_neuron=pick(0, 3, 128, low=0, high=12),
        stdp_positive=pick(20, 127, -128, low=-128, high=127),
        stdp_negative=pick(-10, 127, -128, low=-128, high=127),
        max_delay=pick(1, 3, 8, low=0, high=20),
    )


def any_options(rng: np.random.Generator) -> Options:
    """Return options, each on as often as off."""
    def pick(kind):
        return kind(int(rng.integers(len(kind))))

    return Options(homeostasis=pick(Homeostasis), dale=pick(Dale), leak=pick(Leak),
                   reset=pick(Reset), weight_shift=int(rng.integers(9)))


def any_pool(rng: np.random.Generator, *, n: int = 12, synapses: int = 60,
             config: PoolConfig | None = None, options: Options | None = None,
             block: bool = False) -> Pool:
    """Return a pool that only a crafted file could hold.

    Synapses may dangle, end in their own source, double each other, have any delay and a weight of
    −128; hidden state is there as if the pool had been running. With `block`, there is one, too.
    """
    config, options = config or any_config(rng), options or Options()

    def integers(dtype, *shape):
        limits = np.iinfo(dtype)
        values = rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
        rails = rng.random(shape)
        values[rails < 0.08] = limits.min
        values[rails > 0.92] = limits.max
        return values

    return Pool(
        name="any", config=config, options=options, n_excitatory=n - n // 5, n_inhibitory=n // 5,
        tick_count=[0, 95, 99, 2**63, 2**64 - 3][rng.integers(5)], last_spike_count=0,
        potential=integers(np.int16, n),
        threshold=np.where(rng.random(n) < 0.7, config.spike_threshold,
                           integers(np.int16, n)).astype(np.int16),
        leak=rng.integers(0, 12, n).astype(np.uint8),
        refractory=np.where(rng.random(n) < 0.7, 0, rng.integers(0, 4, n)).astype(np.uint8),
        flags=integers(np.uint8, n),
        trace=integers(np.int8, n),
        spike=rng.random(n) < 0.5,
        rate=integers(np.uint16, n),
        ring=integers(np.int16, config.delay_slots, n),
        row_ptr=np.concatenate(([0], np.sort(rng.integers(0, synapses + 1, n - 1)),
                                [synapses])).astype(np.uint32),
        target=np.where(rng.random(synapses) < 0.9, rng.integers(0, n, synapses),
                        integers(np.uint16, synapses)).astype(np.uint16),
        weight=integers(np.int8, synapses) * (rng.random(synapses) < 0.8),
        delay=np.where(rng.random(synapses) < 0.7, rng.integers(0, 10, synapses),
                       integers(np.uint8, synapses)).astype(np.uint8),
        eligibility=integers(np.int8, synapses) * (rng.random(synapses) < 0.8),
        maturity=integers(np.uint8, synapses) * (rng.random(synapses) < 0.9),
        leak_fraction=rng.integers(0, 4097, n).astype(np.uint16),
        block=any_block(rng, n) if block else None,
    )


def any_astrocytes(rng: np.random.Generator, pool: Pool, *, domains: int = 7) -> Astrocytes:
    """Return astrocytes for a pool: rails of calcium, and neurons and synapses in no domain."""
    def integers(high, count):
        return rng.integers(0, high, count)

    return Astrocytes(
        config=AstrocyteConfig(
            alpha=int(rng.choice([0, 1, 256, integers(257, None)])),
            decay_shift=int(rng.integers(1, 16)),
            influx=int(rng.choice([0, 1, 4096, 65535])), facilitates=bool(rng.integers(2))),
        feed=rng.choice([*range(domains + 2), 65535], pool.n).astype(np.uint16),
        domain=rng.choice([*range(domains + 2), 65535], pool.synapse_count).astype(np.uint16),
        calcium=rng.choice([0, 1, 255, 256, 65534, 65535, *integers(65536, 3)],
                           domains).astype(np.uint16),
        active=rng.random(domains) < 0.3,
        gliotransmitter=integers(256, 256).astype(np.uint8),
    )


def any_block(rng: np.random.Generator, n: int, *, rows: int | None = None,
              columns: int | None = None) -> DenseBlock:
    """Return a block of a pool of n neurons, with every kind of variation and fault at once.

    Parameters
    ----------
    rng : Generator
        Generator.
    n : int
        Neurons of the pool.
    rows, columns : int, optional
        Sizes; at random by default.
    """
    rows, columns = rows or int(rng.integers(1, n + 1)), columns or int(rng.integers(1, n + 1))
    cells = 2, rows, columns

    def integers(low, high, shape):
        values = rng.integers(low, high, shape, endpoint=True)
        rails = rng.random(shape)
        return np.where(rails < 0.05, low, np.where(rails > 0.95, high, values))

    array = CrossbarArray(
        params=CrossbarParams(
            rows=rows, columns=columns, noise=int(rng.choice([0, 60, 255])),
            drift_shift=int(rng.integers(1, 17)), adc_shift=int(rng.integers(5, 10)),
            adc_bits=int(rng.integers(2, 9)), pulse_gain=int(rng.choice([1, 40, 256, 65535])),
            pulse_cap=int(rng.choice([1, 3, 15]))),
        tables=CrossbarTables(
            integers(0, 65535, (2, 256)).astype(np.uint16),
            (int(rng.integers(16)), int(rng.integers(16))),
            np.sort(integers(0, 32768, 256))[::-1].astype(np.uint16)),
        state=integers(0, STATE_FULL, cells), gain=integers(0, 255, cells),
        scale=integers(0, 255, (2, *cells)),
        stuck=np.where(rng.random(cells) < 0.6, 0, rng.integers(0, 4, cells)),
        loss=integers(0, 65535, cells), register=rng.integers(1, REGISTER_MAX + 1, (2, columns)))
    return DenseBlock(
        params=BlockParams(first_source=int(rng.integers(n - rows + 1)),
                           first_target=int(rng.integers(n - columns + 1)),
                           delay=int(rng.integers(0, 10)),
                           drift_period=int(rng.choice([0, 1, 3, 100]))),
        array=array, eligibility=integers(-128, 127, (rows, columns)).astype(np.int8))
