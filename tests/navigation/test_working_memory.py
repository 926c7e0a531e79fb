import json
from dataclasses import replace

import numpy as np
import pytest

from host.astrocytes.working_memory import (
    NEURONS,
    PATTERN,
    Keeper,
    Recall,
    Task,
    Trial,
    remember,
)
from host.device import GoldenDevice

TASK = Task(delays=(0, 64, 256))


def recall_of(keeper, **changes):
    return remember(replace(TASK, keeper=keeper, **changes), 3)


def test_astrocytes_keep_a_pattern_in_silence():
    found = recall_of(Keeper.ASTROCYTES)
    assert (found.accuracy >= 0.95).all()
    assert found.delay_spikes.sum() == 0
    assert found.lasts() == 256


def test_neurons_alone_forget():
    found = recall_of(Keeper.NOTHING)
    assert found.hits.max() == 0
    assert found.lasts() == -1


def test_persistent_firing_costs_spikes():
    ours, firing = recall_of(Keeper.ASTROCYTES), recall_of(Keeper.FIRING)
    assert (firing.accuracy >= 0.95).all()
    assert firing.spikes[:, 2].mean() > 10 * ours.spikes[:, 2].mean()
    assert firing.delay_spikes[:, 2].min() >= 256 * PATTERN * 0.9


def test_trace_fades_with_calcium():
    found = remember(Task(decay_shift=5, delays=(0, 32, 64, 256)), 2)
    assert found.accuracy[0] >= 0.95
    assert found.accuracy[-1] == 0.5


def test_recall_leaves_a_trial_as_it_was():
    trials = [Trial(TASK, 4, GoldenDevice()) for _ in range(2)]
    for trial in trials:
        trial.show()
    trials[0].recall()
    later = [trial.run(40, neurons=np.arange(10)).tolist() for trial in trials]
    assert later[0] == later[1]
    assert trials[0].device.snapshot().digest() == trials[1].device.snapshot().digest()


def test_separation_is_that_of_the_parameters():
    assert (Task().calcium_ticks, Task().separation) == (4096, 256)
    assert Task(decay_shift=7).separation == 128


def test_lasting_is_not_claimed_beyond_a_gap():
    shape = np.ones((1, 3))
    hits = np.array([[1.0, 0.2, 1.0]])
    found = Recall(Task(delays=(0, 4, 8)), hits, 0 * shape, shape, shape)
    assert found.lasts() == 0
    assert found.accuracy.tolist() == [1.0, 0.6, 1.0]


def test_pattern_is_any_neurons():
    patterns = [sorted(Trial(TASK, seed, GoldenDevice()).pattern) for seed in range(3)]
    assert {len(pattern) for pattern in patterns} == {PATTERN}
    assert len(set(map(tuple, patterns))) == 3
    assert max(map(max, patterns)) < NEURONS


def test_command_tells_accuracy_and_spikes(tripartite):
    status, printed, _ = tripartite("astrocytes", "memory", "--seeds", 1, "--json")
    found = json.loads(printed)
    assert status == 0
    assert found["astrocytes"]["accuracy"][0] > 0.9
    assert found["persistent firing"]["delay_spikes"][-1] > 1000
    assert pytest.approx(0.5) == found["neurons only"]["accuracy"][3]
