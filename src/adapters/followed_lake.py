"""A lake whose questions another snapshot store answers: it follows the lake's commits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pyarrow as pa

from ..application.ports.snapshot_store import SnapshotStore
from ..application.ports.unit_of_work import ImportUnitOfWork, Lake
from ..domain.parts import Part
from .lake_layer import LakeLayer, UnitLayer


class FollowedLake(LakeLayer):
    """Gives a lake another snapshot store to read from.

    The lake's own transaction decides; the follower is an index over the parts. It is told of each commit after it,
    and whatever it has missed, because a process was killed or the follower was away, it is given from the parts when
    the lake is opened and when it is settled.
    """

    def __init__(self, lake: Lake, follower: SnapshotStore) -> None:
        super().__init__(lake)
        self.snapshots = follower
        self._catch_up()

    def unit(self) -> ImportUnitOfWork:
        return _FollowedUnit(self._lake.unit(), self.snapshots, self._catch_up)

    def settle(self) -> None:
        super().settle()
        self._catch_up()

    def _catch_up(self) -> None:
        here = {part.key.name: part for part in self._lake.snapshots.parts()}
        there = {part.key.name: part for part in self.snapshots.parts()}
        for name in there.keys() - here.keys():
            self.snapshots.remove_part(there[name])
        for name in sorted(here.keys() - there.keys()):
            self.snapshots.add(self.ladders.snapshots(here[name]), here[name])


class _FollowedUnit(UnitLayer):
    """A unit of the lake; what it committed, the follower is told."""

    def __init__(self, unit: ImportUnitOfWork, follower: SnapshotStore, catch_up: Callable[[], None]) -> None:
        super().__init__(unit)
        self._follower, self._catch_up = follower, catch_up
        self._tables: dict[str, pa.Table] = {}

    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        super().add_part(part, snapshots)
        self._tables[part.key.name] = snapshots

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
        for name, part in self._added.items():
            self._follower.add(self._tables[name], part)
