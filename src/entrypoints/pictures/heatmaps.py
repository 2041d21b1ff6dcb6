"""A heatmap as it is asked for: of a trading day where no range is named, in round steps where none is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from numbers import Integral, Real
from typing import Any

from ...application.asking.answer import newest
from ...application.asking.draw_heatmap import MOST_COLUMNS, DrawHeatmap, Heatmap
from ...application.asking.query_gex import QueryGex
from ...domain.feed import Feed
from ...domain.timestamps import day_bounds, from_micros, trading_day
from .steps import round_step

LEAST_COLUMNS, USUAL_COLUMNS = 2, 400
LEAST_BUCKET, LARGEST_BUCKET = 0.01, 1_000_000


@dataclass(frozen=True, slots=True)
class HeatmapAsked:
    """What a heatmap is to show; ``value`` is a column of the ladder, see ``DrawHeatmap.draw`` for the rest.

    Without ``start`` it begins with the trading day of ``end``, or of the newest snapshot; without ``every`` its step
    is a round one that makes at most so many ``columns``.
    """

    start: datetime | None
    end: datetime | None
    every: timedelta | None
    columns: int
    value: str
    bucket: float | None


def draw_asked(query: QueryGex, feed: Feed, asked: HeatmapAsked) -> tuple[Heatmap, timedelta]:
    """Give the heatmap, and its step.

    Raises:
        HeatmapTooLarge: it would be larger than an answer may be.
    """
    latest = newest(query.between(feed, None, None, 1, newest=True).snapshots)
    start = asked.start or _day_begins(asked.end, latest)
    every = asked.every
    if every is None:
        every = round_step(_spans(query, feed, start, asked.end), asked.columns)
    drawn = DrawHeatmap(query).draw(feed, start, asked.end, every, value=asked.value, bucket=asked.bucket)
    return drawn, every


def check_size(columns: Any, bucket: Any) -> None:
    """Refuse a number of columns, or a bucket, with which nothing can be drawn.

    Raises:
        ValueError: it is one of these.
    """
    if not isinstance(columns, Integral) or not LEAST_COLUMNS <= int(columns) <= MOST_COLUMNS:
        raise ValueError(f"columns is {columns!r:.40}; write a whole number from {LEAST_COLUMNS} to {MOST_COLUMNS:,}.")
    if bucket is not None and not (isinstance(bucket, Real) and LEAST_BUCKET <= float(bucket) <= LARGEST_BUCKET):
        raise ValueError(f"bucket is {bucket!r:.40}; write a price from {LEAST_BUCKET} to {LARGEST_BUCKET:,}.")


def _spans(
    query: QueryGex, feed: Feed, start: datetime | None, end: datetime | None
) -> list[tuple[datetime, datetime]]:
    """Give when snapshots come within a range: from the first to the last one of each trading day."""
    first, last = (newest(query.between(feed, start, end, 1, newest=newer).snapshots) for newer in (False, True))
    if first is None or last is None:
        return []
    if trading_day(first) == trading_day(last):  # to look at all days takes longer
        return [(first, last)]
    days = sorted((day.first, day.last) for day in query.days() if day.feed == feed)
    return [(max(first, begin), min(last, end)) for begin, end in days if begin <= last and end >= first]


def _day_begins(end: datetime | None, latest: datetime | None) -> datetime | None:
    """Give when the trading day of a range's end begins; an end beyond all snapshots may be beyond all dates, too."""
    moments = [moment for moment in (end, latest) if moment]
    return from_micros(day_bounds(trading_day(min(moments)))[0]) if moments else None
