"""``GET /gex/heatmap``: a matrix of strikes by moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

import numpy as np
import orjson
import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from ...application.draw_heatmap import MOST_COLUMNS, DrawHeatmap, Heatmap
from ...application.query_gex import QueryGex, newest
from ...application.rows import micros_of
from ...domain.feed import Feed
from ...domain.timestamps import EARLIEST, day_bounds, from_micros, trading_day
from ..contract import json_rows, moment_texts
from ..steps import round_step
from . import shapes
from .formats import AnyFormat, Format
from .moments import check_order
from .questions import AskedFeed, End, Start
from .shapes import OF_FEED, documented
from .state import AppAnswers, AppQuery
from .steps import Step
from .wire import encoded, whole

router = APIRouter(tags=["snapshots"])
Columns = Annotated[
    int,
    Query(ge=2, le=MOST_COLUMNS, description="Where every is not given: a round step that makes at most so many."),
]
Bucket = Annotated[
    Annotated[float, Field(ge=0.01, le=1_000_000)] | SkipJsonSchema[None],
    Query(
        description="Put strikes together at the nearest multiple of this price and add what meets there. "
        "Default: strikes as they are; where a basis moves, each offset has rows of its own.",
        examples=[25],
    ),
]


@dataclass(frozen=True, slots=True)
class Picture:
    """What a heatmap is to show."""

    start: datetime | None
    end: datetime | None
    every: timedelta | None
    columns: int
    value: str
    bucket: float | None


async def asked_picture(
    start: Start = None,
    end: End = None,
    every: Step = None,
    columns: Columns = 400,
    value: Annotated[Literal["gamma", "oi_gamma"], Query(description="GEX by volume, or by open interest.")] = "gamma",
    bucket: Bucket = None,
) -> Picture:
    """Read what a heatmap is to show."""
    check_order(start, end)
    return Picture(start, end, every, columns, value, bucket)


@router.get(
    "/gex/heatmap",
    summary="Strikes by time",
    response_model=None,
    responses=documented(shapes.Heatmap, headers=OF_FEED),
)
def heatmap(
    query: AppQuery,
    answers: AppAnswers,
    wanted: AskedFeed,
    form: AnyFormat,
    asked: Annotated[Picture, Depends(asked_picture)],
) -> Response:
    """Give the last ladder of each step side by side: the strikes once, the moments once, a list of values a strike.

    Without `start` it begins with the trading day (New York) of `end`, or of the newest snapshot. A cell is null
    where the ladder of that moment has no such strike. The forms other than JSON have a row a cell that is not null.
    """
    feed = answers.feed(*wanted)

    def make() -> bytes:
        drawn, every = _drawn(query, feed, asked)
        if form is Format.JSON:
            return _object(drawn, asked.value, every)
        return b"".join(
            encoded([drawn], form, lambda page: _lines(page, asked.value), lambda page: _cells(page, asked.value))
        )

    headers = answers.freshness(feed)
    return whole(answers.remembered(feed, f"heatmap {asked} {form}", make), form, headers)


def _drawn(query: QueryGex, feed: Feed, asked: Picture) -> tuple[Heatmap, timedelta]:
    latest = newest(query.between(feed, None, None, 1, newest=True).snapshots)
    start = asked.start or _day_begins(asked.end, latest)
    every = asked.every
    if every is None:
        every = round_step(_spans(query, feed, start, asked.end), asked.columns)
    drawn = DrawHeatmap(query).draw(feed, start, asked.end, every, value=asked.value, bucket=asked.bucket)
    return drawn, every


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
    moments = [moment for moment in (end and max(end, EARLIEST), latest) if moment]
    return from_micros(day_bounds(trading_day(min(moments)))[0]) if moments else None


def _object(drawn: Heatmap, value: str, every: timedelta) -> bytes:
    snapshots = drawn.snapshots
    matrix = {
        **drawn.feed._asdict(),
        "value": value,
        "every_seconds": every.total_seconds(),
        "timestamps": moment_texts(micros_of(snapshots)),
        "spot_price": snapshots.column("spot").to_pylist(),
        "zero_gamma": snapshots.column("zero_gamma").to_pylist(),
        "strikes": drawn.strikes,
        "values": np.ascontiguousarray(drawn.values),
    }
    return orjson.dumps(matrix, option=orjson.OPT_SERIALIZE_NUMPY)


def _cells(drawn: Heatmap, value: str) -> pa.Table:
    column, row = np.nonzero(~np.isnan(drawn.values.T))
    moments = drawn.snapshots.column("timestamp").combine_chunks()
    return pa.table(
        {
            "timestamp": moments.take(pa.array(column)),
            "strike": drawn.strikes[row],
            value: drawn.values[row, column],
        }
    )


def _lines(drawn: Heatmap, value: str) -> list[bytes]:
    return list(map(orjson.dumps, json_rows(_cells(drawn, value), {"strike": "strike", value: value})))
