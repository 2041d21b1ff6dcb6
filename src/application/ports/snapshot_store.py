"""The port of the snapshot store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeAlias, TypeVar

import pyarrow as pa

from ...domain.feed import Feed
from ...domain.parts import Part
from .limits import ALL

#: Another name for those that have a field ``date``: what reads their types would take the one for the other.
Day: TypeAlias = date
Key = TypeVar("Key")
_TALLIED = ["part", "file_id", "strike_count", "flagged"]


class DayCount(NamedTuple):
    """What the lake holds of one trading day of one feed."""

    feed: Feed
    date: Day
    snapshots: int
    strikes: int
    flagged: int
    first: datetime
    last: datetime


class Tally(NamedTuple):
    """How many snapshots of one part come from one source file; of these, ladder rows and flagged ladders."""

    feed: Feed
    date: Day
    part: str
    file_id: int
    snapshots: int
    strikes: int
    flagged: int


class Sums(NamedTuple):
    """Snapshots, their ladder rows, and flagged ladders."""

    snapshots: int = 0
    strikes: int = 0
    flagged: int = 0


def added_up(tallies: Iterable[Tally], by: Callable[[Tally], Key]) -> dict[Key, Sums]:
    """Add tallies up by what ``by`` gives for each."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for tally in tallies:
        sums = found[by(tally)]
        sums[0] += tally.snapshots
        sums[1] += tally.strikes
        sums[2] += tally.flagged
    return {key: Sums(*sums) for key, sums in found.items()}


class SnapshotStore(ABC):
    """Holds the snapshots, and which part each one's ladder is in.

    Tables that come out have ``STORED_SCHEMA``, oldest first. A store that asks a database, a
    disk or a network calls ``waiting`` first: a server asks on its event loop.
    """

    @abstractmethod
    def add(self, snapshots: pa.Table, part: Part) -> None:
        """Put the snapshots (``SNAPSHOT_SCHEMA``) of a new part in; their identities must be new."""

    @abstractmethod
    def remove_part(self, part: Part) -> None:
        """Take a part and all its snapshots out."""

    @abstractmethod
    def known(self, feed: Feed, first: datetime, last: datetime) -> pa.Table:
        """Give ``timestamp``, ``content_hash``, ``part`` of what is stored from one moment to another, by timestamp."""

    def taken(self, parts: Sequence[Part]) -> set[str]:
        """Name those of some parts in whose time there may be other snapshots of their feeds.

        A store that can tell soon spares a commit to ask ``known`` for each of many small parts.
        """
        return {part.key.name for part in parts}

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
        self,
        feed: Feed,
        first: datetime | None,
        last: datetime | None,
        limit: int,
        *,
        newest: bool = False,
        columns: Sequence[str] = (),
    ) -> pa.Table:
        """Give snapshots between two moments, both included; the first ``limit``, or the last with ``newest``.

        Of many snapshots few columns are read much sooner. ``columns`` names those that are wanted beside ``timestamp``
        and ``part``, all if it names none; what is not wanted may come all the same.
        """

    @abstractmethod
    def days(self) -> list[DayCount]:
        """Count what is held, by feed and trading day."""

    def tallies(self) -> list[Tally]:
        """Count what is held by part and source file, in no certain order.

        This reads every snapshot; a store that can count by itself does better.
        """
        days = {part.key.name: part.key.date for part in self.parts()}
        each = (
            Tally(feed, days[row["part"]], row["part"], row["file_id"], 1, row["strike_count"], row["flagged"])
            for feed in self.feeds()
            for row in self.between(feed, None, None, ALL).select(_TALLIED).to_pylist()
        )
        return [Tally(*key, *sums) for key, sums in added_up(each, lambda one: one[:4]).items()]

    def doubled(self) -> dict[tuple[Feed, date], int]:
        """Count, by feed and trading day, the snapshots whose moment another one has already; there should be none.

        This reads every snapshot; a store that can count by itself does better.
        """
        found = {}
        for day in self.days():
            moments = self.known(day.feed, day.first, day.last).column("timestamp")
            if more := len(moments) - len(moments.unique()):
                found[day.feed, day.date] = more
        return found
