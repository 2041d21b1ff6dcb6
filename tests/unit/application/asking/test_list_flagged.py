"""The ladders that miss their checksum."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from gexlake.application.asking.list_flagged import ListFlagged
from gexlake.application.columns.rows import Rows
from gexlake.domain.flagged import FlaggedLadder
from gexlake.domain.parts import Part
from gexlake.testing import InMemoryLake, InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import NOON, make_ladder, make_snapshot, make_snapshots, stage_part
from support.serving import lake_of, put


def test_what_is_beyond_all_doubles_adds_up_to_infinity() -> None:
    """And is listed as any other, without a warning."""
    huge = make_snapshot(strikes=make_ladder(gamma=1.7e308), sum_gex_vol=1, sum_gex_oi=None)
    (found,) = ListFlagged(lake_of([huge, make_snapshot(second=1)])).first(10)
    assert (found.claimed_vol, found.actual_vol, found.actual_oi) == (1, math.inf, -math.inf)


def test_they_come_by_feed_and_time_and_go_on_behind_any() -> None:
    """Over parts of one day that lie in one another, over days and feeds."""
    far = 24 * 3600
    lake = lake_of(
        make_snapshots(3, second=1, sum_gex_vol=1),
        [make_snapshot(second=second, sum_gex_vol=1) for second in (0, 1.5, 9)],
        make_snapshots(2, second=far, sum_gex_vol=1),
        make_snapshots(2, ticker="SPX", sum_gex_vol=1),
    )
    listing = ListFlagged(lake)
    whole = listing.first(100)
    places = [(one.feed, one.timestamp) for one in whole]
    assert len(places) == 10
    assert places == sorted(places)
    for number, place in enumerate(places, 1):
        assert listing.first(100, after=place) == whole[number:]
    between = places[0][0], places[0][1] + timedelta(milliseconds=100)
    assert listing.first(2, after=between) == whole[1:3]


class ReplacedParts(InMemoryStrikeSource):
    """Ladders whose second part is replaced by an import while the first one is read, so many times."""

    def __init__(self, sink: InMemoryStrikeSink, times: int) -> None:
        super().__init__(sink)
        self.lake: InMemoryLake | None = None
        self._times = times

    def batches(self, part: Part, first: datetime | None = None, last: datetime | None = None) -> Iterator[Rows]:
        """Read a part, and put one that says the same in the place of the other."""
        assert self.lake is not None
        yield from super().batches(part, first, last)
        _, other = self.lake.snapshots.parts()
        if self._times and part != other:
            self._times -= 1
            with self.lake.unit() as unit:
                unit.drop_part(other)
                unit.add_part(*stage_part(self.lake.sink, make_snapshots(2, second=2, sum_gex_vol=1)))
                unit.commit()


@pytest.mark.parametrize("times", [0, 1, 4])
@pytest.mark.parametrize(
    "ask",
    [lambda flagged: flagged.first(10), lambda flagged: flagged.run(list)],
    ids=["the first ones", "all"],
)
def test_an_import_that_replaces_parts_does_no_harm(
    times: int, ask: Callable[[ListFlagged], list[FlaggedLadder]]
) -> None:
    """They are read anew, and each is listed once."""
    sink = InMemoryStrikeSink()
    ladders = ReplacedParts(sink, times)
    ladders.lake = lake = InMemoryLake(sink, ladders)
    put(lake, *(make_snapshots(2, second=second, sum_gex_vol=1) for second in (0, 2)))
    assert [(one.timestamp - NOON).total_seconds() for one in ask(ListFlagged(lake))] == [0, 1, 2, 3]
