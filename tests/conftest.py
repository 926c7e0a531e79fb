"""What tests of more than one layer share."""

import sys

import pytest

from host import cli


@pytest.fixture
def tripartite(tmp_path, monkeypatch, capsys):
    """Return a function that runs a command in an empty folder: status, output, complaints."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tripartite", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err
    return run
