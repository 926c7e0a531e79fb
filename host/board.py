"""A core behind a link as a device: a real board or a virtual one."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from golden.arch.commands import Opcode, Tag
from golden.arch.config import check_range
from golden.arch.numeric import I8_MAX, I8_MIN, I16_MAX, I16_MIN, INJECT_SHIFT
from golden.arch.registers import COUNTERS, REGISTER_ADDRESS, REGISTER_BY_NAME
from golden.arch.windows import Window
from golden.model import Pool, Stats
from golden.model.generator import U64_MAX

from .attach import pool_on
from .core import Core
from .device import Device, check_field
from .errors import DeviceError
from .image import PART_WINDOWS, WINDOW_OF, Extent, Image
from .link import Link
from .stimulus import Stimulus

LOOK_AHEAD = 1024
"""Ticks under way in a run: at 10,000 ticks/s they outlast, several times over, the 16 ms for
which a USB bridge may hold bytes back."""

LOOK_AHEAD_MAX = 1 << 20
"""More would only delay what comes after a stream that is left early."""

BATCH = 128
"""Most ticks of one RUN command."""


class BoardDevice(Device):
    """A device at the other end of a link.

    A run is sent ahead of its reports, so the line limits its speed and not the round trip. Hence a
    `stream` that is left early leaves a pool that is up to `look_ahead` ticks further
    (`tick_count` tells); and while a stream is open, reading shows the pool after the ticks that
    were sent, and changing it is refused.

    Parameters
    ----------
    link : Link
        Not yet connected.
    look_ahead : int
        Most ticks that are sent ahead of their reports, 1..2**20.

    Attributes
    ----------
    on_close : callable
        Called after the link has been closed.

    Raises
    ------
    DeviceError
        If the board keeps another contract, reports a fault, or holds no pool.
    FitError
        If the pool does not fit, in `load` or after `synaptogenesis`; the board is then as it was.
    LinkError
        If the line fails.
    """

    def __init__(self, link: Link, *, look_ahead: int = LOOK_AHEAD):
        check_range("board", "look_ahead", look_ahead, 1, LOOK_AHEAD_MAX)
        self.look_ahead = look_ahead
        self.on_close: Callable[[], None] = lambda: None
        self._core = Core(link)
        self._image: Image | None = None
        self._streaming = self._closed = False
        self._known: dict[str, Any] = {}

    @property
    def identity(self) -> dict[str, int]:
        return self._core.identity

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._core.link.close()
            self.on_close()

    # The pool as a whole ---------------------------------------------------------------------

    def load(self, pool: Pool) -> None:
        self._check_no_stream("load")
        image = Image(pool, self._core.params)
        self._image = None
        self._core.connect()
        self._core.write(image.spans())
        self._core.neuron_count = image.pool.n
        self._input = np.zeros(image.pool.n, np.int16)
        self._known.clear()
        self._image = image

    def attach(self, like: Pool | None = None) -> Pool:
        """Go on with the pool that the board holds, as whoever loaded it has left it.

        Parameters
        ----------
        like : Pool, optional
            Where to take what a board has no memory for; see `host.attach`.

        Returns
        -------
        Pool
            The pool as it is now.

        Raises
        ------
        DeviceError
            If the board holds none.
        """
        self._check_no_stream("attach")
        self._check_whole()
        image = Image(pool_on(self._core, like), self._core.params)
        n = self._core.neuron_count = image.pool.n
        [inputs] = self._core.read([(Window.INPUTS, 0, n)])
        self._input = inputs["current"].astype(np.int16)
        self._known.clear()
        self._image = image
        return image.pool.copy()

    def snapshot(self) -> Pool:
        return self._pool_with(*WINDOW_OF, *self._loaded.part_names)

    def read(self, field: str) -> np.ndarray:
        if check_field(field) in WINDOW_OF:
            return self._fetch(field)[field].copy()
        return getattr(self._loaded.pool, field).copy()

    def read_calcium(self) -> np.ndarray:
        if not self._loaded.pool.astrocytes:
            return super().read_calcium()
        return self._fetch("calcium")["calcium"]["calcium"].astype(np.uint16)

    def stats(self) -> Stats:
        return self._pool_with("weight", "eligibility", "maturity").stats()

    def status(self) -> dict[str, int]:
        return self._read([counter.name for counter in COUNTERS])[0]

    @property
    def tick_count(self) -> int:
        return _tick_count(self._fetch("tick_low", "tick_high"))

    @property
    def spike_count(self) -> int:
        return self._fetch("last_spike_count")["last_spike_count"]

    def _pool_with(self, *fields: str) -> Pool:
        """Return the pool, its counts and these fields being as they are on the board."""
        values = self._fetch(*fields, "tick_low", "tick_high", "last_spike_count")
        pool = self._loaded.pool.copy()
        for field in WINDOW_OF.keys() & fields:
            setattr(pool, field, values[field].copy())
        if PART_WINDOWS.keys() & fields:
            for name, part in self._loaded.parts(values).items():
                setattr(pool, name, part)
        pool.tick_count = _tick_count(values)
        pool.last_spike_count = values["last_spike_count"]
        return pool

    def _fetch(self, *names: str) -> dict[str, Any]:
        """Return by name registers, and what `WINDOW_OF` and `PART_WINDOWS` tell the windows of.

        Only what isn't known already is read.

        What is known stays so until the pool is changed, which only this driver does.
        """
        image = self._loaded
        known = {} if self._streaming else self._known
        missing = [name for name in names if name not in known]
        window_of = WINDOW_OF | PART_WINDOWS
        windows = dict.fromkeys(window_of[name] for name in missing if name in window_of)
        registers = [name for name in missing if name in REGISTER_BY_NAME]
        if Window.RING in windows:
            registers.append("slot_head")
        if Window.ELIGIBILITIES in windows or Window.CELLS in windows:
            self._core.send(Opcode.SETTLE)
        extents = [extent for window in windows for extent in image.extents(window)]
        values, words = self._read(registers, extents)
        known.update(values)
        for window in windows:
            found = [part for (at, *_), part in zip(extents, words, strict=True) if at is window]
            known.update(image.fields(window, np.concatenate(found), values.get("slot_head", 0)))
        return known

    def _read(self, registers: list[str],
              extents: Sequence[Extent] = ()) -> tuple[dict[str, int], list[np.ndarray]]:
        """Return registers by name, and the words of `extents`, in one round trip."""
        self._check_whole()
        found = self._core.read([
            *((Window.REGISTERS, REGISTER_ADDRESS[name], 1) for name in registers), *extents])
        values, words = found[:len(registers)], found[len(registers):]
        return {name: REGISTER_BY_NAME[name].decode(int(word["value"][0]))
                for name, word in zip(registers, values, strict=True)}, words

    @property
    def _loaded(self) -> Image:
        if self._image is None:
            raise DeviceError("board: holds no pool; call load(pool) first")
        return self._image

    def _begin_change(self, what: str) -> Image:
        """Return the image, unless the pool can't be changed now; what was known of it is not."""
        image = self._loaded
        self._check_no_stream(what)
        self._check_whole()
        self._known.clear()
        return image

    def _check_no_stream(self, what: str):
        if self._streaming:
            raise DeviceError(f"board: {what} while a stream is open, whose ticks are sent ahead; "
                              "close or finish the stream first")

    def _check_whole(self):
        """Raise DeviceError if an exchange was interrupted, so that reports of it may come."""
        if self._core.under_way and not self._streaming:
            raise DeviceError(f"board: was interrupted, {self._core.under_way} reports are still "
                              "to come; load the pool again")

    # Running ---------------------------------------------------------------------------------

    def stream(self, stimulus: Stimulus) -> Iterator[np.ndarray]:
        self._begin_change("stream")
        batches = self._send_batches(stimulus)
        sent: deque[tuple[int, int]] = deque()
        room = 2 * self._core.params.command_depth  # a queue full on either side of the line
        ticks_ahead = bytes_ahead = 0
        self._streaming = True
        try:
            while True:
                while not sent or (ticks_ahead < self.look_ahead and bytes_ahead < room):
                    if (batch := next(batches, None)) is None:
                        break
                    sent.append(batch)
                    ticks_ahead += batch[0]
                    bytes_ahead += batch[1]
                if not sent:
                    return
                ticks, size = sent.popleft()
                bytes_ahead -= size
                for _ in range(ticks):
                    neurons = self._core.tick()
                    ticks_ahead -= 1
                    yield neurons
        except GeneratorExit:
            if not self._closed:
                for _ in range(ticks_ahead):
                    self._core.tick()
            raise
        finally:
            self._streaming = False

    def _send_batches(self, stimulus: Stimulus) -> Iterator[tuple[int, int]]:
        """Send a stimulus batch by batch, and yield the ticks and bytes of each."""
        for segment in stimulus:
            size = self._send_input(segment.current)
            batch = min(BATCH, self.look_ahead)
            for start in range(0, segment.ticks, batch):
                ticks = min(batch, segment.ticks - start)
                yield ticks, size + self._core.send(Opcode.RUN, ticks=ticks, silent=0)
                size = 0

    def _send_input(self, current: np.ndarray) -> int:
        before, self._input = self._input, np.zeros_like(self._input)
        given = current[:before.size]
        self._input[:given.size] = given
        return self._core.send_inputs(before, self._input)

    # Operations ------------------------------------------------------------------------------

    def inject(self, first: int, end: int, polarity: int, magnitude: int) -> None:
        for name, value, low, high in (
            ("first", first, 0, U64_MAX), ("end", end, 0, U64_MAX),
            ("polarity", polarity, I8_MIN, I8_MAX), ("magnitude", magnitude, 0, 255),
        ):
            check_range("inject", name, value, low, high)
        end = min(end, self._begin_change("inject").pool.n)
        delta = polarity * magnitude << INJECT_SHIFT
        while delta and first < end:
            # A saturating sum may be made in parts of one sign, each as large as the line allows.
            part = max(I16_MIN, min(I16_MAX, delta))
            self._core.send(Opcode.INJECT, first=first, end=end, delta=part)
            delta -= part

    def modulate(self, dopamine: int, cortisol: int, acetylcholine: int = 0) -> tuple[int, int]:
        for name, level in (("dopamine", dopamine), ("cortisol", cortisol),
                            ("acetylcholine", acetylcholine)):
            check_range("modulation", name, level, 0, 255)
        self._begin_change("modulate")
        self._core.send(Opcode.MODULATE, dopamine=dopamine, cortisol=cortisol)
        counts = self._core.report(Tag.MODULATED)
        return counts["reinforced"], counts["weakened"]

    def prune(self) -> int:
        image = self._begin_change("prune")
        self._core.send(Opcode.PRUNE)
        dropped = list(self._core.dropped())
        image.prune(dropped)
        return len(dropped)

    def synaptogenesis(self, acetylcholine: int) -> int:
        self._check_no_stream("synaptogenesis")
        pool = self.snapshot()
        created = pool.synaptogenesis(acetylcholine)
        if created:
            image = Image(pool, self._core.params)
            self._begin_change("synaptogenesis")
            self._core.write(image.row_spans())
            self._image = image
        return created

    def astrocyte_step(self, clear: bool = False) -> None:
        if not self._loaded.pool.astrocytes:
            raise DeviceError(f"board: the pool {self._loaded.pool.name!r} has no astrocytes: load "
                              "one that has before it takes an astrocyte step")
        self._begin_change("astrocyte_step")
        if self._core.params.astrocytes:  # else the pool has none of them, either: no domains
            self._core.send(Opcode.ASTROCYTES, clear=int(clear))

    def reset_membranes(self) -> None:
        self._begin_change("reset_membranes")
        self._core.send(Opcode.REST)


def _tick_count(registers: dict[str, int]) -> int:
    return registers["tick_high"] << 32 | registers["tick_low"]
