"""``GET /lineage``, ``/runs`` and ``/rejects``: what was imported from where, and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema

from ....application.importing.import_jobs import ImportJobs
from ....application.ports.unit_of_work import Lake
from ....domain.rejects import RejectReason
from ....domain.runs import FileStatus, RunStatus
from ...shapes.listed import LINEAGE, REJECTS_WITH_WORDS
from ...shapes.reports import reject_object
from ...shapes.rows import LineageRow, RejectRow, RunRow
from ..answering.wire import listing
from ..parameters.cursors import cursor_behind, place_in
from ..parameters.formats import TEXTS, AnyFormat, TextFormat
from ..parameters.listings import Cursor, Limit, kept_of
from ..parameters.moments import check_order
from ..parameters.questions import End, Start
from ..shapes import OF_LIST, documented
from ..state import AppAnswers, AppJobs, AppLake, AppOutward
from .imports import OF_NO_IMPORT, unknown_import

router = APIRouter(tags=["lineage"])

_Run = Annotated[str | SkipJsonSchema[None], Query(max_length=100, description="Only of this import: its id.")]
_Path = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=1_000, description="Only source files with this anywhere in their path."),
]


async def asked_files(
    *,
    record_type: Annotated[Literal["gex"], Query(description="The kind of records.")] = "gex",
    start: Start = None,
    end: End = None,
    limit: Limit = 100,
    status: Annotated[FileStatus | SkipJsonSchema[None], Query(description="Only files of which this became.")] = None,
    run: _Run = None,
    path: _Path = None,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Read which readings of files are wanted, as ``LineageStore.files`` takes it."""
    del record_type  # there is one kind
    check_order(start, end)
    before = None if cursor is None else place_in(cursor, "lineage", datetime, int)
    asked = {"start": start, "end": end, "status": status, "import_id": run, "path": path}
    return {**asked, "before": before, "limit": limit + 1}  # one more tells whether there is more


async def asked_rejects(
    *,
    limit: Limit = 100,
    reason: Annotated[
        RejectReason | SkipJsonSchema[None], Query(description="Only those that break this rule.")
    ] = None,
    run: _Run = None,
    path: _Path = None,
    pending: Annotated[bool, Query(description="Only those that no later run took in or dismissed.")] = False,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Read which rejects are wanted, as ``LineageStore.rejects`` takes it."""
    (after,) = (0,) if cursor is None else place_in(cursor, "rejects", int)
    asked = {"reason": reason and reason.value, "import_id": run, "path": path, "pending": pending}
    return {**asked, "after": after, "limit": limit + 1}


@router.get(
    "/lineage",
    summary="Source files",
    response_model=None,
    responses={**documented(list[LineageRow], headers=OF_LIST), **OF_NO_IMPORT},
)
def lineage(
    request: Request,
    lake: AppLake,
    jobs: AppJobs,
    answers: AppAnswers,
    outward: AppOutward,
    form: AnyFormat,
    asked: Annotated[dict[str, Any], Depends(asked_files)],
) -> Response:
    """List the readings of source files with what became of each, the newest first.

    `start` and `end` are about when a file was read (`import_timestamp`), both included. Where there are more than
    `limit`, the `Link` header (`rel="next"`) leads to those that follow.
    """
    headers = answers.lake_freshness()
    found = lake.lineage.files(**asked)
    _check_run(asked["import_id"], found, lake, jobs)
    kept, link = kept_of(
        request, found, asked["limit"], lambda file: cursor_behind("lineage", file.import_timestamp, file.file_id)
    )
    rows = [outward.file(file) for file in kept]
    return listing(rows, form, headers | link, LINEAGE)


@router.get(
    "/runs", summary="Imports", response_model=None, responses=documented(list[RunRow], *TEXTS, headers=OF_LIST)
)
def runs(
    request: Request,
    lake: AppLake,
    answers: AppAnswers,
    outward: AppOutward,
    form: TextFormat,
    limit: Limit = 100,
    status: Annotated[RunStatus | SkipJsonSchema[None], Query(description="Only runs that stand or ended so.")] = None,
    cursor: Cursor = None,
) -> Response:
    """List the imports, the newest first.

    Where there are more than `limit`, the `Link` header (`rel="next"`) leads to those that follow.
    """
    headers = answers.lake_freshness()
    before = None if cursor is None else place_in(cursor, "runs", datetime, str)
    found = lake.lineage.runs(limit + 1, status, before)
    kept, link = kept_of(request, found, limit + 1, lambda run: cursor_behind("runs", run.started_at, run.import_id))
    rows = [outward.listing(run) for run in kept]
    return listing(rows, form, headers | link)


@router.get(
    "/rejects",
    summary="Rejected records",
    response_model=None,
    responses={**documented(list[RejectRow], headers=OF_LIST), **OF_NO_IMPORT},
)
def rejects(
    request: Request,
    lake: AppLake,
    jobs: AppJobs,
    answers: AppAnswers,
    form: AnyFormat,
    asked: Annotated[dict[str, Any], Depends(asked_rejects)],
    *,
    raw: Annotated[bool, Query(description="With the records word for word; not as text: raw_base64.")] = False,
) -> Response:
    """List the records that did not go in, with the reason and the place of each, by their numbers.

    Where there are more than `limit`, the `Link` header (`rel="next"`) leads to those that follow.
    """
    headers = answers.lake_freshness()
    # Row by row: the words of a thousand records, which few ask for, would all lie in memory until the last is found.
    found = [reject_object(stored, raw=raw) for stored in lake.lineage.rejects(**asked)]
    _check_run(asked["import_id"], found, lake, jobs)
    rows, link = kept_of(request, found, asked["limit"], lambda row: cursor_behind("rejects", row["reject_id"]))
    return listing(rows, form, headers | link, REJECTS_WITH_WORDS)


def _check_run(import_id: str | None, found: Sequence[object], lake: Lake, jobs: ImportJobs) -> None:
    """Make sure that nothing was found because there is nothing, and not because the id is misspelt.

    An import that has just begun, or that only judges, is known to the server alone.

    Raises:
        RequestRefused: there is no import of this id.
    """
    if import_id is None or found or jobs.get(import_id) is not None:
        return
    if lake.lineage.run(import_id) is None:
        raise unknown_import(import_id)
