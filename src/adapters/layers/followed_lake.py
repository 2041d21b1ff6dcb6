"""A lake whose questions another snapshot store answers: it follows the lake's commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pyarrow as pa

from ...application.ports.snapshot_store import SnapshotStore
from ...application.ports.unit_of_work import ImportUnitOfWork, Lake
from ...domain.parts import Part
from .lake_layer import LakeLayer, UnitLayer


class FollowedLake(LakeLayer):
    """Gives a lake another snapshot store to read from.

    The lake's own transaction decides; the follower is an index over the parts. It is told of each commit after it,
    and whatever it has missed, because a process was killed or the follower was away, it is given from the parts when
    the lake is opened and when it is settled. Until it has been told all of a commit the lake's own store answers.
    """

    def __init__(self, lake: Lake, follower: SnapshotStore) -> None:
        super().__init__(lake)
        self._follower, self._answers = follower, _Answers(lake.snapshots, follower)
        self.snapshots = cast("SnapshotStore", self._answers)
        self._catch_up()

    def unit(self) -> ImportUnitOfWork:
        return _FollowedUnit(self._lake.unit(), self._follower, self._answers, self._catch_up)

    def settle(self) -> None:
        super().settle()
        self._catch_up()

    def _catch_up(self) -> None:
        self._answers.look_away()
        here = {part.key.name: part for part in self._lake.snapshots.parts()}
        there = {part.key.name: part for part in self._follower.parts()}
        for name in there.keys() - here.keys():
            self._follower.remove_part(there[name])
        for name in sorted(here.keys() - there.keys()):
            self._follower.add(self.ladders.snapshots(here[name]), here[name])
        self._answers.look_again()


class _Answers:
    """Puts the questions of a snapshot store to the ``follower``; to the ``followed`` store while that one is ahead.

    A follower is told of one part after another, and the files of parts that a commit took out may be gone before. The
    store that is followed goes from one state to the next in one step. So nobody is answered of half a commit.
    """

    def __init__(self, followed: SnapshotStore, follower: SnapshotStore) -> None:
        self._followed, self._follower = followed, follower
        #: Another object after each commit, and none meanwhile.
        self._state: object | None = object()

    def look_away(self) -> bool:
        """Ask the followed store until ``look_again``, and say whether the follower was asked so far."""
        asked = self._state is not None
        self._state = None
        return asked

    def look_again(self) -> None:
        """Ask the follower, which has been told everything."""
        self._state = object()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Give a question, which is asked once more of the followed store if a commit has come in between."""
        if not hasattr(SnapshotStore, name):
            raise AttributeError(name)

        def ask(*arguments: Any, **named: Any) -> Any:
            if (state := self._state) is not None:
                try:
                    found = getattr(self._follower, name)(*arguments, **named)
                except Exception:
                    if self._state is state:
                        raise
                else:
                    if self._state is state:
                        return found
            return getattr(self._followed, name)(*arguments, **named)

        return ask


class _FollowedUnit(UnitLayer):
    """A unit of the lake; what it committed, the follower is told."""

    def __init__(
        self, unit: ImportUnitOfWork, follower: SnapshotStore, answers: _Answers, catch_up: Callable[[], None]
    ) -> None:
        super().__init__(unit)
        self._follower, self._answers, self._catch_up = follower, answers, catch_up
        self._tables: dict[str, pa.Table] = {}

    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        super().add_part(part, snapshots)
        self._tables[part.key.name] = snapshots

    def commit(self) -> None:
        if not self._added and not self._dropped:
            self._unit.commit()
            return
        has_all = self._answers.look_away()
        # If a part cannot be shown after the store's commit, readers must not miss that until the next settling.
        self._commit(self._catch_up)
        for part in self._dropped.values():
            self._follower.remove_part(part)
        for name, part in self._added.items():
            self._follower.add(self._tables[name], part)
        if has_all:  # else it misses an earlier commit until the next settling
            self._answers.look_again()
