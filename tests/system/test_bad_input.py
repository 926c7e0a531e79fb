"""What can go wrong between a driver and a board, and what the user is told."""

import os
import signal
import tty

import pytest

from golden.arch.identity import VERSION
from golden.arch.windows import Window
from golden.model import first_difference, new, with_random_connectivity_seeded
from host import core, link, virtual
from host.board import BoardDevice
from host.errors import DeviceError, FitError, LinkError
from host.link import Link
from host.open import open_device
from host.serial_port import SerialTransport
from host.stimulus import Stimulus
from host.virtual import VirtualBoard

MAJOR, MINOR = VERSION


@pytest.fixture
def quiet_port():
    """Return a pseudo-terminal behind which nobody listens."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave), master
    os.close(master)
    os.close(slave)


@pytest.fixture
def own_board():
    """Return a virtual board that a test may harm."""
    board = VirtualBoard()
    yield board
    board.close()


def one_line(error):
    message = str(error.value)
    assert "\n" not in message
    return message


def test_port_that_does_not_exist():
    with pytest.raises(LinkError, match="/dev/nowhere: there is no such port; there are") as error:
        open_device("/dev/nowhere")
    one_line(error)


def test_port_that_is_a_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    with pytest.raises(LinkError, match="not a serial port"):
        open_device(str(path))


def test_port_that_is_busy(board_path):
    with open_device(board_path) as device:
        with pytest.raises(LinkError, match="another program uses it; close that") as error:
            open_device(board_path)
        one_line(error)
        device.load(new("x", 4))  # unharmed


def test_port_behind_which_nobody_answers(quiet_port, monkeypatch):
    path, _ = quiet_port
    monkeypatch.setattr(link, "SILENT_SECONDS", 0.2)
    with pytest.raises(LinkError, match="got nothing instead; check that this is") as error:
        open_device(path)
    one_line(error)


def test_port_behind_which_something_else_answers(quiet_port, monkeypatch):
    path, master = quiet_port
    monkeypatch.setattr(link, "CONNECT_SECONDS", 0.2)
    transport = SerialTransport(path, 3_000_000)
    os.write(master, b"login: \0" * 20)
    with pytest.raises(LinkError, match="got 160 bytes instead; check the baud rate") as error:
        BoardDevice(Link(transport))
    one_line(error)
    transport.close()


def test_board_that_goes_silent(own_board):
    device = BoardDevice(Link(SerialTransport(own_board.path, 3_000_000), patience=0.5))
    device.load(new("x", 4))
    os.kill(own_board.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(LinkError, match="has been silent") as error:
            device.tick()
        one_line(error)
    finally:
        os.kill(own_board.process.pid, signal.SIGCONT)
        device.close()


def test_board_that_is_unplugged(own_board):
    with open_device(own_board.path) as device:
        device.load(new("x", 4))
        own_board.close()
        with pytest.raises(LinkError, match="the port is gone while in use; plug the board in") \
                as error:
            device.run(Stimulus.constant(None, 5000))
        one_line(error)


@pytest.mark.parametrize(("name", "value", "message"), [
    ("contract_hash", lambda: 1, r"contract hash is [0-9a-f]{16}, the driver's is 0{15}1; load"),
    ("VERSION", (MAJOR, MINOR + 1), rf"contract version is {MAJOR}\.{MINOR}, the driver's is "
                                    rf"{MAJOR}\.{MINOR + 1}; load the board"),
    ("VERSION", (0, 0), rf"contract version is {MAJOR}\.{MINOR}, the driver's is 0\.0; update the "
                        "driver"),
])
def test_board_of_another_contract(name, value, message, board_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(core, name, value)
        with pytest.raises(DeviceError, match=message) as error:
            open_device(board_path)
        one_line(error)
    open_device(board_path).close()  # it has been let go of


def test_pool_that_does_not_fit_leaves_the_board_as_it_was(board_path):
    small = with_random_connectivity_seeded("small", 30, 0.1)
    with open_device(board_path) as device:
        device.load(small)
        with pytest.raises(FitError, match="needs 5000 neurons, the core has 4096; take a "
                                           "core built with neurons=8192") as error:
            device.load(new("large", 5000))
        one_line(error)
        assert first_difference(small, device.snapshot()) is None


def test_virtual_board_that_can_not_be_built():
    with pytest.raises(DeviceError, match="virtual board: did not start: core: neurons must be a "
                                          "multiple of the 2 tiles, not 7") as error:
        open_device("virtual", neurons=7, tiles=2)
    one_line(error)


def test_parameters_for_what_has_none():
    with pytest.raises(ValueError, match="neurons can be chosen for a virtual board only"):
        open_device("golden", neurons=5)


def test_fault_is_named_and_ends_with_the_next_load(board_path):
    with open_device(board_path) as device:
        device.load(new("x", 4))
        with pytest.raises(DeviceError, match="fault ADDRESS in command READ; load the pool"):
            device._core.read([(Window.NEURONS, 4095, 9)])
        with pytest.raises(DeviceError, match=r"was interrupted, .* load the pool again"):
            device.tick()
        device.load(new("x", 4))
        assert device.tick().size == 0


def test_device_can_be_closed_twice(board_path):
    device = open_device(board_path)
    device.close()
    device.close()
    open_device(board_path).close()


def test_virtual_device_takes_its_board_along():
    device = open_device("virtual")
    path = device._core.link._transport.name
    assert os.path.exists(path)
    device.close()
    assert not os.path.exists(path)


def test_virtual_device_ends_a_board_that_has_been_stopped(monkeypatch):
    monkeypatch.setattr(virtual, "END_SECONDS", 0.1)
    board = VirtualBoard()
    board.process.send_signal(signal.SIGSTOP)
    board.close()
    assert board.process.returncode == -signal.SIGKILL
