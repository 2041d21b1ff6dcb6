"""``GET /gex/levels``: spot, zero gamma, walls and sums through time, without ladders."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
from fastapi import APIRouter, Request, Response

from ....application.asking.answer import newest
from ....application.asking.at_once import waiting
from ....application.asking.query_gex import QueryGex
from ....application.asking.sample_snapshots import find_snapshots
from ....domain.feed import Feed
from ....domain.timestamps import to_iso
from ...shapes.contract import FIELDS, json_texts
from ..answering.quick import quick
from ..answering.wire import encoded, whole
from ..parameters.cursors import cursor_after, next_link
from ..parameters.formats import AnyFormat
from ..parameters.questions import AskedFeed, AskedRange, Range
from ..parameters.steps import Step
from ..shapes import OF_RANGE, Level, documented
from ..state import AppAnswers, AppQuery

router = APIRouter(tags=["snapshots"])
NAMES = tuple(Level.model_fields)
#: A longer answer takes so long to make that others would wait for it.
_QUICK = 500


@router.get(
    "/gex/levels",
    summary="Levels through time",
    response_model=None,
    responses=documented(list[Level], headers=OF_RANGE),
)
@quick
def levels(
    request: Request,
    query: AppQuery,
    answers: AppAnswers,
    wanted: AskedFeed,
    asked: AskedRange,
    form: AnyFormat,
    every: Step = None,
) -> Response:
    """Give spot, zero gamma, walls and sums of the snapshots between two moments, the oldest first.

    With `every`, of the last snapshot of each step, under its own timestamp. In feeds of the package `state` zero gamma
    and everything by open interest are 0, which means *not applicable*; so is the zero gamma of the first snapshot of
    each day. `limit` counts rows; the `Link` header leads to those that follow. With `newest` they are the last ones.
    """
    feed = answers.feed(*wanted)
    asked = asked.of(feed)

    def make() -> bytes:
        if every is not None or asked.limit > _QUICK:
            waiting()
        found = _found(query, feed, asked, every)
        kept = found.slice(0, asked.limit)
        last = newest(kept)
        cursor = cursor_after(feed, last) if last and found.num_rows > asked.limit else ""
        # The cursor is remembered with the answer that it belongs to.
        return cursor.encode() + b"\n" + b"".join(encoded([kept], form, _lines, _columns))

    headers = answers.freshness(feed)
    moments = [to_iso(moment) if moment else "" for moment in (asked.start, asked.end)]
    question = f"levels {moments} {asked.limit} {asked.newest} {every} {form}"
    cursor, body = answers.remembered(feed, question, make).split(b"\n", 1)
    link = next_link(request, cursor.decode()) if cursor else {}
    return whole(body, form, headers | link)


def _found(query: QueryGex, feed: Feed, asked: Range, every: timedelta | None) -> pa.Table:
    # A step has many snapshots: of these only what is shown is read.
    columns = [FIELDS[name] for name in NAMES if name != "timestamp"] if every else ()
    return find_snapshots(
        query, feed, asked.start, asked.end, asked.looked_for, every=every, newest=asked.newest, columns=columns
    )


def _lines(snapshots: pa.Table) -> list[bytes]:
    return json_texts(snapshots, {name: FIELDS[name] for name in NAMES})


def _columns(snapshots: pa.Table) -> pa.Table:
    return snapshots.select([FIELDS[name] for name in NAMES]).rename_columns(list(NAMES))
