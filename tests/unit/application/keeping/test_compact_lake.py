"""One part of many."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from gexlake.adapters.memory.clock import FixedClock
from gexlake.application.columns.row_group import ROW_GROUP
from gexlake.application.keeping.compact_lake import CompactLake
from gexlake.application.ports.limits import ALL
from gexlake.domain.errors import LakeDamaged
from gexlake.testing import FailingStrikeSink, InMemoryLake, StepFailed
from gexlake.testing.builders import FEED, NOON, make_ladder, make_snapshot, make_snapshots
from support.serving import lake_of, put

DAY, MONTH = timedelta(days=1), timedelta(days=30)
CLOCK = FixedClock(NOON)


def asked(lake: InMemoryLake) -> tuple[list[object], list[object]]:
    """Give all that a lake has of the feed: snapshots without their part, and strikes."""
    snapshots = lake.snapshots.between(FEED, None, None, ALL)
    ladders = lake.ladders.ladders(lake.snapshots.parts(), NOON - MONTH, NOON + MONTH)
    return snapshots.drop_columns("part").to_pylist(), ladders.to_pylist()


def names(lake: InMemoryLake) -> list[str]:
    """Name the parts of a lake."""
    return [part.key.name for part in lake.snapshots.parts()]


def test_a_day_of_many_parts_becomes_one_that_says_the_same() -> None:
    """Whether they lie one behind the other or among one another, and whatever other days and feeds there are."""
    odd = [make_snapshot(second=n, strikes=make_ladder((25_187.21, 25_197.21)), spot=25_000 + n) for n in (1, 3, 701)]
    lake = lake_of(
        [make_snapshot(second=n) for n in range(0, 1_000, 2)],
        odd,
        make_snapshots(400, second=2_000),
        make_snapshots(3, timestamp=NOON + DAY),
        [make_snapshot(category="gex_full")],
        [make_snapshot(category="gex_full", second=9)],
    )
    before = asked(lake)
    told: list[object] = []
    done = CompactLake(lake, CLOCK).run(on_day=told.append)
    assert [(day.feed.category, day.date, day.parts, day.snapshots) for day in done] == [
        ("gex_full", NOON.date(), 2, 2),
        ("gex_zero", NOON.date(), 3, 903),
    ]
    assert told == done
    assert asked(lake) == before
    assert len(names(lake)) == 3
    assert not [unit for unit in lake.sink.staged_units() if unit.startswith("compact")]
    assert CompactLake(lake, CLOCK).run() == []


def test_a_rehearsal_changes_nothing() -> None:
    """It says what would be done."""
    lake = lake_of(make_snapshots(3), make_snapshots(3, second=10))
    before = names(lake)
    (day,) = CompactLake(lake, CLOCK).run(dry_run=True)
    assert (day.parts, day.bytes_after) == (2, None)
    assert names(lake) == before


def test_others_write_between_two_days() -> None:
    """Each day is taken as it is when its turn comes: one has a part less by then, and the last one a part more."""
    days = [
        make_snapshots(3, timestamp=NOON + number * DAY, second=second) for number in range(3) for second in (0, 10)
    ]
    lake = lake_of(*days)
    turns: list[int] = []

    @contextmanager
    def turn() -> Iterator[None]:
        if len(turns) == 1:
            with lake.unit() as work:
                work.drop_part(next(part for part in lake.snapshots.parts() if part.key.date == (NOON + DAY).date()))
                work.commit()
            put(lake, make_snapshots(5, timestamp=NOON + 2 * DAY, second=20))
        turns.append(len(names(lake)))
        yield

    done = CompactLake(lake, CLOCK).run(turn=turn)
    assert [(day.date, day.parts, day.snapshots) for day in done] == [
        (NOON.date(), 2, 6),
        ((NOON + 2 * DAY).date(), 3, 11),
    ]
    assert turns == [6, 5, 5]
    assert len(names(lake)) == 3


def test_what_is_damaged_is_not_written_anew() -> None:
    """Everything stays as it was, and is said to be damaged."""
    lake = lake_of(make_snapshots(3), make_snapshots(3, second=10))
    lake.sink.retire(lake.snapshots.parts()[1])
    before = names(lake)
    with pytest.raises(LakeDamaged):
        CompactLake(lake, CLOCK).run()
    assert names(lake) == before
    assert not [unit for unit in lake.sink.staged_units() if unit.startswith("compact")]


def test_row_groups_are_as_an_import_makes_them() -> None:
    """A question for one ladder reads no more of a day for its being compacted."""
    lake = lake_of(make_snapshots(2 * ROW_GROUP), make_snapshots(3, second=2 * ROW_GROUP))
    CompactLake(lake, CLOCK).run()
    (part,) = lake.snapshots.parts()
    groups = lake.ladders.batches(part)
    assert [snapshots.num_rows for snapshots, _ in groups] == [ROW_GROUP, ROW_GROUP, 3]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["stage", "write", "close", "publish", "retire"])
def test_whichever_step_fails_nothing_is_left_half_done(step: str, *, after: bool) -> None:
    """Whoever has the lake open goes on with it: nothing waits in staging, and no part is shown that was taken out."""
    whole = lake_of(make_snapshots(3), make_snapshots(3, second=10))
    before = asked(whole)
    sink = FailingStrikeSink(whole.sink, step, after=after)
    lake = InMemoryLake(sink, whole.ladders, book=whole.book, journal=whole.journal)
    with pytest.raises(StepFailed):
        CompactLake(lake, CLOCK).run()
    assert len(names(lake)) == (1 if step in ("publish", "retire") else 2)
    assert asked(lake) == before
    assert not [unit for unit in lake.sink.staged_units() if unit.startswith("compact")]
    assert lake.ladders.strays(lake.snapshots.parts()) == []
