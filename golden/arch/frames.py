"""What travels on the line: frames.

8 data bits, no parity, 1 stop bit. A frame is a header, a payload of 0..240 bytes and a CRC; it is
stuffed with COBS [1]_ and ended by a zero byte. A run of zero bytes is one end.

The payloads of DATA and RESEND frames are pieces of two byte streams: commands to the board,
reports from it (`golden.arch.commands`). Both streams are reliable and in order, by the rules of a
sliding window over bytes. `offset` counts the stream bytes before the payload, modulo 2**16;
`acknowledge` is the `offset` that the sender expects next from the other side.

* A payload is taken if its `offset` is the expected one and there is room for all of it; otherwise
  the frame is dropped, counted, and answered with what is expected.
* Bytes are kept until acknowledged. RESEND asks for everything from `acknowledge` on; so does
  silence: a side whose bytes stay unacknowledged goes back by itself.
* A damaged frame is dropped, counted, and answered with RESEND.
* `window` from the board is the free room of its command queue; the host never has more bytes
  in flight. `window` from the host is the largest payload it wants to receive (it wants short
  frames on a bad line).
* The board answers every RESEND, if only with an empty frame. Neither side answers an empty DATA
  frame.
* HELLO opens a session: unless its number is the current one, both streams start again at 0, what
  was queued is dropped, and a batch of ticks ends after the tick that runs. The board answers
  with IDENTITY. Other frames are ignored before the first HELLO.

References
----------
.. [1] Cheshire and Baker, IEEE/ACM Trans. Netw. 7:2 (1999), doi:10.1109/90.769765.
"""

import binascii
import enum

from .records import Record, u


class Kind(enum.IntEnum):
    """First byte of a frame; the high bit is set on frames from the board."""

    HELLO = 0x01
    DATA = 0x02
    RESEND = 0x03
    BOARD_IDENTITY = 0x81
    BOARD_DATA = 0x82
    BOARD_RESEND = 0x83


HEADER = Record("header", (
    u(1, "kind", "kind of the frame"),
    u(1, "length", "bytes of the payload, 0..240"),
    u(2, "offset", "stream bytes before the payload, modulo 2**16"),
    u(2, "acknowledge", "offset expected next from the other side"),
    u(2, "window", "from the board: free bytes of its command queue; from the host: largest "
                   "payload the board may send, at least 1"),
))

HELLO = Record("hello", (u(4, "session", "number of the session, chosen by the host, not 0"),))

PAYLOAD_MAX = 240
CRC_SIZE = 2
FRAME_MAX = HEADER.size + PAYLOAD_MAX + CRC_SIZE
"""Bytes of a frame before stuffing. At most 254, so that COBS adds exactly one byte."""

DELIMITER = 0
CRC_INIT = 0xFFFF
SILENCE_BYTES = 4096
"""Byte times of silence after which a started frame is given up, and unacknowledged reports are
sent again."""


def crc(data: bytes) -> int:
    """Return the CRC-16 of a frame: polynomial 0x1021, initial value 0xFFFF, not reflected.

    It is appended most significant byte first, so that the CRC over a whole intact frame is 0.
    """
    return binascii.crc_hqx(data, CRC_INIT)


def build_frame(kind: Kind, payload: bytes = b"", *, offset: int = 0, acknowledge: int = 0,
                window: int = 0) -> bytes:
    """Return a frame before stuffing.

    Raises
    ------
    ValueError
        If the payload is longer than 240 bytes or a header field does not fit.
    """
    if len(payload) > PAYLOAD_MAX:
        raise ValueError(f"frame: payload must be at most {PAYLOAD_MAX} bytes, not {len(payload)}")
    body = HEADER.pack(kind=kind, length=len(payload), offset=offset, acknowledge=acknowledge,
                       window=window) + payload
    return body + crc(body).to_bytes(CRC_SIZE, "big")


def parse_frame(frame: bytes) -> tuple[dict[str, int], bytes]:
    """Return header and payload of a frame after unstuffing.

    Raises
    ------
    ValueError
        If it is truncated, over-long, damaged or of an unknown kind; the message says which.
    """
    if not HEADER.size + CRC_SIZE <= len(frame) <= FRAME_MAX:
        raise ValueError(f"frame: {HEADER.size + CRC_SIZE}..{FRAME_MAX} bytes expected, "
                         f"not {len(frame)}")
    header = HEADER.unpack(frame[:HEADER.size])
    if header["length"] != len(frame) - HEADER.size - CRC_SIZE:
        raise ValueError(f"frame: length says {header['length']}, the payload has "
                         f"{len(frame) - HEADER.size - CRC_SIZE} bytes")
    if crc(frame):
        raise ValueError("frame: wrong CRC")
    if header["kind"] not in set(Kind):
        raise ValueError(f"frame: unknown kind 0x{header['kind']:02x}")
    return header, frame[HEADER.size:-CRC_SIZE]
