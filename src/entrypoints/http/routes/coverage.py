"""``GET /coverage``: what there is of each session of the exchange, and what is missing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from ....domain.timestamps import is_date, trading_day
from ...shapes.reports import coverage_object
from ...shapes.rows import CoverageRow
from ..answering.wire import listing
from ..parameters.formats import TEXTS, TextFormat
from ..parameters.moments import FirstMoment, LastMoment, check_order
from ..parameters.questions import AskedFeeds
from ..shapes import documented
from ..state import AppAnswers, AppContainer, AppLake, AppQuery

router = APIRouter(tags=["lineage"])
_DAY = "a date is a trading day, a moment means the one (New York) that it lies in."


async def asked_days(
    request: Request,
    start: Annotated[FirstMoment, Query(description=f"From this session on: {_DAY} Default: a feed's first.")] = None,
    end: Annotated[LastMoment, Query(description=f"Up to this session: {_DAY} Default: a feed's last.")] = None,
) -> tuple[date | None, date | None]:
    """Read the first and the last trading day that are meant.

    Raises:
        RequestRefused: the range ends before it begins.
    """
    check_order(start, end)
    return _day(request, "start", start), _day(request, "end", end)


def _day(request: Request, name: str, moment: datetime | None) -> date | None:
    """Give the trading day of a moment; a date alone is one."""
    if moment is None or is_date(request.query_params.get(name, "")):
        return moment and moment.date()
    return trading_day(moment)


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
    query: AppQuery,
    named: AskedFeeds,
    form: TextFormat,
    days: Annotated[tuple[date | None, date | None], Depends(asked_days)],
) -> Response:
    """Say for each feed and session (XNYS) what there is: condition, first and last snapshot, cadence, gaps, files.

    Sessions run from a feed's first day to its last one, or from start to end: their trading days; a date alone is one.
    """
    feeds = query.fitting_feeds(*named)
    headers = answers.lake_freshness()
    rows = [coverage_object(day) for day in container.survey_coverage(lake).run(feeds, *days)]
    return listing(rows, form, headers)
