"""The parameters that questions have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Query
from pydantic.json_schema import SkipJsonSchema

from ....domain.feed import Feed
from ..refusing.errors import BAD_REQUEST, RequestRefused
from .cursors import GoingOn, going_on
from .moments import FirstMoment, LastMoment, check_order

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
Value = Annotated[Literal["gamma", "oi_gamma"], Query(description="GEX by volume, or by open interest.")]
Limit = Annotated[int, Query(ge=1, le=MOST_SNAPSHOTS, description="At most so many; a `Link` header leads on.")]
Newest = Annotated[bool, Query(description="The last ones of the range, in place of the first ones.")]
Cursor = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=400, description="Where to go on: from the `Link` header of the answer before. Overrules start."),
]


class Wanted(NamedTuple):
    """The feed that a question names.

    The route looks for it, with ``Answers.feed``, once all parameters are read: what is wrong with a question is told
    before what the lake does not hold.
    """

    symbol: str
    package: str | None
    category: str | None


async def asked_feed(symbol: Symbol, package: Package = None, category: Category = None) -> Wanted:
    """Read which feed a request means."""
    return Wanted(symbol, package or None, category or None)


#: Ticker, package and category, None where a question about several feeds leaves them open. As one feed is, they are
#: looked for once all parameters are read.
Named = tuple[str | None, str | None, str | None]


async def asked_feeds(
    symbol: Annotated[
        str | SkipJsonSchema[None], Query(max_length=64, description="Only this ticker; default is all feeds.")
    ] = None,
    package: Annotated[
        str | SkipJsonSchema[None],
        Query(max_length=64, description="Only this package, classic or state; default is all.", examples=["classic"]),
    ] = None,
    category: Annotated[
        str | SkipJsonSchema[None],
        Query(
            max_length=64,
            description="Only this category: gex_zero, gex_one, gex_full, or zero, one, full; default is all.",
            examples=["gex_zero"],
        ),
    ] = None,
) -> Named:
    """Read which feeds a request means."""
    return symbol or None, package or None, category or None


@dataclass(frozen=True, slots=True)
class Range:
    """Snapshots from ``start`` to ``end``, both included: the first ``limit``, or the ``newest``."""

    start: datetime | None
    end: datetime | None
    limit: int
    #: Where to go on, whatever ``start`` says.
    further: GoingOn | None = None
    newest: bool = False

    @property
    def looked_for(self) -> int:
        """How many to look for: one more than asked for tells whether there is more. None comes after the newest."""
        return self.limit if self.newest else self.limit + 1

    def of(self, feed: Feed) -> Range:
        """Give what this is in a feed: from where it goes on, if it does.

        Raises:
            RequestRefused: the cursor that says so is of another feed.
        """
        return self if self.further is None else Range(self.further.start_in(feed), self.end, self.limit)


async def asked_range(
    *,
    start: Start = None,
    end: End = None,
    limit: Limit = USUAL_SNAPSHOTS,
    cursor: Cursor = None,
    newest: Newest = False,
) -> Range:
    """Read the range that a request means.

    Raises:
        RequestRefused: it ends before it begins, or the cursor is none, or stands beside ``newest``.
    """
    check_order(start, end)
    if cursor is not None and newest:
        told = "cursor goes on where an answer ended, and after the newest there is nothing. Leave one of the two out."
        raise RequestRefused(BAD_REQUEST, told)
    return Range(start, end, limit, None if cursor is None else going_on(cursor), newest)


AskedRange = Annotated[Range, Depends(asked_range)]
AskedFeed = Annotated[Wanted, Depends(asked_feed)]
AskedFeeds = Annotated[Named, Depends(asked_feeds)]
