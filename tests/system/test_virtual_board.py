"""The virtual board as a serial port, with a design that echoes."""

import os
import subprocess
import sys
import time

import pytest
import serial

SECONDS = 60  # that anything here may take, on a busy machine, before it is taken for dead


def start_board(*arguments):
    board = subprocess.Popen([sys.executable, "-m", "tests.support.echo_board", *arguments],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = board.stdout.readline()
    assert line.startswith("board on /dev/"), line
    return board, line.split()[-1]


def end_board(board):
    board.stdin.close()
    assert board.wait(SECONDS) == 0
    assert board.stdout.read() == ""  # one line and no more
    board.stdout.close()


@pytest.fixture(scope="module")
def port():
    board, path = start_board()
    yield path
    end_board(board)


def exchange(port, data):
    port.write(data)
    answer = b""
    while len(answer) < len(data) and (more := port.read(len(data) - len(answer))):
        answer += more
    return answer


def test_carries_every_byte(port):
    data = bytes(range(256)) * 40  # more than the terminal, the queues and the design hold
    with serial.Serial(port, 3_000_000, timeout=SECONDS, exclusive=True) as line:
        assert exchange(line, data) == data
        assert line.in_waiting == 0


def test_can_be_opened_again_at_any_rate(port):
    controls = b"\x03\x04\r\n\x11\x13\x1a\x7f"
    for baud in (9600, 115200, 1_000_000, 3_000_000):
        with serial.Serial(port, baud, timeout=SECONDS) as line:
            assert exchange(line, controls) == controls


def test_ends_with_its_parent():
    parent = subprocess.Popen(
        [sys.executable, "-c",
         "import subprocess, sys, time\n"
         "board = subprocess.Popen([sys.executable, '-m', 'tests.support.echo_board'],\n"
         "                         stdin=subprocess.PIPE)\n"
         "print(board.pid, flush=True)\n"
         "time.sleep(600)\n"], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert parent.stdout.readline().startswith("board on")
    parent.kill()
    parent.wait(SECONDS)
    assert parent.stdout.read() == ""  # ends when the board has let go of it, too
    parent.stdout.close()
    with pytest.raises(ProcessLookupError):
        wait_for_end(pid)


def wait_for_end(pid):
    for _ in range(SECONDS * 100):
        os.kill(pid, 0)
        time.sleep(0.01)


def test_ends_by_signal_and_takes_its_link_along(tmp_path):
    link = tmp_path / "board"
    board, path = start_board("--link", str(link))
    assert os.readlink(link) == path
    board.terminate()
    end_board(board)
    assert not link.is_symlink()


def test_leaves_the_link_of_another_board_alone(tmp_path):
    link = tmp_path / "board"
    board, path = start_board("--link", str(link))
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.echo_board", "--link", str(link)],
        capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (1, "")
    assert os.readlink(link) == path
    link.unlink()
    link.symlink_to("/elsewhere")
    board.terminate()
    end_board(board)
    assert os.readlink(link) == "/elsewhere"


def test_replaces_a_link_that_leads_nowhere(tmp_path):
    link = tmp_path / "board"
    link.symlink_to(tmp_path / "gone")
    board, path = start_board("--link", str(link))
    assert os.readlink(link) == path
    end_board(board)


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["--tiles", "3"], "core: tiles must be a power of two, not 3"),
    (["--link", "/"], "board: can't make the link / (File exists); name a path that doesn't exist"),
])
def test_complains_in_one_line(arguments, complaint):
    done = subprocess.run([sys.executable, "-m", "tests.support.echo_board", *arguments],
                          capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == complaint


def test_command_refuses_parameters_as_any_other(tripartite):
    for words, complaint in ((("--astrocytes", -1), "core: astrocytes must be in 0..65535, not -1"),
                             (("--tiles", 3), "core: tiles must be a power of two, not 3")):
        assert tripartite("board", *words) == (1, "", f"tripartite: {complaint}\n")
