"""Moments in query strings: any ISO-8601 form, UTC where it names no offset, or Unix time."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from ....domain.timestamps import UNIX, parse_day, parse_moment, to_iso
from ..refusing.errors import BAD_REQUEST, RequestRefused

#: A ``+`` that nobody escaped arrives as a space.
_LOST_PLUS = re.compile(r"(\d{4}-?\d{2}-?\d{2}[T ]\S+) (\d{2}(?::?\d{2})?)")
_SCHEMA = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": f"^{UNIX.pattern}$"},
    ],
    "examples": ["2025-10-06T14:30:00Z", "2025-10-06T10:30:00-04:00", "2025-10-06", "1759761000"],
}


def first_moment(text: Any) -> datetime:
    """Read a moment; a date alone is its first instant.

    Raises:
        ValueError: it is none.
    """
    return parse_moment(_with_plus(str(text)))


def last_moment(text: Any) -> datetime:
    """Read a moment; a date alone is its last instant, so that the whole day is meant.

    Raises:
        ValueError: it is none.
    """
    return parse_moment(_with_plus(str(text)), last=True)


def _with_plus(text: str) -> str:
    found = _LOST_PLUS.fullmatch(text.strip())
    return f"{found[1]}+{found[2]}" if found else text


# Not ``datetime`` or None beside one another: what is no moment would be reported once for each.
FirstMoment = Annotated[datetime | None, PlainValidator(first_moment), WithJsonSchema(_SCHEMA)]
LastMoment = Annotated[datetime | None, PlainValidator(last_moment), WithJsonSchema(_SCHEMA)]
#: One that has to be given.
Moment = Annotated[datetime, PlainValidator(last_moment), WithJsonSchema(_SCHEMA)]


def read_day(text: Any) -> date:
    """Read a date.

    Raises:
        ValueError: it is none.
    """
    return parse_day(str(text))


Day = Annotated[date | None, PlainValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})]


def check_order(start: datetime | None, end: datetime | None) -> None:
    """Refuse a range that ends before it begins.

    Raises:
        RequestRefused: it does.
    """
    if start and end and end < start:
        raise RequestRefused(
            BAD_REQUEST, "end lies before start. Swap them.", {"start": to_iso(start), "end": to_iso(end)}
        )
