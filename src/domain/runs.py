"""Import runs and what they did to each source file: the lineage."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from .feed import Feed


class FileStatus(StrEnum):
    """What became of one source file."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


class RunStatus(StrEnum):
    """How a run stands or ended."""

    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class OnConflict(StrEnum):
    """What to do when another snapshot claims a stored identity."""

    KEEP = "keep"
    REPLACE = "replace"
    FAIL = "fail"


class Counts(BaseModel):
    """What became of the records of a file or a run.

    Always ``read == accepted + duplicates + rounding_twins + conflicts + rejected``; ``flagged`` ladders are among
    the accepted, ``skipped`` records (other kinds, other feeds, filtered out) are not among the read.
    """

    model_config = ConfigDict(frozen=True)

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    rounding_twins: int = 0
    conflicts: int = 0
    rejected: int = 0
    flagged: int = 0
    skipped: int = 0
    strikes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in type(self).model_fields})

    @property
    def accounted(self) -> int:
        """How many records have become something that is counted; ``flagged`` ones are among the accepted."""
        return self.accepted + self.duplicates + self.rounding_twins + self.conflicts + self.rejected

    @property
    def balanced(self) -> bool:
        """Whether every record that was read is accounted for."""
        return self.read == self.accounted

    @property
    def error_rate(self) -> float:
        """The share of records that were rejected or in conflict."""
        return (self.rejected + self.conflicts) / self.read if self.read else 0.0


class Fingerprint(BaseModel):
    """What a source file was when it was read: enough to tell whether it changed since."""

    model_config = ConfigDict(frozen=True)

    size: int
    mtime_ns: int
    digest: str = ""


#: A fingerprint that no file has: it marks a reading whose file is to be read again.
UNKNOWN = Fingerprint(size=-1, mtime_ns=-1)
#: The form of the readings that stand for a replay.
REPLAYED = "rejects"


class SourceFileRecord(BaseModel):
    """One line of the lineage: one reading of one source file.

    ``form`` is how the file is laid out, as its reader calls it. ``selection`` says which feeds were taken of it and
    which category was assumed; it is empty if all were, and none was.
    """

    model_config = ConfigDict(frozen=True)

    file_id: int
    import_id: str
    source_file: str
    fingerprint: Fingerprint
    form: str = ""
    feeds: tuple[str, ...] = ()
    selection: str = ""
    status: FileStatus
    counts: Counts = Counts()
    bytes_read: int = 0
    errors: tuple[str, ...] = ()
    import_timestamp: datetime
    duration_seconds: float = 0.0

    @property
    def repeats(self) -> bool:
        """Whether some of the file is not in the lake because another file gave it."""
        counts = self.counts
        moved = self.status is FileStatus.UNCHANGED
        return moved or counts.duplicates + counts.rounding_twins + counts.conflicts > 0

    @property
    def replayed(self) -> bool:
        """Whether it is a replay: what it took in, or refused as before, lies among the rejects and in no file."""
        return self.form == REPLAYED


class DayTotal(BaseModel):
    """What one run added to one trading day of one feed."""

    model_config = ConfigDict(frozen=True)

    feed: Feed
    date: date
    snapshots: int = 0
    strikes: int = 0
    flagged: int = 0


class FileTally(BaseModel):
    """How many files of a run ended in which status."""

    model_config = ConfigDict(frozen=True)

    found: int = 0
    imported: int = 0
    unchanged: int = 0
    partial: int = 0
    failed: int = 0
    unsupported: int = 0


class ImportRun(BaseModel):
    """One run of the import, from its start to its end."""

    model_config = ConfigDict(frozen=True)

    import_id: str
    source: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None = None
    dry_run: bool = False
    options: dict[str, object] = Field(default_factory=dict)
    files: FileTally = FileTally()
    counts: Counts = Counts()
    bytes_read: int = 0
    duration_seconds: float = 0.0
    days: tuple[DayTotal, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def of_import(self) -> bool:
        """Whether it imported a source, and did not remove one, nor was about rejects that are kept."""
        return self.options.keys().isdisjoint(("remove", "replay", "dismissed", "reopened"))
