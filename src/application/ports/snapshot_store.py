"""The port of the snapshot store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import NamedTuple

import pyarrow as pa

from ...domain.feed import Feed
from ...domain.parts import Part


class DayCount(NamedTuple):
    """What the lake holds of one trading day of one feed."""

    feed: Feed
    date: date
    snapshots: int
    strikes: int
    flagged: int
    first: datetime
    last: datetime


class SnapshotStore(ABC):
    """Holds the snapshots, and which part each one's ladder is in.

    Tables that come out have ``SNAPSHOT_SCHEMA`` and a column ``part``, oldest first.
    """

    @abstractmethod
    def add(self, snapshots: pa.Table, part: Part) -> None:
        """Put the snapshots (``SNAPSHOT_SCHEMA``) of a new part in; their identities must be new."""

    @abstractmethod
    def remove_part(self, part: Part) -> None:
        """Take a part and all its snapshots out."""

    @abstractmethod
    def known(self, feed: Feed, first: datetime, last: datetime) -> pa.Table:
        """Give ``timestamp``, ``content_hash``, ``part`` of what is stored between two moments, by timestamp."""

    @abstractmethod
    def parts(self, names: set[str] | None = None) -> list[Part]:
        """Give the parts by their names, or all."""

    @abstractmethod
    def parts_of_files(self, file_ids: set[int]) -> list[Part]:
        """Give the parts that hold snapshots of some source files."""

    @abstractmethod
    def feeds(self) -> list[Feed]:
        """Give the feeds that have snapshots, sorted."""

    @abstractmethod
    def latest(self, feed: Feed) -> pa.Table:
        """Give the newest snapshot: one row, or none."""

    @abstractmethod
    def as_of(self, feed: Feed, moment: datetime) -> pa.Table:
        """Give the last snapshot at or before a moment: one row, or none."""

    @abstractmethod
    def between(
        self, feed: Feed, first: datetime | None, last: datetime | None, limit: int, *, newest: bool = False
    ) -> pa.Table:
        """Give snapshots between two moments, both included; the first ``limit``, or the last with ``newest``."""

    @abstractmethod
    def days(self) -> list[DayCount]:
        """Count what is held, by feed and trading day."""
