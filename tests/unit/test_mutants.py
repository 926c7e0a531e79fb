import pytest

from tests.mutants.__main__ import ROOT, main
from tests.mutants.catalogue import CATALOGUE


@pytest.mark.parametrize("path", CATALOGUE)
def test_every_mistake_can_be_made(path):
    source = (ROOT / path).read_text()
    test, changes = CATALOGUE[path]
    assert (ROOT / test).is_file()
    for old, new in changes:
        assert source.count(old) == 1, old
        assert new != old


def test_a_sample_is_noticed(capsys):
    assert main(["--component", "hdl/sweep.py", "--component", "hdl/prune.py",
                 "--sample", "3"]) == 0
    assert capsys.readouterr().out.endswith("3 of 3 mutants killed\n")
