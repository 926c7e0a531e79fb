"""The virtual board of the system tests: one for all tests of a process."""

import pytest

from host.virtual import VirtualBoard


@pytest.fixture(scope="session")
def board_path():
    """Return the port of a virtual board with the default parameters."""
    board = VirtualBoard()
    yield board.path
    board.close()
