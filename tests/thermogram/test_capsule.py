"""Rows of acceptance that concern the capsule as a whole."""

import numpy as np

from host.thermogram.bench import measure
from host.thermogram.capsule import Capsule
from host.thermogram.codec import decode, encode
from host.thermogram.delta import Delta, DeltaKind
from host.thermogram.neuromod import Neuromodulators
from host.thermogram.signal import SIGNAL, Signal, positive
from host.thermogram.snn import EmbeddedSnn, SnnConfig
from host.thermogram.temperature import Temperature
from tests.thermogram.capsules import Ticking, found


def test_t26_adversarial_ten_million_signals():
    capsule = Capsule("x", clock=Ticking())
    value = np.zeros(10**7, SIGNAL)
    value["magnitude"] = np.arange(10**7) % 251
    capsule.record(DeltaKind.Create, "big", value, "s")
    capsule.chain.verify()
    capsule.consolidate()
    again = decode(encode(capsule))
    np.testing.assert_array_equal(again.read("big").signals, value)


def test_t26_adversarial_network_input():
    network = EmbeddedSnn(SnnConfig(num_neurons=10, input_dim=8, top_k=3))
    for bad in (np.nan, np.inf, -np.inf, 3e38, -0.0):
        inputs = np.full(8, bad, np.float32)
        network.tick(inputs, Neuromodulators())
        network.tick(np.where(np.arange(8) % 2, inputs, np.float32(1)), Neuromodulators())
    assert len(network.to_bytes()) > 0


def test_t26_adversarial_texts():
    capsule = Capsule("", clock=Ticking())
    for key in ("", "\0", "a\0b", "a" * 65535, "🧠" * 100, "\n", "../..", "\u202e"):
        capsule.record(DeltaKind.Create, key, [(1, 1)], key)
    again = decode(encode(capsule))
    again.chain.verify()
    assert again.keys() == capsule.keys()


def test_t28_performance_prints_the_rows():
    rows = {row.what: row for row in measure()}
    assert {"encode 1,000 entries x 64", "decode 1,000 entries x 64",
            "consolidate 999 deltas of 100 keys", "10,000 appends",
            "transitions of 1,000,000 entries"} <= set(rows)
    assert all(row.ours_us > 0 and row.reference_us > 0 for row in rows.values())


def test_t28_encoding_grows_with_the_bytes():
    sizes = []
    for count in (100, 1000):
        capsule = Capsule("x")
        for index in range(count):
            capsule.record(DeltaKind.Create, f"{index:04}", [(1, 1)] * 64, "s", positive(200))
        capsule.consolidate()
        sizes.append(len(encode(capsule)))
    assert (sizes[1] - 206) == 10 * (sizes[0] - 206)


def test_t29_quick_start():
    """As the seed has it: reinforcing what isn't consolidated does nothing."""
    capsule = Capsule("neural_weights", clock=Ticking())
    value = [(1, index) for index in range(64)]
    create = Delta.create("layer_0", value, "training")
    capsule.apply_delta(create._replace(strength=Signal(1, 204)))
    assert capsule.reinforce("layer_0", positive(51)) is False
    capsule.consolidate()
    assert found(capsule, "layer_0") == (Temperature.HOT, (1, 204), 1)
    assert capsule.reinforce("layer_0", positive(51)) is True
    assert found(capsule, "layer_0") == (Temperature.HOT, (1, 255), 2)
    assert capsule.read("layer_0").signals.tolist() == value
