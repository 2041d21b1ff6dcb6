"""The shapes of answers, for the documentation; the answers themselves are written from columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Day  # noqa: N812  a field of that name hides the type
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from ...domain.runs import Counts, FileTally
from .answers import FEED_HEADER, LATEST_HEADER
from .parameters.formats import MEDIA_TYPES, Format

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}
_LATEST = {
    LATEST_HEADER: {
        "description": "The newest timestamp of the feed, or of the lake.",
        "schema": {"type": "string", "format": "date-time"},
    }
}
#: What answers about a feed have.
OF_FEED = {
    FEED_HEADER: {
        "description": "The feed that is answered for, percent-encoded.",
        "required": True,
        "schema": {"type": "string", "examples": ["NQ_NDX/classic/gex_zero"]},
    }
}
#: What answers have that may go on past their limit.
OF_LIST = {
    "Link": {
        "description": "Where it goes on, if there is more than limit.",
        "schema": {"type": "string", "examples": ['</gex?symbol=NQ_NDX&cursor=WyJOUV9…>; rel="next"']},
    }
}
#: What such answers about a feed have.
OF_RANGE = {**OF_FEED, **OF_LIST}


class StrikeRow(BaseModel):
    """One row of the ladder."""

    strike: float = Field(description="A price.", examples=[25187.21])
    gamma: float = Field(description="GEX by volume, in the vendor's unit.", examples=[12.5])
    oi_gamma: float = Field(description="GEX by open interest, in the vendor's unit.", examples=[-6.25])
    priors: list[float] = Field(description="Five earlier values of gamma in the vendor's order, or none.")


class Level(BaseModel):
    """A snapshot without its ladder and without what only its own feed has."""

    timestamp: datetime = Field(description="ISO-8601 UTC.", examples=["2025-10-06T14:30:00Z"])
    spot_price: float = Field(description="The price of the underlying.", examples=[25190.5])
    zero_gamma: float = Field(description="Where net GEX changes sign; 0 means not applicable.", examples=[25150.25])
    major_pos_vol: float | None = Field(description="The strike with the largest positive GEX by volume.")
    major_pos_oi: float | None = Field(description="The same by open interest.")
    major_neg_vol: float | None = Field(description="The strike with the largest negative GEX by volume.")
    major_neg_oi: float | None = Field(description="The same by open interest.")
    sum_gex_vol: float | None = Field(description="Net GEX over all strikes by volume.")
    sum_gex_oi: float | None = Field(description="The same by open interest.")
    net_gex: float = Field(description="Net GEX by volume: the source's own, else the sum over the ladder.")


class Snapshot(Level):
    """One publication of one feed."""

    ticker: str = Field(examples=["NQ_NDX"])
    package: str = Field(examples=["classic"])
    category: str = Field(examples=["gex_zero"])
    min_dte: int | None = Field(description="Days to the nearest expiry that was counted.")
    sec_min_dte: int | None = Field(description="Days to the second nearest one.")
    delta_risk_reversal: float | None = Field(description="A measure of skew, discontinued by the vendor.")
    max_priors: list[list[float]] | None = Field(description="Pairs of a strike and its change, the largest ones.")
    strike_data: list[StrikeRow] = Field(description="The ladder, by ascending strike.")
    extra: dict[str, Any] = Field(default={}, description="Fields that nobody has seen before; absent if none.")
    envelope: dict[str, Any] = Field(default={}, description="What the recorder wrote around it; absent if nothing.")


class SnapshotAt(Snapshot):
    """The last snapshot at or before a moment."""

    lag_seconds: float = Field(description="How long before the moment that was asked for.", examples=[0.5])


class Ladder(BaseModel):
    """The strikes of one snapshot."""

    timestamp: datetime
    ticker: str
    package: str
    category: str
    spot_price: float
    zero_gamma: float
    strike_data: list[StrikeRow]


class OfFeed(BaseModel):
    """What begins with the feed that it is about."""

    ticker: str
    package: str
    category: str


class Heatmap(OfFeed):
    """A matrix: a row a strike, a column a moment."""

    value: str = Field(description="What the cells hold: gamma or oi_gamma.")
    every_seconds: float = Field(description="The step of the columns.")
    timestamps: list[datetime] = Field(description="Of each column: the last snapshot of its step.")
    spot_price: list[float] = Field(description="Of each column.")
    zero_gamma: list[float] = Field(description="Of each column; 0 means not applicable.")
    strikes: list[float] = Field(description="Of each row, ascending.")
    values: list[list[float | None]] = Field(description="A list a strike; null where a ladder has no such strike.")


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


def documented_picture(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Give the ``responses`` of a route that answers with a picture of a feed."""
    described = {"description": "The picture.", "headers": {**_LATEST, **OF_FEED}}
    return {200: {**described, "content": {media_type: {"schema": {"type": "string"}}}}}


def documented(shape: Any, *forms: Format, headers: Mapping[str, Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """Give the ``responses`` of a route that answers with a shape in JSON, or in some other forms, and with headers."""
    others = [form for form in forms or tuple(Format) if form is not Format.JSON]
    return {
        200: {
            "model": shape,
            "description": "The answer.",
            "headers": {**_LATEST, **(headers or {})},
            "content": {
                MEDIA_TYPES[form]: _TEXT if form in (Format.CSV, Format.NDJSON) else _BINARY for form in others
            },
        }
    }
