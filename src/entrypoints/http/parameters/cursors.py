"""Cursors: where an answer that reached its limit goes on, as text that only this server reads."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from fastapi import Request

from ....domain.feed import Feed
from ....domain.timestamps import from_micros, to_micros
from ..refusing.errors import BAD_REQUEST, RequestRefused


def cursor_after(feed: Feed, moment: datetime) -> str:
    """Make the cursor of what follows a moment."""
    return _cursor([*feed, to_micros(moment)])


def cursor_behind(listing: str, *place: datetime | int | str) -> str:
    """Make the cursor of what follows a row of a list, whose place is what the list is sorted by."""
    return _cursor([listing, *(to_micros(fact) if isinstance(fact, datetime) else fact for fact in place)])


class GoingOn(NamedTuple):
    """What a cursor of snapshots says: the names of its feed, and the first moment that it asks for."""

    names: list[str]
    moment: datetime

    def start_in(self, feed: Feed) -> datetime:
        """Give the moment, if it is one of this feed.

        Raises:
            RequestRefused: it is of another one.
        """
        if self.names == list(feed):
            return self.moment
        raise RequestRefused(
            BAD_REQUEST,
            f"The cursor belongs to another feed than {feed}. Repeat the question that it came with.",
            {"feed": str(feed)},
        )


def going_on(cursor: str) -> GoingOn:
    """Read a cursor of snapshots.

    Raises:
        RequestRefused: it is none of ours.
    """
    with _facts(cursor) as facts:
        *names, micros = facts
        return GoingOn(names, from_micros(micros) + timedelta(microseconds=1))


def place_in(cursor: str, listing: str, *kinds: type[Any]) -> tuple[Any, ...]:
    """Give the place that a list goes on behind, as ``cursor_behind`` was given it; its facts are of these kinds.

    Raises:
        RequestRefused: it is no cursor of ours, or of another list.
    """
    with _facts(cursor) as facts:
        name, *place = facts
        if name == listing:
            return tuple(_taken(fact, kind) for fact, kind in zip(place, kinds, strict=True))
    raise RequestRefused(
        BAD_REQUEST,
        f"The cursor belongs to another question than /{listing}. Repeat the one that it came with.",
        {"cursor": cursor[:100]},
    )


def next_link(request: Request, cursor: str) -> dict[str, str]:
    """Give the ``Link`` header to where an answer goes on: the same question with another cursor."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    question = urlencode([*(pair for pair in given if pair[0] != "cursor"), ("cursor", cursor)])
    return {"Link": f'<{quote(request.scope["path"])}?{question}>; rel="next"'}


def _cursor(facts: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(facts)).decode().rstrip("=")


@contextmanager
def _facts(cursor: str) -> Iterator[Any]:
    """Give what a cursor was made of, and refuse it if it cannot be read or is not what the block takes it for."""
    try:
        yield orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise RequestRefused(
            BAD_REQUEST, "This is no cursor. Take it from the Link header of an answer.", {"cursor": cursor[:100]}
        ) from None


def _taken(fact: Any, kind: type[Any]) -> Any:
    if kind is datetime:
        return from_micros(fact)
    if type(fact) is not kind:
        raise TypeError
    return fact
