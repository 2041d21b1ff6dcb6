"""A lake whose questions another snapshot store answers: it follows the lake's commits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import pyarrow as pa

from ..application.ports.snapshot_store import SnapshotStore
from ..application.ports.unit_of_work import ImportUnitOfWork, Lake
from ..domain.parts import Part


class FollowedLake(Lake):
    """Gives a lake another snapshot store to read from.

    The lake's own transaction decides; the follower is an index over the parts. It is told of each commit after it,
    and whatever it has missed, because a process was killed or the follower was away, it is given from the parts when
    the lake is opened and when it is settled.
    """

    def __init__(self, lake: Lake, follower: SnapshotStore) -> None:
        self._lake, self.snapshots = lake, follower
        self.lineage, self.sink, self.ladders = lake.lineage, lake.sink, lake.ladders
        self.journal = lake.journal
        self._catch_up()

    def unit(self) -> ImportUnitOfWork:
        return _FollowedUnit(self._lake.unit(), self.snapshots, self._catch_up)

    def settle(self) -> None:
        self._lake.settle()
        self._catch_up()

    def journal_position(self) -> int:
        return self._lake.journal_position()

    def close(self) -> None:
        self._lake.close()

    def _catch_up(self) -> None:
        here = {part.key.name: part for part in self._lake.snapshots.parts()}
        there = {part.key.name: part for part in self.snapshots.parts()}
        for name in there.keys() - here.keys():
            self.snapshots.remove_part(there[name])
        for name in sorted(here.keys() - there.keys()):
            self.snapshots.add(self.ladders.snapshots(here[name]), here[name])


class _FollowedUnit(ImportUnitOfWork):
    """A unit of the lake; what it committed, the follower is told."""

    def __init__(self, unit: ImportUnitOfWork, follower: SnapshotStore, catch_up: Callable[[], None]) -> None:
        self._unit, self._follower, self._catch_up = unit, follower, catch_up
        self._added: dict[str, tuple[Part, pa.Table]] = {}
        self._dropped: dict[str, Part] = {}

    def __enter__(self) -> Self:
        self._unit.__enter__()
        self.snapshots, self.lineage = self._unit.snapshots, self._unit.lineage
        self.sink, self.ladders = self._unit.sink, self._unit.ladders
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unit.__exit__(kind, error, trace)

    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        self._unit.add_part(part, snapshots)
        self._added[part.key.name] = part, snapshots

    def drop_part(self, part: Part) -> None:
        self._unit.drop_part(part)
        if self._added.pop(part.key.name, None) is None:
            self._dropped[part.key.name] = part

    def commit(self) -> None:
        try:
            self._unit.commit()
        except BaseException:
            # The store may have committed before a part could not be shown: readers must not miss that until the next
            # settling. The error that is on its way says more than one in here.
            with suppress(Exception):
                self._catch_up()
            raise
        for part in self._dropped.values():
            self._follower.remove_part(part)
        for part, snapshots in self._added.values():
            self._follower.add(snapshots, part)
