"""What a command on the server's machine hands to the server: imports of any folder, backups, removals and more.

These routes are no part of the API. They open to the token in ``server.json``, which only the lake's owner can read.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from ....adapters.asked.questions import question
from ....adapters.memory.progress import SilentProgress
from ....application.importing.job import Job
from ....application.importing.planning.readers import choose_reader
from ....application.keeping.back_up_lake import BackedUp, BackUpLake
from ....application.keeping.compact_lake import CompactedDay
from ....application.keeping.dismiss_rejects import Dismissal
from ....application.keeping.remove_source import Removed
from ....domain.account import Account
from ....domain.disagreements import Off
from ....domain.errors import GexlakeError, ImportInterrupted
from ....domain.runs import ImportRun
from ...server.server_file import HANDOFF, STORES
from ...server.wanted import WantedAccount, WantedBackup, WantedCompaction, WantedDismissal, WantedImport, WantedRemoval
from ...shapes.told_in_full import told_in_full
from ..imports.bodies import Outward
from ..imports.events import follow
from ..imports.running import importing
from ..refusing.errors import FAULT, NOT_FOUND, RequestRefused
from ..state import AppContainer, AppJobs, AppLake
from .imports import refuse

FORBIDDEN = 403


def _admitted(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    """Let in who has the token; an app that nobody gave one lets nobody in."""
    token: str = getattr(request.app.state, "handoff_token", "")
    given = authorization.removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise RequestRefused(FORBIDDEN, "This is for commands on the server's machine. Use POST /import.")


@contextmanager
def _in_full() -> Iterator[None]:
    """Tell whoever may hand something over what others are not told of: folders and files."""
    try:
        yield
    except Exception as error:
        if (told := told_in_full(error)) is None:
            raise
        raise RequestRefused(FAULT, told) from error


def _inward(container: AppContainer) -> Outward:
    """Give what tells a command line of imports, in its own terms."""
    return Outward(container.settings().lake, terms=str)


Inward = Annotated[Outward, Depends(_inward)]
router = APIRouter(prefix=HANDOFF, include_in_schema=False, dependencies=[Depends(_admitted)])


def _begin(
    request: Request, body: WantedImport, container: AppContainer, lake: AppLake, jobs: AppJobs, outward: Inward
) -> Job:
    wanted = body.request(container.settings().workers)
    try:
        choose_reader(container.readers(), wanted.source, wanted.reader)
        job = jobs.submit(wanted, importing(container, lake))
    except GexlakeError as error:
        refuse(error, outward, str(wanted.source))
    request.state.import_id = job.import_id  # for the log
    return job


@router.post("/imports", response_class=EventSourceResponse)
async def hand_over(job: Annotated[Job, Depends(_begin)], outward: Inward) -> AsyncIterator[ServerSentEvent]:
    """Begin an import and send its events; the first names the import, the last has the whole run, or the error."""

    def tell_end(job: Job) -> dict[str, Any]:
        ended = job.ended
        if isinstance(ended, ImportRun):
            return {"run": ended.model_dump(mode="json")}
        told = told_in_full(ended) or outward.error(ended)
        return {"error": told, "interrupted": isinstance(ended, ImportInterrupted)}

    yield ServerSentEvent(event="begun", data={"import_id": job.import_id})
    async for event in follow(job, 0, tell_end):
        yield event


@router.get("/imports")
def running(jobs: AppJobs) -> dict[str, str | None]:
    """Say which import is running, for which others wait."""
    job = jobs.running
    return {"import_id": None if job is None else job.import_id}


@router.delete("/imports/{import_id}", status_code=204)
def stop(import_id: str, jobs: AppJobs) -> Response:
    """Have an import stop between two commits."""
    if (job := jobs.get(import_id)) is not None:
        job.ask_to_stop()
    return Response(status_code=204)


@router.post("/backups")
def back_up(body: WantedBackup, lake: AppLake) -> BackedUp:
    """Copy the lake into a new folder of the server's machine; questions and imports go on."""
    with _in_full():
        return BackUpLake(lake).run(body.place)


@router.post("/compactions")
def compact(body: WantedCompaction, container: AppContainer, lake: AppLake, jobs: AppJobs) -> list[CompactedDay]:
    """Make one part of each day that has several; questions go on, imports take turns with it."""
    with _in_full():
        compacting = container.compact_lake(lake)
        days: list[CompactedDay] = compacting.run(dry_run=body.dry_run, turn=jobs.between_imports)
        return days


@router.post("/removals")
def remove(body: WantedRemoval, container: AppContainer, lake: AppLake, jobs: AppJobs) -> Removed:
    """Take a source out; questions go on, imports take turns with it."""
    with _in_full(), nullcontext() if body.dry_run else jobs.between_imports():
        removed: Removed = container.remove_source(lake).run(body.names, body.feeds, dry_run=body.dry_run)
        return removed


@router.post("/dismissals")
def dismiss(body: WantedDismissal, container: AppContainer, lake: AppLake, jobs: AppJobs) -> Dismissal:
    """Have rejects wait no more, or again; questions go on, imports take turns with it."""
    with _in_full(), jobs.between_imports():
        done: Dismissal = container.dismiss_rejects(lake).run(body.chosen, undo=body.undo)
        return done


@router.post("/accounts")
def verify(body: WantedAccount, container: AppContainer, lake: AppLake, jobs: AppJobs) -> Account:
    """Make the account of the lake anew, and compare a source with it if one is named; questions go on."""
    with _in_full():
        before = jobs.writing
        account: Account = container.verify_lake(lake).run(checksums=body.checksums)
        if before or jobs.writing:
            account = account.without(Off.STAGING_LEFT)  # somebody is at work there
        if body.source is not None:
            account += container.compare_sources(lake).run(body.source, SilentProgress(), body.reader)
        return account


async def _written(request: Request) -> bytes:
    return await request.body()


@router.post(f"{STORES.removeprefix(HANDOFF)}/{{store}}/{{name}}")
def answer(store: str, name: str, written: Annotated[bytes, Depends(_written)], lake: AppLake) -> Response:
    """Put a question to a store of the lake."""
    try:
        asked = question(store, name)
    except KeyError:
        raise RequestRefused(NOT_FOUND, "It does not answer that; it is of another version.") from None
    with _in_full():
        return Response(asked.put(getattr(lake, store), written), media_type="application/octet-stream")
