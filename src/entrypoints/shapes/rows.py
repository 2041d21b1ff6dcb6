"""The rows of lists, whichever way they are asked for: their fields, and what these say."""

from __future__ import annotations

from datetime import date as Day  # noqa: N812  a field of that name hides the type
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from ...domain.runs import Counts, FileTally


class OfFeed(BaseModel):
    """What begins with the feed that it is about."""

    ticker: str
    package: str
    category: str


class FeedRow(OfFeed):
    """What the lake holds of one feed, or of one day of it."""

    date: Day | None = Field(default=None, description="The trading day (New York); only with by=day.")
    days: int | None = Field(default=None, description="How many trading days; only with by=feed.")
    snapshots: int
    strikes: int
    flagged: int = Field(description="Snapshots whose ladder does not add up to its sums.")
    first: datetime
    last: datetime


class LineageRow(BaseModel):
    """One reading of one source file."""

    import_id: str
    source_file: str
    record_type: str = Field(examples=["gex"])
    records_imported: int
    import_timestamp: datetime
    status: str = Field(description="imported, unchanged, partial, failed or unsupported.", examples=["imported"])
    errors: list[str]
    duration_seconds: float
    file_id: int = Field(description="The number of the reading, which its snapshots have in the lake's files.")
    form: str = Field(description="How its records lie in it; empty if nobody could tell.", examples=["array"])
    feeds: list[str] = Field(examples=[["NQ_NDX/classic/gex_zero"]])
    size: int = Field(description="Bytes of the file.")
    bytes_read: int
    counts: Counts


class CoverageGap(BaseModel):
    """A stretch without snapshots, longer than a few steps of its day."""

    start: datetime
    end: datetime
    seconds: float


class CoverageRow(OfFeed):
    """What there is of one feed on one day."""

    date: Day = Field(description="The trading day (New York).")
    condition: str = Field(description="available, degraded, pending or missing.")
    reasons: list[str] = Field(description="Why it is not simply available.")
    opens: datetime | None = Field(description="When the session begins; null where the exchange is closed.")
    closes: datetime | None
    first: datetime | None
    last: datetime | None
    snapshots: int
    cadence_seconds: float | None = Field(description="The usual step of this day.")
    gaps: list[CoverageGap]
    late_seconds: float | None
    early_seconds: float | None
    flagged: int
    source_files: list[str]


class FlaggedRow(OfFeed):
    """One snapshot whose ladder does not add up to its sums."""

    timestamp: datetime
    claimed_vol: float | None = Field(description="Its sum_gex_vol.")
    actual_vol: float | None = Field(description="What gamma adds up to; null beyond all doubles.")
    claimed_oi: float | None = Field(description="Its sum_gex_oi.")
    actual_oi: float | None = Field(description="What oi_gamma adds up to; null beyond all doubles.")
    rows: int = Field(description="How many strikes the ladder has.")
    source_file: str
    record: int = Field(description="Which record of the file, from 0.")


class RunDay(OfFeed):
    """What one import added to one day of one feed."""

    date: Day = Field(description="The trading day (New York).")
    snapshots: int
    strikes: int


class RunRow(BaseModel):
    """One import."""

    import_id: str
    status: str = Field(description="running, success, partial, failed or interrupted.")
    dry_run: bool
    files: FileTally
    snapshots: dict[str, int] = Field(description="What became of the records, by the names that Counts has.")
    strikes: dict[str, int] = Field(description="How many were accepted.")
    bytes_read: int
    duration_seconds: float
    taken_out: dict[str, int] | None = Field(
        default=None,
        description="What was taken out of the lake; absent without.",
        exclude_if=lambda taken_out: taken_out is None,
    )
    days: list[RunDay]
    errors: list[str]
    source: str
    started_at: datetime
    finished_at: datetime | None
    options: dict[str, Any] = Field(description="What it was called with.")


class RejectRow(BaseModel):
    """One record that did not go in."""

    reject_id: int
    reason: str
    detail: str
    source_file: str
    record: int
    byte_offset: int | None
    ticker: str | None
    timestamp: datetime | None
    import_id: str
    replayed_in: str | None
    raw: str | None = Field(default=None, description="The record word for word; only with raw=true.")
    raw_base64: str | None = Field(default=None, description="The same of one that is no text, in its place.")
