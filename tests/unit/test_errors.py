import pytest

from host.errors import DeviceError, FitError, MismatchError, TripartiteError


@pytest.mark.parametrize(("index", "where"), [(None, "trace"), (3, "trace[3]"),
                                              ((1, 2), "trace[1, 2]")])
def test_mismatch_names_all(index, where):
    error = MismatchError(7, "trace", index, -1, 2)
    assert str(error) == (f"tick 7: {where} must be -1, as in the golden model, but the device "
                          "has 2")
    assert (error.tick, error.field, error.index, error.expected, error.actual) == (
        7, "trace", index, -1, 2)


def test_all_errors_are_ours():
    assert issubclass(FitError, DeviceError)
    assert issubclass(MismatchError, TripartiteError)
