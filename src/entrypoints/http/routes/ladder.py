"""``GET /gex/ladder``: the strikes of one snapshot."""

from __future__ import annotations

from typing import Annotated

import orjson
import pyarrow as pa
from fastapi import APIRouter, Query, Response

from ....application.asking.answer import Answer
from ....domain.timestamps import to_iso
from ...shapes.contract import FIELDS, STRIKE_DATA, json_rows, strike_texts
from ...shapes.ladder_texts import LadderTexts
from ..answering.quick import quick
from ..answering.wire import encoded, whole
from ..parameters.formats import AnyFormat, Format
from ..parameters.moments import LastMoment
from ..parameters.questions import AskedFeed
from ..shapes import OF_FEED, Ladder, documented
from ..state import AppAnswers, AppQuery

router = APIRouter(tags=["snapshots"])
#: What JSON says of the ladder's snapshot.
_AROUND = {name: FIELDS[name] for name in ("ticker", "package", "category", "spot_price", "zero_gamma")}


@router.get(
    "/gex/ladder",
    summary="The strikes of one snapshot",
    response_model=None,
    responses=documented(Ladder, headers=OF_FEED),
)
@quick
def ladder(
    query: AppQuery,
    answers: AppAnswers,
    wanted: AskedFeed,
    form: AnyFormat,
    timestamp: Annotated[LastMoment, Query(description="As of this moment. Default: the newest snapshot.")] = None,
) -> Response:
    """Give the ladder of the last snapshot at or before a moment, or of the newest one, by ascending strike.

    The first one of a day in `classic`, which has neither zero gamma nor walls, is passed over.

    JSON has the snapshot's moment and prices around it; the other forms have a row a strike.
    """
    feed = answers.feed(*wanted)

    def make() -> bytes:
        found = query.at(feed, timestamp, ladders=True) if timestamp else query.latest(feed, ladders=True)
        return _object(found) if form is Format.JSON else b"".join(encoded([found], form, _lines, _columns))

    headers = answers.freshness(feed)
    question = f"ladder {to_iso(timestamp) if timestamp else 'latest'} {form}"
    return whole(answers.remembered(feed, question, make), form, headers)


def _object(answer: Answer) -> bytes:
    (around,) = json_rows(answer.snapshots, _AROUND)
    (rows,) = strike_texts(answer)
    return orjson.dumps({**around, STRIKE_DATA: rows})


def _lines(answer: Answer) -> list[bytes]:
    (row,) = json_rows(answer.snapshots, {})
    ahead = b'{"timestamp":"%b",' % row["timestamp"].encode()
    return [ahead + text[1:] for text in LadderTexts(answer.ladders).rows()]


def _columns(answer: Answer) -> pa.Table:
    return answer.ladders
