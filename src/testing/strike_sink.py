"""The behaviour of every strike sink, with the source that reads what it has written."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from ..application.columns.rows import micros_of
from ..application.columns.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA
from ..application.ports.strike_sink import StrikeSink
from ..application.ports.strike_source import StrikeSource
from ..domain.errors import LakeDamaged
from ..domain.parts import Part
from ..domain.snapshot import StrikeLevel
from ..domain.timestamps import to_micros
from .builders import (
    NOON,
    make_key,
    make_ladder,
    make_reject,
    make_rejects,
    make_snapshot,
    make_snapshots,
    make_tables,
    seconds_of,
    stage_part,
)

SECOND = timedelta(seconds=1)


class StrikeSinkSuite:
    """Give it the fixtures ``sink`` and ``source``: both over the same, empty place."""

    @pytest.fixture
    def sink(self) -> StrikeSink:
        """Give a sink."""
        raise NotImplementedError

    @pytest.fixture
    def source(self, sink: StrikeSink) -> StrikeSource:
        """Give the source of what the sink writes."""
        raise NotImplementedError

    @staticmethod
    def held(source: StrikeSource, part: Part) -> list[float]:
        """Give the seconds after ``NOON`` of a part's ladder rows."""
        return seconds_of(source.ladders([part], NOON - SECOND, NOON + timedelta(days=1)))

    def test_a_part_says_what_it_holds(self, sink: StrikeSink) -> None:
        """Over all its row groups, in whatever order the snapshots came."""
        writer = sink.stage(key := make_key())
        for snapshots in (make_snapshots(2, second=10), make_snapshots(3)):
            writer.write(*make_tables(snapshots))
        part = writer.close()
        assert (part.key, part.snapshots, part.strikes) == (key, 5, 15)
        assert (part.first, part.last) == (NOON, NOON + 11 * SECOND)

    def test_what_is_written_comes_back(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Row groups, snapshots and ladders, value by value, staged and published."""
        levels = [
            StrikeLevel(strike=5.25, gamma=-0.0, oi_gamma=1e-300),
            StrikeLevel(strike=0.01, gamma=1e300, oi_gamma=-1, priors=(-0.0, 1, 2, 3, 4)),
        ]
        odd = make_snapshot(
            timestamp=NOON + timedelta(microseconds=7),
            strikes=levels,
            sum_gex_vol=None,
            major_pos_vol=-0.0,
            max_priors=None,
            min_dte=None,
            extra={"lone": "\ud800", "größe": "\U0001f600"},
            envelope={"endpoint": "/nq_ndx"},
        )
        groups = [make_tables([odd]), make_tables(make_snapshots(3, second=1))]
        writer = sink.stage(make_key())
        for snapshots, ladders in groups:
            writer.write(snapshots, ladders)
        part = writer.close()
        for _ in ("staged", "published"):
            found = list(source.batches(part))
            assert [snapshots.num_rows for snapshots, _ in found] == [1, 3]
            for (snapshots, ladders), (given_snapshots, given_ladders) in zip(found, groups, strict=True):
                assert snapshots.cast(SNAPSHOT_SCHEMA).equals(given_snapshots)
                assert ladders.cast(LADDER_SCHEMA).equals(given_ladders)
                assert str(ladders.to_pylist()) == str(given_ladders.to_pylist())  # tells -0.0 from 0.0
            everything = pa.concat_tables([snapshots for snapshots, _ in groups])
            assert source.snapshots(part).cast(SNAPSHOT_SCHEMA).equals(everything)
            sink.publish([part])

    def test_ladders_come_by_time_and_strike(self, sink: StrikeSink, source: StrikeSource) -> None:
        """From several parts, both moments included."""
        even, _ = stage_part(sink, [make_snapshot(second=n) for n in (4, 2, 0)])
        odd, _ = stage_part(sink, [make_snapshot(second=n, strikes=make_ladder((1.0, 2.0))) for n in (1, 3)])
        found = source.ladders([odd, even], NOON + SECOND, NOON + 3 * SECOND)
        assert found.schema.names == STRIKE_SCHEMA.names
        assert [field.type for field in found.schema] == STRIKE_SCHEMA.types
        assert seconds_of(found) == [1, 1, 2, 2, 2, 3, 3]
        assert found.column("strike").to_pylist() == [1.0, 2.0, 25187.21, 25197.21, 25207.21, 1.0, 2.0]

    def test_ladders_come_by_time_from_row_groups_in_any_order(self, sink: StrikeSink, source: StrikeSource) -> None:
        """As often as they are asked for, whatever is remembered."""
        writer = sink.stage(make_key())
        for second in (10, 0):
            writer.write(*make_tables(make_snapshots(10, second=second)))
        part = writer.close()
        whole = source.ladders([part], NOON, NOON + 20 * SECOND)
        for max_bytes in (0, 1 << 20):
            source.remember(max_bytes)
            for _ in range(2):
                found = source.ladders([part], NOON + 8 * SECOND, NOON + 11 * SECOND)
                assert found.equals(whole.slice(8 * 3, 4 * 3))
                assert seconds_of(found) == sorted([8, 9, 10, 11] * 3)

    def test_ladders_can_be_had_without_all_their_columns(self, sink: StrikeSink, source: StrikeSource) -> None:
        """In the order in which they are asked for; of one part, of several, of none."""
        columns = ("gamma", "strike", "timestamp")
        parts = [stage_part(sink, make_snapshots(2, second=second))[0] for second in (0, 1)]
        for asked in (parts, parts[:1], []):
            whole = source.ladders(asked, NOON, NOON + SECOND)
            assert source.ladders(asked, NOON, NOON + SECOND, columns).equals(whole.select(columns))

    def test_ladders_of_single_moments(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Of one part, of several, of none; a moment without a ladder has no rows. Whatever was read ahead."""
        writer = sink.stage(make_key())
        for second in (20, 0):
            writer.write(*make_tables(make_snapshots(10, second=second)))
        parts = [writer.close(), stage_part(sink, make_snapshots(1, second=15))[0]]
        sink.publish(parts)
        columns = ("strike", "timestamp", "prior_2")
        for memory, disk in ((0, 0), (1, 1 << 24), (1 << 24, 0)):
            source.remember(memory)
            source.spill(disk)
            for _ in source.read_ahead(parts):
                pass
            for asked in (parts, parts[:1], []):
                whole = source.ladders(asked, NOON, NOON + 40 * SECOND)
                for seconds in ([], [2], [0, 5, 12, 15, 20, 22, 29, 31], list(range(40)), [-1, 50]):
                    moments = np.array([to_micros(NOON + second * SECOND) for second in seconds], np.int64)
                    expected = whole.filter(pa.array(np.isin(micros_of(whole), moments)))
                    assert source.ladders_at(asked, moments).equals(expected)
                    assert source.ladders_at(asked, moments, columns).equals(expected.select(columns))

    def test_ladders_of_nothing_are_an_empty_table(self, sink: StrikeSink, source: StrikeSource) -> None:
        """No parts, or none at that time, is no error."""
        part, _ = stage_part(sink, make_snapshots(2))
        for parts, moment in (([], NOON), ([part], NOON + timedelta(hours=1))):
            found = source.ladders(parts, moment, moment)
            assert (found.num_rows, found.schema.names) == (0, STRIKE_SCHEMA.names)

    def test_a_window_leaves_row_groups_out(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Only such as hold nothing between the two moments."""
        writer = sink.stage(make_key())
        for second in (0, 10, 20):
            writer.write(*make_tables(make_snapshots(3, second=second)))
        part = writer.close()
        found = list(source.batches(part, NOON + 12 * SECOND, NOON + 20 * SECOND))
        assert [group.column("record").to_pylist() for group, _ in found] == [[0, 1, 2], [0, 1, 2]]
        assert seconds_of(found[0][0]) == [10, 11, 12]

    def test_snapshots_of_a_stretch_of_time(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Oldest first, both moments included, over row groups in any order; as often as they are asked for."""
        writer = sink.stage(make_key())
        for second in (10, 0, 20):
            writer.write(*make_tables(make_snapshots(3, second=second)[::-1]))
        part = writer.close()
        for _ in range(2):
            whole = source.snapshots(part).sort_by("timestamp")
            for begin, end, places in (
                (1, 11, (1, 5)),
                (2, 2, (2, 3)),
                (3, 9, (3, 3)),
                (-5, 99, (0, 9)),
                (30, 40, (9, 9)),
            ):
                found = source.snapshots_between(part, NOON + begin * SECOND, NOON + end * SECOND)
                assert found.cast(SNAPSHOT_SCHEMA).equals(whole.slice(places[0], places[1] - places[0]))
                few = source.snapshots_between(part, NOON + begin * SECOND, NOON + end * SECOND, ("ticker", "spot"))
                assert few.to_pylist() == found.select(["ticker", "timestamp", "spot"]).to_pylist()
            assert source.moments(part).tolist() == micros_of(source.snapshots(part)).tolist()
            sink.publish([part])
        source.remember(1)
        assert len(source.moments(part)) == part.snapshots
        sink.retire(part)
        for ask in (source.moments, lambda gone: source.snapshots_between(gone, NOON, NOON)):
            with pytest.raises(LakeDamaged):
                ask(part)

    def test_reading_ahead_changes_no_answer(self, sink: StrikeSink, source: StrikeSource) -> None:
        """With memory, room on the disk, or neither; of parts that are there, and of one that is gone."""
        parts = [stage_part(sink, make_snapshots(4, second=second))[0] for second in (0, 20, 40)]
        sink.publish(parts)
        sink.retire(parts.pop())
        expected = [self.held(source, part) for part in parts]
        for memory, disk in ((0, 0), (1, 0), (1, 1 << 24), (1 << 24, 0)):
            source.remember(memory)
            source.spill(disk)
            for _ in source.read_ahead([*parts, parts[0]]):
                assert [self.held(source, part) for part in parts] == expected
            assert [self.held(source, part) for part in parts] == expected
            assert [source.snapshots_between(part, NOON, part.last).num_rows for part in parts] == [4, 4]

    def test_a_published_part_stays_when_its_unit_is_discarded(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Another part of the unit, which was not published, goes."""
        kept, _ = stage_part(sink, make_snapshots(1), unit="u")
        lost, _ = stage_part(sink, make_snapshots(1, second=5), unit="u")
        assert sink.staged_units() == ["u"]
        sink.publish([kept])
        sink.discard("u")
        assert sink.staged_units() == []
        assert self.held(source, kept) == [0, 0, 0]
        with pytest.raises(LakeDamaged):
            list(source.batches(lost))

    def test_publishing_twice_is_publishing_once(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Also after the staging is gone."""
        part, _ = stage_part(sink, make_snapshots(1))
        sink.publish([part])
        sink.publish([part])
        sink.discard(part.key.unit)
        sink.publish([part])
        assert self.held(source, part) == [0, 0, 0]

    def test_a_retired_part_is_gone(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Once or twice makes no difference, and its neighbour of the same day stays."""
        part, _ = stage_part(sink, make_snapshots(1))
        stays, _ = stage_part(sink, make_snapshots(1, second=9))
        for each in (part, stays):
            sink.publish([each])
            sink.discard(each.key.unit)
        sink.retire(part)
        sink.retire(part)
        with pytest.raises(LakeDamaged):
            source.snapshots(part)
        assert self.held(source, stays) == [9, 9, 9]

    def test_a_part_that_is_given_up_leaves_nothing(self, sink: StrikeSink, source: StrikeSource) -> None:
        """Before or after it has been written to."""
        for rows in (0, 1):
            writer = sink.stage(make_key("u"))
            if rows:
                writer.write(*make_tables(make_snapshots(1)))
            writer.abort()
        sink.discard("u")
        assert sink.staged_units() == []

    def test_discarding_what_is_not_there_is_no_error(self, sink: StrikeSink) -> None:
        """A unit may have staged nothing."""
        sink.discard("never heard of")
        assert sink.staged_units() == []

    def test_rejects_wait_in_staging(self, sink: StrikeSink) -> None:
        """Batch by batch, in order, until the unit is discarded."""
        batches = [make_rejects([make_reject(0, raw=b"\xff\x00")]), make_rejects([make_reject(1), make_reject(2)])]
        writer = sink.stage_rejects("u")
        for batch in batches:
            writer.write(batch)
        writer.close()
        assert "u" in sink.staged_units()
        assert list(sink.staged_rejects("u")) == batches
        sink.discard("u")
        assert (list(sink.staged_rejects("u")), list(sink.staged_rejects("v"))) == ([], [])

    def test_progress_is_the_last_word(self, sink: StrikeSink) -> None:
        """Zeros before the first and after the unit is gone."""
        sink.stage(make_key("u"))
        assert sink.progress_of("u") == (0, 0)
        sink.note_progress("u", 10, 1)
        sink.note_progress("u", 2**40, 23_400)
        assert sink.progress_of("u") == (2**40, 23_400)
        sink.discard("u")
        assert sink.progress_of("u") == (0, 0)

    def test_a_published_part_can_be_inspected(self, sink: StrikeSink, source: StrikeSource) -> None:
        """It is there on both sides, with the rows, the sizes and, where it tells, the checksums of its writing."""
        part, _ = stage_part(sink, make_snapshots(3))
        sink.publish([part])
        for checksums in (True, False):
            ladders, snapshots = source.inspect(part, checksums=checksums)
            assert (ladders.there, ladders.problem, ladders.rows, ladders.size) == (True, "", 9, part.ladder_bytes)
            assert (snapshots.there, snapshots.rows, snapshots.size) == (True, 3, part.snapshot_bytes)
            assert ladders.digest in ("", part.ladder_digest if checksums else "")
            assert snapshots.digest in ("", part.snapshot_digest if checksums else "")
        sink.retire(part)
        assert [piece.there for piece in source.inspect(part)] == [False, False]

    def test_a_part_that_nobody_knows_is_a_stray(self, sink: StrikeSink, source: StrikeSource) -> None:
        """As far as the source can tell; one that is known or only staged is none."""
        known, _ = stage_part(sink, make_snapshots(1))
        stray, _ = stage_part(sink, make_snapshots(1, second=5))
        stage_part(sink, make_snapshots(1, second=9))
        sink.publish([known, stray])
        assert source.strays([known, stray]) == []
        assert all(stray.key.name in name for name in source.strays([known]))
