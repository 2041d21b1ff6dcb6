"""The bodies of imports over HTTP: what is asked, what is answered."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ...application.import_history import ImportRequest
from ...application.job import Job
from ...application.ports.progress import Progress
from ...application.ports.source_reader import FeedFilter
from ...domain.errors import ImportInterrupted
from ...domain.feed import CATEGORIES
from ...domain.runs import ImportRun, OnConflict, RunStatus
from ..reports import OUTWARD, run_listing

#: How a job ended of which no run is stored: whether it was stopped -> its status.
_UNFINISHED = {True: RunStatus.INTERRUPTED, False: RunStatus.FAILED}


def _full_name(category: Any) -> Any:
    """Take the older names, too: zero, one, full."""
    full = f"gex_{category}"
    return full if full in CATEGORIES else category


Package = Literal["classic", "state"]
Category = Annotated[Literal["gex_zero", "gex_one", "gex_full"], BeforeValidator(_full_name)]


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
    max_error_rate: float = Field(
        default=0.001, ge=0, le=1, description="The share of rejects and conflicts above which a run is no success."
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

    @classmethod
    def of(cls, run: ImportRun) -> ImportAnswer:
        """Tell it of a run that has ended."""
        return cls.model_validate(
            {
                "import_id": run.import_id,
                "status": OUTWARD.get(run.status, run.status).value,
                "records_imported": {"gex": run.counts.accepted},
                "errors": list(run.errors),
                "duration_seconds": run.duration_seconds,
            }
        )


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

    @classmethod
    def of(cls, progress: Progress) -> ImportProgress:
        """Tell it."""
        return cls.model_validate(progress, from_attributes=True)


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
    result: dict[str, Any] | None = Field(default=None, description="What came of it, as in GET /runs.")

    @classmethod
    def of_run(cls, run: ImportRun) -> ImportState:
        """Tell it of a run that is remembered only by its lineage."""
        return cls(
            import_id=run.import_id,
            status=run.status.value,
            source=run.source,
            dry_run=run.dry_run,
            started_at=run.started_at,
            result=None if run.finished_at is None else run_listing(run),
        )

    @classmethod
    def of_job(cls, job: Job, stored: ImportRun | None, error: str | None) -> ImportState:
        """Tell it of a job: what it says itself, and what is stored of a run that was stopped."""
        run = job.run or (stored if job.over else None)
        stopped = isinstance(job.error, ImportInterrupted)
        status = run.status if run else RunStatus.RUNNING if not job.over else _UNFINISHED[stopped]
        return cls(
            import_id=job.import_id,
            status=status.value,
            source=str(job.request.source),
            dry_run=job.request.dry_run,
            started_at=job.started_at,
            progress=ImportProgress.of(job.progress),
            warnings=job.warnings,
            error=error,
            result=run_listing(run) if run else None,
        )
