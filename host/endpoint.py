"""The host's end of the line: two reliable byte streams over frames, without the line itself.

An `Endpoint` is fed what came and gives out what shall go, each time being told the time; it reads
no clock and no port. The rules are those of `golden.arch.frames`. Beyond them, it

* cuts payloads, and has the board cut its own, as short as the errors that it sees make worthwhile;
* limits the bytes under way on a noisy line, since all that follow a lost one are sent again, and
  sends everything twice on a very noisy one, where waiting costs more than bytes;
* keeps reports that come ahead of a missing one, so that the board need not send them again;
* goes back, or asks for what is missing, at once when it learns of a loss, but then only after a
  round trip, or the line would fill with repetitions of which each causes the next.
"""

from collections import Counter, deque
from typing import NamedTuple

from cobs import cobs

from golden.arch.frames import DELIMITER, FRAME_MAX, HELLO, Kind, build_frame, parse_frame
from golden.arch.identity import IDENTITY

from .estimate import OVERHEAD, LineQuality, RoundTrip

END = bytes([DELIMITER])
OFFSETS = 1 << 16

HELLO_SECONDS = (0.05, 0.4)
"""Shortest and longest time between two HELLOs."""

TIMEOUT_SECONDS = (0.2, 0.5)
"""Shortest and longest time without progress after which something is sent again."""

NOISY_TIMEOUT_SECONDS = 0.003
"""Shortest such time on a noisy line."""

NEVER = float("-inf")


class Sent(NamedTuple):
    """A payload under way.

    Attributes
    ----------
    start, end : int
        Offsets of its bytes in the whole stream.
    time : float
        When it was sent.
    first : bool
        Whether it was sent for the first time, so that its answer tells the round trip.
    """

    start: int
    end: int
    time: float
    first: bool


class Endpoint:
    """The host's end of one session.

    Parameters
    ----------
    session : int
        Number of the session, 1 to 2**32 - 1, that is not the board's current one.

    Attributes
    ----------
    identity : dict of int or None
        What the board answered to HELLO, as soon as it did.
    foreign : bytes or None
        An answer to HELLO that is not an identity of this contract.
    reports : bytearray
        Reports received; the reader removes what it has read.
    heard, moved : float
        Times of the latest intact frame, and of the latest progress of either stream.
    statistics : Counter
        Events and bytes so far, by name.
    """

    def __init__(self, session: int):
        self.identity: dict[str, int] | None = None
        self.foreign: bytes | None = None
        self.reports = bytearray()
        self.heard = self.moved = NEVER
        self.statistics = Counter()
        self._session = session
        self._round_trip = RoundTrip()
        self._deadline = NEVER              # when to send something again
        self._backoff = 1                   # factor of the time until then
        self._called = NEVER                # when `transmit` was called last
        self._hello_interval = HELLO_SECONDS[0]
        self._answer_due = False
        self._resend_due = False            # the answer asks for what is missing

        self._incoming = LineQuality()
        self._line = b""                    # the frame that is half received
        self._skipping = False              # it is over-long
        self._expected = 0                  # reports received, whole stream
        self._early: dict[int, bytes] = {}  # payloads ahead of that, by offset
        self._latest_gap = 0                # how far ahead the latest of them was
        self._asked = -1                    # offset that was asked for last
        self._asked_time = NEVER            # when RESEND or HELLO was sent last

        self._outgoing = LineQuality()
        self._commands = bytearray()        # commands that are not acknowledged
        self._base = 0                      # offset of the first of them, whole stream
        self._sent = 0                      # offset of the first to send
        self._furthest = 0                  # end of what was ever sent
        self._limit = 0                     # end of what the board has room for
        self._quarter = 0                   # of the board's command queue, in bytes
        self._under_way: deque[Sent] = deque()
        self._went_back = -1                # to which offset
        self._attempts = 0                  # how often since there was progress

    @property
    def queued(self) -> int:
        """Bytes of commands that are not acknowledged."""
        return len(self._commands)

    def write(self, commands: bytes) -> None:
        """Queue commands."""
        self._commands += commands

    def receive(self, line: bytes, now: float) -> None:
        """Take bytes from the line."""
        self.statistics["bytes_received"] += len(line)
        *frames, self._line = (self._line + line).split(END)
        for frame in frames:
            if self._skipping:
                self._skipping = False
            elif frame:
                self._take_frame(frame, now)
        if len(self._line) > FRAME_MAX + 1:
            if not self._skipping:
                self._take_damaged(now)
            self._skipping = True
            self._line = b""

    def transmit(self, now: float, *, flush: bool = True) -> bytes:
        """Return bytes for the line.

        Parameters
        ----------
        now : float
            Time, in seconds.
        flush : bool
            Send commands even if they don't fill a frame and earlier ones are still under way.
        """
        if self.identity is None:
            line = self._hello(now)
        else:
            if now >= self._deadline:
                self._time_out(now)
            self._called = now
            line = self._frames(now, flush)
        self.statistics["bytes_sent"] += len(line)
        return line

    # Send ------------------------------------------------------------------------------------

    def _hello(self, now: float) -> bytes:
        if now < self._deadline:
            return b""
        self.statistics["hellos"] += 1
        self._asked_time = now
        self._deadline = now + self._hello_interval
        self._hello_interval = min(1.5 * self._hello_interval, HELLO_SECONDS[1])
        # The ends cut off what the board has half received.
        return 2 * END + self._frame(Kind.HELLO, HELLO.pack(session=self._session))

    def _frame(self, kind: Kind, payload: bytes) -> bytes:
        self.statistics["frames_sent"] += 1
        return cobs.encode(build_frame(
            kind, payload, offset=self._sent % OFFSETS, acknowledge=self._expected % OFFSETS,
            window=self._incoming.payload)) + END

    def _frames(self, now: float, flush: bool) -> bytes:
        """Return all frames that are due or possible."""
        size = self._outgoing.payload
        total = self._base + len(self._commands)
        end = min(total, self._limit, self._base + self._outgoing.flight)
        # Less is not worth a frame while more is queued; the board tells of a quarter of room.
        worthwhile = min(size, self._quarter)
        line = b""
        while True:
            piece = min(size, end - self._sent)
            is_last = self._sent + piece == total and (flush or self._sent == self._base)
            if piece > 0 and (is_last or piece >= worthwhile):
                line += self._outgoing.copies * self._data(piece, now)
            elif self._answer_due or self._resend_due:
                line += self._data(0, now)
            else:
                return line

    def _data(self, piece: int, now: float) -> bytes:
        """Return a frame with the next `piece` bytes of commands, maybe none."""
        kind = Kind.DATA
        if self._resend_due:
            kind = Kind.RESEND
            self.statistics["asked"] += 1
            self._asked_time = now
        if self._sent == self._base:
            self._await_progress(now)
        at = self._sent - self._base
        frame = self._frame(kind, bytes(self._commands[at:at + piece]))
        self._answer_due = self._resend_due = False
        if piece:
            end = self._sent + piece
            self._under_way.append(Sent(self._sent, end, now, end > self._furthest))
            self._sent = end
            self._furthest = max(self._furthest, end)
        return frame

    def _await_progress(self, now: float) -> None:
        shortest, longest = TIMEOUT_SECONDS
        if self._incoming.noisy or self._outgoing.noisy:
            shortest = NOISY_TIMEOUT_SECONDS
        timeout = self._backoff * max(self._round_trip.timeout, shortest)
        self._deadline = now + min(timeout, longest)

    def _time_out(self, now: float) -> None:
        """Go back or, if nothing is under way, ask, since there was no progress for long."""
        if not self._under_way and now - self._called > TIMEOUT_SECONDS[0]:
            self._await_progress(now)  # nobody was waiting
            return
        self.statistics["timeouts"] += 1
        self._backoff = min(2 * self._backoff, 64)
        if self._under_way:
            self._go_back()
        else:
            self._resend_due = True
        self._await_progress(now)

    def _go_back(self) -> None:
        """Send again what is not acknowledged."""
        self.statistics["went_back"] += 1
        self._went_back = self._base
        self._attempts = min(self._attempts + 1, 6)
        self._sent = self._base
        self._under_way.clear()

    def _ask(self, now: float) -> None:
        """Have the board send again what is missing."""
        if self._asked != self._expected or now - self._asked_time > self._round_trip.mean:
            self._asked = self._expected
            self._resend_due = True

    # Receive ---------------------------------------------------------------------------------

    def _take_frame(self, frame: bytes, now: float) -> None:
        try:
            header, payload = parse_frame(cobs.decode(frame))
        except (cobs.DecodeError, ValueError):
            self._take_damaged(now)
            return
        kind = header["kind"]
        if kind in (Kind.HELLO, Kind.DATA, Kind.RESEND):
            return  # an echo
        self.statistics["frames_received"] += 1
        self._incoming.count_good(len(frame))
        if kind == Kind.BOARD_IDENTITY:
            self._take_identity(header, payload, now)
        elif self.identity is not None:
            self.heard = now
            self._take_acknowledge(header, now)
            self._take_payload(header, payload, now)
            if kind == Kind.BOARD_RESEND:
                self._take_resend()
            self._take_sign(now)

    def _take_damaged(self, now: float) -> None:
        self.statistics["damaged"] += 1
        self._incoming.count_error()
        if self.identity is None:
            self._deadline = min(self._deadline, now + 0.01)  # it may have been the identity
        else:
            self._ask(now)
            self._take_sign(now)

    def _take_sign(self, now: float) -> None:
        """Learn from a frame, even a damaged one, that the board is there."""
        self._backoff = 1
        if not self._under_way:
            self._await_progress(now)
        elif self._outgoing.noisy:
            # It was sent after what is under way should have arrived, and yet acknowledges nothing.
            # Each attempt waits longer, in case the round trip is underestimated.
            patience = self._round_trip.timeout * 2**self._attempts
            if now - self._under_way[0].time > patience:
                self._outgoing.count_error()
                self._go_back()

    def _take_identity(self, header: dict[str, int], payload: bytes, now: float) -> None:
        if self.identity is not None:
            return
        if len(payload) != IDENTITY.size:
            self.foreign = payload
            return
        identity = IDENTITY.unpack(payload)
        if identity["session"] != self._session:
            return
        self.identity = identity
        self.heard = self.moved = now
        self._limit = header["window"]
        self._quarter = identity["command_depth"] // 4
        self._outgoing.rate = self._incoming.rate  # the best guess there is
        self._round_trip.count(now - self._asked_time)
        self._await_progress(now)

    def _take_acknowledge(self, header: dict[str, int], now: float) -> None:
        advance = (header["acknowledge"] - self._base) % OFFSETS
        if advance > self._furthest - self._base:
            return
        self._base += advance
        self._sent = max(self._sent, self._base)
        self._limit = self._base + header["window"]
        if not advance:
            return
        del self._commands[:advance]
        self.moved = now
        self._attempts = 0
        self._outgoing.count_good(advance + OVERHEAD)
        while self._under_way and self._under_way[0].end <= self._base:
            sent = self._under_way.popleft()
            if sent.first:
                self._round_trip.count(now - sent.time)
        if self._under_way and self._under_way[0].start < self._base:
            # The board has got more than this tells, and will not take a part of a payload.
            self._sent = self._base
            self._under_way.clear()
        self._await_progress(now)

    def _take_payload(self, header: dict[str, int], payload: bytes, now: float) -> None:
        self._answer_due |= bool(payload)
        ahead = (header["offset"] - self._expected + OFFSETS // 2) % OFFSETS - OFFSETS // 2
        if ahead > 0:
            self.statistics["gaps"] += 1
            if payload:
                self._early[self._expected + ahead] = payload
            if ahead <= self._latest_gap:
                self._asked = -1  # the board has gone back, and the same is missing again
            self._latest_gap = ahead
            self._ask(now)
        elif ahead + len(payload) > 0:
            self._accept(payload[-ahead:])
            self.moved = now
        elif payload:
            self.statistics["repeats"] += 1

    def _accept(self, payload: bytes) -> None:
        """Take a payload that is due, and those ahead of it that follow without a gap."""
        while payload:
            self.reports += payload
            self._expected += len(payload)
            payload = self._early.pop(self._expected, b"")
        self._early = {offset: early for offset, early in self._early.items()
                       if offset > self._expected}
        self._latest_gap = 0

    def _take_resend(self) -> None:
        if not self._under_way:
            self._answer_due = True
        elif self._went_back != self._base:
            self._outgoing.count_error()
            self._go_back()
