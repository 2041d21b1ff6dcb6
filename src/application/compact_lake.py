"""The use case that makes one part of the many that a day comes in when it is imported bit by bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from ..domain.errors import LakeDamaged
from ..domain.feed import Feed
from ..domain.parts import Part, PartKey
from .ports.clock import Clock
from .ports.snapshot_store import Day, SnapshotStore
from .ports.unit_of_work import Lake
from .rewrite_part import stage_anew
from .run_ledger import new_import_id


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
        self, *, dry_run: bool = False, on_day: Callable[[CompactedDay], None] = lambda _: None
    ) -> list[CompactedDay]:
        """Compact every day that has several parts, and say which they were.

        What is written is proven to be what was stored: every snapshot by its hash. A day whose parts change
        meanwhile, as beside an import, is left for the next time.

        Args:
            dry_run: only say what would be done.
            on_day: is told of each day once it is done.

        Raises:
            LakeDamaged: snapshots and ladders of a day do not belong together; days before it are done.
            DiskFull: there is no room for another copy of a day; days before it are done.
        """
        done = []
        for parts in self._several():
            found = CompactedDay(parts[0].key.feed, parts[0].key.date, len(parts), _snapshots(parts), _size(parts))
            told = found if dry_run else self._compact(parts, found)
            if told is not None:
                on_day(told)
                done.append(told)
        return done

    def _several(self) -> Iterator[list[Part]]:
        days: dict[tuple[Feed, date], list[Part]] = defaultdict(list)
        for part in self._lake.snapshots.parts():
            days[part.key.feed, part.key.date].append(part)
        return (days[day] for day in sorted(days) if len(days[day]) > 1)

    def _compact(self, parts: list[Part], found: CompactedDay) -> CompactedDay | None:
        unit = f"compact-{new_import_id(self._clock.now())}"
        key = PartKey(name=f"{unit}-000", unit=unit, feed=found.feed, date=found.date)
        try:
            whole, snapshots = stage_anew(self._lake, parts, key)
        except BaseException as error:
            self._lake.sink.discard(unit)
            if isinstance(error, LakeDamaged) and not _there(self._lake.snapshots, parts):
                return None
            raise
        with self._lake.unit() as work:
            unchanged = _there(work.snapshots, parts)
            if unchanged:
                for part in parts:
                    work.drop_part(part)
                work.add_part(whole, snapshots)
                work.commit()
        # Not where a commit has failed: only who settles knows whether the store has the part.
        self._lake.sink.discard(unit)
        return replace(found, bytes_after=_size([whole])) if unchanged else None


def _there(store: SnapshotStore, parts: list[Part]) -> bool:
    """Whether the store has all parts still; a part never changes, but others may have taken its place."""
    names = {part.key.name for part in parts}
    return {part.key.name for part in store.parts(names)} == names


def _snapshots(parts: list[Part]) -> int:
    return sum(part.snapshots for part in parts)


def _size(parts: list[Part]) -> int:
    return sum(part.ladder_bytes + part.snapshot_bytes for part in parts)
