"""``GET /feeds``: what the lake holds, by feed or by day."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from ....application.ports.snapshot_store import DayCount
from ...shapes.listed import DAYS, FEEDS
from ...shapes.reports import day_object
from ...shapes.rows import FeedRow
from ..answering.wire import listing
from ..parameters.formats import AnyFormat
from ..shapes import documented
from ..state import AppAnswers, AppQuery

router = APIRouter(tags=["lineage"])


@router.get("/feeds", summary="What there is", response_model=None, responses=documented(list[FeedRow]))
def feeds(
    query: AppQuery,
    answers: AppAnswers,
    form: AnyFormat,
    by: Annotated[
        Literal["feed", "day"], Query(description="A row a feed, or a row a trading day of a feed.")
    ] = "feed",
) -> Response:
    """List the feeds that the lake holds, or the trading days (New York) of each."""
    headers = answers.lake_freshness()
    days = sorted(query.days(), key=lambda day: (day.feed, day.date))
    rows = [day_object(day) for day in days] if by == "day" else _by_feed(days)
    schema = DAYS if by == "day" else FEEDS
    return listing(rows, form, headers, schema)


def _by_feed(days: list[DayCount]) -> list[dict[str, Any]]:
    made = []
    for feed, held in groupby(days, key=lambda day: day.feed):
        of_feed = list(held)
        made.append(
            {
                **feed._asdict(),
                "days": len(of_feed),
                "snapshots": sum(day.snapshots for day in of_feed),
                "strikes": sum(day.strikes for day in of_feed),
                "flagged": sum(day.flagged for day in of_feed),
                "first": min(day.first for day in of_feed),
                "last": max(day.last for day in of_feed),
            }
        )
    return made
