"""A board at the other end of a line: commands go in, reports come out."""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from .endpoint import Endpoint
from .errors import LinkError

HIGH_WATER = 1 << 16
"""Bytes of commands that may be queued before `Link.write` blocks."""

SILENT_SECONDS = 3.0
"""Time after which a board is given up that has not sent a single byte."""

CONNECT_SECONDS = 15.0
"""Time after which a board is given up that has not told its identity."""

EXCHANGE_SECONDS = 0.001
"""Time for which `Link.read` serves what it has without a look at the line."""

BUSY_FACTOR = 12
"""How much longer than for silence to wait for a board that answers, but has nothing to report."""


def _new_session() -> int:
    return 1 + secrets.randbelow(2**32 - 1)


class Transport(Protocol):
    """Something that carries bytes both ways.

    Attributes
    ----------
    name : str
        What to call it in messages.
    """

    name: str

    def read(self, *, wait: bool) -> bytes:
        """Return all bytes that have come; if there are none, `wait` some milliseconds for one."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes, waiting as long as it takes."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class Link:
    """One session with a board.

    There are no threads: bytes move while one of the methods runs. So commands that are written go
    out as far as the board has room, and the rest while something is read.

    Parameters
    ----------
    transport : Transport
        The line.
    patience : float
        Time, in seconds, after which a silent board is given up.
    clock : callable
        Tells the time, in seconds.

    Attributes
    ----------
    identity : dict of int
        What the board says of itself (`golden.arch.identity`), after `connect`.
    """

    def __init__(self, transport: Transport, *, patience: float = 5.0,
                 clock: Callable[[], float] = time.monotonic):
        self.identity: dict[str, int] = {}
        self._transport = transport
        self._patience = patience
        self._clock = clock
        self._endpoint = Endpoint(_new_session())
        self._exchanged = clock()

    def connect(self) -> None:
        """Open a session and learn what the board is; what an earlier one had queued is dropped.

        Raises
        ------
        LinkError
            If no identity comes.
        """
        self._endpoint = endpoint = Endpoint(_new_session())
        start = self._clock()
        while endpoint.identity is None:
            self._exchange(wait=True)
            if endpoint.foreign is not None:
                raise LinkError(f"{self._transport.name}: the board told an identity of "
                                f"{len(endpoint.foreign)} bytes that this host does not know; "
                                "build board and host from one version")
            waited = self._clock() - start
            received = endpoint.statistics["bytes_received"]
            if waited > (CONNECT_SECONDS if received else SILENT_SECONDS):
                came, remedy = (f"{received} bytes", "the baud rate, and that this is the board"
                                ) if received else (
                    "nothing", "that this is the board's port, and that it is powered")
                raise LinkError(f"{self._transport.name}: asked for the board's identity "
                                f"{endpoint.statistics['hellos']} times in {waited:.0f} s, but got "
                                f"{came} instead; check {remedy}")
        self.identity = endpoint.identity

    def write(self, commands: bytes) -> None:
        """Queue commands, and send what can be sent.

        Blocks only while more than `HIGH_WATER` bytes are queued. The last few bytes may wait
        for more to come until `read` or `pump` is called.

        Raises
        ------
        LinkError
            If it blocks and the board is silent or stuck.
        """
        self._endpoint.write(commands)
        self._exchange(wait=False, flush=False)
        start = self._clock()
        while self._endpoint.queued > HIGH_WATER:
            self._exchange(wait=True)
            self._check(start, lambda: f"take {self._endpoint.queued} bytes of commands")

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes of reports.

        Raises
        ------
        LinkError
            If the board is silent or stuck.
        """
        reports, start = self._endpoint.reports, self._clock()
        if start - self._exchanged > EXCHANGE_SECONDS:
            self._exchange(wait=False)
        while len(reports) < size:
            self._exchange(wait=True)
            self._check(start, lambda: f"report {size} bytes, of which came {len(reports)}")
        taken = bytes(reports[:size])
        del reports[:size]
        return taken

    @property
    def available(self) -> int:
        """Bytes of reports that can be read at once."""
        return len(self._endpoint.reports)

    def pump(self, timeout: float = 0.0) -> None:
        """Move bytes; if no report is available, wait up to `timeout` seconds for one."""
        end = self._clock() + timeout
        self._exchange(wait=False)
        while not self.available and self._clock() < end:
            self._exchange(wait=True)

    @property
    def statistics(self) -> dict[str, int]:
        """What happened on the line in this session."""
        return dict(self._endpoint.statistics)

    def close(self) -> None:
        """Acknowledge what came, and give the line back."""
        with suppress(LinkError):
            if self.identity:
                self._exchange(wait=False)
        self._transport.close()

    def _exchange(self, *, wait: bool, flush: bool = True) -> None:
        """Take what has come, and send what it calls for."""
        if line := self._transport.read(wait=wait):
            self._endpoint.receive(line, self._clock())
        if line := self._endpoint.transmit(self._clock(), flush=flush):
            self._transport.write(line)
        self._exchanged = self._clock()

    def _check(self, start: float, describe: Callable[[], str]) -> None:
        """Give up if, since `start`, nothing has moved for too long."""
        now, endpoint = self._clock(), self._endpoint
        silent = now - max(start, endpoint.heard)
        unmoved = now - max(start, endpoint.moved)
        if silent > self._patience:
            what = f"has been silent for {silent:.0f} s"
            remedy = "check its cable and power, and open it again"
        elif unmoved > BUSY_FACTOR * self._patience:
            what = f"answers, but has moved nothing for {unmoved:.0f} s"
            remedy = "reset it, and open it again"
        else:
            return
        asked = endpoint.statistics["asked"]
        raise LinkError(f"{self._transport.name}: asked the board to {describe()}, but it {what} "
                        f"({asked} times asked again); {remedy}")
