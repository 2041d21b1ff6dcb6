"""``GET /flagged``: the ladders that do not add up to the sums which the vendor publishes with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ...shapes.listed import FLAGGED
from ...shapes.reports import flagged_object
from ...shapes.rows import FlaggedRow
from ..parameters.formats import AnyFormat
from ..parameters.questions import AskedFeeds
from ..shapes import documented
from ..state import AppAnswers, AppContainer, AppLake, AppQuery
from ..wire import listing

router = APIRouter(tags=["lineage"])


@router.get(
    "/flagged", summary="Ladders that do not add up", response_model=None, responses=documented(list[FlaggedRow])
)
def flagged(
    container: AppContainer,
    lake: AppLake,
    answers: AppAnswers,
    query: AppQuery,
    named: AskedFeeds,
    form: AnyFormat,
    limit: Annotated[int, Query(ge=1, le=1_000, description="At most so many.")] = 100,
) -> Response:
    """List the ladders that miss their checksum: what the vendor's sums claim, and what the ladder adds up to.

    They are stored as they came. The sums are `sum_gex_vol` and `sum_gex_oi`; only the package classic has them.
    """
    feeds = query.fitting_feeds(*named)
    headers = answers.lake_freshness()
    rows = [flagged_object(ladder) for ladder in container.list_flagged(lake).first(limit, feeds)]
    return listing(rows, form, headers, FLAGGED)
