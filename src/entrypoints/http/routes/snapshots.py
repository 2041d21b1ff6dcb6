"""``GET /gex``, ``/gex/latest`` and ``/gex/at``: snapshots with their ladders, as the query contract has them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import orjson
import pyarrow as pa
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from ....application.asking.answer import Answer, newest
from ....application.asking.at_once import WouldWait, at_once
from ....application.asking.query_gex import PAGE, QueryGex
from ....application.asking.sample_snapshots import find_snapshots, pages_with_ladders
from ....domain.feed import Feed
from ....domain.timestamps import to_iso
from ...shapes.contract import snapshot_columns, snapshot_lines
from ..answering.answers import Answers
from ..answering.long_answers import LongAnswers
from ..answering.quick import answer_after, quick
from ..answering.wire import encoded, respond, whole
from ..parameters.cursors import cursor_after, next_link
from ..parameters.formats import AnyFormat, Format
from ..parameters.moments import Moment
from ..parameters.questions import AskedFeed, AskedRange, Range, Wanted
from ..parameters.steps import Step
from ..shapes import OF_FEED, OF_RANGE, Snapshot, SnapshotAt, documented
from ..state import AppAnswers, AppQuery

router = APIRouter(tags=["snapshots"])
#: Snapshots that need not wait for long answers to be made: with their ladders about a megabyte.
_FEW = 100


@router.get(
    "/gex", summary="Snapshots of a range", response_model=None, responses=documented(list[Snapshot], headers=OF_RANGE)
)
async def gex(
    request: Request,
    query: AppQuery,
    answers: AppAnswers,
    wanted: AskedFeed,
    asked: AskedRange,
    form: AnyFormat,
    every: Step = None,
) -> Response:
    """Give the snapshots between two moments, both included, the oldest first, each with its ladder.

    With `every`, the last snapshot of each step, under its own timestamp. Where there are more than `limit`, the `Link`
    header (`rel="next"`) leads to those that follow; with `newest` they are the last ones.
    """
    long: LongAnswers = request.app.state.long_answers
    feed = await _found(answers, wanted)  # one that there is not need not wait for long answers to be made
    make = partial(_range, request, query, answers, feed, asked, form, every)
    few = asked.limit <= _FEW and every is None
    return await (run_in_threadpool(make) if few else long.make(make))


async def _found(answers: Answers, wanted: Wanted) -> Feed:
    """Find a feed, in a thread if the lake has to wait for somebody to know its feeds."""
    find = partial(answers.feed, *wanted)
    try:
        with at_once():
            return find()
    except WouldWait as missing:
        return await answer_after(missing, find)


def _range(
    request: Request,
    query: QueryGex,
    answers: Answers,
    feed: Feed,
    asked: Range,
    form: Format,
    every: timedelta | None,
) -> Response:
    asked, limit = asked.of(feed), asked.limit
    headers = answers.freshness(feed)
    bounds = feed, asked.start, asked.end, asked.looked_for
    if every is None and limit <= PAGE:
        found = query.between(*bounds, newest=asked.newest, ladders=True)
    else:  # its end is found first, without ladders: the headers of a long answer leave before the rows
        found = Answer(feed, find_snapshots(query, *bounds, every=every, newest=asked.newest))
    kept = found.first(limit)
    if found.snapshots.num_rows > limit and (last := newest(kept.snapshots)):
        headers |= next_link(request, cursor_after(feed, last))
    pages = pages_with_ladders(query, kept, sampled=every is not None) if kept.ladders is None else [kept]
    return respond(list(pages) if limit <= PAGE else pages, form, snapshot_lines, snapshot_columns, headers)


@router.get(
    "/gex/latest", summary="The newest snapshot", response_model=None, responses=documented(Snapshot, headers=OF_FEED)
)
@quick
def latest(query: AppQuery, answers: AppAnswers, wanted: AskedFeed, form: AnyFormat) -> Response:
    """Give the newest snapshot of a feed, with its ladder; in other forms than JSON, as one row.

    The first one of a day in `classic`, which has neither zero gamma nor walls, is passed over.
    """
    feed = answers.feed(*wanted)
    headers = answers.freshness(feed)
    made = answers.remembered(feed, f"latest {form}", lambda: one_row(query.latest(feed, ladders=True), form))
    return whole(made, form, headers)


@router.get(
    "/gex/at",
    summary="The snapshot at a moment",
    response_model=None,
    responses=documented(SnapshotAt, headers=OF_FEED),
)
@quick
def at(
    query: AppQuery,
    answers: AppAnswers,
    wanted: AskedFeed,
    form: AnyFormat,
    timestamp: Annotated[Moment, Query(description="The moment; ISO-8601, UTC if it names no offset, or Unix time.")],
    tolerance: Annotated[
        Annotated[float, Field(ge=0)] | SkipJsonSchema[None],
        Query(description="How many seconds old the snapshot may be; an older one is not found."),
    ] = None,
) -> Response:
    """Give the last snapshot at or before a moment, with its ladder, and how long before: `lag_seconds`.

    The first one of a day in `classic`, which has neither zero gamma nor walls, is passed over.
    """
    feed = answers.feed(*wanted)
    headers = answers.freshness(feed)
    question = f"at {to_iso(timestamp)} {tolerance} {form}"
    made = answers.remembered(feed, question, lambda: _at(query, feed, timestamp, tolerance, form))
    return whole(made, form, headers)


def _at(query: QueryGex, feed: Feed, moment: datetime, tolerance: float | None, form: Format) -> bytes:
    answer = query.at(feed, moment, max_age=_age(tolerance), ladders=True)
    lag = (moment - (newest(answer.snapshots) or moment)).total_seconds()
    return one_row(answer, form, {"lag_seconds": lag})


def _age(seconds: float | None) -> timedelta | None:
    """Give so many seconds; more than there are in all dates are no limit."""
    with suppress(OverflowError):
        return None if seconds is None else timedelta(seconds=seconds)
    return None


def one_row(answer: Answer, form: Format, more: dict[str, float] | None = None) -> bytes:
    """Write an answer of one snapshot: in JSON the object itself, else one row; ``more`` are fields at its end."""

    def lines(page: Answer) -> list[bytes]:
        (line,) = snapshot_lines(page)
        return [line[:-1] + b"," + orjson.dumps(more)[1:] if more else line]

    def columns(page: Answer) -> pa.Table:
        table = snapshot_columns(page)
        for name, value in (more or {}).items():
            table = table.append_column(name, pa.array([value], pa.float64()))
        return table

    if form is Format.JSON:
        return lines(answer)[0]
    return b"".join(encoded([answer], form, lines, columns))
