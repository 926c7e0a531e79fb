"""Pools for tests: everything that a file may hold, most of it unlikely."""

import numpy as np

from golden.arch.astrocytes import AstrocyteConfig
from golden.arch.config import Dale, Homeostasis, Leak, Options, PoolConfig, Reset
from golden.model import Astrocytes, Pool


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
             config: PoolConfig | None = None, options: Options | None = None) -> Pool:
    """Return a pool that only a crafted file could hold.

    Synapses may dangle, end in their own source, double each other, have any delay and a weight of
    −128; hidden state is there as if the pool had been running.
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
