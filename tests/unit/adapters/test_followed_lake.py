"""A lake that another snapshot store follows: it is a lake, and the follower misses nothing for good."""

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pytest

from gexlake.adapters.layers.followed_lake import FollowedLake
from gexlake.adapters.memory.book import Book
from gexlake.application.asking.query_gex import QueryGex
from gexlake.application.ports.strike_sink import StrikeSink
from gexlake.domain.parts import Part
from gexlake.testing import (
    FEED,
    Dial,
    FailingStrikeSink,
    InMemoryLake,
    InMemorySnapshotStore,
    InMemoryStrikeSink,
    InMemoryStrikeSource,
    LakeSuite,
    StepFailed,
    make_snapshots,
    stage_part,
    with_dial,
)
from gexlake.testing.unit_of_work import LakeOpener


class TestFollowedLake(LakeSuite):
    """The lake, its book and its follower outlive its openings."""

    @pytest.fixture
    def sink(self) -> InMemoryStrikeSink:
        """Give an empty sink."""
        return InMemoryStrikeSink()

    @pytest.fixture
    def open_lake(self, sink: InMemoryStrikeSink) -> LakeOpener:
        """Open over the book and the follower that the last one has left."""
        book, follower = Book(), InMemorySnapshotStore(Book())

        def opener(other: StrikeSink | None = None) -> FollowedLake:
            return FollowedLake(InMemoryLake(other or sink, InMemoryStrikeSource(sink), book=book), follower)

        return opener


@pytest.fixture
def sink() -> InMemoryStrikeSink:
    """Give an empty sink."""
    return InMemoryStrikeSink()


@pytest.fixture
def own(sink: InMemoryStrikeSink) -> InMemoryLake:
    """Give the lake that is followed."""
    return InMemoryLake(sink)


@pytest.fixture
def follower() -> InMemorySnapshotStore:
    """Give an empty store that follows."""
    return InMemorySnapshotStore(Book())


def commit(lake: Any, count: int, second: int = 0, drop: tuple[Part, ...] = ()) -> Part:
    """Commit a part of snapshots, and take others out."""
    part, table = stage_part(lake.sink, make_snapshots(count, second=second))
    with lake.unit() as work:
        for gone in drop:
            work.drop_part(gone)
        work.add_part(part, table)
        work.commit()
    return part


def holds(store: Any) -> list[str]:
    """Name the parts of a store, and make sure that it has their snapshots."""
    parts = store.parts()
    assert store.between(FEED, None, None, 1000).num_rows == sum(part.snapshots for part in parts)
    return sorted(part.key.name for part in parts)


def test_what_a_lake_held_before_the_follower_gets(own: InMemoryLake, follower: InMemorySnapshotStore):
    """When it is opened; the answers come from the follower."""
    commit(own, 3)

    lake = FollowedLake(own, follower)

    assert holds(lake.snapshots) == holds(follower) == holds(own.snapshots) != []
    assert follower.latest(FEED).drop_columns("part") == own.snapshots.latest(FEED).drop_columns("part")
    commit(own, 1, second=50)
    assert holds(lake.snapshots) == holds(follower) != holds(own.snapshots)


def test_what_was_committed_past_the_follower_it_gets(own: InMemoryLake, follower: InMemorySnapshotStore):
    """New parts, and the end of old ones, at the next opening or settling."""
    lake = FollowedLake(own, follower)
    old = commit(lake, 2)
    commit(own, 3, drop=(old,))
    assert holds(follower) == [old.key.name]

    lake.settle()

    assert holds(follower) == holds(own.snapshots)
    commit(own, 1, second=50)
    FollowedLake(own, follower)
    assert holds(follower) == holds(own.snapshots)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["add", "remove_part"])
def test_a_follower_that_is_away_is_told_later(
    own: InMemoryLake, follower: InMemorySnapshotStore, step: str, *, after: bool
):
    """The lake has committed, whatever becomes of its follower; the next settling tells it."""
    old = commit(FollowedLake(own, follower), 2)
    lake = FollowedLake(own, with_dial(follower, Dial(step, after=after)))

    with pytest.raises(StepFailed):
        commit(lake, 3, drop=(old,))
    assert holds(lake.snapshots) == holds(own.snapshots)
    assert len(own.snapshots.parts()) == 1
    lake.settle()

    assert holds(follower) == holds(own.snapshots) != [old.key.name]


class Watched(InMemorySnapshotStore):
    """A store beside which somebody ``looks`` each time that it is changed."""

    def __init__(self) -> None:
        super().__init__(Book())
        self.look: Callable[[], object] = bool

    def remove_part(self, part: Part) -> None:
        super().remove_part(part)
        self.look()

    def add(self, snapshots: pa.Table, part: Part) -> None:
        self.look()
        super().add(snapshots, part)


class WatchedSink(InMemoryStrikeSink):
    """A sink beside which somebody ``looks`` when a part's files have come or gone."""

    look: Callable[[], object] = bool

    def publish(self, parts: Iterable[Part]) -> None:
        super().publish(parts)
        self.look()

    def retire(self, part: Part) -> None:
        super().retire(part)
        self.look()


def test_who_asks_while_a_part_takes_the_place_of_another_hears_of_one_of_them():
    """With its ladders: the files of the old one go before the follower is told, and it is told bit by bit."""
    sink, follower = WatchedSink(), Watched()
    lake = FollowedLake(InMemoryLake(sink), follower)
    old = commit(lake, 2)
    seen: list[int] = []

    def look() -> None:
        seen.append(QueryGex(lake).between(FEED, None, None, 1000, ladders=True).snapshots.num_rows)

    sink.look = follower.look = look
    commit(lake, 3, drop=(old,))

    assert seen == [3] * 4
    assert holds(lake.snapshots) == holds(follower)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["publish", "retire"])
def test_a_kill_between_the_commit_and_the_follower(
    own: InMemoryLake, sink: InMemoryStrikeSink, follower: InMemorySnapshotStore, step: str, *, after: bool
):
    """The next opening finds both out of step, and the settling puts them right."""
    old = commit(FollowedLake(own, follower), 2)
    dying = InMemoryLake(FailingStrikeSink(sink, step, after=after), InMemoryStrikeSource(sink), book=own.book)

    with pytest.raises(StepFailed):
        commit(FollowedLake(dying, follower), 3, drop=(old,))
    lake = FollowedLake(own, follower)
    lake.settle()

    assert holds(follower) == holds(own.snapshots) == list(sink.published)


def test_a_unit_that_is_rolled_back_is_not_told(own: InMemoryLake, follower: InMemorySnapshotStore):
    """Nor one whose part came and went."""
    lake = FollowedLake(own, follower)
    part, table = stage_part(lake.sink, make_snapshots(2))
    with lake.unit() as work:
        work.add_part(part, table)
    assert holds(follower) == []
    with lake.unit() as work:
        work.add_part(part, table)
        work.drop_part(part)
        work.commit()
    assert holds(follower) == []
