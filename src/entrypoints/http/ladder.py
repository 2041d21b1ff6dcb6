"""``GET /gex/ladder``: the strikes of one snapshot."""

from __future__ import annotations

from typing import Annotated

import orjson
import pyarrow as pa
from fastapi import APIRouter, Query, Response

from ...application.query_gex import Answer
from ...domain.timestamps import to_iso
from ..contract import STRIKE_DATA, ladder_texts, snapshot_rows
from .formats import AnyFormat, Format
from .moments import LastMoment
from .questions import AskedFeed
from .quick import quick
from .shapes import Ladder, documented
from .state import AppAnswers, AppQuery
from .wire import encoded, whole

router = APIRouter(tags=["snapshots"])


@router.get("/gex/ladder", summary="The strikes of one snapshot", response_model=None, responses=documented(Ladder))
@quick
def ladder(
    query: AppQuery,
    answers: AppAnswers,
    feed: AskedFeed,
    form: AnyFormat,
    timestamp: Annotated[LastMoment, Query(description="As of this moment. Default: the newest snapshot.")] = None,
) -> Response:
    """Give the ladder of the last snapshot at or before a moment, or of the newest one, by ascending strike.

    JSON has the snapshot's moment and prices around it; the other forms have a row a strike.
    """

    def make() -> bytes:
        found = query.at(feed, timestamp, ladders=True) if timestamp else query.latest(feed, ladders=True)
        return _object(found) if form is Format.JSON else b"".join(encoded([found], form, _lines, _columns))

    question = f"ladder {to_iso(timestamp) if timestamp else 'latest'} {form}"
    return whole(answers.remembered(feed, question, make), form, answers.freshness(feed))


def _object(answer: Answer) -> bytes:
    (row,) = snapshot_rows(answer.snapshots, ("ticker", "package", "category", "spot", "zero_gamma"))
    around = {"timestamp": to_iso(row.pop("timestamp")), **row, "spot_price": row["spot"]}
    del around["spot"]
    rows = orjson.Fragment(b"[" + b",".join(ladder_texts(answer.ladders)) + b"]")
    return orjson.dumps({**around, STRIKE_DATA: rows})


def _lines(answer: Answer) -> list[bytes]:
    (row,) = snapshot_rows(answer.snapshots, ())
    ahead = b'{"timestamp":"%b",' % to_iso(row["timestamp"]).encode()
    return [ahead + text[1:] for text in ladder_texts(answer.ladders)]


def _columns(answer: Answer) -> pa.Table:
    return answer.ladders
