"""The host's link and the compiled gateware, on lines good and bad."""

import numpy as np
import pytest
from cobs import cobs

from boards.virtual import CLOCK_HZ, VIRTUAL
from golden.arch import document
from golden.arch.config import PoolConfig
from golden.arch.frames import Kind, parse_frame
from golden.arch.windows import Window
from golden.model import first_difference, with_random_connectivity_seeded
from host.board import BoardDevice
from host.device import GoldenDevice
from host.link import Link
from host.serial_port import SerialTransport
from host.stimulus import Segment, Stimulus
from sim.simulated_board import SimulatedBoard
from tests.support.noise import NoisyTransport

BYTES_PER_SECOND = CLOCK_HZ / VIRTUAL.divisor / 10


def some_pool():
    config = PoolConfig(trace_decay=240, stdp_positive=30, stdp_negative=-15, max_delay=3)
    return with_random_connectivity_seeded("some", 40, 0.1, config)


def some_stimulus(ticks, every=40, seed=1):
    rng = np.random.default_rng(seed)
    return Stimulus([Segment(rng.integers(-4000, 12000, 40).astype(np.int16), every)
                     for _ in range(ticks // every)])


def run_both(device, ticks):
    """Run a pool on a device and in the model; return when all agrees."""
    golden = GoldenDevice()
    for each in (device, golden):
        each.load(some_pool())
    found, expected = (each.run(some_stimulus(ticks)) for each in (device, golden))
    np.testing.assert_array_equal(found.raster(40), expected.raster(40))
    assert expected.total > ticks  # there is something to lose
    assert first_difference(golden.snapshot(), device.snapshot()) is None


def test_long_run_gets_through_two_percent_errors():
    board = SimulatedBoard(VIRTUAL)
    with BoardDevice(Link(NoisyTransport(board, seed=1), clock=board.clock)) as device:
        run_both(device, 4000)
        status = device.status()
    for counter in ("crc_errors", "length_errors", "repeats", "gaps", "resends"):
        assert status[counter] > 10


def test_port_gets_through_two_percent_errors(board_path):
    line = NoisyTransport(SerialTransport(board_path, 3_000_000), seed=2)
    with BoardDevice(Link(line)) as device:
        run_both(device, 500)


@pytest.fixture
def core():
    """Commands to a core on a good line, and its time."""
    board = SimulatedBoard(VIRTUAL)
    with BoardDevice(Link(board, clock=board.clock)) as device:
        yield device._core, board.clock


def test_good_line_is_full_both_ways(core):
    core, clock = core
    words = np.arange(50_000 // 2, dtype="<i2")
    extent = [(Window.RING, 0, words.size)]
    start = clock()
    core.write([(Window.RING, 0, words)])
    written = clock()
    [found] = core.read(extent)
    read = clock()
    np.testing.assert_array_equal(found["current"], words)
    assert words.nbytes / BYTES_PER_SECOND / (written - start) > 0.9
    assert words.nbytes / BYTES_PER_SECOND / (read - written) > 0.9
    assert not core.link.statistics.get("damaged")


def test_documented_session_is_true():
    board = SimulatedBoard(VIRTUAL)
    received = b""
    for _, frame in document.session(VIRTUAL):
        header, payload = parse_frame(frame)
        if header["kind"] < Kind.BOARD_IDENTITY:
            board.write(document.stuff(frame))
            received, acknowledge = b"", 0
            continue
        while len(received) < len(payload) or acknowledge < header["acknowledge"]:
            line = b""
            while not line.endswith(b"\0"):
                line += board.read(wait=True)
            for found in line.split(b"\0")[:-1]:
                fields, piece = parse_frame(cobs.decode(found))
                assert fields["kind"] == header["kind"]
                received += piece
                acknowledge = fields["acknowledge"]
        assert (received, acknowledge) == (payload, header["acknowledge"])
