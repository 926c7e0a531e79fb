import io
import sys
import time

import pytest

from host import progress as module
from host.progress import progress, waiting


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(module, "REFRESH", 0)
    monkeypatch.setattr(module, "LOOK_AFTER", 0.01)


def open_terminal(monkeypatch):
    """Return a terminal as standard error; not a fixture, since pytest resets that in between."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def work(total, share, **names):
    with progress("work", total, **names) as advance:
        for _ in range(share):
            time.sleep(0.005)
            advance(1)


def test_long_task_shows_rate_and_time_left(monkeypatch):
    terminal = open_terminal(monkeypatch)
    work(10_000, 40)
    text = terminal.getvalue()
    assert "work" in text
    assert "ticks/s" in text
    assert "0:0" in text


def test_short_task_shows_nothing(monkeypatch):
    terminal = open_terminal(monkeypatch)
    work(40, 40)
    assert terminal.getvalue() == ""


def test_nothing_is_shown_without_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(module, "LOOK_AFTER", 0)
    work(10_000, 10)
    with waiting("for it"):
        pass
    assert sys.stderr.getvalue() == ""


def test_task_within_a_task_is_not_shown(monkeypatch):
    terminal = open_terminal(monkeypatch)
    with progress("outer", 10_000) as advance:
        for _ in range(20):
            time.sleep(0.005)
            advance(1)
        work(10_000, 20, unit="bytes")
    assert "outer" in terminal.getvalue()
    assert "work" not in terminal.getvalue()
    work(10_000, 20, unit="bytes")
    assert "bytes/s" in terminal.getvalue()


def test_waiting_says_for_what(monkeypatch):
    terminal = open_terminal(monkeypatch)
    with waiting("for it"):
        time.sleep(0.02)
    assert "for it" in terminal.getvalue()
