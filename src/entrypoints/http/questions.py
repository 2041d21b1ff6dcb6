"""The parameters that questions have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic.json_schema import SkipJsonSchema

from ...application.at_once import WouldWait, at_once
from ...domain.feed import Feed
from .answers import Answers
from .cursors import start_of
from .moments import FirstMoment, LastMoment, check_order
from .quick import answer_after
from .state import AppQuery

USUAL_SNAPSHOTS, MOST_SNAPSHOTS = 1_000, 10_000

Symbol = Annotated[
    str,
    Query(
        min_length=1,
        max_length=64,
        description="The ticker, such as NQ_NDX; its case matters only where two differ by it.",
        examples=["NQ_NDX"],
    ),
]
Package = Annotated[
    str | SkipJsonSchema[None],
    Query(
        max_length=64,
        description="The package of the feed, classic or state. "
        "Default: the only one that the ticker has, else classic.",
        examples=["classic"],
    ),
]
Category = Annotated[
    str | SkipJsonSchema[None],
    Query(
        max_length=64,
        description="The category of the feed: gex_zero, gex_one, gex_full, or zero, one, full. "
        "Default: the only one that the ticker has, else gex_zero.",
        examples=["gex_zero"],
    ),
]
Start = Annotated[
    FirstMoment,
    Query(description="Not before this moment, itself included; ISO-8601, UTC where it names no offset, or Unix time."),
]
End = Annotated[
    LastMoment,
    Query(description="Not after this moment, itself included; a date alone means the whole day (UTC)."),
]
Limit = Annotated[int, Query(ge=1, le=MOST_SNAPSHOTS, description="At most so many; a `Link` header leads on.")]
Cursor = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=400, description="Where to go on: from the `Link` header of the answer before. Overrules start."),
]


async def asked_feed(request: Request, symbol: Symbol, package: Package = None, category: Category = None) -> Feed:
    """Find the feed that a request means, in a thread if the lake has to wait for somebody to know its feeds.

    Raises:
        SnapshotNotFound: the lake holds no such feed.
        FeedAmbiguous: several are left.
    """
    answers: Answers = request.app.state.answers
    find = partial(answers.feed, symbol, package or None, category or None)
    try:
        with at_once():
            return find()
    except WouldWait as missing:
        return await answer_after(missing, find)


def asked_feeds(
    query: AppQuery,
    symbol: Annotated[
        str | SkipJsonSchema[None], Query(max_length=64, description="Only this ticker; default is all feeds.")
    ] = None,
    package: Package = None,
    category: Category = None,
) -> list[Feed] | None:
    """Find all feeds that a request leaves open, None if it names nothing.

    Raises:
        SnapshotNotFound: the lake holds no such feed.
    """
    return query.fitting_feeds(symbol or None, package or None, category or None)


@dataclass(frozen=True, slots=True)
class Range:
    """Snapshots from ``start`` to ``end``, both included: the first ``limit``."""

    start: datetime | None
    end: datetime | None
    limit: int


async def asked_range(
    feed: Annotated[Feed, Depends(asked_feed)],
    start: Start = None,
    end: End = None,
    limit: Limit = USUAL_SNAPSHOTS,
    cursor: Cursor = None,
) -> Range:
    """Find the range that a request means.

    Raises:
        RequestRefused: it ends before it begins, or the cursor is none of this feed.
    """
    check_order(start, end)
    return Range(start if cursor is None else start_of(cursor, feed), end, limit)


AskedRange = Annotated[Range, Depends(asked_range)]
AskedFeed = Annotated[Feed, Depends(asked_feed)]
AskedFeeds = Annotated[list[Feed] | None, Depends(asked_feeds)]
