"""Stimulus files: ``.npy`` for dense currents, ``.csv`` for changes of them."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from golden.arch.numeric import I16_MAX, I16_MIN, U16_MAX

from .errors import FileError
from .stimulus import Segment, Stimulus

HEADER = ["tick", "neuron", "current"]

TICKS_MAX = 1 << 32
"""Longest stimulus: days, even on a board."""


def read_stimulus(path: str | Path, ticks: int | None = None) -> Stimulus:
    """Read a stimulus file.

    Parameters
    ----------
    path : path
        ``.npy``: integers of shape (ticks, neurons), each row the currents of one tick. ``.csv``: a
        header ``tick,neuron,current``, then lines in the order of their ticks: from that tick
        on, the neuron gets that current in every tick. Currents are i16, Q8.8 mV per tick.
    ticks : int, optional
        Length of the stimulus: a longer one is cut, the last currents of a shorter one hold on.
        A ``.csv`` ends, without it, with the tick of its last line.

    Raises
    ------
    FileError
        If the file can't be read as that; the message names the line.
    """
    path = Path(path)
    if ticks is not None and not 1 <= ticks <= TICKS_MAX:
        raise FileError(f"{path}: a stimulus has 1..{TICKS_MAX} ticks, not {ticks}")
    try:
        match path.suffix.lower():
            case ".npy":
                return _fit_length(_read_npy(path), ticks)
            case ".csv":
                return _read_csv(path, ticks)
            case suffix:
                raise FileError(f"{path}: a stimulus is a .npy or .csv file, "
                                f"not {suffix or 'one without suffix'}")
    except (OSError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise FileError(f"{path}: can't be read ({reason})") from None


def _read_npy(path: Path) -> Stimulus:
    try:
        currents = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FileError(f"{path}: not a NumPy array file ({error})") from None
    if not isinstance(currents, np.ndarray) or currents.ndim != 2 or 0 in currents.shape:
        raise FileError(f"{path}: the array must have shape (ticks, neurons), not "
                        f"{getattr(currents, 'shape', 'that of an archive')}")
    if currents.dtype.kind not in "iu":
        raise FileError(f"{path}: currents must be integers, Q8.8 mV, not {currents.dtype}")
    low, high = int(currents.min()), int(currents.max())
    if low < I16_MIN or high > I16_MAX:
        raise FileError(f"{path}: currents must be in {I16_MIN}..{I16_MAX}, "
                        f"not {low if low < I16_MIN else high}")
    return Stimulus.from_array(currents.astype(np.int16))


def _fit_length(stimulus: Stimulus, ticks: int | None) -> Stimulus:
    if ticks is None:
        return stimulus
    segments, left = [], ticks
    for segment in stimulus:
        taken = min(segment.ticks, left)
        if taken:
            segments.append(Segment(segment.current, taken))
        left -= taken
    if left:
        segments[-1] = Segment(segments[-1].current, segments[-1].ticks + left)
    return Stimulus(segments)


def _read_csv(path: Path, ticks: int | None) -> Stimulus:
    changes = list(_csv_changes(path))
    if ticks is None:
        if not changes:
            raise FileError(f"{path}: no changes, so its length is unknown; give the number of "
                            "ticks")
        ticks = changes[-1][0] + 1
    current = np.zeros(max((neuron for _, neuron, _ in changes), default=-1) + 1, np.int16)
    segments, start = [], 0
    for tick, neuron, value in changes:
        if tick >= ticks:
            break
        if tick > start:
            segments.append(Segment(current.copy(), tick - start))
            start = tick
        current[neuron] = value
    segments.append(Segment(current, ticks - start))
    return Stimulus(segments)


def _csv_changes(path: Path) -> Iterator[tuple[int, int, int]]:
    """Yield ``(tick, neuron, current)`` of each line."""
    limits = ((0, TICKS_MAX - 1), (0, U16_MAX), (I16_MIN, I16_MAX))
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        lines = csv.reader(file)
        header = [name.strip() for name in next(lines, [])]
        if header != HEADER:
            raise FileError(f"{path}, line 1: the header must be {','.join(HEADER)}, "
                            f"not {','.join(header)!r}")
        latest = 0
        for words in lines:
            if not words:
                continue
            where = f"{path}, line {lines.line_num}"
            if len(words) != len(HEADER):
                raise FileError(f"{where}: 3 values expected, not {len(words)}")
            values = []
            for name, word, (low, high) in zip(HEADER, words, limits, strict=True):
                try:
                    value = int(word)
                except ValueError:
                    raise FileError(f"{where}: {name} must be an integer, "
                                    f"not {word.strip()!r}") from None
                if not low <= value <= high:
                    raise FileError(f"{where}: {name} must be in {low}..{high}, not {value}")
                values.append(value)
            tick, neuron, current = values
            if tick < latest:
                raise FileError(f"{where}: ticks must not fall, {tick} follows {latest}")
            latest = tick
            yield tick, neuron, current
