"""The behaviour of every snapshot store."""

# ruff: noqa: PLR2004  # expected values are plain numbers

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ..application.columns.batch import snapshots_of
from ..application.columns.schemas import SNAPSHOT_SCHEMA
from ..application.ports.snapshot_store import DayCount, SnapshotStore, Tally
from ..domain.parts import Part
from ..domain.snapshot import GexSnapshot
from .builders import FEED, NOON, make_ladder, make_part, make_snapshot, make_snapshots, make_tables, seconds_of

OTHER = FEED._replace(category="gex_full")
DAY = timedelta(days=1)


class SnapshotStoreSuite:
    """Give it a fixture ``store``: an empty snapshot store."""

    @pytest.fixture
    def store(self) -> SnapshotStore:
        """Give an empty store."""
        raise NotImplementedError

    @staticmethod
    def put(store: SnapshotStore, snapshots: list[GexSnapshot], file_id: int = 1) -> Part:
        """Add snapshots as one part."""
        part, table = make_part(snapshots, file_id=file_id)
        store.add(table, part)
        return part

    def test_an_empty_store_answers_with_nothing(self, store: SnapshotStore) -> None:
        """No question to an empty store is an error."""
        stored = [*SNAPSHOT_SCHEMA.names, "part"]
        for table in (
            store.latest(FEED),
            store.as_of(FEED, NOON),
            store.between(FEED, None, None, 10),
            store.between(FEED, NOON, NOON, 10, newest=True),
        ):
            assert (table.num_rows, table.schema.names) == (0, stored)
        assert store.known(FEED, NOON, NOON).num_rows == 0
        assert (store.feeds(), store.days(), store.parts(), store.parts_of_files({1})) == ([], [], [], [])

    def test_many_parts_at_once(self, store: SnapshotStore) -> None:
        """Are found one after the other."""
        made = [make_part(make_snapshots(2, second=10 * n), file_id=n) for n in (1, 2)]
        for part, table in made:
            store.add(table, part)
        found = store.between(FEED, None, None, 10)
        assert found.column("part").to_pylist() == [part.key.name for part, _ in made for _ in range(2)]
        assert found.column("file_id").to_pylist() == [1, 1, 2, 2]
        assert {part.key.name for part in store.parts()} == {part.key.name for part, _ in made}
        assert [day.snapshots for day in store.days()] == [4]

    def test_parts_whose_time_is_free_may_be_told_from_others(self, store: SnapshotStore) -> None:
        """Of none it is said that its time is free in which there is a snapshot of its feed."""
        self.put(store, make_snapshots(3, second=10))
        beside = [make_part(make_snapshots(count, second=second))[0] for count, second in ((1, 12), (30, 0), (5, 9))]
        apart = [make_part(make_snapshots(2, second=second))[0] for second in (0, 20)]
        elsewhere = [make_part([make_snapshot(category="gex_full")])[0]]
        names = {part.key.name for part in beside}
        assert names <= store.taken([*beside, *apart, *elsewhere])
        assert store.taken([]) == set()

    def test_every_field_comes_back_as_it_was(self, store: SnapshotStore) -> None:
        """Microseconds, negative zero, absent numbers, odd texts and empty lists keep their values."""
        snapshot = make_snapshot(
            timestamp=NOON + timedelta(microseconds=123_457),
            zero_gamma=-0.0,
            major_pos_oi=None,
            sum_gex_oi=5e-324,
            delta_risk_reversal=1.7976931348623157e308,
            min_dte=None,
            max_priors=[],
            extra={
                "größe": "\U0001f600",
                "lone": "\ud800",
                "nested": {"a": [1, None, 0.1]},
                "nul": "\x00",
                "big": 10**30,
            },
            envelope={"recorded_at": "2025-10-06T14:30:00Z"},
        )
        table, ladders = make_tables([snapshot])
        self.put(store, [snapshot])
        found = store.latest(FEED)
        assert found.select(SNAPSHOT_SCHEMA.names).cast(SNAPSHOT_SCHEMA).equals(table)
        (back,) = snapshots_of(found, ladders)
        assert back == snapshot
        assert str(back.zero_gamma) == "-0.0"

    def test_tables_have_the_promised_columns(self, store: SnapshotStore) -> None:
        """What comes out has the columns and types that went in, and the name of the part."""
        part = self.put(store, make_snapshots(2))
        found = store.between(FEED, None, None, 10)
        assert found.schema.names == [*SNAPSHOT_SCHEMA.names, "part"]
        assert [field.type for field in found.schema] == [*SNAPSHOT_SCHEMA.types, pa.string()]
        assert found.column("part").to_pylist() == [part.key.name] * 2

    @pytest.mark.parametrize("asked", [(None, None), (NOON, NOON + timedelta(days=3))])
    def test_a_range_can_be_had_without_all_columns(self, store: SnapshotStore, asked: tuple[Any, Any]) -> None:
        """What is asked for is there, beside the moment and the part, and is the same."""
        self.put(store, make_snapshots(3))
        self.put(store, make_snapshots(2, second=90_000))
        whole = store.between(FEED, *asked, 4)
        for columns in (("zero_gamma", "strike_count"), ("ticker",)):
            found = store.between(FEED, *asked, 4, columns=columns).select(["timestamp", *columns, "part"])
            assert found.equals(whole.select(found.column_names))
        assert store.between(OTHER, *asked, 4, columns=["spot"]).num_rows == 0

    def test_latest_is_the_newest_of_the_feed(self, store: SnapshotStore) -> None:
        """Order of arrival does not count, nor do other feeds."""
        self.put(store, make_snapshots(3, second=10))
        self.put(store, make_snapshots(3, second=0))
        self.put(store, make_snapshots(3, second=20, category="gex_full"))
        assert seconds_of(store.latest(FEED)) == [12]
        assert seconds_of(store.latest(OTHER)) == [22]

    def test_as_of_takes_the_last_at_or_before(self, store: SnapshotStore) -> None:
        """The moment itself counts; before the first there is none; parts may overlap."""
        self.put(store, [make_snapshot(second=n) for n in (0, 10, 20)])
        self.put(store, [make_snapshot(second=n) for n in (5, 15)])
        for asked, expected in ((-1, []), (0, [0]), (4.5, [0]), (5, [5]), (14.999999, [10]), (19, [15]), (10**6, [20])):
            assert seconds_of(store.as_of(FEED, NOON + timedelta(seconds=asked))) == expected
        assert store.as_of(OTHER, NOON + DAY).num_rows == 0

    def test_between_includes_both_ends(self, store: SnapshotStore) -> None:
        """Both moments belong to the range, and either may be left open."""
        self.put(store, [make_snapshot(second=n) for n in (4, 3, 2, 1, 0)])
        at = [NOON + timedelta(seconds=n) for n in range(5)]
        assert seconds_of(store.between(FEED, at[1], at[3], 10)) == [1, 2, 3]
        assert seconds_of(store.between(FEED, None, at[1], 10)) == [0, 1]
        assert seconds_of(store.between(FEED, at[3], None, 10)) == [3, 4]
        assert seconds_of(store.between(FEED, at[3], at[1], 10)) == []
        assert seconds_of(store.between(FEED, at[4] + DAY, at[4] + 5 * DAY, 10)) == []

    @pytest.mark.parametrize("newest", [False, True])
    @pytest.mark.parametrize("limit", [1, 4, 5, 6, 11, 12, 100])
    def test_the_limit_keeps_one_end_oldest_first(self, store: SnapshotStore, limit: int, *, newest: bool) -> None:
        """The first ones, or with ``newest`` the last ones; over parts that overlap and days that lie apart."""
        moments = [0, 2, 4, 6, 1, 3, 5, 86_400, 86_402, 200_000, 200_001, 200_002]
        for chosen in (moments[:4], moments[4:7], moments[7:9], moments[9:]):
            self.put(store, [make_snapshot(second=n) for n in chosen])
        ordered = sorted(moments)
        assert seconds_of(store.between(FEED, None, None, limit, newest=newest)) == (
            ordered[-limit:] if newest else ordered[:limit]
        )
        first, last = NOON + timedelta(seconds=2), NOON + timedelta(seconds=200_001)
        assert seconds_of(store.between(FEED, first, last, limit, newest=newest)) == (
            ordered[2:-1][-limit:] if newest else ordered[2:-1][:limit]
        )
        short = NOON + timedelta(seconds=5)
        assert seconds_of(store.between(FEED, first, short, limit, newest=newest)) == (
            [2, 3, 4, 5][-limit:] if newest else [2, 3, 4, 5][:limit]
        )

    def test_known_gives_hash_and_part(self, store: SnapshotStore) -> None:
        """What the importer compares with is there by timestamp, both ends included."""
        snapshots = make_snapshots(4)
        part = self.put(store, snapshots[::-1])
        found = store.known(FEED, NOON + timedelta(seconds=1), NOON + timedelta(seconds=2))
        assert found.schema.names == ["timestamp", "content_hash", "part"]
        assert seconds_of(found) == [1, 2]
        assert found.column("part").to_pylist() == [part.key.name] * 2
        expected = make_tables(snapshots)[0].column("content_hash").to_pylist()[1:3]
        assert found.column("content_hash").to_pylist() == expected

    def test_a_removed_part_is_gone_with_its_snapshots(self, store: SnapshotStore) -> None:
        """The other part stays whole, though it covers the same time."""
        gone = self.put(store, [make_snapshot(second=n) for n in (0, 2)])
        stays = self.put(store, [make_snapshot(second=n) for n in (1, 3)])
        store.remove_part(gone)
        assert seconds_of(store.between(FEED, None, None, 10)) == [1, 3]
        assert store.parts() == [stays]
        store.remove_part(stays)
        assert (store.feeds(), store.days(), store.latest(FEED).num_rows) == ([], [], 0)

    def test_parts_are_found_by_name_and_by_file(self, store: SnapshotStore) -> None:
        """A part comes back equal to what was given."""
        first = self.put(store, make_snapshots(2), file_id=1)
        second = self.put(store, make_snapshots(2, second=10), file_id=2)
        self.put(store, make_snapshots(2, second=20), file_id=3)
        assert len(store.parts()) == 3
        assert store.parts({first.key.name, "unknown"}) == [first]
        assert store.parts(set()) == []
        assert store.parts_of_files({2, 99}) == [second]
        assert store.parts_of_files(set()) == []

    def test_feeds_are_sorted(self, store: SnapshotStore) -> None:
        """Each feed is named once."""
        for ticker, category in (
            ("SPX", "gex_zero"),
            ("NQ_NDX", "gex_zero"),
            ("NQ_NDX", "gex_full"),
            ("SPX", "gex_zero"),
        ):
            self.put(store, [make_snapshot(ticker=ticker, category=category)])
        assert [str(feed) for feed in store.feeds()] == [
            "NQ_NDX/classic/gex_full",
            "NQ_NDX/classic/gex_zero",
            "SPX/classic/gex_zero",
        ]

    def test_days_count_what_is_there(self, store: SnapshotStore) -> None:
        """A day is the New York date; snapshots, strikes and flagged ladders of all its parts are added up."""
        evening = NOON.replace(hour=23) + timedelta(hours=3)  # the next day in UTC, the same in New York
        self.put(store, make_snapshots(3))
        self.put(store, [make_snapshot(timestamp=evening, strikes=make_ladder((1.0, 2.0)), sum_gex_vol=1e6)])
        self.put(store, make_snapshots(1, timestamp=NOON + DAY))
        self.put(store, make_snapshots(1, category="gex_full"))
        assert store.days() == [
            DayCount(OTHER, date(2025, 10, 6), 1, 3, 0, NOON, NOON),
            DayCount(FEED, date(2025, 10, 6), 4, 11, 1, NOON, evening),
            DayCount(FEED, date(2025, 10, 7), 1, 3, 0, NOON + DAY, NOON + DAY),
        ]

    def test_tallies_count_by_part_and_file(self, store: SnapshotStore) -> None:
        """Snapshots, ladder rows and flagged ladders; two parts of a day and two files stay apart."""
        first = self.put(store, make_snapshots(3), file_id=1)
        second = self.put(store, [make_snapshot(second=10, strikes=make_ladder((1.0,)), sum_gex_vol=1e6)], file_id=1)
        third = self.put(store, make_snapshots(2, category="gex_full"), file_id=2)
        day = date(2025, 10, 6)
        assert sorted(store.tallies()) == sorted(
            [
                Tally(FEED, day, first.key.name, 1, 3, 9, 0),
                Tally(FEED, day, second.key.name, 1, 1, 1, 1),
                Tally(OTHER, day, third.key.name, 2, 2, 6, 0),
            ]
        )

    def test_a_moment_that_stands_twice_is_counted(self, store: SnapshotStore) -> None:
        """Which no import brings about; the same moment of another feed is no repeat."""
        self.put(store, make_snapshots(3))
        self.put(store, make_snapshots(3, category="gex_full"))
        assert store.doubled() == {}
        self.put(store, make_snapshots(2, second=1))
        assert store.doubled() == {(FEED, date(2025, 10, 6)): 2}
