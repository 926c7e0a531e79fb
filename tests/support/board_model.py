"""The board's end of the line in software, on a line with rate, latency and clock of its own."""

from collections import deque

from cobs import cobs

from golden.arch.frames import (
    FRAME_MAX,
    HELLO,
    PAYLOAD_MAX,
    SILENCE_BYTES,
    Kind,
    build_frame,
    parse_frame,
)
from golden.arch.identity import IDENTITY, identity_fields
from golden.arch.params import CoreParams

OFFSETS = 1 << 16


class BoardModel:
    """What `hdl.link.Link` does, frame by frame.

    Attributes
    ----------
    taken : bytearray
        Commands of the session that the core took; it takes all that come while `core_runs`.
    reports : bytearray
        Reports of the session that are not acknowledged, or not yet in the queue.
    """

    def __init__(self, params=None, byte_time=1e-5):
        self.params = params or CoreParams()
        self.byte_time = byte_time
        self.core_runs = True
        self.session = 0
        self.window = 0
        self.identity_due = False
        self.resends = self.damaged = 0
        self._line = b""
        self._clear()

    def _clear(self):
        self.taken = bytearray()
        self.reports = bytearray()
        self._queue = bytearray()  # commands the core has not taken
        self._received = 0
        self._acknowledged = self._sent = self._furthest = 0
        self._answer_due = self._resend_due = False
        self._told = self.params.command_depth
        self._quiet_since = 0.0

    @property
    def room(self):
        return self.params.command_depth - len(self._queue)

    def report(self, data):
        self.reports += data

    def receive(self, data, now):
        *frames, self._line = (self._line + data).split(b"\0")
        for frame in filter(None, frames):
            try:
                if len(frame) > FRAME_MAX + 1:
                    raise ValueError("over-long")
                header, payload = parse_frame(cobs.decode(frame))
            except (cobs.DecodeError, ValueError):
                self.damaged += 1
                self._answer_due = self._resend_due = True
            else:
                self._take(header, payload, now)
        if self.core_runs:
            self.taken += self._queue
            self._queue.clear()
        if self._told < self.params.command_depth // 4 <= self.room:
            self._answer_due = True

    def _take(self, header, payload, now):
        if header["kind"] == Kind.HELLO:
            session = HELLO.unpack(payload)["session"]
            if session != self.session:
                self._clear()
                self.session = session
            self.window = header["window"]
            self.identity_due = True
        elif self.session:
            self.window = header["window"]
            advance = (header["acknowledge"] - self._acknowledged) % OFFSETS
            if 0 < advance <= self._furthest - self._acknowledged:
                del self.reports[:advance]
                self._acknowledged += advance
                self._sent = max(self._sent, self._acknowledged)
                self._quiet_since = now
            if header["kind"] == Kind.RESEND:
                self._go_back()
            if payload or header["kind"] == Kind.RESEND:
                self._answer_due = True
            if payload and header["offset"] == self._received % OFFSETS:
                assert len(payload) <= self.room, "the host keeps to the window"
                self._queue += payload
                self._received += len(payload)

    def _go_back(self):
        self.resends += self._sent != self._acknowledged
        self._sent = self._acknowledged

    def frame(self, now):
        """Return the next frame for the line, which is free, or nothing."""
        if self.identity_due:
            self.identity_due = False
            payload = IDENTITY.pack(**identity_fields(self.params, self.session))
            return self._frame(Kind.BOARD_IDENTITY, payload)
        if not self.session:
            return b""
        if self._sent == self._acknowledged:
            self._quiet_since = now
        elif now - self._quiet_since > SILENCE_BYTES * self.byte_time:
            self._go_back()
            self._quiet_since = now
        kept = min(len(self.reports), self.params.report_depth)
        piece = min(kept - (self._sent - self._acknowledged), self.window, PAYLOAD_MAX)
        if not (piece or self._answer_due):
            return b""
        at = self._sent - self._acknowledged
        kind = Kind.BOARD_RESEND if self._resend_due else Kind.BOARD_DATA
        frame = self._frame(kind, bytes(self.reports[at:at + piece]))
        self._answer_due = self._resend_due = False
        self._sent += piece
        self._furthest = max(self._furthest, self._sent)
        self._quiet_since = now
        return frame

    def _frame(self, kind, payload):
        self._told = self.room
        frame = build_frame(kind, payload, offset=self._sent % OFFSETS,
                            acknowledge=self._received % OFFSETS, window=self.room)
        return cobs.encode(frame) + b"\0"


class Wire:
    """One direction of a line.

    Parameters
    ----------
    byte_time, latency : float
        Time that a byte occupies the line, and that it then takes to arrive, in seconds.
    noise : callable
        What happens to the bytes.
    """

    def __init__(self, byte_time, latency, noise):
        self.byte_time = byte_time
        self.latency = latency
        self.noise = noise
        self.free_at = 0.0
        self._pieces = deque()

    def send(self, data, now):
        for at in range(0, len(data), 64):
            piece = data[at:at + 64]
            self.free_at = max(self.free_at, now) + len(piece) * self.byte_time
            self._pieces.append((self.free_at + self.latency, self.noise(piece)))

    def arrived(self, now):
        data = b""
        while self._pieces and self._pieces[0][0] <= now:
            data += self._pieces.popleft()[1]
        return data


class SimulatedLine:
    """A `BoardModel` on two wires as a transport, with a clock of its own.

    Each read that waits lets a little time pass.
    """

    name = "simulated line"
    STEP = 0.0005

    def __init__(self, board, *, latency=0.001, there=bytes, back=bytes):
        self.board = board
        self.now = 1.0
        self.there = Wire(board.byte_time, latency, there)
        self.back = Wire(board.byte_time, latency, back)

    def clock(self):
        return self.now

    def read(self, *, wait):
        self.now += self.STEP if wait else 1e-5
        self.board.receive(self.there.arrived(self.now), self.now)
        while self.back.free_at <= self.now and (frame := self.board.frame(self.now)):
            self.back.send(frame, self.now - self.STEP)  # as soon as the line was free
        return self.back.arrived(self.now)

    def write(self, data):
        self.there.send(data, self.now)

    def close(self):
        pass
