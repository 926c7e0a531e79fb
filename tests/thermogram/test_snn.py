"""The embedded network: bit for bit what its specification says, tick by tick."""

import dataclasses
import struct

import numpy as np
import pytest

from host.errors import FileError
from host.thermogram.capsule import Capsule
from host.thermogram.delta import Delta, DeltaKind
from host.thermogram.errors import ChainError
from host.thermogram.neuromod import Neuromodulators
from host.thermogram.snn import EmbeddedSnn, SnnConfig
from host.thermogram.snn_state import NEVER, SnnState
from host.thermogram.triggers import ConsolidationPolicy, DeltaCount, Manual

from .literal_snn import LiteralSnn


def rows(state, values):
    return [list(zip(state.targets[a:b].tolist(), values[a:b].tolist(), strict=True))
            for a, b in zip(state.row_ptr[:-1], state.row_ptr[1:], strict=True)]


def beside(config, rng, *, prototypes=None, top_k=None):
    """Return a network and its literal twin with the same random state."""
    n, k = config.num_neurons, top_k or config.top_k
    if prototypes is None:
        prototypes = (rng.random((n, config.input_dim), np.float32) - np.float32(0.5)) / 10
    state = SnnState.ring(prototypes, k)
    state.weights[:] = rng.random(n * k, np.float32) * (rng.random(n * k) < 0.9)
    state.ternary[:] = rng.integers(-1, 2, n * k)
    literal = LiteralSnn(config, prototypes, rows(state, state.weights), rows(state, state.ternary))
    return EmbeddedSnn(config, state), literal


def assert_same(snn, literal):
    state = snn.state
    pairs = {"weights": [w for row in literal.weights for _, w in row],
             "ternary": [w for row in literal.ternary for _, w in row],
             "traces": literal.traces, "rates": literal.rates, "activations": literal.activations,
             "spike_times": [NEVER if t is None else t for t in literal.spike_times]}
    for name, expected in pairs.items():
        actual = getattr(state, name)
        assert actual.tobytes() == np.array(expected, actual.dtype).tobytes(), name


def described(delta):
    """Return a delta as the literal model tells it."""
    if delta.kind is DeltaKind.Delete:
        assert delta.value == b""
        assert delta.strength == (1, 255)
        return "DELETE", delta.key, None, delta.source
    assert delta.signals.tolist() == [delta.strength]
    return delta.kind.name.upper(), delta.key, delta.strength, delta.source


def correlated(rng, prototypes, noise):
    """Return an input that is like a few of the prototypes."""
    some = rng.integers(0, len(prototypes), 3)
    return (prototypes[some].sum(axis=0)
            + noise * rng.standard_normal(prototypes.shape[1])).astype(np.float32)


CASES = {
    "learning": SnnConfig(num_neurons=12, input_dim=24, top_k=4, spike_threshold=0.25),
    "forgetful": SnnConfig(num_neurons=9, input_dim=17, top_k=8, spike_threshold=0.3, stdp_lr=0.02,
                       homeostasis_target=0.9, decay_rate=0.9),
    "doubled edges": SnnConfig(num_neurons=5, input_dim=9, top_k=12, spike_threshold=0.2),
    "ternary": SnnConfig(num_neurons=10, input_dim=16, top_k=5, spike_threshold=0.2,
                         use_ternary=True),
    "ternary, doubled edges": SnnConfig(num_neurons=4, input_dim=8, top_k=9, spike_threshold=0.2,
                                        decay_rate=1.5, use_ternary=True),
    "alone": SnnConfig(num_neurons=1, input_dim=3, top_k=2),
}


@pytest.mark.parametrize("config", CASES.values(), ids=CASES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_t21_embedded_snn(config, seed):
    rng = np.random.default_rng(seed)
    snn, literal = beside(config, rng)
    learnt = decayed = 0
    for tick in range(120):
        inputs = correlated(rng, snn.state.prototypes, 0.02)
        levels = Neuromodulators(*rng.random(4, np.float32))
        result = snn.tick(inputs, levels)
        activations, spikes, changes = literal.tick(inputs, levels)
        assert result.activations.tobytes() == np.array(activations).tobytes(), tick
        assert result.spikes.tolist() == spikes, tick
        assert [described(delta) for delta in result.deltas] == changes, tick
        assert_same(snn, literal)
        learnt += sum(change[0] == "MERGE" for change in changes)
        decayed += sum(change[0] == "DELETE" for change in changes)
    if config.num_neurons > 1:
        assert learnt
    if config.num_neurons > 1 and config.decay_rate > 0.01:
        assert decayed


def test_orthogonal_inputs_activate_one_neuron():
    config = SnnConfig(num_neurons=3, input_dim=3, top_k=1)
    snn = EmbeddedSnn(config, SnnState.ring(np.eye(3, dtype=np.float32), 1))
    result = snn.tick([0, 2, 0], Neuromodulators(acetylcholine=1))
    np.testing.assert_array_equal(result.activations, np.array([0, 1, 0.1], np.float32))
    assert result.spikes.tolist() == [1]
    assert snn.state.spike_times.tolist() == [NEVER, 100, NEVER]
    assert snn.tick_count == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, 1e-40, 0])
def test_t26_snn_survives_any_input(value):
    snn = EmbeddedSnn(SnnConfig(num_neurons=8, input_dim=32, spike_threshold=0.1), seed=1)
    for tick in range(100):
        inputs = np.full(32, value, np.float32)
        inputs[tick % 32] = 1
        result = snn.tick(inputs)
        assert np.isfinite(result.activations).all()
    for name in ("weights", "traces", "rates", "activations"):
        assert np.isfinite(getattr(snn.state, name)).all(), name


@pytest.mark.parametrize("length", [0, 1, 20, 31, 33, 100])
def test_compares_as_much_as_inputs_and_prototypes_share(length):
    rng = np.random.default_rng(4)
    snn, literal = beside(SnnConfig(num_neurons=6, input_dim=32, spike_threshold=0.1), rng)
    inputs = rng.standard_normal(length).astype(np.float32)
    for _ in range(2):
        np.testing.assert_array_equal(snn.tick(inputs).activations,
                                      literal.tick(inputs, Neuromodulators())[0])


def test_random_prototypes_are_reproducible_and_small():
    snn = EmbeddedSnn(seed=3)
    assert snn.state.prototypes.shape == (100, 2048)
    assert -0.05 <= snn.state.prototypes.min() < -0.049 < 0.049 < snn.state.prototypes.max() <= 0.05
    np.testing.assert_array_equal(snn.state.prototypes, EmbeddedSnn(seed=3).state.prototypes)
    assert snn.state.targets[-10:].tolist() == list(range(10))
    assert set(snn.state.weights) == {np.float32(0.1)}
    assert not snn.state.ternary.any()


def test_goes_on_from_its_bytes():
    rng = np.random.default_rng(5)
    config = SnnConfig(num_neurons=7, input_dim=12, top_k=3, spike_threshold=0.1)
    snn, _ = beside(config, rng)
    for _ in range(95):
        snn.tick(rng.standard_normal(12).astype(np.float32))
    twin = EmbeddedSnn.from_bytes(config, snn.to_bytes(), tick_count=snn.tick_count)
    for _ in range(10):
        inputs = rng.standard_normal(12).astype(np.float32)
        ours, theirs = snn.tick(inputs).deltas, twin.tick(inputs).deltas
        assert list(map(described, ours)) == list(map(described, theirs))
    assert snn.to_bytes() == twin.to_bytes()


def tiny():
    state = SnnState.ring(np.array([[1], [2]], np.float32), 1)
    state.ternary[:] = -1, 1
    state.spike_times[1] = -7
    return state


def test_bytes_are_those_of_the_reference():
    def u64(*values):
        return struct.pack(f"<{len(values)}Q", *values)

    zeros = u64(2) + bytes(8)
    assert tiny().to_bytes() == b"".join([
        u64(2, 1), struct.pack("<f", 1), u64(1), struct.pack("<f", 2),
        u64(2, 1, 1), struct.pack("<f", 0.1), u64(1, 0), struct.pack("<f", 0.1),
        u64(2, 1, 1), struct.pack("<I", 0), u64(1, 0), struct.pack("<I", 2),
        zeros, zeros, zeros,
        u64(2), b"\0", b"\1", struct.pack("<q", -7)])


def test_every_field_survives_its_bytes():
    rng = np.random.default_rng(6)
    state = SnnState(
        prototypes=rng.random((4, 5)), row_ptr=[0, 2, 2, 5, 6], targets=rng.integers(0, 4, 6),
        weights=rng.random(6), ternary=rng.integers(-1, 2, 6), traces=rng.random(4),
        rates=rng.random(4), activations=[np.inf, -0.0, 1e-45, 0],
        spike_times=[0, NEVER, -1, 2**62])
    twin = SnnState.from_bytes(state.to_bytes())
    for field in dataclasses.fields(state):
        ours, theirs = getattr(state, field.name), getattr(twin, field.name)
        assert (ours.dtype, ours.shape, ours.tobytes()) == (
            theirs.dtype, theirs.shape, theirs.tobytes()), field.name


def test_edges_may_be_listed():
    state = SnnState.of_edges(np.eye(3), [[(1, 0.5), (2, 0.25)], [], [(0, 0.125)]],
                              rates=np.array([0, 0.5, 1]))
    assert state.row_ptr.tolist() == [0, 2, 2, 3]
    assert state.sources.tolist() == [0, 0, 2]
    assert state.targets.tolist() == [1, 2, 0]
    assert state.weights.tolist() == [0.5, 0.25, 0.125]
    assert state.rates.tolist() == [0, 0.5, 1]
    for zeros in (state.ternary, state.traces, state.activations):
        assert not zeros.any()
    assert state.spike_times.tolist() == [NEVER] * 3


def test_refuses_every_truncation():
    data = tiny().to_bytes()
    for size in range(len(data)):
        with pytest.raises(FileError, match=r"^network: "):
            SnnState.from_bytes(data[:size])


@pytest.mark.parametrize(("at", "value", "complaint"), [
    (0, 0xFF, "cut short: a list of 255 items at byte 8 needs 2040 bytes"),
    (7, 0xFF, "cut short: a list of"),  # no memory is asked for
    (48, 9, r"must belong to the same edges"),
    (104, 3, r"ternary weights must be in 0\.\.2, not 3"),
    (-10, 2, "a spike time must start with 0 or 1, not 2"),
])
def test_refuses_damage(at, value, complaint):
    data = bytearray(tiny().to_bytes())
    data[at] = value
    with pytest.raises(FileError, match=complaint):
        SnnState.from_bytes(bytes(data))


def test_refuses_what_follows():
    data = tiny().to_bytes()
    with pytest.raises(FileError, match=f"{len(data)} bytes expected, not {len(data) + 1}"):
        SnnState.from_bytes(data + b"\0")


@pytest.mark.parametrize(("change", "complaint"), [
    ({"weights": np.zeros(3)}, r"weights must have shape \(2,\), not \(3,\)"),
    ({"traces": np.zeros(3)}, r"traces must have shape \(2,\)"),
    ({"row_ptr": [0, 3, 2]}, "row_ptr must ascend from 0 to 2"),
    ({"targets": [0, 2]}, r"targets must be in 0\.\.1, not 0\.\.2"),
])
def test_refuses_states_that_do_not_fit(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        dataclasses.replace(tiny(), **change)


def test_refuses_configurations_that_do_not_fit():
    with pytest.raises(ValueError, match="top_k must be at least 1, not 0"):
        SnnConfig(top_k=0)
    with pytest.raises(ValueError, match="the state must have 100 neurons"):
        EmbeddedSnn(SnnConfig(), tiny())


@pytest.mark.parametrize("policy", [ConsolidationPolicy((Manual(),)),
                                    ConsolidationPolicy((DeltaCount(70),))],
                         ids=["one chain", "consolidated on the way"])
def test_t23_snn_deltas_apply_to_a_capsule(policy):
    rng = np.random.default_rng(9)
    config = dataclasses.replace(CASES["forgetful"], decay_rate=1.98)
    snn, _ = beside(config, rng)
    capsule = Capsule("memory", policy=policy)
    capsule.apply_deltas(Delta.create(f"weight_{i}_{j}", b"", "test")
                         for i in range(9) for j in range(9) if i != j)
    count, kinds = capsule.total_deltas, set()
    for _ in range(60):
        inputs = correlated(rng, snn.state.prototypes, 0.02)
        deltas = snn.tick(inputs, Neuromodulators(), capsule.clock()).deltas
        assert all(delta.prev_hash is None for delta in deltas)
        capsule.apply_deltas(deltas)
        count += len(deltas)
        kinds |= {delta.kind for delta in deltas}
        capsule.chain.verify()
    assert capsule.total_deltas == count > 100
    assert kinds == {DeltaKind.Merge, DeltaKind.Delete}
    assert (len(capsule.chain) == count) == (capsule.total_consolidations == 0)


def test_unlinked_deltas_are_refused_one_by_one():
    snn = EmbeddedSnn(CASES["learning"], SnnState.ring(np.ones((12, 24), np.float32), 4))
    capsule, deltas = Capsule("memory"), snn.tick(np.ones(24)).deltas
    capsule.apply_delta(deltas[0])
    with pytest.raises(ChainError, match="prev_hash must be"):
        capsule.apply_delta(deltas[1])
