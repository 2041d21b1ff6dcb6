"""Moments as programs give them: texts, Unix times, datetimes, dates, and columns of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..application.rows import Ints
from ..application.schemas import UTC_MICROS
from ..domain.timestamps import from_micros, parse_moment, parse_timestamp, to_iso
from .steps import LONGEST, read_step

#: Text and numbers as the command line takes them, aware datetimes, dates.
Moment: TypeAlias = str | int | float | datetime | date

_CURE = (
    "Give them one: .dt.tz_localize('UTC') in pandas, .dt.replace_time_zone('UTC') in Polars, "
    "datetime(..., tzinfo=UTC) in Python"
)


def range_of(start: Moment | None, end: Moment | None) -> tuple[datetime | None, datetime | None]:
    """Read the two ends of a range; a date alone is its first instant as the start and its last as the end.

    Raises:
        ValueError: one is no moment, a datetime names no time zone, or the range ends before it begins.
    """
    first, last = moment_of("start", start), moment_of("end", end, last=True)
    if first and last and last < first:
        raise ValueError(f"The range ends at {to_iso(last)}, before it begins at {to_iso(first)}. Swap the two.")
    return first, last


def moment_of(name: str, given: Moment | None, *, last: bool = False) -> datetime | None:
    """Read a moment, if there is one; a date alone is its first instant (UTC), or its last with ``last``.

    Raises:
        ValueError: it is none, or a datetime that names no time zone.
    """
    if given is None:
        return None
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise ValueError(f"{name} names no time zone: {given}. Write datetime(..., tzinfo=UTC), or a text.")
        return given.astimezone(UTC)
    if isinstance(given, date):
        return datetime.combine(given, time.max if last else time.min, UTC)
    try:
        return parse_moment(given, last=last) if isinstance(given, str) else from_micros(parse_timestamp(_unix(given)))
    except (ValueError, OverflowError) as error:
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


def micros_of_moments(given: Any) -> Ints:
    """Give a column of moments as microseconds since 1970, shape (moments,): all parts of smaller units are cut off.

    Raises:
        ValueError: they are no timestamps, name no time zone, or some are missing.
    """
    column = pa.chunked_array(given) if hasattr(given, "__arrow_c_stream__") else pa.array(given)
    if not pa.types.is_timestamp(column.type):
        raise ValueError(f"The moments are of the type {column.type}, not timestamps with a time zone. {_CURE}.")
    if column.type.tz is None:
        raise ValueError(f"The moments name no time zone. {_CURE}.")
    if column.null_count:
        raise ValueError(f"{column.null_count:,} of the {len(column):,} moments are missing. Leave those rows out.")
    return np.asarray(pc.cast(column, UTC_MICROS, safe=False).cast(pa.int64()))
