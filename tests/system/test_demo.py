import numpy as np
import pytest

from host.device import GoldenDevice
from host.digits import TICKS, show_digits
from host.learning import REPORTED, learn
from host.open import open_device
from host.plot import plot_run
from host.recorder import Recorder
from host.replay import replay
from host.runfile import read_run, write_run
from host.stimulus import Stimulus


def test_golden_learns_what_the_reference_reports():
    assert learn(GoldenDevice()) == REPORTED


def test_digits_agree_in_all_bins(board_path, tmp_path):
    with Recorder(open_device(board_path)) as device:
        assert show_digits(device, limit=110) == 110  # prunes once
        write_run(device.finish(), tmp_path / "digits.run")
    run = read_run(tmp_path / "digits.run")
    agreement = replay(run)
    assert agreement.complete
    assert agreement.bins == 110 * TICKS * 256
    assert sum(len(fired) for fired in run.spikes) > 10_000
    assert run.operations[-1].result["synapses"] < run.before.synapse_count


@pytest.mark.parametrize("ticks", [0, 1, 300, 1000])
def test_plots_any_run(ticks, tmp_path):
    with Recorder(GoldenDevice()) as device:
        show_digits(device, limit=0)
        for _ in range(ticks // 100):
            device.run(stimulus(100))
            device.stats()
        device.run(stimulus(ticks % 100))
        plot_run(device.finish(), tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 10_000


def stimulus(ticks):
    return Stimulus.constant(np.full(256, 5000), ticks)
