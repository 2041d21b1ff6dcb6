"""``GET /gex/day``: the picture of a trading day, as a browser shows it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ...pictures.day_svg import day_svg
from ...pictures.gex_by import BY
from ..parameters.moments import Day
from ..parameters.questions import AskedFeed, Value
from ..shapes import documented_picture
from ..state import AppAnswers, AppQuery

router = APIRouter(tags=["snapshots"])
SVG = "image/svg+xml"


@router.get("/gex/day", summary="The picture of a day", response_class=Response, responses=documented_picture(SVG))
def day(
    query: AppQuery,
    answers: AppAnswers,
    wanted: AskedFeed,
    date: Annotated[
        Day, Query(description="The trading day, in New York. Default: the last one.", examples=["2025-10-06"])
    ] = None,
    value: Value = "gamma",
) -> Response:
    """Draw a trading day as SVG: the ladders through the day, and spot, zero gamma and the walls over them."""
    feed = answers.feed(*wanted)
    (by,) = (by for by, (column, _) in BY.items() if column == value)
    headers = answers.freshness(feed)

    def make() -> bytes:
        return day_svg(query, feed, date or query.last_day(feed), by)

    return Response(answers.remembered(feed, f"day {date} {value}", make), headers=headers, media_type=SVG)
