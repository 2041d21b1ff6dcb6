"""Parts: the immutable pieces of a lake, each holding snapshots of one feed and trading day with their ladders."""

from __future__ import annotations

import re
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

    def anew(self, letter: str, unit: str | None = None) -> PartKey:
        """Give the key of what is written in place of this part; ``letter`` says what for.

        A number counts how often, for the names of files have an end: part, partr, partr2, partr3.
        """
        again = re.fullmatch(rf"(.+{letter})(\d*)", self.name)
        name = f"{again[1]}{int(again[2] or 1) + 1}" if again else f"{self.name}{letter}"
        return self.model_copy(update={"name": name, "unit": unit or self.unit})


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
