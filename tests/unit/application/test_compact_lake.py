"""One part of many."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gexlake.adapters.memory.clock import FixedClock
from gexlake.adapters.memory.unit_of_work import InMemoryUnitOfWork
from gexlake.application.compact_lake import CompactLake
from gexlake.application.ports.limits import ALL
from gexlake.domain.errors import LakeDamaged
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import FEED, NOON, make_ladder, make_snapshot, make_snapshots
from support.serving import lake_of, put

DAY, MONTH = timedelta(days=1), timedelta(days=30)


class MeanwhileClock(FixedClock):
    """Somebody does something whenever it is asked for the time."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__(NOON)
        self._meanwhile = meanwhile

    def now(self) -> datetime:
        self._meanwhile()
        return super().now()


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
    done = CompactLake(lake, MeanwhileClock()).run(on_day=told.append)
    assert [(day.feed.category, day.date, day.parts, day.snapshots) for day in done] == [
        ("gex_full", NOON.date(), 2, 2),
        ("gex_zero", NOON.date(), 3, 903),
    ]
    assert told == done
    assert asked(lake) == before
    assert len(names(lake)) == 3
    assert not [unit for unit in lake.sink.staged_units() if unit.startswith("compact")]
    assert CompactLake(lake, MeanwhileClock()).run() == []


def test_a_rehearsal_changes_nothing() -> None:
    """It says what would be done."""
    lake = lake_of(make_snapshots(3), make_snapshots(3, second=10))
    before = names(lake)
    (day,) = CompactLake(lake, MeanwhileClock()).run(dry_run=True)
    assert (day.parts, day.bytes_after) == (2, None)
    assert names(lake) == before


class ChangingLake(InMemoryLake):
    """Somebody else commits right before a unit is begun."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] | None = None

    def unit(self) -> InMemoryUnitOfWork:
        """Let the other one go first."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return super().unit()


@pytest.mark.parametrize("when", ["before it is read", "before it is committed"])
def test_a_day_that_changes_meanwhile_is_left_for_the_next_time(when: str) -> None:
    """As beside an import."""
    lake = ChangingLake()
    put(lake, make_snapshots(3), make_snapshots(3, second=10))

    def replace_one() -> None:
        if len(lake.snapshots.parts()) == 2:
            with lake.unit() as work:
                work.drop_part(lake.snapshots.parts()[0])
                work.commit()
            put(lake, make_snapshots(5, second=20), make_snapshots(5, second=30))

    if when == "before it is committed":
        lake.meanwhile = replace_one
    clock = MeanwhileClock(replace_one if when == "before it is read" else lambda: None)
    assert CompactLake(lake, clock).run() == []
    assert not [unit for unit in lake.sink.staged_units() if unit.startswith("compact")]
    (day,) = CompactLake(lake, MeanwhileClock()).run()
    assert (day.parts, day.snapshots) == (3, 13)
    assert len(names(lake)) == 1


def test_what_is_damaged_is_not_written_anew() -> None:
    """Everything stays as it was, and is said to be damaged."""
    lake = lake_of(make_snapshots(3), make_snapshots(3, second=10))
    lake.sink.retire(lake.snapshots.parts()[1])
    before = names(lake)
    with pytest.raises(LakeDamaged):
        CompactLake(lake, MeanwhileClock()).run()
    assert names(lake) == before
    assert not [unit for unit in lake.sink.staged_units() if unit.startswith("compact")]
