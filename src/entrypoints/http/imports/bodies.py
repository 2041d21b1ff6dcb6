"""The bodies of imports over HTTP: what is asked, what is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ....application.importing.import_request import ImportRequest
from ....application.importing.job import Job
from ....application.ports.source_reader import FeedFilter
from ....domain.errors import GexlakeError, ImportInterrupted
from ....domain.feed import full_category
from ....domain.runs import ImportRun, OnConflict, RunStatus, SourceFileRecord
from ...shapes.reports import file_object, run_listing, run_object
from ...shapes.rows import RunRow
from ..refusing.terms import in_terms_of_http

Package = Literal["classic", "state"]
#: Under its older name, too: zero, one, full.
Category = Annotated[Literal["gex_zero", "gex_one", "gex_full"], BeforeValidator(full_category)]


class ImportBody(BaseModel):
    """What to import. What is not known here is refused: a misspelt ``validate_only`` must not import."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"source_path": "history", "data_types": ["gex"], "validate_only": False}]},
    )

    source_path: str = Field(
        min_length=1,
        max_length=4096,
        description="A folder or file of history on the server, within its source roots; relative to one of them.",
    )
    data_types: list[Literal["gex"]] = Field(default=["gex"], min_length=1, description="What to import.")
    validate_only: bool = Field(default=False, description="Read and judge everything; the lake stays as it is.")
    tickers: list[str] = Field(default=[], description="Only these tickers.")
    packages: list[Package] = Field(default=[], description="Only these packages.")
    categories: list[Category] = Field(default=[], description="Only these categories.")
    assume_category: Category | None = Field(default=None, description="The category of files that name none.")
    reader: str | None = Field(default=None, description="The reader; if not given, the first that knows the source.")
    on_conflict: OnConflict = Field(
        default=OnConflict.KEEP, description="What becomes of another snapshot of a stored moment."
    )
    force: bool = Field(default=False, description="Read all files again, whatever was imported from them before.")
    clear_existing: bool = Field(default=False, description="First take out what the source gave before.")
    without_sources: bool = Field(default=False, description="With clear_existing: even what no file brings back.")
    max_error_rate: float = Field(
        default=0.001,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The share of rejects and conflicts above which a run is no success.",
    )

    def request(self, source: Path, workers: int) -> ImportRequest:
        """Make the request to the use case."""
        return ImportRequest(
            source=source,
            reader=self.reader,
            assume_category=self.assume_category,
            feeds=FeedFilter(frozenset(self.tickers), frozenset(self.packages), frozenset(self.categories)),
            workers=workers,
            force=self.force,
            clear_existing=self.clear_existing,
            without_sources=self.without_sources,
            on_conflict=self.on_conflict,
            max_error_rate=self.max_error_rate,
            dry_run=self.validate_only,
        )


class ImportAnswer(BaseModel):
    """What came of an import."""

    import_id: str = Field(examples=["20261125T041947-20b7a6"])
    status: Literal["success", "partial", "failed"]
    records_imported: dict[str, int] = Field(description="How many snapshots went in.", examples=[{"gex": 605}])
    errors: list[str] = Field(description="What is wrong with files, and what made the run fall short.")
    duration_seconds: float


class ImportBegun(BaseModel):
    """An import that has begun."""

    import_id: str
    status: Literal["running"] = "running"


class ImportProgress(BaseModel):
    """How far an import is; bytes are those of the source files."""

    files_done: int
    files_total: int
    snapshots: int
    bytes_done: int
    bytes_total: int
    doing: str = Field(description="The file that was done last.")


class ImportState(BaseModel):
    """How an import stands, or ended."""

    import_id: str
    status: str = Field(description="running, success, partial, failed or interrupted.")
    source: str
    dry_run: bool
    started_at: datetime
    progress: ImportProgress | None = Field(default=None, description="How far it is; null for one of long ago.")
    warnings: list[str] = Field(default=[], description="What it warned of while it ran, the first thousand.")
    error: str | None = Field(default=None, description="Why it could not be run to its end.")
    result: RunRow | None = Field(default=None, description="What came of it, as in GET /runs.")


@dataclass(frozen=True, slots=True)
class Outward:
    """Tells of imports to the outside, where the place of the lake is nobody's business.

    ``terms`` are those in which texts speak to who asks; runs keep them as the command line has them.
    """

    lake: Path
    terms: Callable[[str], str] = in_terms_of_http

    def text(self, sentence: str) -> str:
        """Give a sentence without the path of the lake."""
        return self.terms(sentence.replace(str(self.lake.resolve()), "lake"))

    def error(self, error: BaseException) -> str:
        """Say what ended an import."""
        if isinstance(error, ImportInterrupted) and error.dry_run:
            return "The rehearsal was stopped. Nothing was imported; ask for it again."
        if isinstance(error, ImportInterrupted):
            return "The import was stopped. What went in so far is safe; ask for it again, it goes on from there."
        if isinstance(error, GexlakeError):
            return self.text(str(error))
        return "The import failed, through a fault of this server. Tell its operator, whose log says why."

    def answer(self, run: ImportRun) -> ImportAnswer:
        """Give the contract's answer for a run that has ended."""
        told = {"records_imported": {"gex": run.counts.accepted}, "errors": [self.text(error) for error in run.errors]}
        return ImportAnswer.model_validate(run_object(run) | told)

    def end(self, run: ImportRun) -> dict[str, Any]:
        """Give the data of the last event of a run that has ended."""
        if run.status is RunStatus.INTERRUPTED:
            return self._failure(run.import_id, ImportInterrupted(dry_run=run.dry_run))
        return self.answer(run).model_dump()

    def end_of_job(self, job: Job) -> dict[str, Any]:
        """Give the data of the last event of a job."""
        ended = job.ended
        return self.end(ended) if isinstance(ended, ImportRun) else self._failure(job.import_id, ended)

    def run(self, run: ImportRun) -> ImportState:
        """Tell of a run that is remembered only by its lineage."""
        return ImportState(
            import_id=run.import_id,
            status=run.status.value,
            source=run.source,
            dry_run=run.dry_run,
            started_at=run.started_at,
            result=None if run.finished_at is None else RunRow(**self.listing(run)),
        )

    def job(self, job: Job, stored: ImportRun | None) -> ImportState:
        """Tell of a job: what it says itself, and what is stored of a run that was stopped."""
        ended = job.ended if job.over else None
        run = ended if isinstance(ended, ImportRun) else stored if ended else None
        unfinished = RunStatus.INTERRUPTED if isinstance(ended, ImportInterrupted) else RunStatus.FAILED
        status = run.status if run else unfinished if ended else RunStatus.RUNNING
        return ImportState(
            import_id=job.import_id,
            status=status.value,
            source=str(job.request.source),
            dry_run=job.request.dry_run,
            started_at=job.started_at,
            progress=ImportProgress.model_validate(job.progress, from_attributes=True),
            warnings=[self.text(warning) for warning in job.warnings],
            error=self.error(ended) if isinstance(ended, BaseException) else None,
            result=RunRow(**self.listing(run)) if run else None,
        )

    def listing(self, run: ImportRun) -> dict[str, Any]:
        """Give one row of the list of runs."""
        return run_listing(run) | {"errors": [self.text(error) for error in run.errors]}

    def file(self, file: SourceFileRecord) -> dict[str, Any]:
        """Give one reading of a source file."""
        return file_object(file) | {"errors": [self.text(error) for error in file.errors]}

    def _failure(self, import_id: str, error: BaseException) -> dict[str, Any]:
        return {"import_id": import_id, "status": "failed", "error": self.error(error)}
