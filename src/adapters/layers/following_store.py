"""A snapshot store that follows another one: it answers, and is stood in for while it is told of a commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

import pyarrow as pa

from ...application.ports.snapshot_store import DayCount, SnapshotStore, Tally
from ...domain.feed import Feed
from ...domain.parts import Part

Found = TypeVar("Found")


class FollowingStore(SnapshotStore):
    """Answers from the ``follower``; from the ``followed`` store while that one is ahead, or is being caught up with.

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

    def add(self, snapshots: pa.Table, part: Part) -> None:
        self._follower.add(snapshots, part)

    def add_all(self, parts: Sequence[tuple[Part, pa.Table]]) -> None:
        self._follower.add_all(parts)

    def remove_part(self, part: Part) -> None:
        self._follower.remove_part(part)

    def known(self, feed: Feed, first: datetime, last: datetime) -> pa.Table:
        return self._found(lambda store: store.known(feed, first, last))

    def parts(self, names: set[str] | None = None) -> list[Part]:
        return self._found(lambda store: store.parts(names))

    def parts_of_files(self, file_ids: set[int]) -> list[Part]:
        return self._found(lambda store: store.parts_of_files(file_ids))

    def feeds(self) -> list[Feed]:
        return self._found(lambda store: store.feeds())

    def latest(self, feed: Feed) -> pa.Table:
        return self._found(lambda store: store.latest(feed))

    def as_of(self, feed: Feed, moment: datetime) -> pa.Table:
        return self._found(lambda store: store.as_of(feed, moment))

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
        return self._found(lambda store: store.between(feed, first, last, limit, newest=newest, columns=columns))

    def days(self) -> list[DayCount]:
        return self._found(lambda store: store.days())

    def tallies(self) -> list[Tally]:
        return self._found(lambda store: store.tallies())

    def doubled(self) -> dict[tuple[Feed, date], int]:
        return self._found(lambda store: store.doubled())

    def _found(self, ask: Callable[[SnapshotStore], Found]) -> Found:
        """Ask the follower, and the followed store if a commit has come in between."""
        if (state := self._state) is not None:
            try:
                found = ask(self._follower)
            except Exception:
                if self._state is state:
                    raise
            else:
                if self._state is state:
                    return found
        return ask(self._followed)
