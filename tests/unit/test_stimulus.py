import numpy as np
import pytest

from host.stimulus import Segment, Stimulus


def test_constant_stimulus_is_one_segment():
    stimulus = Stimulus.constant([1, 2], 5)
    assert [(s.current.tolist(), s.ticks) for s in stimulus] == [([1, 2], 5)]
    assert stimulus.ticks == 5


def test_no_current_is_an_empty_one():
    (segment,) = Stimulus.constant(None, 1)
    assert (segment.current.dtype, segment.current.shape) == (np.int16, (0,))


@pytest.mark.parametrize(("rows", "segments"), [
    ([], []),
    ([[1, 2]], [([1, 2], 1)]),
    ([[1, 2], [1, 2], [1, 3], [1, 2]], [([1, 2], 2), ([1, 3], 1), ([1, 2], 1)]),
])
def test_equal_neighbours_merge(rows, segments):
    stimulus = Stimulus.from_array(np.array(rows, np.int16).reshape(len(rows), 2))
    assert [(s.current.tolist(), s.ticks) for s in stimulus] == segments
    assert stimulus.ticks == len(rows)


def test_stimulus_of_many_segments_counts_ticks():
    assert Stimulus(Segment(None, ticks) for ticks in (3, 0, 4)).ticks == 7


@pytest.mark.parametrize(("current", "ticks"), [([32768], 1), ([0.5], 1), ([1], -1)])
def test_segment_rejects(current, ticks):
    with pytest.raises(ValueError, match=r"current|ticks"):
        Segment(current, ticks)
