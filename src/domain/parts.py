"""Parts: the immutable pieces of a lake, each holding snapshots of one feed and trading day with their ladders."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from .feed import Feed


class PartKey(BaseModel):
    """Which part: ``name`` is unique in the lake, ``unit`` the unit of work that made it."""

    model_config = ConfigDict(frozen=True)

    name: str
    unit: str
    feed: Feed
    date: date


class Part(BaseModel):
    """A finished part: what it holds and the checksums (xxh3-128, hex) of its two files."""

    model_config = ConfigDict(frozen=True)

    key: PartKey
    snapshots: int
    strikes: int
    first: datetime
    last: datetime
    ladder_bytes: int = 0
    ladder_digest: str = ""
    snapshot_bytes: int = 0
    snapshot_digest: str = ""
