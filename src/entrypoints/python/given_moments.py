"""Moments as programs give them: texts, Unix times, datetimes, dates, and columns of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...application.columns.arrays import Ints
from ...application.columns.schemas import UTC_MICROS
from ...domain.timestamps import (
    from_micros,
    is_date,
    parse_moment,
    parse_timestamp,
    to_iso,
    to_micros,
    trading_day,
)
from ..pictures.steps import LONGEST, read_step

#: Text and numbers as the command line takes them, aware datetimes, dates.
Moment: TypeAlias = str | int | float | datetime | date

_NAMED = (
    "Give them the one that they are in: .dt.tz_localize('UTC') in pandas, .dt.replace_time_zone('UTC') in Polars, "
    "pyarrow.array(…, pyarrow.timestamp('us', 'UTC')) for numpy, datetime(..., tzinfo=UTC) in Python"
)
_MADE = (
    "Make them such, in pandas by to_datetime(…, utc=True), in Polars by .str.to_datetime(time_zone='UTC'), of numbers "
    "with their unit; or give one column of a table"
)
_FIRST, _LAST = to_micros(datetime.min.replace(tzinfo=UTC)), to_micros(datetime.max.replace(tzinfo=UTC))


def range_of(start: Moment | None, end: Moment | None) -> tuple[datetime | None, datetime | None]:
    """Read the two ends of a range; a date alone is its first instant as the start and its last as the end.

    Raises:
        ValueError: one is no moment, a datetime names no time zone, or the range ends before it begins.
    """
    first, last = moment_of("start", start), moment_of("end", end, last=True)
    if first and last and last < first:
        raise ValueError(f"The range ends at {to_iso(last)}, before it begins at {to_iso(first)}. Swap the two.")
    return first, last


def days_of(start: Moment | None, end: Moment | None) -> tuple[date | None, date | None]:
    """Read the trading days of a range, both included: a date is one, a moment means the one that it lies in.

    Raises:
        ValueError: as ``range_of``.
    """
    range_of(start, end)
    return day_of("start", start), day_of("end", end)


def day_of(name: str, given: Moment | None) -> date | None:
    """Read a trading day, if there is one: a date is one, a moment means the one that it lies in.

    Raises:
        ValueError: as ``moment_of``.
    """
    given = _plain(given)
    moment = moment_of(name, given)
    dated = is_date(given) if isinstance(given, str) else isinstance(given, date) and not isinstance(given, datetime)
    return moment and (moment.date() if dated else trading_day(moment))


def moment_of(name: str, given: Moment | None, *, last: bool = False) -> datetime | None:
    """Read a moment, if there is one; a date alone is its first instant (UTC), or its last with ``last``.

    Raises:
        ValueError: it is none, or a datetime that names no time zone.
    """
    given = _plain(given)
    if given is None:
        return None
    if isinstance(given, date) and not isinstance(given, datetime):
        return datetime.combine(given, time.max if last else time.min, UTC)
    if isinstance(given, datetime) and given.tzinfo is None:
        raise ValueError(f"{name} names no time zone: {given}. Write datetime(..., tzinfo=UTC), or a text.")
    try:
        if isinstance(given, str):
            return parse_moment(given, last=last)
        # A plain one, of one of pandas too.
        return from_micros(to_micros(given) if isinstance(given, datetime) else parse_timestamp(_unix(given)))
    except OverflowError:
        raise ValueError(f"{name} is {given}, which is beyond all dates.") from None
    except ValueError as error:
        raise ValueError(f"{name} {error}.") from None


def _unix(given: Any) -> Any:
    """Leave numbers alone that are Unix time as a text, too: 20251006 is a date to whoever writes it.

    Raises:
        ValueError: it is another number.
    """
    if isinstance(given, int | float) and not isinstance(given, bool) and not 10**8 <= given < 10**13:
        raise ValueError(f"is {given}; Unix time has 9 to 13 digits, and a date is written as a text")
    return given


def step_of(given: timedelta | str) -> timedelta:
    """Read a step of time.

    Raises:
        ValueError: it is none, or too short or too long for one.
    """
    if isinstance(given, timedelta):
        if not timedelta() < given <= LONGEST:
            raise ValueError(f"every is {given}; a step is longer than nothing, and has {LONGEST.days:,} days at most.")
        return given
    try:
        return read_step(given)
    except ValueError as error:
        raise ValueError(f"every: {given!r} {error}.") from None


def age_of(name: str, given: Any) -> timedelta | None:
    """Read how old something may be, if that matters.

    Raises:
        ValueError: it is no timedelta, or a negative one.
    """
    if given is None or (isinstance(given, timedelta) and given >= timedelta(0)):
        return given
    raise ValueError(f"{name} is {given!r:.40}, not a timedelta from zero on. Write timedelta(seconds=5).")


def micros_of_moments(given: Any) -> Ints:
    """Give a column of moments as microseconds since 1970, shape (moments,): all parts of smaller units are cut off.

    Raises:
        ValueError: they are no timestamps, name no time zone, lie beyond all dates, or some are missing.
    """
    column = _column(given)
    if pa.types.is_null(column.type) and not len(column):
        return np.empty(0, np.int64)
    if not pa.types.is_timestamp(column.type):
        raise ValueError(f"The moments are of the type {column.type}, not timestamps with a time zone. {_MADE}.")
    if column.type.tz is None:
        raise ValueError(f"The moments name no time zone. {_NAMED}.")
    if column.null_count:
        raise _missing(column.null_count, len(column))
    try:
        micros: Ints = np.asarray(pc.cast(column, UTC_MICROS, safe=column.type.unit != "ns").cast(pa.int64()))
    except pa.ArrowInvalid:
        micros = np.array([_LAST + 1])
    if len(micros) and not _FIRST <= micros.min() <= micros.max() <= _LAST:
        raise ValueError("The moments lie beyond all dates. See whether they were made with the unit that they are in.")
    return micros


def _plain(given: Any) -> Any:
    """Give one value of Arrow, or a whole number of numpy, as Python's."""
    if isinstance(given, np.integer):
        return given.item()
    return given.as_py() if isinstance(given, pa.Scalar) else given


def _column(given: Any) -> pa.Array | pa.ChunkedArray:
    """Give a column of moments, or of what else is given for one.

    Raises:
        ValueError: what is given is no column, or holds what is no moment.
    """
    objects = getattr(given, "dtype", None) == np.dtype(object)  # those of pandas and numpy, which may be of any kind
    if hasattr(given, "__arrow_c_stream__") and not objects:
        return pa.chunked_array(given)
    if isinstance(given, pa.Array) or (hasattr(given, "dtype") and not objects):
        return pa.array(given)
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise ValueError(f"The moments are {given!r:.40}, not a column of them. Write [moment] for a single one.")  # noqa: TRY004  # one kind of error for all that is none
    return _of_objects(list(given))


def _of_objects(moments: list[Any]) -> pa.Array:
    """Give a column of datetimes; Arrow takes what names no time zone, and numbers, for UTC among others."""
    for moment in moments:
        if moment is not None and not isinstance(moment, datetime):
            raise ValueError(f"The moments hold {moment!r:.40}, which is no datetime with a time zone. {_MADE}.")
    missing = sum(moment is None or moment != moment for moment in moments)  # noqa: PLR0124  # that of pandas is a datetime
    if missing:
        raise _missing(missing, len(moments))
    if any(moment.tzinfo is None for moment in moments):
        raise ValueError(f"Some of the moments name no time zone. {_NAMED}.")
    return pa.array(moments, UTC_MICROS)


def _missing(missing: int, moments: int) -> ValueError:
    return ValueError(f"{missing:,} of the {moments:,} moments are missing. Leave those rows out.")
