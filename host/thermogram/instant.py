"""Instants in UTC with nanoseconds, as the file keeps them and as hashes spell them.

They reach from year −262143 to 262142 and include leap seconds, which ``datetime`` does not: both
are what the reference (chrono) holds.
"""

import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import FileError

NANO = 10**9
DAY = 86400
EARLIEST, LATEST = -8334601228800, 8210266876799
"""Seconds of the first and the last instant there is."""


class Instant(NamedTuple):
    """A point in time.

    Parameters
    ----------
    seconds : int
        Seconds since 1970-01-01T00:00:00Z, without leap seconds; negative before.
    nanoseconds : int
        What is to be added, 0..999,999,999; more, up to 1,999,999,999, during the leap second that
        follows a second :59.
    """

    seconds: int
    nanoseconds: int = 0


Clock = Callable[[], Instant]
"""What tells the time; every operation that needs to know takes it from one."""


def system_clock() -> Instant:
    """Return the time of the operating system."""
    return Instant(*divmod(time.time_ns(), NANO))


def check_instant(instant: Instant) -> Instant:
    """Return `instant`.

    Raises
    ------
    FileError
        If it is outside of what can be told.
    """
    seconds, nanoseconds = instant
    longest = 2 * NANO if seconds % 60 == 59 else NANO
    if not (EARLIEST <= seconds <= LATEST and 0 <= nanoseconds < longest):
        raise FileError(f"time: {seconds} s and {nanoseconds} ns is none; seconds must be in "
                        f"{EARLIEST}..{LATEST} and nanoseconds in 0..{longest - 1}")
    return instant


def bad_instants(seconds: NDArray, nanoseconds: NDArray) -> NDArray[np.bool_]:
    """Return where `check_instant` would raise an error, element by element."""
    bad = (seconds < EARLIEST) | (seconds > LATEST)
    late = nanoseconds >= NANO
    if late.any():  # rare, so that the remainders are rarely needed
        bad |= late & ((seconds % 60 != 59) | (nanoseconds >= 2 * NANO))
    return bad


def elapsed(later: Instant, earlier: Instant) -> int:
    """Return the nanoseconds between two instants."""
    return (later[0] - earlier[0]) * NANO + later[1] - earlier[1]


def whole_seconds(later_s: NDArray[np.int64], later_ns: NDArray[np.int64],
                  earlier_s: NDArray[np.int64], earlier_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the seconds between instants, the fraction dropped: towards 0, also when negative."""
    fraction = later_ns - earlier_ns
    seconds = later_s - earlier_s
    seconds += fraction // NANO
    seconds += (seconds < 0) & (fraction % NANO != 0)
    return seconds


def rfc3339(instant: Instant, zone: str = "Z") -> str:
    """Return an instant as ``YYYY-MM-DDTHH:MM:SS``, a fraction if it has one, and `zone`.

    The fraction has 3, 6 or 9 digits, whichever is the fewest that tell all. Years outside 0..9999
    have a sign.

    Parameters
    ----------
    instant : Instant
        What to spell.
    zone : {"Z", "+00:00"}
        ``Z`` in documents, ``+00:00`` in what is hashed.
    """
    seconds, nanoseconds = instant
    if not nanoseconds:
        return _second(seconds, False) + zone
    leap, nanoseconds = divmod(nanoseconds, NANO)
    if nanoseconds % 1000:
        fraction = f".{nanoseconds:09}"
    elif nanoseconds % 1_000_000:
        fraction = f".{nanoseconds // 1000:06}"
    else:
        fraction = f".{nanoseconds // 1_000_000:03}" if nanoseconds else ""
    return f"{_second(seconds, bool(leap))}{fraction}{zone}"


@lru_cache(1024)
def _second(seconds: int, leap: bool) -> str:
    """Return a second without fraction; cached, as neighbours in a chain often share it."""
    day, second = divmod(seconds, DAY)
    minute, second = divmod(second, 60)
    text = str(np.datetime64(day, "D"))
    year, month_and_day = int(text[:-6]), text[-6:]
    return (f"{f'{year:04}' if 0 <= year <= 9999 else f'{year:+05}'}{month_and_day}"
            f"T{minute // 60:02}:{minute % 60:02}:{second + leap:02}")


PATTERN = re.compile(
    r"(?P<year>\d{4}|[+-]\d{4,6})-(?P<month>\d\d)-(?P<day>\d\d)[Tt ](?P<time>\d\d:\d\d:\d\d)"
    r"(\.(?P<fraction>\d+))?([Zz]|(?P<zone>[+-]\d\d:?\d\d))", re.ASCII)


def parse_rfc3339(text: str) -> Instant:
    """Return the instant that a text as of `rfc3339`, or with another zone, tells.

    Digits after the ninth of the fraction are dropped.

    Raises
    ------
    FileError
        If the text is none.
    """
    match = PATTERN.fullmatch(text)
    try:
        if not match:
            raise ValueError
        hour, minute, second = map(int, match["time"].split(":"))
        if hour > 23 or minute > 59 or second > 60:
            raise ValueError
        date = np.datetime64(f"{int(match['year']):04}-{match['month']}-{match['day']}", "D")
    except ValueError:
        raise FileError(f"time: {text!r} is none; it must look like "
                        "2026-01-01T00:00:01.120Z") from None
    nanoseconds = int((match["fraction"] or "").ljust(9, "0")[:9])
    if second == 60:
        second, nanoseconds = 59, nanoseconds + NANO
    seconds = int(date.astype(np.int64)) * DAY + hour * 3600 + minute * 60 + second
    if zone := match["zone"]:
        seconds -= int(zone[0] + "1") * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
    return check_instant(Instant(seconds, nanoseconds))
