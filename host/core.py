"""The commands of a core as calls, and its reports as what they return.

Reports come in the order of their commands. Whoever waits for one may find ticks before it, that
were sent ahead: they are kept, in `Core.ticks`, for whoever runs them.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from golden.arch.commands import ARGUMENTS, INPUT_CHANGE, REPORTS, Fault, Opcode, Tag
from golden.arch.identity import VERSION, contract_hash, params_of
from golden.arch.windows import WINDOWS, Window

from .errors import DeviceError
from .image import Extent, Span
from .progress import progress
from .words import dtype_of

WRITE_BYTES = 8192
"""Data of one WRITE: several fill the board's queue, and progress moves often."""

READ_WORDS = 2048
"""Most words of one READ."""

CHANGES = 1024
"""Most inputs that one command changes."""

TICKS = {Tag.EVENTS, Tag.BITMAP}
"""Reports of a tick."""

REPORTED = {Opcode.READ, Opcode.MODULATE, Opcode.PRUNE, Opcode.SYNC}
"""Commands that end with one report; RUN has one for each tick, and the others none."""

WRITES_AHEAD = 4
"""WRITE commands that are sent before the first is known to be done."""


def check_identity(identity: dict[str, int]) -> None:
    """Raise DeviceError unless a board keeps the contract of this driver."""
    board = identity["major"], identity["minor"]
    remedy = ("update the driver" if board > VERSION else
              "load the board with a bitstream of this version")
    if board != VERSION:
        raise DeviceError("board: contract version is {}.{}, the driver's is {}.{}; {}".format(
            *board, *VERSION, remedy))
    if identity["contract"] != contract_hash():
        raise DeviceError(f"board: contract hash is {identity['contract']:016x}, the driver's is "
                          f"{contract_hash():016x}; {remedy}")


class Streams(Protocol):
    """Commands to a core and reports from it, as `host.link.Link` carries them."""

    identity: dict[str, int]

    def connect(self) -> None: ...
    def write(self, commands: bytes) -> None: ...
    def read(self, size: int) -> bytes: ...
    def close(self) -> None: ...


class Core:
    """A core at the other end of a link.

    Parameters
    ----------
    link : Streams
        Not yet connected.

    Attributes
    ----------
    identity : dict of str to int
        What the board says of itself.
    params : CoreParams
        How it was built.
    neuron_count : int
        Neurons of the pool that is loaded; bitmaps have as many bits.
    ticks : deque of ndarray of uint32
        Spikes of the ticks that have come in and nobody has taken.
    under_way : int
        Reports that are still to come. Unless a run is under way, one that nobody waits for means
        that an exchange was interrupted, and only a new session helps.

    Raises
    ------
    DeviceError
        If the board keeps another contract. Every call raises it if the board reports a fault.
    LinkError
        If the line fails; so does every call.
    """

    def __init__(self, link: Streams):
        self.link = link
        self.connect()

    def connect(self) -> None:
        """Open a new session: whatever is under way ends, and a fault is forgotten."""
        self.link.connect()
        self.identity = self.link.identity
        check_identity(self.identity)
        self.params = params_of(self.identity)
        self.neuron_count = 1
        self.ticks: deque[np.ndarray] = deque()
        self.under_way = 0
        self._token = 0

    def send(self, opcode: Opcode, data: bytes = b"", **arguments: int) -> int:
        """Send a command and return its size in bytes."""
        if opcode is Opcode.RUN:
            self.under_way += 0 if arguments["silent"] else arguments["ticks"]
        elif opcode in REPORTED:
            self.under_way += 1
        command = bytes([opcode]) + ARGUMENTS[opcode].pack(**arguments) + data
        self.link.write(command)
        return len(command)

    def send_inputs(self, before: np.ndarray, after: np.ndarray) -> int:
        """Change the input vector and return the size of the commands in bytes.

        Changes are sent one by one, or the vector as a whole if that is shorter.

        Parameters
        ----------
        before, after : ndarray of int16, shape (n,)
            The vector on the board, and the one that shall be there.
        """
        neurons = np.flatnonzero(before != after)
        changes = np.empty(neurons.size, dtype_of(INPUT_CHANGE))
        changes["neuron"] = neurons
        changes["current"] = after[neurons]
        if (after.nbytes + ARGUMENTS[Opcode.WRITE].size
                < changes.nbytes + ARGUMENTS[Opcode.INPUT].size):
            return sum(self.send(Opcode.WRITE, part.tobytes(), window=Window.INPUTS, address=at,
                                 count=part.size)
                       for at in range(0, after.size, CHANGES)
                       for part in [after[at:at + CHANGES]])
        return sum(self.send(Opcode.INPUT, part.tobytes(), count=part.size)
                   for at in range(0, changes.size, CHANGES)
                   for part in [changes[at:at + CHANGES]])

    def report(self, tag: Tag) -> dict[str, int]:
        """Wait for the next report that is not a tick, and return its fields.

        Raises
        ------
        DeviceError
            If it has another tag.
        """
        return self._expect(tag)[1]

    def dropped(self) -> Iterator[int]:
        """Wait for the reports of a PRUNE, and yield the addresses of the synapses it drops."""
        while True:
            tag, fields = self._expect(Tag.DROPPED, Tag.PRUNED)
            if tag is Tag.PRUNED:
                return
            yield fields["address"]

    def tick(self) -> np.ndarray:
        """Wait for the next tick, and return the neurons that fired, ascending, uint32."""
        if not self.ticks:
            tag = self._tag()
            if tag not in TICKS:
                raise DeviceError(f"board: report of a tick expected, not {tag.name}")
            self._take_tick(tag)
        return self.ticks.popleft()

    def _expect(self, *tags: Tag) -> tuple[Tag, dict[str, int]]:
        while (tag := self._tag()) in TICKS:
            self._take_tick(tag)
        if tag not in tags:
            raise DeviceError(f"board: report {tags[0].name} expected, not {tag.name}")
        fields = REPORTS[tag].unpack(self.link.read(REPORTS[tag].size))
        self.under_way -= tag is not Tag.DROPPED
        return tag, fields

    def _tag(self) -> Tag:
        code = self.link.read(1)[0]
        if code not in set(Tag):
            raise DeviceError(f"board: there is no report 0x{code:02x}; the driver and the board "
                              "have lost each other; load the pool again")
        if code == Tag.FAULT:
            fields = REPORTS[Tag.FAULT].unpack(self.link.read(REPORTS[Tag.FAULT].size))
            raise DeviceError(f"board: fault {_name(Fault, fields['code'])} in command "
                              f"{_name(Opcode, fields['opcode'])}; load the pool again")
        return Tag(code)

    def _take_tick(self, tag: Tag):
        if tag is Tag.BITMAP:
            bitmap = np.frombuffer(self.link.read((self.neuron_count + 7) // 8), np.uint8)
            neurons = np.flatnonzero(np.unpackbits(bitmap, bitorder="little"))
        else:
            size = self.params.event_bytes
            count = int.from_bytes(self.link.read(size), "little")
            neurons = np.frombuffer(self.link.read(size * count), f"<u{size}")
        self.ticks.append(neurons.astype(np.uint32))
        self.under_way -= 1

    def write(self, spans: Iterable[Span]) -> None:
        """Write words to windows, and wait until that has been done."""
        parts = [(window, address + at, words[at:at + step])
                 for window, address, words in spans
                 for step in [WRITE_BYTES // words.itemsize]
                 for at in range(0, words.size, step)]
        with progress("load", sum(words.nbytes for *_, words in parts), "bytes") as advance:
            waiting = deque()
            for window, address, words in parts:
                self.send(Opcode.WRITE, words.tobytes(), window=window, address=address,
                          count=words.size)
                waiting.append((self.send_sync(), words.nbytes))
                if len(waiting) > WRITES_AHEAD:
                    advance(self.await_sync(*waiting.popleft()))
            while waiting:
                advance(self.await_sync(*waiting.popleft()))

    def send_sync(self) -> int:
        self._token = (self._token + 1) & 0xFFFFFFFF
        self.send(Opcode.SYNC, token=self._token)
        return self._token

    def await_sync(self, token: int, size: int) -> int:
        found = self.report(Tag.SYNCED)["token"]
        if found != token:
            raise DeviceError(f"board: sync {token} expected, not {found}")
        return size

    def read(self, requests: Iterable[Extent]) -> list[np.ndarray]:
        """Read words of windows.

        Parameters
        ----------
        requests : iterable of Extent
            Window, address of the first word, number of words.

        Returns
        -------
        list of ndarray
            The words of each request, in the dtype of the window's record.
        """
        requests = list(requests)
        for window, address, count in requests:
            for at in range(0, count, READ_WORDS):
                self.send(Opcode.READ, window=window, address=address + at,
                          count=min(READ_WORDS, count - at))
        dtypes = [dtype_of(WINDOWS[window].record) for window, _, _ in requests]
        sizes = [dtype.itemsize * count
                 for dtype, (_, _, count) in zip(dtypes, requests, strict=True)]
        found = []
        with progress("read", sum(sizes), "bytes") as advance:
            for dtype, size in zip(dtypes, sizes, strict=True):
                data = bytearray()
                while len(data) < size:
                    part = min(READ_WORDS * dtype.itemsize, size - len(data))
                    self.report(Tag.WORDS)
                    data += self.link.read(part)
                    advance(part)
                found.append(np.frombuffer(data, dtype))
        return found


def _name(kind, code: int) -> str:
    return kind(code).name if code in set(kind) else f"0x{code:02x}"
