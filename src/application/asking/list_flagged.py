"""The use case that lists the ladders which miss their checksum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter
from typing import TypeVar

import numpy as np

from ...domain.feed import Feed
from ...domain.flagged import FlaggedLadder
from ...domain.parts import Part
from ...domain.timestamps import from_micros, trading_day
from ..columns.batch import offsets
from ..columns.rows import micros_of, pick
from ..ports.snapshot_store import DayCount
from ..ports.unit_of_work import Lake
from .one_state import of_one_state

Taken = TypeVar("Taken")
_day_of = attrgetter("key.feed", "key.date")
#: What is told of a snapshot as it is stored.
_FACTS = ["sum_gex_vol", "sum_gex_oi", "strike_count", "file_id", "record"]


class ListFlagged:
    """Finds flagged ladders, and adds them up as they are stored."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def days(self, feeds: list[Feed] | None = None) -> list[DayCount]:
        """Count the days that have any, of all feeds or of some."""
        return [day for day in self._lake.snapshots.days() if day.flagged and (feeds is None or day.feed in feeds)]

    def run(
        self,
        take: Callable[[Iterator[FlaggedLadder]], Taken],
        feeds: list[Feed] | None = None,
        after: tuple[Feed, datetime] | None = None,
    ) -> Taken:
        """Have ``take`` make something of the flagged ladders, by feed and time; of those behind one, with ``after``.

        They come day by day; where an import replaces parts that they lie in, they come anew, from the first one.

        Raises:
            LakeDamaged: a part is not there or cannot be read, however often it is tried.
        """
        return of_one_state(lambda: take(self._ladders(feeds, after)))

    def first(
        self, limit: int, feeds: list[Feed] | None = None, after: tuple[Feed, datetime] | None = None
    ) -> list[FlaggedLadder]:
        """Give the first ``limit`` of them, as ``run`` does."""
        return self.run(lambda found: list(islice(found, limit)), feeds, after)

    def _ladders(self, feeds: list[Feed] | None, after: tuple[Feed, datetime] | None) -> Iterator[FlaggedLadder]:
        """Read them; only the days that have any are read."""
        days = {(day.feed, day.date) for day in self.days(feeds)}
        behind = after and (after[0], trading_day(after[1]))
        names: dict[int, str] = {}
        for day, parts in groupby(sorted(self._lake.snapshots.parts(), key=_day_of), _day_of):
            if day not in days or (behind and day < behind):
                continue
            begin = after[1] if after and day == behind else None
            found = merge(*(self._of_part(part, begin, names) for part in parts), key=attrgetter("timestamp"))
            yield from (ladder for ladder in found if begin is None or ladder.timestamp > begin)

    def _of_part(self, part: Part, begin: datetime | None, names: dict[int, str]) -> Iterator[FlaggedLadder]:
        """Read those of a part, by time."""
        for snapshots, ladders in self._lake.ladders.batches(part, begin):
            index = np.flatnonzero(snapshots.column("flagged").to_numpy())
            if not len(index):
                continue
            rows, strikes = pick(snapshots, ladders, index)
            starts = offsets(rows.column("strike_count"))[:-1]
            with np.errstate(over="ignore", invalid="ignore"):  # what is beyond all doubles adds up to infinity
                sums = [np.add.reduceat(strikes.column(name).to_numpy(), starts) for name in ("gamma", "oi_gamma")]
            facts = rows.select(_FACTS).to_pylist()
            for row, micros, vol, interest in zip(facts, micros_of(rows).tolist(), *sums, strict=True):
                yield FlaggedLadder(
                    feed=part.key.feed,
                    timestamp=from_micros(micros),
                    claimed_vol=row["sum_gex_vol"],
                    actual_vol=float(vol),
                    claimed_oi=row["sum_gex_oi"],
                    actual_oi=float(interest),
                    rows=row["strike_count"],
                    source_file=self._name(row["file_id"], names),
                    record=row["record"],
                )

    def _name(self, file_id: int, names: dict[int, str]) -> str:
        if file_id not in names:
            file = self._lake.lineage.file(file_id)
            names[file_id] = file.source_file if file else f"reading {file_id}"
        return names[file_id]
