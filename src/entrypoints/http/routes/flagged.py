"""``GET /flagged``: the ladders that do not add up to the sums which the vendor publishes with them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from ....domain.feed import Feed
from ...shapes.listed import FLAGGED
from ...shapes.reports import flagged_object
from ...shapes.rows import FlaggedRow
from ..answering.wire import listing
from ..parameters.cursors import cursor_behind, place_in
from ..parameters.formats import AnyFormat
from ..parameters.listings import Cursor, Limit, kept_of
from ..parameters.questions import AskedFeeds
from ..shapes import OF_LIST, documented
from ..state import AppAnswers, AppContainer, AppLake, AppQuery

router = APIRouter(tags=["lineage"])


class _Asked(NamedTuple):
    """How many are wanted, and behind which one they begin."""

    limit: int
    after: tuple[Feed, datetime] | None


async def asked_flagged(limit: Limit = 100, cursor: Cursor = None) -> _Asked:
    """Read which flagged ladders are wanted."""
    if cursor is None:
        return _Asked(limit, None)
    *names, moment = place_in(cursor, "flagged", str, str, str, datetime)
    return _Asked(limit, (Feed(*names), moment))


@router.get(
    "/flagged",
    summary="Ladders that do not add up",
    response_model=None,
    responses=documented(list[FlaggedRow], headers=OF_LIST),
)
def flagged(
    request: Request,
    container: AppContainer,
    lake: AppLake,
    answers: AppAnswers,
    query: AppQuery,
    named: AskedFeeds,
    form: AnyFormat,
    asked: Annotated[_Asked, Depends(asked_flagged)],
) -> Response:
    """List the ladders that miss their checksum: what the vendor's sums claim, and what the ladder adds up to.

    They are stored as they came. The sums are `sum_gex_vol` and `sum_gex_oi`; only the package classic has them. Where
    there are more than `limit`, the `Link` header (`rel="next"`) leads to those that follow.
    """
    feeds = query.fitting_feeds(*named)
    headers = answers.lake_freshness()
    most = asked.limit + 1  # one more tells whether there is more
    found = container.list_flagged(lake).first(most, feeds, asked.after)
    kept, link = kept_of(request, found, most, lambda ladder: cursor_behind("flagged", *ladder.feed, ladder.timestamp))
    return listing([flagged_object(ladder) for ladder in kept], form, headers | link, FLAGGED)
