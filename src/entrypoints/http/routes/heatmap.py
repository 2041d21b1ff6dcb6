"""``GET /gex/heatmap``: a matrix of strikes by moments."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import numpy as np
import orjson
import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from ....application.asking.draw_heatmap import MOST_COLUMNS, Heatmap
from ....application.columns.rows import micros_of
from ...pictures.heatmaps import LARGEST_BUCKET, LEAST_BUCKET, LEAST_COLUMNS, USUAL_COLUMNS, HeatmapAsked, draw_asked
from ...shapes.contract import json_rows, moment_texts
from .. import shapes
from ..answering.wire import encoded, whole
from ..parameters.formats import AnyFormat, Format
from ..parameters.moments import check_order
from ..parameters.questions import AskedFeed, End, Start, Value
from ..parameters.steps import Step
from ..shapes import OF_FEED, documented
from ..state import AppAnswers, AppQuery

router = APIRouter(tags=["snapshots"])
Columns = Annotated[
    int,
    Query(
        ge=LEAST_COLUMNS,
        le=MOST_COLUMNS,
        description="Where every is not given: a round step that makes at most so many.",
    ),
]
Bucket = Annotated[
    Annotated[float, Field(ge=LEAST_BUCKET, le=LARGEST_BUCKET)] | SkipJsonSchema[None],
    Query(
        description="Put strikes together at the nearest multiple of this price and add what meets there. "
        "Default: strikes as they are; where a basis moves, each offset has rows of its own.",
        examples=[25],
    ),
]


async def asked_heatmap(
    start: Start = None,
    end: End = None,
    every: Step = None,
    columns: Columns = USUAL_COLUMNS,
    value: Value = "gamma",
    bucket: Bucket = None,
) -> HeatmapAsked:
    """Read what a heatmap is to show."""
    check_order(start, end)
    return HeatmapAsked(start, end, every, columns, value, bucket)


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
    asked: Annotated[HeatmapAsked, Depends(asked_heatmap)],
) -> Response:
    """Give the last ladder of each step side by side: the strikes once, the moments once, a list of values a strike.

    Without `start` it begins with the trading day (New York) of `end`, or of the newest snapshot. A cell is null
    where the ladder of that moment has no such strike. The forms other than JSON have a row a cell that is not null.
    """
    feed = answers.feed(*wanted)

    def make() -> bytes:
        drawn, every = draw_asked(query, feed, asked)
        if form is Format.JSON:
            return _object(drawn, asked.value, every)
        return b"".join(
            encoded([drawn], form, lambda page: _lines(page, asked.value), lambda page: _cells(page, asked.value))
        )

    headers = answers.freshness(feed)
    return whole(answers.remembered(feed, f"heatmap {asked} {form}", make), form, headers)


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
