import numpy as np
import pytest

from host.errors import FileError
from host.stimulus_file import read_stimulus


def dense(stimulus, n):
    """Return the currents of every tick, shape (ticks, n)."""
    rows = []
    for segment in stimulus:
        current = np.zeros(n, np.int16)
        current[:segment.current.size] = segment.current
        rows += [current] * segment.ticks
    return np.array(rows)


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.uint8])
def test_npy_gives_its_rows(dtype, tmp_path):
    currents = np.random.default_rng(1).integers(0, 3, (50, 7)).astype(dtype)
    np.save(tmp_path / "x.npy", currents)
    np.testing.assert_array_equal(dense(read_stimulus(tmp_path / "x.npy"), 7), currents)


def test_npy_is_cut_or_held_to_its_length(tmp_path):
    currents = np.arange(12, dtype=np.int16).reshape(4, 3)
    np.save(tmp_path / "x.npy", currents)
    np.testing.assert_array_equal(dense(read_stimulus(tmp_path / "x.npy", 2), 3), currents[:2])
    longer = dense(read_stimulus(tmp_path / "x.npy", 7), 3)
    np.testing.assert_array_equal(longer, currents[[0, 1, 2, 3, 3, 3, 3]])


def test_csv_holds_currents_until_they_change(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("tick, neuron, current\n2,0,100\n2,3,-5\n\n4,0,0\n")
    expected = [[0, 0, 0, 0], [0, 0, 0, 0], [100, 0, 0, -5], [100, 0, 0, -5], [0, 0, 0, -5]]
    np.testing.assert_array_equal(dense(read_stimulus(path), 4), expected)
    np.testing.assert_array_equal(dense(read_stimulus(path, 3), 4), expected[:3])
    np.testing.assert_array_equal(dense(read_stimulus(path, 6), 4), [*expected, expected[-1]])


def test_csv_of_a_long_run_stays_small(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("tick,neuron,current\n0,0,100\n")
    stimulus = read_stimulus(path, 10**9)
    assert stimulus.ticks == 10**9
    assert len(list(stimulus)) == 1


def test_csv_without_changes_needs_a_length(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("tick,neuron,current\n")
    assert read_stimulus(path, 5).ticks == 5
    with pytest.raises(FileError, match="give the number of ticks"):
        read_stimulus(path)


@pytest.mark.parametrize(("text", "message"), [
    ("", "line 1: the header must be tick,neuron,current, not ''"),
    ("0,0,1\n", "line 1: the header must be tick,neuron,current, not '0,0,1'"),
    ("tick,neuron,current\n0,0\n", "line 2: 3 values expected, not 2"),
    ("tick,neuron,current\n0,0,1\n1,x,1\n", "line 3: neuron must be an integer, not 'x'"),
    ("tick,neuron,current\n0,0,1.5\n", "line 2: current must be an integer, not '1.5'"),
    ("tick,neuron,current\n0,0,32768\n", "current must be in -32768..32767, not 32768"),
    ("tick,neuron,current\n-1,0,0\n", "line 2: tick must be in 0..4294967295, not -1"),
    ("tick,neuron,current\n0,65536,0\n", "line 2: neuron must be in 0..65535, not 65536"),
    ("tick,neuron,current\n5,0,1\n4,0,1\n", "line 3: ticks must not fall, 4 follows 5"),
    ("\x00\x01\n", "line 1: the header"),
    ("tick,neuron,current\n0,0," + "1" * 200_000, "x.csv: can't be read (field larger"),
])
def test_csv_errors_name_the_line(text, message, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        read_stimulus(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("array", "message"), [
    (np.zeros(5, np.int16), "must have shape (ticks, neurons), not (5,)"),
    (np.zeros((0, 5), np.int16), "must have shape (ticks, neurons), not (0, 5)"),
    (np.zeros((5, 2)), "must be integers, Q8.8 mV, not float64"),
    (np.full((1, 1), 40000), "must be in -32768..32767, not 40000"),
    (np.full((1, 1), -40000), "must be in -32768..32767, not -40000"),
])
def test_npy_errors_say_what_is_wrong(array, message, tmp_path):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(FileError) as caught:
        read_stimulus(tmp_path / "x.npy")
    assert message in str(caught.value)


def test_npy_must_be_an_array_file(tmp_path):
    path = tmp_path / "x.npy"
    for content in (b"", b"junk", b"\x93NUMPY"):
        path.write_bytes(content)
        with pytest.raises(FileError, match="not a NumPy array file") as caught:
            read_stimulus(path)
        assert "\n" not in str(caught.value)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(FileError, match=r"a \.npy or \.csv file, not \.txt"):
        read_stimulus(tmp_path / "x.txt")


@pytest.mark.parametrize("name", ["none.csv", "none.npy"])
def test_missing_files_are_told(name, tmp_path):
    with pytest.raises(FileError, match=rf"{name}: can't be read \(No such file"):
        read_stimulus(tmp_path / name)


def test_length_is_limited(tmp_path):
    with pytest.raises(FileError, match=r"1\.\.4294967296 ticks, not 0"):
        read_stimulus(tmp_path / "x.csv", 0)
