"""The host's end of the line against a board in software, on lines good and bad."""

import os
import pty
import random
import tty
from contextlib import suppress
from itertools import pairwise

import pytest
from cobs import cobs

from golden.arch.frames import HELLO, PAYLOAD_MAX, Kind, build_frame, parse_frame
from golden.arch.identity import IDENTITY, identity_fields
from golden.arch.params import CoreParams
from host.endpoint import Endpoint
from host.errors import LinkError
from host.estimate import LineQuality, RoundTrip
from host.link import HIGH_WATER, Link
from host.serial_port import SerialTransport
from tests.support.board_model import BoardModel, SimulatedLine
from tests.support.noise import Noise, NoisyTransport

SESSION = 77
PARAMS = CoreParams()


def stuff(frame):
    return cobs.encode(frame) + b"\0"


def frames_of(line):
    return [parse_frame(cobs.decode(frame)) for frame in line.split(b"\0") if frame]


def data(payload=b"", kind=Kind.BOARD_DATA, **fields):
    return stuff(build_frame(kind, payload, **{"window": 4096, **fields}))


@pytest.fixture
def endpoint():
    """An endpoint that has been told the identity at time 0."""
    endpoint = Endpoint(SESSION)
    endpoint.transmit(0)
    payload = IDENTITY.pack(**identity_fields(PARAMS, SESSION))
    endpoint.receive(data(payload, Kind.BOARD_IDENTITY), 0.001)
    assert endpoint.identity == identity_fields(PARAMS, SESSION)
    assert not endpoint.transmit(0.001)
    return endpoint


# The endpoint alone --------------------------------------------------------------------------


def test_hello_is_repeated_until_identity():
    endpoint = Endpoint(SESSION)
    [(header, payload)] = frames_of(endpoint.transmit(0))
    assert (header["kind"], header["window"]) == (Kind.HELLO, PAYLOAD_MAX)
    assert HELLO.unpack(payload) == {"session": SESSION}
    assert not endpoint.transmit(0.01)
    assert endpoint.transmit(0.06)
    endpoint.receive(b"garbage\0", 0.07)  # maybe an identity, damaged
    assert endpoint.transmit(0.09)
    stale = IDENTITY.pack(**identity_fields(PARAMS, SESSION - 1))
    endpoint.receive(data(stale, Kind.BOARD_IDENTITY) + data(b"stale report"), 0.1)
    assert endpoint.identity is None
    assert not endpoint.reports


def test_identity_of_another_contract_is_foreign():
    endpoint = Endpoint(SESSION)
    endpoint.receive(data(b"another", Kind.BOARD_IDENTITY), 0)
    assert endpoint.foreign == b"another"


def test_commands_fill_frames_up_to_the_window(endpoint):
    endpoint.write(bytes(5000))
    sent = frames_of(endpoint.transmit(1))
    assert [len(payload) for _, payload in sent] == [240] * 17  # the last 16 bytes aren't worth it
    assert [header["offset"] for header, _ in sent] == list(range(0, 17 * 240, 240))
    endpoint.receive(data(acknowledge=480, window=3900), 1.1)
    sent = frames_of(endpoint.transmit(1.1))
    assert [header["offset"] for header, _ in sent] == [4080]


def test_small_commands_gather_while_others_are_under_way(endpoint):
    endpoint.write(b"first")
    assert [payload for _, payload in frames_of(endpoint.transmit(1, flush=False))] == [b"first"]
    endpoint.write(b"second")
    assert not endpoint.transmit(1, flush=False)
    endpoint.write(b"third")
    assert [payload for _, payload in frames_of(endpoint.transmit(1))] == [b"secondthird"]


def test_reports_are_acknowledged_once_for_all_that_one_read_brought(endpoint):
    endpoint.receive(data(b"abc") + data(b"def", offset=3) + data(offset=6), 1)
    assert endpoint.reports == b"abcdef"
    [(header, _)] = frames_of(endpoint.transmit(1))
    assert (header["kind"], header["acknowledge"]) == (Kind.DATA, 6)
    endpoint.receive(data(offset=6), 1)
    assert not endpoint.transmit(1)  # an empty frame is not answered


def test_missing_reports_are_asked_for_once(endpoint):
    endpoint.receive(data(b"abc") + b"damaged\0" + data(b"ghi", offset=6), 1)
    [(header, _)] = frames_of(endpoint.transmit(1))
    assert (header["kind"], header["acknowledge"]) == (Kind.RESEND, 3)
    endpoint.receive(data(b"jkl", offset=9), 1)
    [(header, _)] = frames_of(endpoint.transmit(1))
    assert header["kind"] == Kind.DATA
    endpoint.receive(data(b"def", offset=3), 1)  # what came ahead of it has been kept
    assert endpoint.reports == b"abcdefghijkl"
    [(header, _)] = frames_of(endpoint.transmit(1))
    assert header["acknowledge"] == 12


def test_reports_missing_twice_are_asked_for_twice(endpoint):
    endpoint.receive(data(b"d", offset=3), 1)
    assert frames_of(endpoint.transmit(1))[0][0]["kind"] == Kind.RESEND
    endpoint.receive(data(b"e", offset=4), 1)
    assert frames_of(endpoint.transmit(1))[0][0]["kind"] == Kind.DATA
    endpoint.receive(data(b"d", offset=3), 1)  # the board has gone back
    assert frames_of(endpoint.transmit(1))[0][0]["kind"] == Kind.RESEND


def test_repeated_and_overlapping_reports_are_taken_once(endpoint):
    endpoint.receive(data(b"abc") + data(b"abc") + data(b"bcde", offset=1), 1)
    assert endpoint.reports == b"abcde"


def test_empty_frame_tells_of_missing_reports(endpoint):
    endpoint.receive(data(offset=9), 1)
    assert frames_of(endpoint.transmit(1))[0][0]["kind"] == Kind.RESEND


def test_resend_makes_commands_go_again_once(endpoint):
    endpoint.write(bytes(1000))
    endpoint.transmit(1)
    endpoint.receive(data(kind=Kind.BOARD_RESEND, acknowledge=240), 1.1)
    assert frames_of(endpoint.transmit(1.1))[0][0]["offset"] == 240
    endpoint.receive(data(kind=Kind.BOARD_RESEND, acknowledge=240), 1.101)
    assert not endpoint.transmit(1.101)


def test_unacknowledged_commands_go_again_ever_more_rarely(endpoint):
    endpoint.write(b"abc")
    now, times = 1.0, []
    while now < 5:
        if frames_of(endpoint.transmit(now)):
            times.append(now)
        now += 0.01
    waits = [round(later - sooner, 2) for sooner, later in pairwise(times)]
    assert 0.19 < waits[0] < 0.25
    assert waits == sorted(waits)
    assert waits[-1] < 0.55


def test_silent_board_is_asked(endpoint):
    assert not endpoint.transmit(1)  # nobody has waited so far
    assert not endpoint.transmit(1.1)
    [(header, _)] = frames_of(endpoint.transmit(1.25))
    assert header["kind"] == Kind.RESEND


def test_offsets_wrap(endpoint):
    total = 200_000
    stream = random.Random(1).randbytes(total)
    endpoint.write(stream)
    taken = bytearray()
    now = 1.0
    while len(taken) < total or len(endpoint.reports) < total:
        now += 0.001
        for header, payload in frames_of(endpoint.transmit(now)):
            assert header["offset"] == len(taken) % 65536
            taken += payload
        endpoint.receive(data(stream[len(endpoint.reports):][:240],
                              offset=len(endpoint.reports) % 65536,
                              acknowledge=len(taken) % 65536), now)
    assert taken == stream
    assert endpoint.reports == stream


def test_junk_and_echoes_do_no_harm(endpoint):
    endpoint.receive(bytes([7]) * 1000, 1)
    endpoint.receive(b"\0" + stuff(build_frame(Kind.DATA, b"echo")), 1)
    endpoint.receive(data(acknowledge=9999) + data(b"abc"), 1)
    assert endpoint.reports == b"abc"
    assert endpoint.statistics["damaged"] == 1


def test_window_shrinks_with_errors_and_grows_again(endpoint):
    for _ in range(10):
        endpoint.receive(b"damaged\0", 1)
    [(header, _)] = frames_of(endpoint.transmit(1))
    assert header["window"] < 40
    offset = 0
    while endpoint.statistics["bytes_received"] < 6000:
        endpoint.receive(data(bytes(100), offset=offset), 1)
        offset += 100
        [(header, _)] = frames_of(endpoint.transmit(1))
    assert header["window"] == PAYLOAD_MAX


# What it estimates ---------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0, 1e-5, 0.001, 0.02, 0.2])
def test_payload_fits_the_error_rate(rate):
    quality = LineQuality()
    quality.rate = rate
    goodput = {size: size / (size + 12) * (1 - rate) ** (size + 12)
               for size in range(8, PAYLOAD_MAX + 1)}
    assert goodput[quality.payload] > 0.97 * max(goodput.values())


def test_round_trip_follows_its_measurements():
    trip = RoundTrip()
    for _ in range(50):
        trip.count(0.02)
    assert trip.mean == pytest.approx(0.02)
    assert 0.02 < trip.timeout < 0.025


# The link on a simulated line ----------------------------------------------------------------


def linked(*, seed=1, noise=0.0, byte_time=1e-5, latency=0.001, **params):
    """Return a link and the line and board at its end."""
    board = BoardModel(CoreParams(**params), byte_time)
    line = SimulatedLine(board, latency=latency,
                         there=Noise(seed, corrupted=noise, dropped=noise),
                         back=Noise(~seed, corrupted=noise, dropped=noise))
    return Link(line, clock=line.clock), line, board


def exchange(link, line, board, there, back):
    """Carry one stream each way; return how long it takes, in seconds."""
    start = line.now
    before = len(board.taken)
    board.report(back)
    link.write(there)
    assert link.read(len(back)) == back
    while len(board.taken) < before + len(there):
        link.pump(0.01)
        assert line.now < start + 1000
    assert board.taken[before:] == there
    return line.now - start


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("byte_time", [3.3e-6, 3.3e-5])
def test_streams_get_through_two_percent_errors(seed, byte_time):
    link, line, board = linked(seed=seed, noise=0.01, byte_time=byte_time)
    link.connect()
    rng = random.Random(seed)
    there, back = rng.randbytes(10_000), rng.randbytes(10_000)
    assert exchange(link, line, board, there, back) < 10
    assert link.statistics["damaged"] > 100


@pytest.mark.parametrize("seed", range(20))
def test_session_opens_through_two_percent_errors(seed):
    link, line, _ = linked(seed=seed, noise=0.01, byte_time=3.3e-5)
    link.connect()
    assert link.identity["neurons"] == PARAMS.neurons
    assert line.now < 4


@pytest.mark.parametrize("latency", [0.0005, 0.004])
@pytest.mark.parametrize("byte_time", [3.3e-6, 3.3e-5])
def test_good_line_is_used_well(latency, byte_time):
    link, line, board = linked(latency=latency, byte_time=byte_time,
                               command_depth=8192, report_depth=8192)
    link.connect()
    size = 100_000
    for there, back in ((size, 0), (0, size)):
        seconds = exchange(link, line, board, bytes(there), bytes(back))
        assert size * byte_time / seconds > 0.85
    assert not link.statistics.get("timeouts")
    assert not board.resends


def test_one_error_costs_little():
    link, line, board = linked(byte_time=3.3e-5)
    link.connect()
    assert exchange(link, line, board, bytes(5000), b"") < 0.2
    line.there.noise = lambda piece: piece[:-1]
    link.write(b"lost")
    link.pump()
    line.there.noise = bytes
    start = line.now
    link.write(bytes(5000))
    while len(board.taken) < 10_004:
        link.pump(0.01)
    assert line.now - start < 0.4


def test_waiting_for_room_ends_even_if_the_news_is_lost():
    link, line, board = linked(command_depth=512)
    link.connect()
    board.core_runs = False
    link.write(bytes(2000))
    link.pump(0.5)
    assert board.room == 32
    line.back.noise = lambda piece: b""
    board.core_runs = True
    link.pump(0.05)
    line.back.noise = bytes
    link.pump(2)
    assert len(board.taken) == 2000


def test_new_session_starts_both_streams_again():
    link, line, board = linked()
    link.connect()
    exchange(link, line, board, b"abc", b"def")
    board.report(b"never read")
    link.pump(0.1)
    link.write(b"never taken")
    link.connect()
    assert not link.available
    exchange(link, line, board, b"ghi", b"jkl")


def test_write_blocks_at_high_water():
    link, _, board = linked()
    link.connect()
    link.write(bytes(HIGH_WATER + 50_000))
    assert len(board.taken) > 40_000


def test_slow_answers_are_waited_for():
    link, line, board = linked(latency=0.2)
    link.connect()
    exchange(link, line, board, bytes(1000), bytes(1000))


def test_silent_board_is_given_up():
    link, line, board = linked()
    link.connect()
    line.back.noise = lambda piece: b""
    start = line.now
    board.report(b"abc")
    with pytest.raises(LinkError, match=r"report 9 bytes, of which came 0.*silent for 5 s"):
        link.read(9)
    assert 5 < line.now - start < 6


def test_stuck_board_is_given_up():
    link, line, board = linked()
    link.connect()
    start = line.now
    board.report(b"abc")
    with pytest.raises(LinkError, match=r"report 9 bytes, of which came 3.*answers, but"):
        link.read(9)
    assert 60 < line.now - start < 62
    board.core_runs = False
    with pytest.raises(LinkError, match=r"take \d+ bytes of commands.*answers, but"):
        link.write(bytes(2 * HIGH_WATER))


def test_absent_board_is_given_up_soon():
    link, line, _ = linked()
    line.there.noise = lambda piece: b""
    with pytest.raises(LinkError, match=r"identity \d+ times in 3 s, but got nothing.*powered"):
        link.connect()


def test_babbling_port_is_given_up_late():
    link, _, board = linked()
    board.frame = lambda now: b"Login:"
    with pytest.raises(LinkError, match=r"in 15 s, but got \d+ bytes.*baud rate"):
        link.connect()


def test_foreign_board_is_refused():
    link, _, board = linked()
    board.frame = lambda now: data(b"another", Kind.BOARD_IDENTITY) if board.identity_due else b""
    with pytest.raises(LinkError, match=r"identity of 7 bytes.*one version"):
        link.connect()


# Ports ---------------------------------------------------------------------------------------


@pytest.fixture
def port():
    """Master and name of a pseudo-terminal."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    open_ends = {master, slave}
    yield master, os.ttyname(slave), lambda: [os.close(end) for end in open_ends]
    for end in open_ends:
        with suppress(OSError):
            os.close(end)


def test_port_carries_bytes(port):
    master, name, _ = port
    transport = SerialTransport(name, 3_000_000)
    assert transport.name == name
    assert transport.read(wait=True) == b""
    os.write(master, bytes(range(256)))
    received = b""
    while len(received) < 256:
        received += transport.read(wait=True)
    assert received == bytes(range(256))
    transport.write(bytes(range(256)))
    assert os.read(master, 300) == bytes(range(256))
    transport.close()


def test_busy_port_is_refused(port):
    _, name, _ = port
    transport = SerialTransport(name, 9600)
    with pytest.raises(LinkError, match="another program uses it"):
        SerialTransport(name, 9600)
    transport.close()


def test_port_that_is_gone_is_told(port):
    _, name, close = port
    transport = SerialTransport(name, 9600)
    close()
    with pytest.raises(LinkError, match="gone while in use"):
        transport.read(wait=True)
    with pytest.raises(LinkError, match="gone while in use"):
        transport.write(b"abc")
    transport.close()


@pytest.mark.parametrize(("name", "message"), [
    ("/dev/no-such-port", "no such port; there are:"),
    ("/dev/null", "not a serial port"),
    ("/tmp", "not a serial port"),
])
def test_wrong_port_is_refused(name, message):
    with pytest.raises(LinkError, match=message):
        SerialTransport(name, 9600)


def test_full_port_is_given_up(port, monkeypatch):
    _, name, _ = port
    monkeypatch.setattr("host.serial_port.WRITE_SECONDS", 0.05)
    transport = SerialTransport(name, 9600)
    with pytest.raises(LinkError, match="taken no bytes"):
        transport.write(bytes(1 << 20))
    transport.close()


def test_noise_is_seeded_and_of_both_kinds():
    noisy = NoisyTransport(SimulatedLine(BoardModel()), seed=1)
    line = bytes(100_000)
    once, again = Noise(3)(line), Noise(3)(line)
    assert once == again
    assert 98_700 < len(once) < 99_300
    assert 700 < sum(map(bool, once)) < 1300
    assert "noisy" in noisy.name
