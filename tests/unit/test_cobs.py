"""COBS against the `cobs` package."""

from cobs import cobs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from golden.arch.frames import FRAME_MAX
from hdl.cobs import CobsDecoder
from tests.support.gateware import simulate

FRAME = st.binary(min_size=1, max_size=40) | st.lists(
    st.sampled_from([0, 1, 254, 255]), min_size=1, max_size=40).map(bytes)
LONG = [bytes(FRAME_MAX), bytes([7]) * FRAME_MAX, bytes(range(FRAME_MAX)),
        bytes([*range(1, FRAME_MAX), 0])]


def decode(line):
    """Return the frames on a line and whether each is intact."""
    dut = CobsDecoder()
    frames, data = [], bytearray()

    async def source(ctx):
        for byte in line:
            ctx.set(dut.i.valid, 1)
            ctx.set(dut.i.payload, byte)
            if ctx.get(dut.o.valid):
                if ctx.get(dut.o.p.end):
                    frames.append((bytes(data), bool(ctx.get(dut.o.p.intact))))
                    data.clear()
                else:
                    data.append(ctx.get(dut.o.p.data))
            await ctx.tick()
            assert ctx.get(dut.started) == bool(byte)

    simulate(dut, source, deadline=20_000)
    return frames


@given(st.lists(FRAME, min_size=1, max_size=4))
@example([*LONG, bytes([3]) * 254, bytes([3]) * 600, b""])
@settings(max_examples=50, deadline=None)
def test_decoder_computes_cobs(frames):
    line = b"\0\0".join(cobs.encode(frame) for frame in frames)
    assert decode(b"\0" + line + b"\0") == [(frame, True) for frame in frames]


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 255]), max_size=40).map(bytes))
@settings(max_examples=50, deadline=None)
def test_decoder_tells_truncated_frames(line):
    pieces = [piece for piece in (line + b"\0").split(b"\0") if piece]
    for piece, (frame, intact) in zip(pieces, decode(line + b"\0"), strict=True):
        try:
            assert (cobs.decode(piece), True) == (frame, intact)
        except cobs.DecodeError:
            assert not intact


def test_decoder_forgets_on_clear():
    dut = CobsDecoder()

    async def source(ctx):
        ctx.set(dut.i.valid, 1)
        for byte in b"\5ab":
            ctx.set(dut.i.payload, byte)
            await ctx.tick()
        ctx.set(dut.i.valid, 0)
        ctx.set(dut.clear, 1)
        await ctx.tick()
        ctx.set(dut.clear, 0)
        assert not ctx.get(dut.started)
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.i.payload, 0)
        assert not ctx.get(dut.o.valid)  # nothing has ended
        ctx.set(dut.i.payload, 2)
        assert not ctx.get(dut.o.valid)  # a code, not data
        await ctx.tick()

    simulate(dut, source)
