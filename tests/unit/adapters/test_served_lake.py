"""The lake as a server holds it: answers from memory that are those of the store, during commits and after."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from gexlake.adapters.memory.book import Book
from gexlake.adapters.served.lake import ServedLake
from gexlake.adapters.served.snapshots import ServedSnapshotStore
from gexlake.application.asking.query_gex import QueryGex
from gexlake.application.columns.schemas import LADDER_SCHEMA
from gexlake.domain.parts import Part
from gexlake.testing import (
    FailingStrikeSink,
    InMemoryLake,
    InMemorySnapshotStore,
    InMemoryStrikeSink,
    InMemoryStrikeSource,
    SnapshotStoreSuite,
    StepFailed,
)
from gexlake.testing.builders import FEED, NOON, make_ladder, make_snapshot, make_snapshots, seconds_of, stage_part
from support.lakes import LakesInMemory
from support.serving import put

SECOND = timedelta(seconds=1)
ENOUGH = 1 << 20


class Stocked(ServedSnapshotStore):
    """Has the parts of what is added to it in a sink, as in a lake."""

    def __init__(self, max_bytes: int) -> None:
        self._sink = InMemoryStrikeSink()
        super().__init__(InMemorySnapshotStore(Book()), InMemoryStrikeSource(self._sink), max_bytes)

    def add(self, snapshots: pa.Table, part: Part) -> None:
        self._sink.published[part.key.name] = [(snapshots, LADDER_SCHEMA.empty_table())]
        super().add(snapshots, part)


class TestServedSnapshotStore(SnapshotStoreSuite):
    """It answers as every other store."""

    @pytest.fixture
    def store(self) -> ServedSnapshotStore:
        """Give an empty store."""
        return Stocked(ENOUGH)


class TestServedLake(LakesInMemory):
    """A lake that is served is a lake."""

    def around(self, lake: InMemoryLake) -> ServedLake:
        """Serve it."""
        return ServedLake(lake, ENOUGH)


class Watching(InMemoryStrikeSink):
    """Does something whenever a commit has got as far as the files."""

    look: Callable[[], None] = staticmethod(lambda: None)

    def publish(self, parts: Iterable[Part]) -> None:
        self.look()
        super().publish(parts)
        self.look()

    def retire(self, part: Part) -> None:
        self.look()
        super().retire(part)
        self.look()


class DeafStore(InMemorySnapshotStore):
    """Tells its parts and moments, and refuses every question about snapshots."""

    def between(self, *_: object, **__: object) -> pa.Table:
        raise AssertionError("the store was asked")


def test_questions_in_the_middle_of_a_commit_see_one_state():
    """Each snapshot with its own ladder: of the state before or of that after, of whichever step they come at."""
    sink = Watching()
    lake = ServedLake(InMemoryLake(sink), ENOUGH)
    ladders = {value: make_ladder((float(value),)) for value in (1, 2, 3)}
    old = stage_part(sink, make_snapshots(4, strikes=ladders[1], spot=1.0))
    with lake.unit() as work:
        work.add_part(*old)
        work.commit()
    put(lake, make_snapshots(2, second=100, strikes=ladders[3], spot=3.0))
    query, seen = QueryGex(lake), list[set[float]]()

    def look() -> None:
        answer = query.between(FEED, None, None, 100, ladders=True)
        assert answer.snapshots["spot"].to_pylist() == answer.ladders["strike"].to_pylist()
        assert query.at(FEED, NOON + 2 * SECOND, ladders=True).ladders["strike"].to_pylist()[0] in (1.0, 2.0)
        assert query.latest(FEED, ladders=True).ladders["strike"].to_pylist() == [3.0]
        seen.append(set(answer.snapshots["spot"].to_pylist()))

    sink.look = look
    with lake.unit() as work:
        work.drop_part(old[0])
        work.add_part(*stage_part(sink, make_snapshots(4, strikes=ladders[2], spot=2.0)))
        look()
        work.commit()
        look()
    assert seen[0] == {1.0, 3.0}
    assert len(seen) > 3
    assert all(state == {2.0, 3.0} for state in seen[1:])


def test_a_commit_that_fails_halfway_is_seen_as_the_store_has_it():
    """The store had committed before the part could not be shown."""
    sink = InMemoryStrikeSink()
    lake = ServedLake(InMemoryLake(FailingStrikeSink(sink, "publish"), InMemoryStrikeSource(sink)), ENOUGH)
    with lake.unit() as work:
        work.add_part(*stage_part(lake.sink, make_snapshots(2)))
        with pytest.raises(StepFailed):
            work.commit()
    assert seconds_of(lake.snapshots.latest(FEED)) == [1]
    assert lake.snapshots.feeds() == [FEED]
    assert lake.snapshots.index.moving == ()


class ReadOnce(InMemoryStrikeSource):
    """Refuses to read the moments of a part: they are known from the store."""

    def moments(self, part: Part) -> Any:
        raise AssertionError(f"the part {part.key.name} was read")


def test_moments_are_known_from_the_beginning():
    """Of all days, of one part or several; to look at the lake again loses none of them."""
    sink, book = InMemoryStrikeSink(), Book()
    own = InMemoryLake(sink, ReadOnce(sink), book=book)
    put(own, make_snapshots(3), [make_snapshot(second=86_400 + n) for n in (0, 2)], [make_snapshot(second=86_401)])
    served = ServedLake(own, ENOUGH)
    for _ in range(2):
        found = served.snapshots
        assert seconds_of(found.as_of(FEED, NOON + 50 * SECOND)) == [2]
        assert seconds_of(found.between(FEED, NOON + 2 * SECOND, None, 4)) == [2, 86_400, 86_401, 86_402]
        before = found.index.stretches
        served.settle()
        assert found.index.stretches[FEED] == before[FEED]


def test_looking_again_sees_what_others_changed():
    """Parts that came and went since."""
    sink, book = InMemoryStrikeSink(), Book()
    own = InMemoryLake(sink, book=book)
    put(own, make_snapshots(3))
    served = ServedLake(own, ENOUGH)
    (gone,) = own.snapshots.parts()
    with own.unit() as work:
        work.drop_part(gone)
        work.commit()
    put(own, make_snapshots(2, second=86_400))
    served.settle()
    assert seconds_of(served.snapshots.between(FEED, None, None, 9)) == [86_400, 86_401]
    assert {part.key.name for part in own.snapshots.parts()} == served.snapshots.index.by_name.keys()


@pytest.mark.parametrize("max_bytes", [0, 16, ENOUGH])
def test_the_store_need_not_be_asked(max_bytes: int):
    """For the latest, one as of a moment, or a range over days and parts; nor if there is no room to remember."""
    sink, book = InMemoryStrikeSink(), Book()
    put(
        InMemoryLake(sink, book=book),
        make_snapshots(3),
        make_snapshots(3, second=86_400),
        [make_snapshot(second=n) for n in (172_800, 172_802)],
        [make_snapshot(second=172_801)],
    )
    store = ServedSnapshotStore(DeafStore(book), InMemoryStrikeSource(sink), max_bytes)
    for _ in range(2):
        assert seconds_of(store.latest(FEED)) == [172_802]
        assert seconds_of(store.as_of(FEED, NOON + 50 * SECOND)) == [2]
        assert store.as_of(FEED, NOON - SECOND).num_rows == 0
        assert seconds_of(store.between(FEED, NOON + SECOND, None, 4)) == [1, 2, 86_400, 86_401]
        assert seconds_of(store.between(FEED, None, None, 4, newest=True)) == [86_402, 172_800, 172_801, 172_802]
        assert seconds_of(store.between(FEED, NOON + 3 * SECOND, NOON + 9 * SECOND, 4)) == []


@pytest.mark.parametrize("max_bytes", [0, 300_000, 16 << 20])
def test_ranges_are_whole(max_bytes: int):
    """Wherever they begin and end, and however little there is room for."""
    sink, book = InMemoryStrikeSink(), Book()
    own = InMemoryLake(sink, book=book)
    put(own, make_snapshots(600, strikes=make_ladder((1.0,))))
    served = ServedSnapshotStore(DeafStore(book), InMemoryStrikeSource(sink), max_bytes)
    whole = own.snapshots.between(FEED, None, None, 1_000)
    for _ in range(2):
        for first, last in ((0, 599), (255, 256), (256, 511), (200, 530), (511, 511), (599, 599)):
            found = served.between(FEED, NOON + first * SECOND, NOON + last * SECOND, 1_000)
            assert found.equals(whole.slice(first, last - first + 1))


def test_answers_scattered_over_many_parts_are_the_stores():
    """To open file after file would take longer than to ask; the answer is the same."""
    sink, book = InMemoryStrikeSink(), Book()
    own = InMemoryLake(sink, book=book)
    put(own, *[[make_snapshot(second=second)] for second in range(8)])
    store = ServedSnapshotStore(own.snapshots, InMemoryStrikeSource(sink), ENOUGH)
    assert seconds_of(store.between(FEED, None, None, 7)) == [0, 1, 2, 3, 4, 5, 6]
    assert seconds_of(store.between(FEED, None, None, 3, newest=True)) == [5, 6, 7]
