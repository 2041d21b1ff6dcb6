"""The behaviour of every lake: its units of work, and what it makes of what a kill has left."""

# ruff: noqa: PLR2004  # expected values are plain numbers

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext

import pyarrow as pa
import pytest

from ..application.ports.journal import PartAdded
from ..application.ports.strike_sink import StrikeSink
from ..application.ports.unit_of_work import Lake
from ..domain.errors import GexlakeError
from ..domain.parts import Part
from ..domain.runs import RunStatus
from ..domain.snapshot import GexSnapshot
from .builders import FEED, NOON, make_file, make_reject, make_rejects, make_run, make_snapshots, seconds_of, stage_part
from .dial import StepFailed
from .failing import FailingStrikeSink

#: Opens the lake, over another sink if one is given; an earlier opening counts as killed and is let go of.
LakeOpener = Callable[..., Lake]
#: Seconds: until something must have happened, and in which something must not.
_LONG, _SHORT = 60, 0.1


class LakeSuite:
    """Give it the fixtures ``sink`` and ``open_lake``.

    ``open_lake()`` opens the lake over ``sink``, ``open_lake(other)`` over another sink that passes on to it; each time
    what was committed before is there again.
    """

    @pytest.fixture
    def sink(self) -> StrikeSink:
        """Give the sink."""
        raise NotImplementedError

    @pytest.fixture
    def open_lake(self, sink: StrikeSink) -> LakeOpener:
        """Give what opens the lake."""
        raise NotImplementedError

    @staticmethod
    def commit(lake: Lake, snapshots: list[GexSnapshot], drop: tuple[Part, ...] = (), unit: str = "") -> Part:
        """Commit a unit with one part, its file and one reject."""
        file_id = lake.lineage.next_file_id()
        part, table = stage_part(lake.sink, snapshots, unit=unit, file_id=file_id)
        with lake.unit() as work:
            for gone in drop:
                work.drop_part(gone)
            work.add_part(part, table)
            work.lineage.add_file(make_file(file_id))
            work.lineage.add_rejects(make_rejects([make_reject(0)], file_id=file_id))
            work.commit()
        return part

    @staticmethod
    def commit_parts(lake: Lake, *parts: tuple[Part, pa.Table], drop: tuple[Part, ...] = ()) -> None:
        """Commit a unit with staged parts and nothing else."""
        with lake.unit() as work:
            for part, table in parts:
                work.add_part(part, table)
            for gone in drop:
                work.drop_part(gone)
            work.commit()

    @staticmethod
    def shown(lake: Lake) -> list[float]:
        """Give the seconds after ``NOON`` of the snapshots, and make sure that every one has its ladder."""
        table = lake.snapshots.between(FEED, None, None, 1000)
        if table.num_rows:
            names = set(table.column("part").to_pylist())
            parts = lake.snapshots.parts(names)
            ladders = lake.ladders.ladders(parts, parts[0].first.replace(year=2011), parts[0].last.replace(year=2100))
            assert set(seconds_of(ladders)) == set(seconds_of(table))
        return seconds_of(table)

    def test_a_committed_unit_is_there_when_the_lake_is_opened_again(self, open_lake: LakeOpener) -> None:
        """Snapshots, ladders, lineage and rejects; and its staging can go."""
        part = self.commit(open_lake(), make_snapshots(2))
        lake = open_lake()
        lake.sink.discard(part.key.unit)
        assert self.shown(lake) == [0, 1]
        assert lake.snapshots.parts() == [part]
        assert list(lake.lineage.latest_files()) == ["history/1.json"]
        assert len(list(lake.lineage.rejects())) == 1

    def test_a_unit_sees_its_own_changes_and_nobody_else_does(self, open_lake: LakeOpener) -> None:
        """Until it is committed."""
        lake = open_lake()
        part, table = stage_part(lake.sink, make_snapshots(2))
        with lake.unit() as work:
            work.add_part(part, table)
            work.lineage.save_run(make_run())
            work.lineage.add_file(make_file(1))
            assert work.snapshots.latest(FEED).num_rows == 1
            assert work.snapshots.parts() == [part]
            assert work.lineage.next_file_id() == 2
            assert (lake.snapshots.latest(FEED).num_rows, lake.lineage.runs()) == (0, [])
            assert lake.lineage.next_file_id() == 1
            work.commit()
        assert lake.snapshots.latest(FEED).num_rows == 1
        assert lake.lineage.runs() == [make_run()]

    def test_a_unit_without_commit_leaves_nothing(self, open_lake: LakeOpener) -> None:
        """Neither when it ends early nor when an error ends it; what was there before stays."""
        lake = open_lake()
        old = self.commit(lake, make_snapshots(1))
        for raised in (nullcontext(), pytest.raises(StepFailed)):
            part, table = stage_part(lake.sink, make_snapshots(2, second=10))
            with raised, lake.unit() as work:
                work.drop_part(old)
                work.add_part(part, table)
                work.lineage.save_run(make_run())
                work.lineage.add_file(make_file(9))
                work.lineage.forget_files({1})
                if not isinstance(raised, nullcontext):
                    raise StepFailed
        assert self.shown(lake) == [0]
        assert lake.lineage.runs() == []
        assert list(lake.lineage.latest_files()) == ["history/1.json"]
        assert len(list(lake.lineage.rejects())) == 1
        assert self.shown(open_lake()) == [0]

    def test_a_dropped_part_makes_way_for_a_new_one(self, open_lake: LakeOpener) -> None:
        """In one unit; the old ladders are gone for good."""
        lake = open_lake()
        old = self.commit(lake, make_snapshots(2))
        new = self.commit(lake, make_snapshots(3), drop=(old,))
        assert self.shown(lake) == [0, 1, 2]
        assert lake.snapshots.parts() == [new]
        with pytest.raises(GexlakeError):
            lake.ladders.snapshots(old)

    def test_a_part_that_comes_and_goes_in_one_unit_is_never_shown(self, open_lake: LakeOpener) -> None:
        """A later file of a unit may replace what an earlier one has brought."""
        lake = open_lake()
        part, table = stage_part(lake.sink, make_snapshots(2), unit="u")
        with lake.unit() as work:
            work.add_part(part, table)
            work.drop_part(part)
            work.commit()
        lake.settle()
        assert (self.shown(lake), lake.snapshots.parts(), lake.sink.staged_units()) == ([], [], [])

    def test_commit_belongs_into_the_block_once(self, open_lake: LakeOpener) -> None:
        """Anything else is a mistake of the caller."""
        work = open_lake().unit()
        with pytest.raises(RuntimeError):
            work.commit()
        with work:
            work.commit()
            with pytest.raises(RuntimeError):
                work.commit()

    def test_two_units_follow_one_another(self, open_lake: LakeOpener) -> None:
        """A unit that was rolled back does not stand in the way of the next."""
        lake = open_lake()
        with lake.unit():
            pass
        self.commit(lake, make_snapshots(1))
        self.commit(lake, make_snapshots(1, second=5))
        assert self.shown(lake) == [0, 5]

    def test_what_the_lake_writes_beside_a_unit_stays(self, open_lake: LakeOpener) -> None:
        """Its own stores do not wait for the unit's commit, nor go with its roll-back."""
        lake = open_lake()
        for commit in (True, False):
            with lake.unit() as work:
                work.lineage.add_file(make_file(1 if commit else 2))
                lake.lineage.save_run(make_run(f"run-{commit}"))
                if commit:
                    work.commit()
        assert {run.import_id for run in lake.lineage.runs()} == {"run-True", "run-False"}
        assert list(lake.lineage.latest_files()) == ["history/1.json"]

    def test_settle_discards_what_was_not_committed(self, open_lake: LakeOpener) -> None:
        """Parts, rejects and notes of a unit whose commit never came."""
        lake = open_lake()
        stage_part(lake.sink, make_snapshots(2), unit="dead")
        lake.sink.stage_rejects("dead too").close()
        lake = open_lake()
        lake.settle()
        assert (self.shown(lake), lake.sink.staged_units()) == ([], [])

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("nth", [1, 2])
    def test_settle_publishes_what_was_committed_before_a_kill(
        self, open_lake: LakeOpener, sink: StrikeSink, nth: int, *, after: bool
    ) -> None:
        """The commit took place, the files were still in staging, some of them or all."""
        lake = open_lake(FailingStrikeSink(sink, "publish", nth, after=after))
        parts = [stage_part(lake.sink, make_snapshots(2, second=second), unit="u") for second in (0, 5)]
        with pytest.raises(StepFailed):
            self.commit_parts(lake, *parts)
        assert self.shown(lake) == [0, 1, 5, 6]  # readable from staging already
        lake = open_lake()
        lake.settle()
        assert lake.sink.staged_units() == []
        assert self.shown(lake) == [0, 1, 5, 6]

    @pytest.mark.parametrize("after", [False, True])
    def test_settle_retires_what_a_kill_has_left(self, open_lake: LakeOpener, sink: StrikeSink, *, after: bool) -> None:
        """The part was dropped in a committed unit, its files were still there."""
        lake = open_lake(FailingStrikeSink(sink, "retire", after=after))
        old = self.commit(lake, make_snapshots(2))
        with pytest.raises(StepFailed):
            self.commit(lake, make_snapshots(3), drop=(old,))
        assert self.shown(lake) == [0, 1, 2]
        lake = open_lake()
        lake.settle()
        assert self.shown(lake) == [0, 1, 2]
        with pytest.raises(GexlakeError):
            lake.ladders.snapshots(old)

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize(("step", "nth"), [("publish", 1), ("publish", 2), ("discard", 1), ("retire", 1)])
    def test_a_kill_while_settling_does_no_harm(
        self, open_lake: LakeOpener, sink: StrikeSink, step: str, nth: int, *, after: bool
    ) -> None:
        """The next settling finishes it."""
        lake = open_lake()
        old = self.commit(lake, make_snapshots(1, second=30))
        dying = open_lake(FailingStrikeSink(sink, "publish"))
        parts = [stage_part(sink, make_snapshots(2, second=second), unit="u") for second in (0, 5)]
        with pytest.raises(StepFailed):
            self.commit_parts(dying, *parts, drop=(old,))
        stage_part(sink, make_snapshots(2, second=20), unit="v")
        with pytest.raises(StepFailed):
            open_lake(FailingStrikeSink(sink, step, nth, after=after)).settle()
        lake = open_lake()
        lake.settle()
        lake.settle()
        assert self.shown(lake) == [0, 1, 5, 6]
        assert lake.sink.staged_units() == []
        with pytest.raises(GexlakeError):
            lake.ladders.snapshots(old)

    def test_settle_ends_the_runs_of_killed_processes(self, open_lake: LakeOpener) -> None:
        """Nobody knows when they ended; the others stay as they are."""
        lake = open_lake()
        done = make_run("done", status=RunStatus.SUCCESS, finished_at=NOON)
        for run in (done, make_run("killed")):
            lake.lineage.save_run(run)
        lake.settle()
        assert {run.import_id: run.status for run in lake.lineage.runs()} == {
            "done": RunStatus.SUCCESS,
            "killed": RunStatus.INTERRUPTED,
        }
        assert [run.finished_at for run in lake.lineage.runs(status=RunStatus.INTERRUPTED)] == [None]

    def test_whoever_holds_the_lake_keeps_commits_waiting(self, open_lake: LakeOpener) -> None:
        """Until they let go; what is seen then is all of the commit."""
        lake, begun, committed = open_lake(), threading.Event(), threading.Event()

        def commit() -> None:
            begun.set()
            self.commit(lake, make_snapshots(2))
            committed.set()

        committer = threading.Thread(target=commit)
        with lake.held():
            committer.start()
            assert begun.wait(_LONG)
            assert not committed.wait(_SHORT)
            assert self.shown(lake) == []
        assert committed.wait(_LONG)
        committer.join()
        assert self.shown(lake) == [0, 1]

    def test_a_journal_that_is_renewed_tells_everything_in_one_entry(self, open_lake: LakeOpener) -> None:
        """And goes on from there."""
        lake = open_lake()
        for second in range(3):
            self.commit(lake, make_snapshots(1, second=second))
        if not lake.journal.numbers():
            pytest.skip("this lake keeps no journal")
        lake.renew_journal()
        assert lake.journal.numbers() == [lake.journal_position()]
        parts = [note.part for note in lake.journal.notes(lake.journal_position()) if isinstance(note, PartAdded)]
        assert sorted(part.key.name for part in parts) == sorted(part.key.name for part in lake.snapshots.parts())
        self.commit(lake, make_snapshots(1, second=3))
        assert lake.journal.numbers() == [lake.journal_position() - 1, lake.journal_position()]
