"""Neuromodulators: levels that stay in 0..1 and return to their baseline."""

import numpy as np
import pytest

from host.thermogram.neuromod import NeuromodSync, Neuromodulators

LEVELS = ("dopamine", "serotonin", "norepinephrine", "acetylcholine")


def levels(state):
    return [float(getattr(state, name)) for name in LEVELS]


def test_t22_neuromodulation():
    state = Neuromodulators()
    assert levels(state) == [0.5] * 4
    state.reward(0.3)
    assert state.dopamine == np.float32(0.8)  # as T22 has it
    state.reward(10)
    assert state.dopamine == 1
    state.decay(0.1)
    assert state.dopamine == np.float32(1) + np.float32(-0.5) * np.float32(0.1)
    assert levels(state)[1:] == [0.5] * 3


def test_stress_moves_two_levels_apart():
    state = Neuromodulators()
    state.stress(0.2)
    assert state.serotonin == np.float32(0.5) - np.float32(0.2)
    assert state.norepinephrine == np.float32(0.5) + np.float32(0.2)
    state.stress(10)
    assert levels(state) == [0.5, 0, 1, 0.5]
    state.stress(-10)
    assert levels(state) == [0.5, 1, 0, 0.5]


def test_focus_raises_acetylcholine_alone():
    state = Neuromodulators()
    state.focus(np.inf)
    assert levels(state) == [0.5, 0.5, 0.5, 1]


def test_levels_are_single_precision():
    state = Neuromodulators(dopamine=0.1)
    state.reward(0.2)
    state.decay(0.3)
    assert all(type(getattr(state, name)) is np.float32 for name in LEVELS)
    level = np.float32(0.1) + np.float32(0.2)
    assert state.dopamine == level + (np.float32(0.5) - level) * np.float32(0.3)


def test_decay_of_any_number_of_steps_approaches_the_baseline():
    state = Neuromodulators(0, 1, 0.25, 0.75)
    for _ in range(200):
        state.decay(0.1)
    np.testing.assert_allclose(levels(state), 0.5, atol=1e-6)


@pytest.mark.parametrize(("sync", "expected"), [
    (NeuromodSync(), np.float32(0.5) + np.float32(0.5) * np.float32(0.1)),
    (NeuromodSync.full_sync(), 1),
    (NeuromodSync.independent(), 0.5),
])
def test_sync_follows_at_its_rate(sync, expected):
    local = Neuromodulators()
    external = Neuromodulators(dopamine=1)
    sync.apply(local, external)
    assert levels(local) == [expected, 0.5, 0.5, 0.5]
    assert levels(external) == [1, 0.5, 0.5, 0.5]


def test_presets_are_those_of_the_specification():
    assert (NeuromodSync().sync_interval_ms, NeuromodSync.full_sync().sync_interval_ms) == (100, 50)


@pytest.mark.parametrize("signal", ["reward", "stress", "focus"])
def test_refuses_what_is_not_a_number(signal):
    state = Neuromodulators()
    with pytest.raises(ValueError, match="must be a number, not nan"):
        getattr(state, signal)(float("nan"))
    assert levels(state) == [0.5] * 4
