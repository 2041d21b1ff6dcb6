"""Questions to a lake."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from gexlake.application.asking.query_gex import QueryGex
from gexlake.application.ports.strike_source import WHOLE_ROW
from gexlake.domain.errors import FeedAmbiguous, LakeDamaged, SnapshotNotFound
from gexlake.domain.feed import Feed
from gexlake.domain.parts import Part
from gexlake.domain.snapshot import GexSnapshot
from gexlake.testing import InMemoryLake, InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import FEED, NOON, make_ladder, make_snapshot, make_snapshots, stage_part
from support.serving import lake_of, put


def asked(*parts: Sequence[GexSnapshot]) -> QueryGex:
    """Make a lake of some parts, and the use case on it."""
    return QueryGex(lake_of(*parts))


def of_feeds(*names: str) -> QueryGex:
    """Make a lake with a snapshot of each feed, written ticker/package/category."""
    return asked(*([make_snapshot(**Feed(*name.split("/"))._asdict())] for name in names))


def seconds(table: Any) -> list[float]:
    """Give the timestamps of a table as seconds after noon."""
    return [(moment - NOON).total_seconds() for moment in table.column("timestamp").to_pylist()]


ZERO, ONE, FULL, STATE = (
    "NQ_NDX/classic/gex_zero",
    "NQ_NDX/classic/gex_one",
    "NQ_NDX/classic/gex_full",
    "NQ_NDX/state/gex_zero",
)


@pytest.mark.parametrize(
    ("held", "question", "meant"),
    [
        ([ONE], ("NQ_NDX",), ONE),
        ([ONE, ZERO, STATE], ("NQ_NDX",), ZERO),
        ([ONE, ZERO], ("NQ_NDX", None, "one"), ONE),
        ([ONE, ZERO], ("NQ_NDX", "classic", "gex_one"), ONE),
        ([ONE, FULL, STATE], ("NQ_NDX", "state"), STATE),
        ([ZERO, "ES_SPX/classic/gex_one"], ("es_spx",), "ES_SPX/classic/gex_one"),
        (["Abc/classic/gex_zero", "ABC/classic/gex_one"], ("ABC",), "ABC/classic/gex_one"),
        ([ZERO, "NQ_NDX/classic/skew_zero"], ("NQ_NDX", None, "skew_zero"), "NQ_NDX/classic/skew_zero"),
    ],
)
def test_a_question_means_one_feed(held: list[str], question: tuple[str, ...], meant: str) -> None:
    """What it leaves open is filled in: the only one there is, or the usual one."""
    assert str(of_feeds(*held).resolve_feed(*question)) == meant


def test_a_question_that_fits_several_unusual_feeds_is_ambiguous() -> None:
    """They are listed."""
    with pytest.raises(FeedAmbiguous, match=f"{FULL}, {ONE}"):
        of_feeds(ONE, FULL).resolve_feed("NQ_NDX")


def test_tickers_that_differ_by_their_case_are_told_apart_by_it() -> None:
    """A package or a category could not."""
    query = of_feeds(ZERO, ZERO.lower())
    assert query.resolve_feed("nq_ndx").ticker == "nq_ndx"
    assert [feed.ticker for feed in query.fitting_feeds("NQ_NDX") or ()] == ["NQ_NDX"]
    assert len(query.fitting_feeds("Nq_Ndx") or ()) == 2
    with pytest.raises(FeedAmbiguous, match="Write the ticker exactly"):
        query.resolve_feed("Nq_Ndx")


@pytest.mark.parametrize(
    "question",
    [
        ("AAPL",),
        ("NQ_NDX", "state"),
        *(
            ("NQ_NDX", None, category)
            for category in ("gex_two", "state_gex_zero", "gex_zero,gex_one", "zero_1", "ZERO")
        ),
    ],
)
def test_a_feed_that_is_not_held_is_told_what_is(question: tuple[str, ...]) -> None:
    """By the names of the feeds."""
    with pytest.raises(SnapshotNotFound, match=f"it holds {ZERO}"):
        of_feeds(ZERO).resolve_feed(*question)


def test_an_empty_lake_says_so() -> None:
    """There is no feed to list."""
    with pytest.raises(SnapshotNotFound, match="nothing yet"):
        asked().resolve_feed("NQ_NDX")


def test_latest_is_the_newest_of_all_parts() -> None:
    """Whatever the order in which they came in."""
    query = asked(make_snapshots(3, second=60), make_snapshots(3))
    assert seconds(query.latest(FEED).snapshots) == [62]
    with pytest.raises(SnapshotNotFound):
        query.latest(Feed("NQ_NDX", "state", "gex_zero"))


def test_at_a_moment_it_is_the_last_one_before() -> None:
    """Or the one of that very moment; never a later one."""
    query = asked(make_snapshots(3))
    assert seconds(query.at(FEED, NOON + timedelta(seconds=1)).snapshots) == [1]
    assert seconds(query.at(FEED, NOON + timedelta(seconds=1.5)).snapshots) == [1]
    with pytest.raises(SnapshotNotFound, match="at or before 2025-10-06T14:29:59Z"):
        query.at(FEED, NOON - timedelta(seconds=1))


def first_of_a_day(**changes: Any) -> GexSnapshot:
    """Make a snapshot as the vendor begins a day: without zero gamma and walls."""
    return make_snapshot(**{"zero_gamma": 0, "major_pos_vol": 0, "major_neg_vol": None} | changes)


def test_as_of_a_moment_the_first_snapshot_of_a_day_is_passed_over() -> None:
    """It says no levels: the last one of the day before does. Ranges have it."""
    tomorrow = 24 * 3600
    lake = lake_of(make_snapshots(3), [first_of_a_day(second=tomorrow)])
    query = QueryGex(lake)
    for answer in (query.at(FEED, NOON + timedelta(days=1), ladders=True), query.latest(FEED, ladders=True)):
        assert (seconds(answer.snapshots), seconds(answer.ladders)) == ([2], [2, 2, 2])
    assert seconds(query.ladder(FEED)[0]) == [2]
    assert seconds(query.between(FEED, None, None, 1, newest=True).snapshots) == [tomorrow]
    put(lake, [first_of_a_day(second=tomorrow + 1), make_snapshot(second=tomorrow + 2)])
    assert [seconds(query.at(FEED, NOON + timedelta(days=1, seconds=n)).snapshots) for n in range(3)] == [
        [2],
        [2],
        [tomorrow + 2],
    ]
    assert seconds(query.latest(FEED).snapshots) == [tomorrow + 2]


@pytest.mark.parametrize("count", [1, 2, 50])
def test_where_no_snapshot_has_levels_the_last_one_is_given(count: int) -> None:
    """It is what there is."""
    query = asked([first_of_a_day(second=n) for n in range(count)])
    assert seconds(query.latest(FEED).snapshots) == [count - 1]
    assert seconds(query.at(FEED, NOON).snapshots) == [0]


@pytest.mark.parametrize(("count", "given"), [(9, 0), (10, 10)])
def test_where_ten_in_a_row_have_no_levels_the_last_one_is_given(count: int, given: int) -> None:
    """A feed with so many seldom has others, and to look for them would take long."""
    query = asked([make_snapshot(), *(first_of_a_day(second=n) for n in range(1, count + 1))])
    assert seconds(query.latest(FEED).snapshots) == [given]
    assert seconds(query.at(FEED, NOON + timedelta(hours=1)).snapshots) == [given]


@pytest.mark.parametrize("changes", [{"major_neg_oi": 25_187.21}, {"zero_gamma": -1}, {"package": "state"}])
def test_a_snapshot_with_any_level_or_of_another_package_is_an_answer(changes: dict[str, Any]) -> None:
    """In the package state 0 means not applicable."""
    last = first_of_a_day(second=1, **changes)
    assert seconds(asked([make_snapshot(**last.feed._asdict()), last]).latest(last.feed).snapshots) == [1]


def test_ladders_come_when_asked_for_each_with_its_snapshot() -> None:
    """Across parts, and of different lengths."""
    first = make_snapshots(2)
    second = [make_snapshot(second=5, strikes=make_ladder((25187.21, 25197.21)))]
    query = asked(first, second)
    assert query.between(FEED, None, None, 10).ladders is None
    answer = query.between(FEED, NOON + timedelta(seconds=1), None, 10, ladders=True)
    assert answer.ladders is not None
    assert seconds(answer.ladders) == [1, 1, 1, 5, 5]
    assert answer.snapshots.column("strike_count").to_pylist() == [3, 2]


def test_a_range_without_snapshots_is_an_empty_answer() -> None:
    """No error: the question has an answer, it is none."""
    answer = asked(make_snapshots(2)).between(FEED, NOON + timedelta(days=1), None, 10, ladders=True)
    assert answer.ladders is not None
    assert (answer.snapshots.num_rows, answer.ladders.num_rows) == (0, 0)


def test_pages_give_what_one_answer_would() -> None:
    """Page by page, up to the limit."""
    query = asked(make_snapshots(10))
    for limit in (1, 4, 8, 9, 10, 100):
        pages = [seconds(page.snapshots) for page in query.pages(FEED, None, None, limit, size=4)]
        assert [second for page in pages for second in page] == list(range(min(limit, 10)))
        assert max(map(len, pages)) <= 4


def test_pages_of_what_was_found_leave_out_what_is_committed_between_them() -> None:
    """Each has the ladders of its snapshots, and none that was found is pushed out by one that was not."""
    lake = lake_of(make_snapshots(8, second=100))
    query = QueryGex(lake)
    found = query.between(FEED, None, None, 6)
    pages = query.pages_of(found, size=4)
    given = [next(pages)]
    put(lake, [make_snapshot(second=second, strikes=make_ladder((25187.21,))) for second in (99, 101.5, 104.5, 104.7)])
    given += pages
    assert [second for page in given for second in seconds(page.snapshots)] == [100, 101, 102, 103, 104, 105]
    assert [second for page in given for second in seconds(page.ladders)] == sorted([*range(100, 106)] * 3)


def test_pages_of_nothing_are_an_empty_one() -> None:
    """With the columns that any other has."""
    query = asked(make_snapshots(2))
    (page,) = query.pages_of(query.between(FEED, NOON + timedelta(days=1), None, 10))
    assert page.ladders is not None
    assert (page.snapshots.num_rows, page.ladders.num_rows) == (0, 0)


def test_a_day_is_new_york_s() -> None:
    """From midnight to midnight there, over the change of its clocks too."""
    evening = datetime(2025, 11, 3, 4, 59, 59, tzinfo=UTC)
    query = asked(
        [make_snapshot(timestamp=evening)],
        [
            make_snapshot(timestamp=evening + timedelta(seconds=1)),
            make_snapshot(timestamp=evening + timedelta(hours=12)),
        ],
    )
    assert query.day(FEED, date(2025, 11, 2)).num_rows == 1
    assert query.day(FEED, date(2025, 11, 3)).num_rows == 2
    assert [day.date for day in query.days()] == [date(2025, 11, 2), date(2025, 11, 3)]
    assert query.last_day(FEED) == date(2025, 11, 3)


def test_a_day_that_is_not_there_is_told() -> None:
    """By its date; of a feed that is not there there is no last one."""
    query = asked(make_snapshots(3))
    with pytest.raises(SnapshotNotFound, match=f"{FEED} on 1999-12-31"):
        query.day(FEED, date(1999, 12, 31))
    with pytest.raises(SnapshotNotFound, match="XYZ"):
        query.last_day(FEED._replace(ticker="XYZ"))


def test_a_ladder_is_a_snapshot_and_its_strikes() -> None:
    """Of the latest, or as of a moment."""
    query = asked(make_snapshots(3))
    snapshot, strikes = query.ladder(FEED)
    assert (seconds(snapshot), seconds(strikes)) == ([2], [2, 2, 2])
    snapshot, strikes = query.ladder(FEED, NOON)
    assert (seconds(snapshot), strikes.num_rows) == ([0], 3)


class ReplacedLadders(InMemoryStrikeSource):
    """Ladders whose parts are replaced by an import while they are asked for, so many times."""

    def __init__(self, sink: InMemoryStrikeSink, times: int) -> None:
        super().__init__(sink)
        self.lake: InMemoryLake | None = None
        self._times = times

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        """Replace each of the parts by one that holds the same, before they are read."""
        if self._times and self.lake is not None:
            self._times -= 1
            with self.lake.unit() as unit:
                for part in parts:
                    unit.drop_part(part)
                    unit.add_part(*stage_part(self.lake.sink, make_snapshots(part.snapshots)))
                unit.commit()
        return super().ladders(parts, first, last, columns)


@pytest.mark.parametrize("times", [0, 1, 4])
def test_an_import_that_replaces_what_was_found_does_no_harm(times: int) -> None:
    """The question is asked again: snapshots and ladders are of one state of the lake."""
    sink = InMemoryStrikeSink()
    ladders = ReplacedLadders(sink, times)
    lake = InMemoryLake(sink, ladders)
    part, table = stage_part(sink, make_snapshots(3))
    with lake.unit() as unit:
        unit.add_part(part, table)
        unit.commit()
    query = QueryGex(lake)
    found = query.between(FEED, None, None, 10).snapshots
    ladders.lake = lake
    again, rows = query.with_ladders(FEED, found.take([0, 2]))
    assert (seconds(again), seconds(rows)) == ([0, 2], [0, 0, 0, 2, 2, 2])
    assert query.latest(FEED, ladders=True).first(1).snapshots.num_rows == 1


def test_a_part_that_has_the_moments_of_one_that_is_gone_does_not_stand_for_it() -> None:
    """Snapshots that were found one after the other may be of two states of the lake, of which one is no more."""
    lake = lake_of(make_snapshots(2))
    query = QueryGex(lake)
    before = query.between(FEED, None, NOON, 10).snapshots
    (part,) = lake.snapshots.parts()
    with lake.unit() as unit:
        unit.drop_part(part)
        unit.add_part(*stage_part(lake.sink, [make_snapshot(second=n, spot=25_100) for n in range(3)]))
        unit.commit()
    after = query.between(FEED, NOON + timedelta(seconds=2), None, 10).snapshots
    found, rows = query.with_ladders(FEED, pa.concat_tables([before, after]))
    assert (seconds(found), found["spot"].to_pylist()) == ([0, 2], [25_100, 25_100])
    assert seconds(rows) == [0, 0, 0, 2, 2, 2]


@pytest.mark.parametrize("strikes", [2, 4])
def test_ladders_that_are_not_those_of_the_snapshots_are_no_answer(strikes: int) -> None:
    """Not even one snapshot's: rows of it would be missing, or of many they would go to others."""
    lake = InMemoryLake()
    part, table = stage_part(lake.sink, make_snapshots(2))
    place = table.schema.get_field_index("strike_count")
    claimed = table.set_column(place, table.schema.field(place), pa.array([strikes, 3], pa.int32()))
    with lake.unit() as unit:
        unit.add_part(part, claimed)
        unit.commit()
    query = QueryGex(lake)
    assert query.latest(FEED, ladders=True).snapshots.num_rows == 1
    for ask in (lambda: query.ladder(FEED, NOON), lambda: query.between(FEED, None, None, 10, ladders=True)):
        with pytest.raises(LakeDamaged, match=r"rows where the snapshots want \d.*'gexlake rebuild'"):
            ask()
