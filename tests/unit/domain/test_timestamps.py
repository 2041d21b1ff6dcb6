"""Timestamps: the forms that are understood, those that are not, and the days they fall on."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gexlake.domain.timestamps import (
    EARLIEST,
    day_bounds,
    from_micros,
    parse_iso,
    parse_timestamp,
    to_iso,
    to_micros,
    trading_day,
)

MICROS = 1_759_757_402_000_000


@pytest.mark.parametrize(
    "value",
    [
        1_759_757_402,
        1_759_757_402.0,
        1_759_757_402_000,
        1_759_757_402_000.0,
        "2025-10-06T13:30:02Z",
        "2025-10-06T13:30:02",
        "2025-10-06 13:30:02",
        "2025-10-06T13:30:02.000000+00:00",
        "2025-10-06T09:30:02-04:00",
        "2025-10-06T09:30:02-0400",
        "2025-10-06T15:30:02+02:00",
        "2025-10-06T15:30:02 +02",
        "2025-10-06T15:30:32+02:00:30",
        "20251006T133002",
        " 2025-10-06T13:30:02Z\n",
    ],
)
def test_forms_of_one_moment(value: Any):
    """Seconds, milliseconds, ISO-8601 with Z, with an offset, or naive, which is UTC: all mean the same."""
    assert parse_timestamp(value) == MICROS


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        (1_759_757_402_123, MICROS + 123_000),
        (1_759_757_402.25, MICROS + 250_000),
        (1_759_757_402_123.5, MICROS + 123_500),
        ("2025-10-06T13:30:02.123456Z", MICROS + 123_456),
        ("2025-10-06T13:30:02,5", MICROS + 500_000),
        ("2025-10-06", MICROS - (13 * 3600 + 30 * 60 + 2) * 1_000_000),
        (0, 0),
        (-1.5, -1_500_000),
        (99_999_999_999, 99_999_999_999_000_000),
        (100_000_000_000, 100_000_000_000_000),
    ],
)
def test_fractions_and_edges(value: Any, micros: int):
    """Fractions are kept to the microsecond; from 10**11 on a number is milliseconds."""
    assert parse_timestamp(value) == micros


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        [],
        {},
        "",
        "now",
        "1759757402",
        "06.10.2025",
        "2025-10-6",
        "2025-13-01",
        "2025-10-06T25:00",
        "2025-10-06T13:30:02Zulu",
        "2025-W41-1",
        "2025-10-06T13.5Z",
        "2025-10-06T13:30.5Z",
        "2025-10-06 1330,5",
        "20251006T13.5",
        "2025-10-06T13:30:02+02.5",
        "2025-10-06T13:30:02\0",
        "2025-10-06T13:30Z\0 or thereabouts",
        "2025-10-06T13:30:02+02:00:00:99",
        "2025-10-06T13:30:02+02:60",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        float("nan"),
        float("inf"),
        -1.7e308,
    ],
)
def test_what_is_no_timestamp(value: Any):
    """Whatever else comes is refused in one kind of error, with a sentence."""
    with pytest.raises(ValueError, match=r"^is "):
        parse_timestamp(value)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_every_moment_survives_the_way_through_text(naive: datetime, minutes: int):
    """Writing and reading gives the same microsecond, whatever the offset."""
    moment = naive.replace(tzinfo=UTC)
    elsewhere = (naive + timedelta(days=1)).replace(tzinfo=timezone(timedelta(minutes=minutes)))

    assert parse_iso(to_iso(moment)) == moment
    assert from_micros(to_micros(moment)) == moment
    assert parse_iso(elsewhere.isoformat()) == elsewhere


def test_iso_out_has_z_and_a_fraction_only_where_there_is_one():
    """Timestamps out are ISO-8601 UTC."""
    assert to_iso(from_micros(MICROS)) == "2025-10-06T13:30:02Z"
    assert to_iso(from_micros(MICROS + 250_000)) == "2025-10-06T13:30:02.250000Z"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2025-10-06T03:59:59.999999Z", date(2025, 10, 5)),
        ("2025-10-06T04:00:00Z", date(2025, 10, 6)),
        ("2025-11-02T03:59:59Z", date(2025, 11, 1)),
        ("2025-11-03T04:59:59Z", date(2025, 11, 2)),
        ("2025-11-03T05:00:00Z", date(2025, 11, 3)),
    ],
)
def test_trading_day_is_the_new_york_date(moment: str, day: date):
    """In summer the day begins at 04:00 UTC, in winter at 05:00."""
    found = parse_iso(moment)

    assert trading_day(found) == day
    begin, end = day_bounds(day)
    assert begin <= to_micros(found) < end


def test_every_moment_has_a_trading_day():
    """The first and the last of all datetimes, too; before all snapshots it is the first that one can have."""
    moments = [datetime.min.replace(tzinfo=UTC), EARLIEST, datetime.max.replace(tzinfo=UTC)]

    assert list(map(trading_day, moments)) == [date(2009, 12, 31), date(2009, 12, 31), date(9999, 12, 31)]


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 9), 23), (date(2025, 11, 2), 25), (date(2025, 10, 6), 24)])
def test_days_on_which_the_clocks_change(day: date, hours: int):
    """A day of 23 or 25 hours still ends where the next begins."""
    begin, end = day_bounds(day)

    assert end - begin == hours * 3_600_000_000
    assert day_bounds(day + timedelta(days=1))[0] == end
