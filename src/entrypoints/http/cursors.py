"""Cursors: where an answer that reached its limit goes on, as text that only this server reads."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from fastapi import Request

from ...domain.feed import Feed
from ...domain.timestamps import from_micros, to_micros
from .errors import BAD_REQUEST, RequestRefused


def cursor_after(feed: Feed, moment: datetime) -> str:
    """Make the cursor of what follows a moment."""
    text = orjson.dumps([*feed, to_micros(moment)])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def start_of(cursor: str, feed: Feed) -> datetime:
    """Give the first moment that a cursor asks for.

    Raises:
        RequestRefused: it is none of ours, or of another feed.
    """
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        *names, micros = orjson.loads(text)
        moment = from_micros(micros) + timedelta(microseconds=1)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise RequestRefused(
            BAD_REQUEST, "This is no cursor. Take it from the Link header of an answer.", {"cursor": cursor[:100]}
        ) from None
    if names != list(feed):
        raise RequestRefused(
            BAD_REQUEST,
            f"The cursor belongs to another feed than {feed}. Repeat the question that it came with.",
            {"feed": str(feed)},
        )
    return moment


def next_link(request: Request, cursor: str) -> dict[str, str]:
    """Give the ``Link`` header to where an answer goes on: the same question with another cursor."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    question = urlencode([*(pair for pair in given if pair[0] != "cursor"), ("cursor", cursor)])
    return {"Link": f'<{quote(request.scope["path"])}?{question}>; rel="next"'}
