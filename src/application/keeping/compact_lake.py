"""The use case that makes one part of the many that a day comes in when it is imported bit by bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date

from ...domain.feed import Feed
from ...domain.parts import Part, PartKey
from ..importing.clearing.settling import settled_after_failure
from ..importing.run_ledger import new_import_id
from ..ports.clock import Clock
from ..ports.snapshot_store import Day
from ..ports.unit_of_work import Lake
from .rewrite_part import stage_anew

_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class CompactedDay:
    """A day of a feed whose ``parts`` became one, or would; sizes are those of their files together, in bytes."""

    feed: Feed
    date: Day
    parts: int
    snapshots: int
    bytes_before: int
    bytes_after: int | None = None


class CompactLake:
    """Makes one part of all parts of a feed and trading day: a commit for each day, so that it can be stopped."""

    def __init__(self, lake: Lake, clock: Clock) -> None:
        self._lake, self._clock = lake, clock

    def run(
        self,
        *,
        dry_run: bool = False,
        on_day: Callable[[CompactedDay], None] = lambda _: None,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> list[CompactedDay]:
        """Compact every day that has several parts, and say which they were.

        What is written is proven to be what was stored: every snapshot by its hash.

        Args:
            dry_run: only say what would be done.
            on_day: is told of each day once it is done.
            turn: is entered for each day, so that nobody else writes meanwhile.

        Raises:
            LakeDamaged: snapshots and ladders of a day do not belong together; days before it are done.
            DiskFull: there is no room for another copy of a day; days before it are done.
        """
        done = []
        for feed, day in sorted(day for day, parts in self._days().items() if len(parts) >= _SEVERAL):
            with turn():
                parts = self._days()[feed, day]  # as they are by now
                if len(parts) < _SEVERAL:
                    continue
                found = CompactedDay(feed, day, len(parts), sum(part.snapshots for part in parts), _size(parts))
                if not dry_run:
                    found = replace(found, bytes_after=_size([self._compact(feed, day, parts)]))
            on_day(found)
            done.append(found)
        return done

    def _days(self) -> dict[tuple[Feed, date], list[Part]]:
        days: dict[tuple[Feed, date], list[Part]] = defaultdict(list)
        for part in self._lake.snapshots.parts():
            days[part.key.feed, part.key.date].append(part)
        return days

    def _compact(self, feed: Feed, day: date, parts: list[Part]) -> Part:
        unit = f"compact-{new_import_id(self._clock.now())}"
        key = PartKey(name=f"{unit}-000", unit=unit, feed=feed, date=day)
        with settled_after_failure(self._lake):
            whole, snapshots = stage_anew(self._lake, parts, key)
            with self._lake.unit() as work:
                for part in parts:
                    work.drop_part(part)
                work.add_part(whole, snapshots)
                work.commit()
        self._lake.sink.discard(unit)
        return whole


def _size(parts: list[Part]) -> int:
    return sum(part.ladder_bytes + part.snapshot_bytes for part in parts)
