"""The feed that a program names, which strikes of it, and how many snapshots."""

from __future__ import annotations

import math
from operator import index
from typing import Any, SupportsIndex

import pyarrow.compute as pc

from ...application.asking.query_gex import QueryGex
from ...application.ports.limits import ALL
from ...domain.errors import SnapshotNotFound
from ...domain.feed import Feed


def feed_of(query: QueryGex, name: Any) -> Feed:
    """Find the feed of all three names, or the one that a ticker means; tickers may hold slashes.

    Raises:
        ValueError: it is no name.
        SnapshotNotFound, FeedAmbiguous: see ``choose_feed``.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"feed is {name!r:.40}, not a name like NQ_NDX or NQ_NDX/classic/gex_one. feeds() lists them.")
    for feed in query.feeds():
        if str(feed) == name:
            return feed
    names = name.rsplit("/", 2)
    try:
        return query.resolve_feed(name)
    except SnapshotNotFound:
        if len(names) < len(Feed._fields) or not all(names):
            raise
    return query.resolve_feed(*names)


def strikes_of(given: Any) -> pc.Expression:
    """Read from which to which price strikes are wanted, both included.

    Raises:
        ValueError: it is no pair of prices, or the second one is the lower.
    """
    try:
        low, high = map(float, given)
    except (TypeError, ValueError):
        low = high = math.nan
    if not low <= high:
        raise ValueError(f"strikes is {given!r:.40}; write the lowest and the highest one: (24_900, 25_100).")
    return (pc.field("strike") >= low) & (pc.field("strike") <= high)


def count_of(name: str, given: Any) -> int:
    """Read how many are wanted.

    Raises:
        ValueError: it is no whole number from one on.
    """
    count = 0 if isinstance(given, bool) or not isinstance(given, SupportsIndex) else index(given)
    if count < 1:
        raise ValueError(f"{name} is {given!r:.40}; write a whole number from 1 on.")
    return min(count, ALL)
