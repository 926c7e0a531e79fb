"""Astrocytes of a pool: what they hold, and `golden.arch.astrocytes` on whole arrays."""

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from golden.arch.astrocytes import (
    GAIN_ONE,
    GAIN_SHIFT,
    GLIOTRANSMITTER_DEPTH,
    GLIOTRANSMITTER_SHIFT,
    LINEAR,
    NO_DOMAIN,
    AstrocyteConfig,
)
from golden.arch.config import check_range
from golden.arch.numeric import U16_MAX

from .arithmetic import saturate

ARRAYS = {"feed": "<u2", "domain": "<u2", "calcium": "<u2", "active": "?", "gliotransmitter": "u1"}
"""dtype of every array of the astrocytes of a pool."""


@dataclass(kw_only=True, eq=False)
class Astrocytes:
    """Astrocytes of a pool of n neurons and S synapses, in D domains.

    Arrays are copied.

    Parameters
    ----------
    config : AstrocyteConfig
        Settings.
    feed : ndarray of uint16, shape (n,)
        Domain that each neuron feeds; one at or past D means none.
    domain : ndarray of uint16, shape (S,)
        Domain that each synapse lies in; one at or past D means none.
    calcium : ndarray of uint16, shape (D,)
        Calcium of the domains, 1/65535.
    active : ndarray of bool, shape (D,)
        Whether a neuron that feeds the domain has fired since the latest astrocyte step.
    gliotransmitter : ndarray of uint8, shape (256,)
        Gliotransmitter at every 256th value of calcium; as much as there is calcium by default.

    Raises
    ------
    ValueError
        If an array has another dtype or shape, a setting is no integer, or there are more than
        65,535 domains.
    """

    config: AstrocyteConfig
    feed: np.ndarray
    domain: np.ndarray
    calcium: np.ndarray
    active: np.ndarray
    gliotransmitter: np.ndarray = field(default_factory=lambda: np.array(LINEAR, np.uint8))

    def __post_init__(self):
        for name, value in vars(self.config).items():
            if not isinstance(value, int | np.integer | np.bool_):
                raise ValueError(f"astrocytes: {name} must be an integer, not {value!r}")
        lengths = {"feed": len(self.feed), "domain": len(self.domain),
                   "calcium": len(self.calcium), "active": len(self.calcium),
                   "gliotransmitter": GLIOTRANSMITTER_DEPTH}
        for name, dtype in ARRAYS.items():
            array = getattr(self, name)
            if array.dtype != dtype or array.shape != (lengths[name],):
                raise ValueError(f"astrocytes: {name} must be {np.dtype(dtype)} of shape "
                                 f"{(lengths[name],)}, not {array.dtype} of shape {array.shape}")
            setattr(self, name, array.copy())
        check_range("astrocytes", "number of domains", self.domain_count, 0, U16_MAX)

    @classmethod
    def at_rest(cls, feed: np.ndarray, domain: np.ndarray, domains: int,
                config: AstrocyteConfig | None = None) -> Self:
        """Return astrocytes without calcium, with the table by default."""
        check_range("astrocytes", "number of domains", domains, 0, U16_MAX)
        return cls(config=config or AstrocyteConfig(), feed=feed, domain=domain,
                   calcium=np.zeros(domains, np.uint16), active=np.zeros(domains, np.bool_))

    @property
    def domain_count(self) -> int:
        """Number of domains."""
        return len(self.calcium)

    def copy(self) -> Self:
        """Return astrocytes of their own with the same state."""
        return dataclasses.replace(self)

    def fields(self) -> dict[str, np.ndarray]:
        """Return its arrays by name, as files keep them."""
        return {name: getattr(self, name) for name in ARRAYS}

    def values(self) -> dict[str, object]:
        """Return what is not an array by name."""
        return {"config": self.config}

    def digest(self) -> str:
        """Return the SHA-256 of the whole state."""
        digest = hashlib.sha256(repr(self.values()).encode())
        for name, array in self.fields().items():
            values = array.astype(ARRAYS[name], copy=False)
            digest.update(len(values).to_bytes(4, "little") + values.tobytes())
        return digest.hexdigest()

    def listen(self, spike: np.ndarray) -> None:
        """Take note of the neurons that fired in a tick: set `active` in the domains they feed.

        Parameters
        ----------
        spike : ndarray of bool, shape (n,)
            Whether each neuron fired.
        """
        fed = self.feed[spike]
        self.active[fed[fed < self.domain_count]] = True

    def step(self) -> None:
        """Do an astrocyte step: see `golden.arch.astrocytes.calcium_after`."""
        config = self.config
        calcium = self.calcium.astype(np.int32)
        calcium = np.maximum(calcium - np.maximum(calcium >> config.decay_shift, 1), 0)
        self.calcium = np.minimum(calcium + self.active * np.int32(config.influx),
                                  U16_MAX).astype(np.uint16)
        self.active[:] = False

    def clear(self) -> None:
        """Set calcium and `active` of every domain to 0."""
        self.calcium[:] = 0
        self.active[:] = False

    def gains(self) -> np.ndarray:
        """Return the gain of each domain now, shape (D,), int32, 1/256.

        See `golden.arch.astrocytes.gain`.
        """
        amount = self.gliotransmitter[self.calcium >> GLIOTRANSMITTER_SHIFT]
        change = self.config.alpha * amount.astype(np.int32) >> GAIN_SHIFT
        return GAIN_ONE + change if self.config.facilitates else GAIN_ONE - change

    def effective(self, weight: np.ndarray, synapse: np.ndarray) -> np.ndarray:
        """Return what synapses carry now in place of their weights.

        See `golden.arch.astrocytes.effective_weight`; a synapse in no domain carries its weight.

        Parameters
        ----------
        weight : ndarray of int8, shape (k,)
            Weights.
        synapse : ndarray of int, shape (k,)
            Numbers of the synapses.

        Returns
        -------
        ndarray of int8, shape (k,)
        """
        domain = self.domain[synapse]
        inside = domain < self.domain_count
        gain = np.full(len(domain), GAIN_ONE, np.int32)
        gain[inside] = self.gains()[domain[inside]]
        return saturate(weight * gain >> GAIN_SHIFT, 8).astype(np.int8)

    def keep(self, alive: np.ndarray) -> None:
        """Forget the synapses that are pruned; `alive` (bool, shape (S,)) tells the others."""
        self.domain = self.domain[alive]

    def insert(self, at: np.ndarray) -> None:
        """Make room for new synapses, in no domain, before the synapses at these numbers."""
        self.domain = np.insert(self.domain, at, NO_DOMAIN)
