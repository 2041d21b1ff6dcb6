"""The shapes of answers, for the documentation; the answers themselves are written from columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from ..shapes.rows import OfFeed
from .answering.answers import FEED_HEADER, LATEST_HEADER
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


class Heatmap(OfFeed):
    """A matrix: a row a strike, a column a moment."""

    value: str = Field(description="What the cells hold: gamma or oi_gamma.")
    every_seconds: float = Field(description="The step of the columns.")
    timestamps: list[datetime] = Field(description="Of each column: the last snapshot of its step.")
    spot_price: list[float] = Field(description="Of each column.")
    zero_gamma: list[float] = Field(description="Of each column; 0 means not applicable.")
    strikes: list[float] = Field(description="Of each row, ascending.")
    values: list[list[float | None]] = Field(description="A list a strike; null where a ladder has no such strike.")


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
