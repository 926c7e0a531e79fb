"""A small spiking network that stirs the associations of a memory.

Its arithmetic is IEEE 754 single precision without fused operations, sums in ascending order, so
that states equal those of the reference bit for bit.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from .delta import Delta
from .instant import Instant, system_clock
from .neuromod import Neuromodulators
from .signal import from_signed, one
from .single import column_totals, total
from .snn_state import SnnState

TICK_MS = 100
"""Milliseconds that a tick stands for."""

HOMEOSTASIS_TICKS, DECAY_TICKS = 100, 10
"""Weights are scaled, and decay, in ticks whose number, from 1, is a multiple of these."""

HOMEOSTASIS_RATE = np.float32(0.01)
RATE_STEP = np.float32(0.1)
DEAD_WEIGHT = np.float32(0.01)
"""Weights that decay below this become 0."""

ONE = np.float32(1)


@dataclass(frozen=True, kw_only=True)
class SnnConfig:
    """Size and constants of an embedded network; levels and rates are taken as float32.

    Parameters
    ----------
    num_neurons, input_dim, top_k : int
        Neurons, length of a prototype, edges of each neuron.
    stdp_lr : float
        Step of a weight when both its ends fire, times dopamine.
    homeostasis_target : float
        Rate that homeostasis looks for.
    competition_strength : float
        How far the weakest neuron is suppressed, times norepinephrine.
    decay_rate : float
        Part of a weight that a decay takes, times 1 − serotonin.
    trace_decay : float
        Part of a trace that a tick takes.
    spike_threshold : float
        Activation above which a neuron fires.
    use_ternary : bool
        Whether learning moves ternary weights.
    ternary_threshold : float
        Threshold for quantising weights; the network itself does not.

    Raises
    ------
    ValueError
        If a size is less than 1.
    """

    num_neurons: int = 100
    input_dim: int = 2048
    top_k: int = 10
    stdp_lr: float = 0.01
    homeostasis_target: float = 0.1
    competition_strength: float = 0.5
    decay_rate: float = 0.001
    trace_decay: float = 0.1
    spike_threshold: float = 0.5
    use_ternary: bool = False
    ternary_threshold: float = 0.3

    def __post_init__(self):
        for name in ("num_neurons", "input_dim", "top_k"):
            if getattr(self, name) < 1:
                raise ValueError(f"network: {name} must be at least 1, not {getattr(self, name)}")


class SnnTick(NamedTuple):
    """What one tick brings.

    Parameters
    ----------
    activations : ndarray of float32, shape (n,)
        Activations.
    spikes : ndarray of int64
        Neurons that fired, ascending.
    deltas : list of Delta
        Changes of weights, in their order, none of them linked: `Capsule.apply_deltas` links them.
    """

    activations: np.ndarray
    spikes: np.ndarray
    deltas: list[Delta]


class EmbeddedSnn:
    """A network that learns which of its prototypes go together.

    Parameters
    ----------
    config : SnnConfig
        Size and constants.
    state : SnnState, optional
        Where to start; by default neurons with random prototypes, U(−0.05, 0.05), whose edges lead
        with weight 0.1 to the next `top_k` neurons of a ring.
    tick_count : int
        Ticks before.
    seed : int, optional
        Seed of the random prototypes.

    Attributes
    ----------
    config, state, tick_count
        As above, as of now. The prototypes and the edges of the state must not be changed.

    Raises
    ------
    ValueError
        If the state has another number of neurons than the configuration.
    """

    def __init__(self, config: SnnConfig | None = None, state: SnnState | None = None, *,
                 tick_count: int = 0, seed: int | None = None):
        self.config = config = config or SnnConfig()
        if state is None:
            shape = config.num_neurons, config.input_dim
            uniform = np.random.default_rng(seed).random(shape, np.float32)
            state = SnnState.ring((uniform - np.float32(0.5)) * np.float32(0.1), config.top_k)
        if state.n != config.num_neurons:
            raise ValueError(f"network: the state must have {config.num_neurons} neurons, as the "
                             f"configuration says, not {state.n}")
        self.state = state
        self.tick_count = tick_count
        self._sources = state.sources
        edges = np.stack((self._sources, state.targets))
        _, first, pair = np.unique(edges, axis=1, return_index=True, return_inverse=True)
        self._first = first[pair]  # the one that counts of several from one neuron to another
        self._pairs = first[edges[0, first] != edges[1, first]]  # ordered by source, then target
        self._columns = np.ascontiguousarray(state.prototypes.T)
        self._norms: dict[int, np.ndarray] = {}

    @classmethod
    def from_bytes(cls, config: SnnConfig, data: bytes, *, tick_count: int = 0) -> Self:
        """Return a network with a state as the reference keeps it (`SnnState.from_bytes`)."""
        return cls(config, SnnState.from_bytes(data), tick_count=tick_count)

    def to_bytes(self) -> bytes:
        """Return the state as the reference keeps it (`SnnState.to_bytes`)."""
        return self.state.to_bytes()

    def tick(self, inputs, levels: Neuromodulators | None = None,
             now: Instant | None = None) -> SnnTick:
        """Advance by one tick.

        In this order, with N neurons and r the rank of a neuron, 0 for the most active; ties go by
        number::

            a ← max(0, cos(inputs, prototype))
            a ← a (1 − (r / N) (competition_strength · NE))
            a_j ← a_j + (Σ_i a_i w_ij) ACh
            spike ← a > spike_threshold
            w_ij ← clamp(w_ij + stdp_lr · DA, 0, 1)  for i ≠ j that both fire
            w_ij ← clamp(w_ij (1 + (homeostasis_target − rate_i) (0.01 · 5HT)), 0, 1)
                                                     every 100 ticks
            w_ij ← w_ij (1 − decay_rate (1 − 5HT)), 0 if that is below 0.01
                                                     every 10 ticks
            trace ← trace (1 − trace_decay) + a
            rate ← rate · 0.9 + spike · 0.1

        In ternary mode, firing together turns −1 into 0 and changes nothing else; a decay of more
        than one half turns ±1 into 0.

        Parameters
        ----------
        inputs : array_like of float32, shape (m,)
            Input. If it is longer than the prototypes, or they are longer, the rest is ignored. One
            that is not finite activates nothing.
        levels : Neuromodulators, optional
            Levels of the neuromodulators; the baseline by default.
        now : Instant, optional
            When the deltas are made; now by default.

        Returns
        -------
        SnnTick
            Activations, spikes, and a delta for each weight that has been learnt, and for each that
            a decay finds at 0, every time.
        """
        levels, now = levels or Neuromodulators(), now or system_clock()
        state, config = self.state, self.config
        self.tick_count += 1
        activations = self._cosines(np.asarray(inputs, np.float32))
        self._compete(activations,
                      np.float32(config.competition_strength) * levels.norepinephrine)
        spread = np.zeros(state.n, np.float32)
        np.add.at(spread, state.targets, activations[self._sources] * state.weights)
        activations += spread * levels.acetylcholine
        fired = activations > np.float32(config.spike_threshold)

        deltas = self._learn(fired, np.float32(config.stdp_lr) * levels.dopamine, now)
        if self.tick_count % HOMEOSTASIS_TICKS == 0:
            self._scale(HOMEOSTASIS_RATE * levels.serotonin)
        if self.tick_count % DECAY_TICKS == 0:
            rate = np.float32(config.decay_rate) * (ONE - levels.serotonin)
            deltas += self._decay(rate, now)
        state.traces = state.traces * (ONE - np.float32(config.trace_decay)) + activations
        state.rates = state.rates * (ONE - RATE_STEP) + fired.astype(np.float32) * RATE_STEP
        state.activations = activations.copy()
        return SnnTick(activations, np.flatnonzero(fired), deltas)

    def _cosines(self, inputs: np.ndarray) -> np.ndarray:
        size = min(len(inputs), len(self._columns))
        if size not in self._norms:
            columns = self._columns[:size]
            self._norms = {size: np.sqrt(column_totals(columns * columns))}
        inputs, norms = inputs[:size], self._norms[size]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            dots = column_totals(self._columns[:size] * inputs[:, None])
            norm = np.sqrt(total(inputs * inputs))
            cosines = dots / (norm * norms)
        # Comparisons fail for what is not a number: an infinite input, say.
        return np.where((cosines > 0) & (norm > 0) & (norms > 0), cosines, np.float32(0))

    def _compete(self, activations: np.ndarray, strength: np.float32) -> None:
        n = np.float32(len(activations))
        order = np.argsort(-activations, kind="stable")
        activations[order] *= ONE - np.arange(len(order), dtype=np.float32) / n * strength

    def _learn(self, fired: np.ndarray, step: np.float32, now: Instant) -> list[Delta]:
        state = self.state
        state.spike_times[fired] = self.tick_count * TICK_MS
        edges = self._pairs[fired[self._sources[self._pairs]] & fired[state.targets[self._pairs]]]
        if self.config.use_ternary:
            edges = edges[state.ternary[edges] < 0]
            state.ternary[edges] = 0
            state.weights[edges] = 0
            return self._merged(edges, "snn_ternary_stdp", now)
        state.weights[edges] = _clamped(state.weights[edges] + step)
        return self._merged(edges, "snn_stdp", now)

    def _scale(self, rate: np.float32) -> None:
        state = self.state
        factors = ONE + (np.float32(self.config.homeostasis_target) - state.rates) * rate
        state.weights = _clamped(state.weights * factors[self._sources])

    def _decay(self, rate: np.float32, now: Instant) -> list[Delta]:
        state = self.state
        if self.config.use_ternary:
            dead = np.flatnonzero(state.ternary == 0)
            if rate > 0.5:
                state.weights[self._first[state.ternary != 0]] = 0
                state.ternary[:] = 0
            return self._deleted(dead, "snn_ternary_decay", now)
        state.weights = state.weights * (ONE - rate)
        dead = np.flatnonzero(state.weights < DEAD_WEIGHT)
        state.weights[dead] = 0
        return self._deleted(dead, "snn_decay", now)


    def _merged(self, edges: np.ndarray, source: str, now: Instant) -> list[Delta]:
        signals = from_signed(self.state.weights[edges])
        return [Delta.merge(key, signal.tobytes(), source, one(signal), None, now)
                for key, signal in zip(self._keys(edges), signals, strict=True)]

    def _deleted(self, edges: np.ndarray, source: str, now: Instant) -> list[Delta]:
        return [Delta.delete(key, source, None, now) for key in self._keys(edges)]

    def _keys(self, edges: np.ndarray) -> list[str]:
        return [f"weight_{i}_{j}" for i, j in zip(
            self._sources[edges].tolist(), self.state.targets[edges].tolist(), strict=True)]


def _clamped(weights: np.ndarray) -> np.ndarray:
    """Return weights limited to 0..1; unlike in `np.clip`, a zero keeps its sign."""
    return np.where(weights < 0, np.float32(0), np.where(weights > 1, ONE, weights))
