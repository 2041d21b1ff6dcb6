"""Imports over HTTP: begun, waited for, followed and stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from ....application.importing.import_jobs import ImportBusy
from ....application.importing.job import EventKind, Job
from ....application.importing.planning.readers import choose_reader
from ....domain.errors import (
    GexlakeError,
    ImportInterrupted,
    NoReaderForSource,
    SourceNoFile,
    SourceNotFound,
    UnknownAdapter,
)
from ....domain.runs import ImportRun, RunStatus
from ..imports.bodies import ImportAnswer, ImportBegun, ImportBody, ImportState, Outward
from ..imports.events import end_of, follow
from ..imports.running import importing
from ..imports.source_roots import LinkLeadsOut, NoSourceRoots, SourceOutside, SourceRoots
from ..refusing.errors import BAD_REQUEST, CONFLICT, NOT_FOUND, RETRY_AFTER, UNAVAILABLE, ErrorBody, RequestRefused
from ..state import AppContainer, AppJobs, AppLake, AppOutward

router = APIRouter(tags=["imports"])

_OF_THE_SOURCE = (
    NoSourceRoots,
    SourceOutside,
    SourceNotFound,
    SourceNoFile,
    NoReaderForSource,
    UnknownAdapter,
    LinkLeadsOut,
)
_FAILURES: dict[int | str, dict[str, Any]] = {
    BAD_REQUEST: {"model": ErrorBody, "description": "A bad request, or an import that failed."},
    CONFLICT: {"model": ErrorBody, "description": "Another import is running; `Location` says which."},
    UNAVAILABLE: {
        "model": ErrorBody,
        "description": "The server is ending, the import was stopped, or there is no thread to be had for it.",
    },
}
OF_NO_IMPORT: dict[int | str, dict[str, Any]] = {
    NOT_FOUND: {"model": ErrorBody, "description": "There is no import of this id."},
}
_OF_AN_IMPORT: dict[int | str, dict[str, Any]] = {
    **OF_NO_IMPORT,
    CONFLICT: {"model": ErrorBody, "description": "It runs, and not in this server."},
}


def _begin(
    request: Request, body: ImportBody, container: AppContainer, lake: AppLake, jobs: AppJobs, outward: AppOutward
) -> Job:
    """Begin what a body asks for, or refuse it."""
    roots = SourceRoots(container.settings().source_roots)
    readers = roots.fence(container.readers())
    try:
        source = roots.admit(body.source_path)
        choose_reader(readers, source, body.reader)
        job = jobs.submit(body.request(source, container.settings().workers), importing(container, lake, readers))
    except GexlakeError as error:
        refuse(error, outward, body.source_path)
    request.state.import_id = job.import_id  # for the log
    return job


def _known(import_id: str, jobs: AppJobs, lake: AppLake) -> Job | ImportRun:
    """Give a job that this server remembers, or a run that has ended and is remembered only by its lineage.

    Raises:
        RequestRefused: there is none of this id, or it is said to run and is none of this server's.
    """
    if (job := jobs.get(import_id)) is not None:
        return job
    run = lake.lineage.run(import_id)
    if run is None:
        raise unknown_import(import_id)
    if run.status is RunStatus.RUNNING:
        raise RequestRefused(
            CONFLICT,
            "The lineage says that this import is running, but not in this server, which can neither follow nor stop "
            f"it. GET /imports/{import_id} tells how it stands; stop it where it was begun.",
            {"import_id": import_id},
        )
    return run


@router.post(
    "/import",
    summary="Import a folder or file",
    response_model=ImportAnswer,
    responses={
        202: {"model": ImportBegun, "description": "It has begun, as `Prefer: respond-async` asks; see `Location`."},
        **_FAILURES,
    },
)
async def import_(
    job: Annotated[Job, Depends(_begin)],
    outward: AppOutward,
    prefer: Annotated[str, Header(description="With `respond-async` the answer comes at once, with 202.")] = "",
) -> Response | ImportAnswer:
    """Import, and answer when it is done.

    The import goes on if the client goes away. One is taken in at a time.
    """
    if "respond-async" in prefer.lower():
        begun = ImportBegun(import_id=job.import_id)
        headers = {"Location": f"/imports/{job.import_id}", "Preference-Applied": "respond-async"}
        return JSONResponse(begun.model_dump(), 202, headers)
    await end_of(job)
    ended = job.ended
    if isinstance(ended, BaseException):
        refuse(ended, outward, job.request.source.name, job.import_id)
    answer = outward.answer(ended)
    if answer.status == "failed":
        reason = answer.errors[0] if answer.errors else "None of the files could be imported."
        raise RequestRefused(BAD_REQUEST, reason.rstrip(".") + ".", answer.model_dump())
    return answer


@router.get("/imports/{import_id}", summary="How an import stands", responses=OF_NO_IMPORT)
def import_state(import_id: str, jobs: AppJobs, lake: AppLake, outward: AppOutward) -> ImportState:
    """Say how far an import is, or what came of it; those of earlier servers and of the command line, too."""
    job = jobs.get(import_id)
    # Of one that runs the job says more; to look in the database each time that somebody asks would be in its way.
    stored = lake.lineage.run(import_id) if job is None or job.over else None
    if job is not None:
        return outward.job(job, stored)
    if stored is None:
        raise unknown_import(import_id)
    return outward.run(stored)


@router.get(
    "/imports/{import_id}/events",
    summary="Follow an import",
    response_class=EventSourceResponse,
    responses=_OF_AN_IMPORT,
)
async def import_events(
    known: Annotated[Job | ImportRun, Depends(_known)],
    outward: AppOutward,
    last_event_id: Annotated[int, Header(ge=0, description="Go on after this event.")] = 0,
    after: Annotated[int, Query(ge=0, description="The same, for clients that set no headers.")] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Send what happens as server-sent events, from the start or after an event; ends with the import.

    `started`, `advanced` and `finished` tell how far it is, `warned` has a message, `ended` is the last one: the answer
    of `POST /import`, or an error. Numbers rise; where some are left out, later progress has overtaken them. Of an
    import of an earlier server or of the command line only the last event is left.
    """
    last_known = max(last_event_id, after)
    if isinstance(known, ImportRun):
        # Whatever its follower has seen: its numbers are gone, and without an end he would ask again and again.
        yield ServerSentEvent(id=str(last_known + 1), event=EventKind.ENDED.value, data=outward.end(known))
        return
    async for event in follow(known, last_known, outward.end_of_job, outward.text):
        yield event


@router.delete("/imports/{import_id}", summary="Stop an import", status_code=202, responses=_OF_AN_IMPORT)
def stop_import(known: Annotated[Job | ImportRun, Depends(_known)], outward: AppOutward) -> ImportBegun | ImportState:
    """Have an import stop between two commits: what was committed stays. Stopping one that has ended does nothing."""
    if isinstance(known, ImportRun):
        return outward.run(known)
    known.ask_to_stop()
    if known.over:
        return outward.job(known, None)
    return ImportBegun(import_id=known.import_id)


def refuse(error: BaseException, outward: Outward, source: str, import_id: str | None = None) -> NoReturn:
    """Refuse a request for an error of the import.

    Raises:
        RequestRefused: the client can do something about it.
        BaseException: the error itself, for the app to answer.
    """
    details = {"import_id": import_id} if import_id else {}
    if isinstance(error, ImportBusy):
        headers = {"Location": f"/imports/{error.import_id}", "Retry-After": str(RETRY_AFTER)}
        raise RequestRefused(CONFLICT, str(error), {"import_id": error.import_id}, headers) from error
    if isinstance(error, _OF_THE_SOURCE):
        raise RequestRefused(BAD_REQUEST, outward.error(error), {"source_path": source, **details}) from error
    if isinstance(error, ImportInterrupted) or getattr(error, "transient", False):
        raise RequestRefused(UNAVAILABLE, outward.error(error), details, {"Retry-After": str(RETRY_AFTER)}) from error
    raise error


def unknown_import(import_id: str) -> RequestRefused:
    """Say that there is no import of an id."""
    return RequestRefused(
        NOT_FOUND, "There is no import of this id here. GET /runs lists those that there are.", {"import_id": import_id}
    )
