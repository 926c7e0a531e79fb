import pytest

from golden.arch.crossbar import pulse_count
from hdl.block import PulseCount
from tests.support.gateware import feed


@pytest.mark.parametrize(("gain", "cap"), [(0, 127), (1, 15), (40, 3), (128, 127), (256, 1),
                                           (0x1A0, 0), (65535, 127)])
def test_changes_become_pulses(gain, cap):
    changes = [*range(-12, 13), 63, 64, 127, 128, 450, -450, 511, -512]
    found = feed(PulseCount(), [{"change": change} for change in changes],
                 config={"pulse_gain": gain, "pulse_cap": cap})
    for change, one in zip(changes, found, strict=True):
        count = pulse_count(change, gain, cap)
        assert one["count"] == abs(count), change
        assert one["lowers"] == (change < 0), change
