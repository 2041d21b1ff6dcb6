"""Timestamps: every form the vendor and the recorders write, as microseconds of Unix time."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: As exact as moments are.
MICROSECOND = timedelta(microseconds=1)
#: No vendor published GEX before; an earlier time is a broken clock.
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
#: How far a recorder's clock may run ahead of ours.
CLOCK_SKEW = timedelta(hours=24)
#: Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000.
MILLISECONDS_FROM = 10**11

#: With a fraction of seconds only: Python takes one of an hour (``T15.5`` is half past) for one of a second, too. And
#: with nothing behind the offset: Python reads on to a NUL, whatever follows it, and a fourth number of an offset.
_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}([T ]\d{2}(:?\d{2}(:?\d{2}([.,]\d+)?)?)?( ?(Z|[+-]\d{2}(:?[0-5]\d(:?[0-5]\d)?)?))?)?"
)
_EXAMPLE = "2025-10-06T14:30:00.5Z"
_DATE = re.compile(r"\d{4}-?\d{2}-?\d{2}")
#: Seconds or milliseconds. Fewer digits are a date, or a year, for no snapshot is as old as so many seconds; more
#: are of no year that anybody asks about.
UNIX = re.compile(r"[0-9]{9,13}(\.[0-9]+)?")


def parse_timestamp(value: object) -> int:
    """Turn a source timestamp into microseconds since 1970-01-01 UTC.

    Accepts Unix seconds or milliseconds (int or float) and ISO-8601 text; a naive text is UTC.

    Raises:
        ValueError: it is none of these; the message says what it is.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"is {value!r:.40}, not Unix seconds, milliseconds or ISO-8601 text")  # noqa: TRY004  # one kind of error for every kind of text
    if isinstance(value, str):
        return to_micros(parse_iso(value))
    if isinstance(value, float):
        micros = value * 1_000 if abs(value) >= MILLISECONDS_FROM else value * 1_000_000
        if not math.isfinite(micros):
            raise ValueError(f"is {value!r:.40}, which is beyond all dates")
        return round(micros)
    return value * 1_000 if abs(value) >= MILLISECONDS_FROM else value * 1_000_000


def parse_iso(text: str) -> datetime:
    """Read ISO-8601 text; a naive one is UTC.

    Raises:
        ValueError: the text is not ISO-8601, or in one of its rare forms: by weeks, with a fraction of an hour …
    """
    if not _ISO.fullmatch(text.strip()):
        raise ValueError(f"is {text!r:.40}, which is not ISO-8601 like {_EXAMPLE}")
    try:
        parsed = datetime.fromisoformat(text.strip())
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # an offset can lead beyond all dates
        raise ValueError(f"is {text!r:.40}, which is not ISO-8601 like {_EXAMPLE}") from error


def is_date(text: str) -> bool:
    """Whether a text is a date without a time of day."""
    return _DATE.fullmatch(text.strip()) is not None


def parse_day(text: str) -> date:
    """Read a date without a time of day: ``2025-10-06``, ``20251006``.

    Raises:
        ValueError: it is none.
    """
    if not is_date(text):
        raise ValueError("is no date; write 2025-10-06")
    return parse_iso(text).date()


def parse_moment(text: str, *, last: bool = False) -> datetime:
    """Read the moment that somebody asks about: ISO-8601 text, or Unix seconds or milliseconds of nine digits or more.

    A date alone is its first instant (UTC), or its last with ``last``.

    Raises:
        ValueError: it is neither.
    """
    if found := UNIX.fullmatch(text.strip()):
        return from_micros(parse_timestamp(float(found[0]) if found[1] else int(found[0])))
    moment = parse_iso(text)
    return datetime.combine(moment, time.max, UTC) if last and is_date(text) else moment


def to_micros(moment: datetime) -> int:
    """Give the microseconds since 1970 of an aware datetime, exactly."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Give the aware UTC datetime of microseconds since 1970.

    Raises:
        OverflowError: beyond the years that a datetime can hold.
    """
    return EPOCH + timedelta(microseconds=micros)


def to_iso(moment: datetime) -> str:
    """Write a moment as ISO-8601 UTC with Z, microseconds only where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def trading_day(moment: datetime) -> date:
    """Give the New York date of a moment: the day that a session belongs to.

    Moments before all snapshots count as the first that one can have: the first of all datetimes has no date there.
    """
    return max(moment, EARLIEST).astimezone(NEW_YORK).date()


def day_bounds(day: date) -> tuple[int, int]:
    """Give the microseconds at which a New York date begins and at which the next one does."""
    following = day + timedelta(days=1)
    starts = (datetime(d.year, d.month, d.day, tzinfo=NEW_YORK) for d in (day, following))
    begin, end = (to_micros(start.astimezone(UTC)) for start in starts)
    return begin, end
