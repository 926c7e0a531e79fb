"""Frames, in and out, against the contract."""

import random

import pytest
from cobs import cobs
from hypothesis import given, settings
from hypothesis import strategies as st

from golden.arch.frames import FRAME_MAX, PAYLOAD_MAX, Kind, build_frame, crc, parse_frame
from hdl.frame import FrameReceiver, FrameSender, Outcome
from tests.support.gateware import simulate, stream_get

KINDS = (Kind.HELLO, Kind.DATA, Kind.RESEND)
SILENCE = 20
BYTE_TIME = 4


def stuff(frame):
    return cobs.encode(frame) + b"\0"


def resealed(body):
    """Return a frame with a right CRC, whatever its header says."""
    return body + crc(body).to_bytes(2, "big")


GOOD = build_frame(Kind.DATA, b"payload", offset=5, acknowledge=6, window=7)
HEADER_ONLY = build_frame(Kind.RESEND, offset=0x1234)
LONGEST = build_frame(Kind.DATA, bytes(range(PAYLOAD_MAX)), offset=0xFFFF)


TOLD = ("is_hello", "is_resend", "length", "misplaced", "acknowledge", "window")


def told(frame, expected=0):
    """Return what a receiver tells of a frame."""
    header, payload = parse_frame(frame)
    return {"is_hello": header["kind"] == Kind.HELLO, "is_resend": header["kind"] == Kind.RESEND,
            "length": header["length"], "misplaced": header["offset"] != expected,
            "acknowledge": header["acknowledge"], "window": min(header["window"], 255)}, payload


def receive(line, *, gap=0, expected=0, tell=TOLD):
    """Return outcome, header and payload of each frame on a line; None in it is a silence."""
    dut = FrameReceiver(KINDS, silence=SILENCE)
    frames, payload, done = [], bytearray(), []

    async def source(ctx):
        ctx.set(dut.expected, expected)
        for byte in line:
            if byte is None:
                for _ in range(SILENCE * BYTE_TIME + 1):
                    await ctx.tick()
                continue
            for _ in range(gap):
                await ctx.tick()
            ctx.set(dut.i.valid, 1)
            ctx.set(dut.i.payload, byte)
            await ctx.tick()
            ctx.set(dut.i.valid, 0)
        await ctx.tick()
        done.append(True)

    async def clock(ctx):
        while not done:
            for cycle in range(BYTE_TIME):
                ctx.set(dut.byte_time, cycle == 0)
                await ctx.tick()

    async def monitor(ctx):
        while not done:
            *_, is_payload, byte, is_outcome, outcome, header = await ctx.tick().sample(
                dut.payload.valid, dut.payload.payload, dut.outcome.valid, dut.outcome.payload,
                dut.header)
            if is_outcome:
                frames.append((Outcome(outcome), {name: header[name] for name in tell},
                               bytes(payload)))
                payload.clear()
            if is_payload:
                payload.append(byte)

    simulate(dut, source, clock, monitor, deadline=100_000)
    return frames


def outcomes(line):
    return [outcome for outcome, _, _ in receive(line)]


@pytest.mark.parametrize("gap", [0, 3])
def test_good_frames_come_whole(gap):
    sent = [GOOD, HEADER_ONLY, LONGEST, GOOD]
    received = receive(b"\0".join(stuff(frame) for frame in sent), gap=gap)
    assert received == [(Outcome.GOOD, *told(frame)) for frame in sent]


@pytest.mark.parametrize(("expected", "offset", "misplaced", "repeated"), [
    (0, 0, 0, 0), (0x1234, 0x1234, 0, 0), (0x1234, 0x1235, 1, 0), (0x1234, 0x1334, 1, 0),
    (0x1234, 0x1233, 1, 1), (0x1234, 0x1134, 1, 1), (0x1200, 0x11FF, 1, 1), (0x11FF, 0x1200, 1, 0),
    (0, 0xFFFF, 1, 1), (0xFFFF, 0, 1, 0), (0xFF00, 0x00FF, 1, 0), (0x00FF, 0xFF00, 1, 1),
])
def test_offsets_are_compared(expected, offset, misplaced, repeated):
    (_, header, _), = receive(stuff(build_frame(Kind.DATA, b"abc", offset=offset)),
                              expected=expected, tell=("misplaced", "repeated"))
    assert header["misplaced"] == misplaced
    assert not misplaced or header["repeated"] == repeated


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", [0, 1, 239, 240, 241, 255, 256, 0x4000, 0xFFFF])
def test_headers_are_told(kind, window):
    frames = [build_frame(kind, bytes(200), window=0xFFFF, acknowledge=0x1234, offset=1),
              build_frame(kind, b"", window=window, acknowledge=0xFE01, offset=2)]
    assert receive(b"".join(stuff(frame) for frame in frames), expected=2) == [
        (Outcome.GOOD, *told(frame, 2)) for frame in frames]


def test_crc_is_that_of_the_contract():
    assert crc(b"123456789") == 0x29B1


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_no_damage_passes(data):
    frame = data.draw(st.sampled_from([GOOD, HEADER_ONLY]))
    line = bytearray(stuff(frame))
    at = data.draw(st.integers(0, len(line) - 2))
    if data.draw(st.booleans()):
        line[at] ^= data.draw(st.integers(1, 255))
    else:
        del line[at]
    found = outcomes(bytes(line) + stuff(GOOD))
    assert found[-1] is Outcome.GOOD  # one bad frame doesn't harm the next
    assert Outcome.GOOD not in found[:-1]
    assert len(found) > 1


@pytest.mark.parametrize(("name", "frame", "outcome"), [
    ("one bit wrong", bytes([GOOD[0] ^ 1, *GOOD[1:]]), Outcome.BAD_CRC),
    ("CRC bytes swapped", GOOD[:-2] + GOOD[:-3:-1], Outcome.BAD_CRC),
    ("truncated", GOOD[:-3], Outcome.BAD_LENGTH),
    ("truncated in the header", GOOD[:4], Outcome.BAD_LENGTH),
    ("empty", b"", Outcome.BAD_LENGTH),
    ("payload missing, CRC right", resealed(GOOD[:-3]), Outcome.BAD_LENGTH),
    ("payload too long, CRC right", resealed(GOOD[:-2] + b"x"), Outcome.BAD_LENGTH),
    ("length beyond the limit", resealed(bytes([Kind.DATA, 241, *LONGEST[2:-2], 0])),
     Outcome.BAD_LENGTH),
    ("over-long", resealed(LONGEST[:-2] + b"x"), Outcome.BAD_LENGTH),
    ("very long", bytes(3 * FRAME_MAX), Outcome.BAD_LENGTH),
    ("kind of the board", build_frame(Kind.BOARD_DATA, b"x"), Outcome.UNKNOWN_KIND),
    ("kind of nobody", resealed(bytes([0x44, 0, *GOOD[2:8]])), Outcome.UNKNOWN_KIND),
])
def test_bad_frame_has_one_outcome(name, frame, outcome):
    assert outcomes(stuff(frame) + stuff(GOOD)) == [outcome, Outcome.GOOD], name


def test_last_code_wrong_is_a_wrong_length():
    line = bytearray(stuff(GOOD))
    code = 0
    while code + line[code] < len(line) - 1:
        code += line[code]
    line[code] += 1  # all bytes are there, but one more is promised
    assert outcomes(line) == [Outcome.BAD_LENGTH]


@pytest.mark.parametrize("cut", [1, 5, len(stuff(GOOD)) - 1])
def test_silence_ends_a_frame(cut):
    line = [*stuff(GOOD)[:cut], None, *stuff(GOOD), None, *stuff(GOOD)]
    assert outcomes(line) == [Outcome.SILENCE, Outcome.GOOD, Outcome.GOOD]


def test_silence_ends_the_rest_of_an_over_long_frame():
    line = [*cobs.encode(b"\1" * 300), None, *stuff(GOOD)]
    assert outcomes(line) == [Outcome.BAD_LENGTH, Outcome.GOOD]


def test_slow_frame_is_not_silence():
    assert len(receive(stuff(GOOD), gap=(SILENCE - 2) * BYTE_TIME)) == 1


def send(frames, *, stall=0):
    """Return what the sender makes of (kind, payload, fields), and the cycle of each byte."""
    dut = FrameSender()
    rng = random.Random(1)
    line, cycles = bytearray(), []
    now = 0

    async def source(ctx):
        nonlocal now
        for kind, payload, fields in frames:
            assert not ctx.get(dut.busy)
            for _ in range(rng.randint(0, stall)):
                await ctx.tick()
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            ctx.set(dut.header, {"kind": kind, "length": len(payload), **fields})
            now, done = 0, False
            while not done:
                assert ctx.get(dut.busy)
                position = ctx.get(dut.position)
                *_, done = await ctx.tick().sample(dut.done)
                ctx.set(dut.data, payload[position] if position < len(payload) else 0xEE)
                now += 1
            ctx.set(dut.header, {"kind": 0xEE})
            while ctx.get(dut.busy):
                await ctx.tick()

    async def sink(ctx):
        while line.count(0) < len(frames):
            line.append(await stream_get(ctx, dut.o, wait=rng.randint(0, stall)))
            cycles.append(now)

    simulate(dut, source, sink, deadline=50_000)
    return bytes(line), cycles


def expected_line(frames):
    return b"".join(stuff(build_frame(kind, payload, **fields)) for kind, payload, fields in frames)


@pytest.mark.parametrize("stall", [0, 3])
def test_sender_makes_frames_of_the_contract(stall):
    frames = [
        (Kind.BOARD_DATA, b"payload", {"offset": 5, "acknowledge": 0, "window": 0xFFFF}),
        (Kind.BOARD_RESEND, b"", {"offset": 0, "acknowledge": 0x0100, "window": 1}),
        (Kind.BOARD_DATA, bytes(PAYLOAD_MAX), {"offset": 0, "acknowledge": 0, "window": 0}),
        (Kind.BOARD_DATA, b"\1" * PAYLOAD_MAX,
         {"offset": 0x0101, "acknowledge": 0x0101, "window": 0x0101}),
        (Kind.BOARD_DATA, b"\0", {"offset": 1, "acknowledge": 2, "window": 3}),
    ]
    assert send(frames, stall=stall)[0] == expected_line(frames)


PAYLOADS = st.binary(max_size=40) | st.lists(
    st.sampled_from([0, 1, 254, 255]), max_size=PAYLOAD_MAX).map(bytes)


@given(st.lists(st.tuples(st.just(Kind.BOARD_DATA), PAYLOADS, st.fixed_dictionaries(
    dict.fromkeys(("offset", "acknowledge", "window"), st.integers(0, 0xFFFF)))),
    min_size=1, max_size=3), st.integers(0, 2))
@settings(max_examples=30, deadline=None)
def test_sender_stuffs_any_frame(frames, stall):
    assert send(frames, stall=stall)[0] == expected_line(frames)


def test_sender_stuffs_zeros_of_the_crc():
    found = {}
    for offset in range(0x10000):  # 4 kinds of CRC: with and without a zero in either byte
        frame = build_frame(Kind.BOARD_DATA, b"\1", offset=offset, acknowledge=1, window=1)
        found.setdefault((frame[-2] == 0, frame[-1] == 0), offset)
    frames = [(Kind.BOARD_DATA, b"\1", {"offset": offset, "acknowledge": 1, "window": 1})
              for offset in found.values()]
    assert len(frames) == 4
    assert send(frames)[0] == expected_line(frames)


def test_sender_is_as_fast_as_it_says():
    frame = (Kind.BOARD_DATA, b"\1\2\0" + b"\3" * 20, {
        "offset": 0x0101, "acknowledge": 0x0101, "window": 0x0101})
    line, cycles = send([frame])
    pieces = [len(piece) + 1 for piece in build_frame(*frame[:2], **frame[2]).split(b"\0")]
    assert sum(pieces) + 1 == len(line)
    assert cycles[0] == sum(pieces) - 1 + 4
    codes = [sum(pieces[:number]) for number in range(len(pieces))]
    for at in range(1, len(line)):
        if at in codes:
            assert cycles[at] - cycles[at - 1] == pieces[codes.index(at)] - 1 + 5
        else:
            assert cycles[at] - cycles[at - 1] <= 3
