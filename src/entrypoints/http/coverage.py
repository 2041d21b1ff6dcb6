"""``GET /coverage``: what there is of each session of the exchange, and what is missing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema

from ...domain.timestamps import EARLIEST, is_date, trading_day
from ..reports import coverage_object
from .formats import TEXTS, TextFormat
from .moments import check_order
from .questions import Category, End, Package, Start
from .shapes import CoverageRow, documented
from .state import AppAnswers, AppContainer, AppLake, AppQuery
from .wire import json_lines, respond

router = APIRouter(tags=["lineage"])


def asked_days(
    request: Request,
    query: AppQuery,
    symbol: Annotated[
        str | SkipJsonSchema[None], Query(max_length=64, description="Only this ticker; default is all feeds.")
    ] = None,
    package: Package = None,
    category: Category = None,
    start: Start = None,
    end: End = None,
) -> dict[str, Any]:
    """Read which feeds and days are meant, as ``SurveyCoverage.run`` takes it.

    Raises:
        SnapshotNotFound: the lake holds no such feed.
        RequestRefused: the range ends before it begins.
    """
    check_order(start, end)
    feeds = query.fitting_feeds(symbol or None, package or None, category or None)
    days = {name: _day(request.query_params.get(name, ""), moment) for name, moment in (("start", start), ("end", end))}
    return {"feeds": feeds, **days}


def _day(text: str, moment: datetime | None) -> date | None:
    """Give the trading day of a moment; a date alone is one."""
    if moment is None or is_date(text):
        return moment and moment.date()
    return trading_day(max(moment, EARLIEST))


@router.get(
    "/coverage",
    summary="What is there and what is missing",
    response_model=None,
    responses=documented(list[CoverageRow], *TEXTS),
)
def coverage(
    container: AppContainer,
    lake: AppLake,
    answers: AppAnswers,
    form: TextFormat,
    asked: Annotated[dict[str, Any], Depends(asked_days)],
) -> Response:
    """Say for each feed and session (XNYS) what there is: condition, first and last snapshot, cadence, gaps, files.

    Sessions run from a feed's first day to its last one, or from start to end: their trading days; a date alone is one.
    """
    headers = answers.lake_freshness()
    rows = [coverage_object(day) for day in container.survey_coverage(lake).run(**asked)]
    return respond([rows], form, json_lines, pa.Table.from_pylist, headers)
