"""Rejects: records that break a rule, kept word for word with the place they stand and the reason."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from .escapes import escaped
from .timestamps import from_micros, parse_timestamp


class RejectReason(StrEnum):
    """Why a record did not go in."""

    NOT_JSON = "not-json"
    TOO_LARGE = "too-large"
    FIELD_MISSING = "field-missing"
    FIELD_TWICE = "field-twice"
    NOT_A_NUMBER = "not-a-number"
    NOT_FINITE = "not-finite"
    NOT_POSITIVE = "not-positive"
    TICKER_INVALID = "ticker-invalid"
    FEED_INVALID = "feed-invalid"
    TIMESTAMP_UNPARSABLE = "timestamp-unparsable"
    TIMESTAMP_IN_FUTURE = "timestamp-in-future"
    TIMESTAMP_BEFORE_2010 = "timestamp-before-2010"
    STRIKES_EMPTY = "strikes-empty"
    STRIKE_TWICE = "strike-twice"
    ROW_MALFORMED = "row-malformed"
    PRIORS_NOT_FIVE = "priors-not-five"
    CONFLICT = "conflict"


#: How the detail of a reject begins that names no category, nor does anything else: it could be of any.
NO_CATEGORY = "nothing names its category"


#: How the name of a run begins that dismissed rejects.
DISMISSAL = "dismissed-"


def is_dismissal(import_id: str | None) -> bool:
    """Whether a run only said of rejects that they are rightly out."""
    return import_id is not None and import_id.startswith(DISMISSAL)


class RuleBroken(ValueError):
    """A record breaks a rule; ``reason`` is the rule, the message the detail, which may quote the record."""

    def __init__(self, reason: RejectReason, detail: str) -> None:
        self.reason, self.detail = reason, escaped(detail)
        super().__init__(self.detail)


class NoCategory(RuleBroken):
    """Neither a record nor what is known of its file says which category it is."""

    def __init__(self) -> None:
        super().__init__(RejectReason.FIELD_MISSING, f"{NO_CATEGORY}; import its file with --assume-category")


class Reject(BaseModel):
    """A record that did not go in.

    ``record`` counts the records of its file from 0; ``byte_offset`` is where it starts in the (decompressed) file,
    if known. ``raw`` is the record word for word. ``ticker`` and ``timestamp`` are set where they could be read;
    halves of characters in the ticker and the detail are written as escapes.
    """

    model_config = ConfigDict(frozen=True)

    reason: RejectReason
    detail: str
    record: int
    byte_offset: int | None = None
    raw: bytes
    ticker: str | None = None
    timestamp: datetime | None = None

    @classmethod
    def of(cls, broken: RuleBroken, fields: Any, **facts: Any) -> Reject:
        """Make one of a record that breaks a rule; ``fields`` are what it says as far as that can be read."""
        said = fields if isinstance(fields, dict) else {}
        ticker, timestamp = said.get("ticker"), None
        with suppress(ValueError, OverflowError):  # then it has no moment, but still its place and its words
            timestamp = from_micros(parse_timestamp(said.get("timestamp")))
        named = ticker if isinstance(ticker, str) and ticker else None
        return cls(reason=broken.reason, detail=broken.detail, ticker=named, timestamp=timestamp, **facts)

    @field_validator("detail", "ticker")
    @classmethod
    def _storable(cls, text: str | None) -> str | None:
        return None if text is None else escaped(text)
