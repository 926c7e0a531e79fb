import numpy as np
import pytest

from host.errors import FileError
from host.thermogram.instant import (
    EARLIEST,
    LATEST,
    Instant,
    bad_instants,
    check_instant,
    elapsed,
    parse_rfc3339,
    rfc3339,
    system_clock,
    whole_seconds,
)


@pytest.mark.parametrize(("seconds", "nanoseconds", "text"), [
    (0, 0, "1970-01-01T00:00:00"),
    (0, 120_000_000, "1970-01-01T00:00:00.120"),
    (0, 1000, "1970-01-01T00:00:00.000001"),
    (0, 1, "1970-01-01T00:00:00.000000001"),
    (-1, 500_000_000, "1969-12-31T23:59:59.500"),
    (-14182940, 0, "1969-07-20T20:17:40"),
    (951_782_400, 0, "2000-02-29T00:00:00"),
    (-62_167_219_200, 0, "0000-01-01T00:00:00"),
    (-62_167_219_201, 0, "-0001-12-31T23:59:59"),
    (253_402_300_800, 0, "+10000-01-01T00:00:00"),
    (EARLIEST, 0, "-262143-01-01T00:00:00"),
    (LATEST, 999_999_999, "+262142-12-31T23:59:59.999999999"),
    (1_483_228_799, 1_000_000_000, "2016-12-31T23:59:60"),
    (1_483_228_799, 1_500_000_000, "2016-12-31T23:59:60.500"),
])
def test_rfc3339_and_back(seconds, nanoseconds, text):
    instant = Instant(seconds, nanoseconds)
    assert rfc3339(instant) == text + "Z"
    assert rfc3339(instant, "+00:00") == text + "+00:00"
    assert parse_rfc3339(text + "Z") == parse_rfc3339(text + "+00:00") == instant


@pytest.mark.parametrize(("text", "seconds", "nanoseconds"), [
    ("1970-01-01T02:00:00.5+02:00", 0, 500_000_000),
    ("1969-12-31t19:30:00-04:30", 0, 0),
    ("1970-01-01 00:00:00.1234567899z", 0, 123_456_789),
])
def test_parse_takes_what_others_write(text, seconds, nanoseconds):
    assert parse_rfc3339(text) == (seconds, nanoseconds)


@pytest.mark.parametrize("text", [
    "", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "26-01-01T00:00:00Z",
    "2026-01-01T00:00:00.Z", "+999999-01-01T00:00:00Z", "٢٠٢٦-01-01T00:00:00Z",
])
def test_parse_rejects(text):
    with pytest.raises(FileError, match="time: "):
        parse_rfc3339(text)


def test_instants_have_bounds():
    good = [(EARLIEST, 0), (LATEST, 999_999_999), (59, 1_999_999_999), (-1, 1_000_000_000)]
    bad = [(EARLIEST - 1, 0), (LATEST + 1, 0), (58, 1_000_000_000), (59, 2_000_000_000)]
    seconds, nanoseconds = np.array(good + bad).T
    assert bad_instants(seconds, nanoseconds).tolist() == [False] * 4 + [True] * 4
    for instant in good:
        assert check_instant(Instant(*instant)) == instant
    for instant in bad:
        with pytest.raises(FileError, match=f"{instant[0]} s and {instant[1]} ns is none"):
            check_instant(Instant(*instant))


def test_whole_seconds_drop_the_fraction():
    pairs = [((10, 0), (0, 0), 10), ((10, 0), (0, 1), 9), ((0, 0), (10, 0), -10),
             ((0, 1), (10, 0), -9), ((0, 0), (10, 1), -10), ((5, 1), (5, 2), 0),
             ((5, 2), (5, 1), 0), ((-5, 0), (-6, 999_999_999), 0)]
    columns = [np.array([side[field] for pair in pairs for side in [pair[which]]])
               for which in (0, 1) for field in (0, 1)]
    assert whole_seconds(*columns).tolist() == [expected for *_, expected in pairs]


def test_elapsed_is_exact():
    assert elapsed(Instant(LATEST, 1), Instant(EARLIEST, 2)) == (LATEST - EARLIEST) * 10**9 - 1


def test_system_clock_tells_this_century():
    assert 1_700_000_000 < system_clock().seconds < 4_000_000_000
