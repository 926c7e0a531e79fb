"""The astrocytes of a pool laid out on the memories of a core, and read back from them.

A core of A domains keeps the number of a domain as 0..A, and A is none. A pool of D domains has at
most as many, and takes whatever is at or past D for none: which number it has there, only the host
knows.
"""

import dataclasses

import numpy as np

from golden.arch.astrocytes import LINEAR, AstrocyteConfig
from golden.arch.params import CoreParams
from golden.arch.registers import ASTROCYTE_REGISTERS
from golden.arch.windows import WINDOWS, Window
from golden.model import Astrocytes, Pool

from .words import dtype_of


def astrocyte_registers(pool: Pool, params: CoreParams) -> dict[str, int]:
    """Return the values of `ASTROCYTE_REGISTERS`, as a core built with `params` keeps them."""
    if not params.astrocytes:
        return dict.fromkeys(ASTROCYTE_REGISTERS, 0)
    config = pool.astrocytes.config if pool.astrocytes else AstrocyteConfig(alpha=0)
    return {"alpha": config.alpha, "calcium_decay_shift": config.decay_shift,
            "calcium_influx": config.influx, "facilitates": int(config.facilitates)}


def astrocyte_words(pool: Pool, params: CoreParams) -> dict[Window, np.ndarray]:
    """Return what a core with astrocytes needs of a pool, from word 0 on, but for `DOMAINS`.

    Without astrocytes in the pool, neurons feed none, and there is no calcium.
    """
    astrocytes = pool.astrocytes
    feeds, calcium, table = (
        np.zeros(size, dtype_of(WINDOWS[window].record)) for window, size in (
            (Window.FEEDS, pool.n), (Window.CALCIUM, params.astrocytes),
            (Window.GLIOTRANSMITTERS, len(LINEAR))))
    feeds["domain"] = params.astrocytes
    table["gliotransmitter"] = LINEAR
    if astrocytes:
        feeds["domain"] = core_domains(astrocytes, astrocytes.feed, params)
        table["gliotransmitter"] = astrocytes.gliotransmitter
        for name in ("calcium", "active"):
            calcium[name][:astrocytes.domain_count] = getattr(astrocytes, name)
    return {Window.FEEDS: feeds, Window.CALCIUM: calcium, Window.GLIOTRANSMITTERS: table}


def domain_words(pool: Pool, address: np.ndarray, extent: int, params: CoreParams) -> np.ndarray:
    """Return `extent` words of `DOMAINS`, the synapses of the pool being at these addresses."""
    words = np.zeros(extent, dtype_of(WINDOWS[Window.DOMAINS].record))
    words["domain"] = params.astrocytes
    if pool.astrocytes:
        words["domain"][address] = core_domains(pool.astrocytes, pool.astrocytes.domain, params)
    return words


def core_domains(astrocytes: Astrocytes, domain: np.ndarray, params: CoreParams) -> np.ndarray:
    """Return numbers of domains as a core keeps them: its own number of none past the last."""
    return np.where(domain < astrocytes.domain_count, domain, params.astrocytes)


def moved_astrocytes(astrocytes: Astrocytes, calcium: np.ndarray) -> Astrocytes:
    """Return astrocytes as a core has changed them.

    Parameters
    ----------
    astrocytes : Astrocytes
        As they were loaded.
    calcium : ndarray
        Words of the window CALCIUM, one for each of their domains.
    """
    return dataclasses.replace(astrocytes, calcium=calcium["calcium"].astype(np.uint16),
                               active=calcium["active"].astype(np.bool_))


def astrocytes_on(registers: dict[str, int],
                  words: dict[Window, np.ndarray]) -> Astrocytes | None:
    """Return the astrocytes that a core holds, if any neuron feeds one or any synapse lies in one.

    They have as many domains as the core; which of them a pool has, it can't tell.

    Parameters
    ----------
    registers : dict
        Registers by name.
    words : dict
        DOMAINS, of the synapses in the order of the pool; FEEDS, of its neurons; CALCIUM and
        GLIOTRANSMITTERS, all of them.
    """
    feed, domain = (words[window]["domain"].astype(np.uint16)
                    for window in (Window.FEEDS, Window.DOMAINS))
    calcium = words[Window.CALCIUM]
    if (feed >= len(calcium)).all() and (domain >= len(calcium)).all():
        return None
    return Astrocytes(
        config=AstrocyteConfig(
            alpha=registers["alpha"], decay_shift=registers["calcium_decay_shift"],
            influx=registers["calcium_influx"], facilitates=bool(registers["facilitates"])),
        feed=feed, domain=domain, calcium=calcium["calcium"].astype(np.uint16),
        active=calcium["active"].astype(np.bool_),
        gliotransmitter=words[Window.GLIOTRANSMITTERS]["gliotransmitter"].astype(np.uint8))
