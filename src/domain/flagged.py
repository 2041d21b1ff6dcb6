"""Flagged ladders: those that do not add up to the sums which the vendor publishes with them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from .feed import Feed


class FlaggedLadder(BaseModel):
    """A snapshot whose ladder misses its checksum.

    The claimed sums are the snapshot's ``sum_gex_vol`` and ``sum_gex_oi``, None where it has none; the actual ones are
    those of ``gamma`` and ``oi_gamma`` over its ``rows``. ``record`` counts the records of the source file from 0.
    """

    model_config = ConfigDict(frozen=True)

    feed: Feed
    timestamp: datetime
    claimed_vol: float | None
    actual_vol: float
    claimed_oi: float | None
    actual_oi: float
    rows: int
    source_file: str
    record: int
