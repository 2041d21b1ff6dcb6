"""Which feeds there are, and which one a command means."""

from __future__ import annotations

import click

from ....application.asking.query_gex import QueryGex
from ....domain.feed import Feed
from ...shapes.reports import day_object
from ..output.jsons import print_json
from ..terminal.tables import show_table
from ..terminal.words import count


def find_feed(query: QueryGex, ticker: str | None, package: str | None, category: str | None) -> Feed:
    """Find the feed that the arguments mean; a lake with a single ticker needs none.

    Raises:
        SnapshotNotFound: the lake holds no such feed.
        FeedAmbiguous: the arguments leave several.
    """
    if not ticker:  # an empty text is what a variable of the shell gives that is not set
        tickers = sorted({feed.ticker for feed in query.feeds()})
        if len(tickers) > 1:
            raise click.UsageError(f"Name a ticker; the lake holds {', '.join(tickers)}.")
        ticker = tickers[0] if tickers else "any ticker"
    return query.resolve_feed(ticker, package, category)


def show_feeds(query: QueryGex, shape: str, *asked: str | None) -> None:
    """List what the lake holds, by feed and day; with a ticker, package or category only such feeds.

    Raises:
        SnapshotNotFound: the lake holds no such feed.
    """
    feeds = query.fitting_feeds(*asked)
    days = [day for day in query.days() if feeds is None or day.feed in feeds]
    if shape == "json":
        print_json([day_object(day) for day in days])
        return
    if shape != "table":
        raise click.UsageError(f"--feeds gives a table or JSON, not {shape}.")
    # Seldom is a ladder flagged, and a line has only so much room.
    names = ["snapshots", "strikes", *(["flagged"] if any(day.flagged for day in days) else [])]
    show_table(
        ("feed", "day", "UTC", *names),
        [
            (
                str(day.feed),
                str(day.date),
                f"{day.first:%H:%M}-{day.last:%H:%M}",
                *(count(getattr(day, name)) for name in names),
            )
            for day in days
        ],
        numbers=names,
        total=("total", "", "", *(count(sum(getattr(day, name) for day in days)) for name in names)),
    )
