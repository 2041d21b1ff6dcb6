"""The import as a whole, in memory: nothing here touches a disk or another process."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gexlake.application.import_history import ImportHistory, ImportRequest
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.domain import Counts, FileStatus, GexSnapshot, ImportRun, RunStatus
from gexlake.domain.errors import ReaderFailed, SourceNotFound
from gexlake.domain.runs import OnConflict
from gexlake.testing import (
    FEED,
    NOON,
    Dial,
    FailingStrikeSink,
    FakeReader,
    FixedClock,
    InlineWorkPool,
    InMemoryLake,
    InMemoryStrikeSink,
    InMemoryStrikeSource,
    RecordingProgress,
    StepFailed,
    Torn,
    make_reject,
    make_snapshot,
    make_snapshots,
    with_dial,
)

SOURCE = Path("/recorded")
FIRST, SECOND = str(SOURCE / "first_gex_zero.json"), str(SOURCE / "second_gex_zero.json")


class Desk:
    """A lake in memory, a reader, and the imports of the one through the other."""

    def __init__(self, **files: Sequence[Any]) -> None:
        self.reader = FakeReader({str(SOURCE / f"{name}_gex_zero.json"): contents for name, contents in files.items()})
        self.sink = InMemoryStrikeSink()
        self.lake = InMemoryLake(self.sink)
        self.clock = FixedClock(NOON + timedelta(days=1))
        self.heard = RecordingProgress()

    def run(self, sink: Any = None, lake: Any = None, base: Any = None, **options: Any) -> ImportRun:
        """Import the source; through another sink or into another lake, if one is given."""
        self.heard = RecordingProgress()
        if sink is not None:
            lake = InMemoryLake(sink, InMemoryStrikeSource(self.sink), book=self.lake.book)
        readers = {self.reader.name: lambda: self.reader}
        use_case = ImportHistory(lake or self.lake, readers, InlineWorkPool(), self.clock, base)
        return use_case.run(ImportRequest(SOURCE, **options), self.heard)

    @property
    def shown(self) -> list[int]:
        """The seconds after ``NOON`` of what the lake holds, each with its whole ladder."""
        table = self.lake.snapshots.between(FEED, None, None, 1000)
        parts = self.lake.snapshots.parts(set(table.column("part").to_pylist()))
        ladders = self.lake.ladders.ladders(parts, NOON - timedelta(days=9), NOON + timedelta(days=1))
        assert ladders.num_rows == sum(table.column("strike_count").to_pylist())
        return [int((moment - NOON).total_seconds()) for moment in table.column("timestamp").to_pylist()]

    @property
    def statuses(self) -> dict[str, FileStatus]:
        """What became of each file, by its name."""
        return {Path(path).name: file.status for path, file in self.lake.lineage.latest_files().items()}

    @property
    def nothing_half_done(self) -> bool:
        """Whether every part that is published is known, and nothing waits in staging."""
        known = {part.key.name for part in self.lake.snapshots.parts()}
        return self.sink.published.keys() == known and self.sink.staged_units() == []


def test_a_first_import_takes_everything_in():
    """Snapshots with their ladders, files with their counts, the run with its sums."""
    desk = Desk(first=make_snapshots(3), second=make_snapshots(2, second=10))

    run = desk.run()

    assert (run.status, run.files.imported, run.counts) == (
        RunStatus.SUCCESS,
        2,
        Counts(read=5, accepted=5, strikes=15),
    )
    assert desk.shown == [0, 1, 2, 10, 11]
    assert desk.lake.lineage.runs() == [run]
    assert [file.feeds for file in desk.lake.lineage.files()] == [(str(FEED),)] * 2
    assert desk.nothing_half_done


def test_the_same_again_is_unchanged():
    """Nothing is read, nothing is stored twice."""
    desk = Desk(first=make_snapshots(3))
    desk.run()
    asked = len(desk.reader.asked)

    again = desk.run()

    assert (again.status, again.files.unchanged, again.counts.read) == (RunStatus.SUCCESS, 1, 0)
    assert len(desk.reader.asked) == asked
    assert desk.shown == [0, 1, 2]


def test_a_file_that_has_grown_is_read_again():
    """What it held before is a duplicate, what is new goes in."""
    desk = Desk(first=make_snapshots(3))
    desk.run()

    desk.reader.write(FIRST, *make_snapshots(5))
    run = desk.run()

    assert (run.counts.duplicates, run.counts.accepted) == (3, 2)
    assert desk.shown == [0, 1, 2, 3, 4]


def test_records_in_the_words_of_the_vendor_are_judged():
    """Bad ones are rejects with their words; the rest goes in."""
    bad = {"ticker": "NQ_NDX", "timestamp": NOON.timestamp(), "spot": -1, "zero_gamma": 0, "strikes": [[1, 2, 3]]}
    desk = Desk(first=[bad, *make_snapshots(2)])

    run = desk.run(max_error_rate=0.5)

    assert (run.status, run.counts.rejected, desk.shown) == (RunStatus.SUCCESS, 1, [0, 1])
    (stored,) = desk.lake.lineage.rejects()
    assert (stored.reject.record, stored.source_file, b'"spot": -1' in stored.reject.raw) == (0, FIRST, True)


def test_too_many_rejects_make_the_run_partial():
    """More than the limit, which the words name."""
    desk = Desk(first=[make_reject(0), *make_snapshots(1)])

    run = desk.run(max_error_rate=0.1)

    assert run.status is RunStatus.PARTIAL
    assert "the limit is 10.00%" in run.errors[-1]
    assert desk.shown == [0]


def test_a_reader_that_breaks_down_in_the_middle_leaves_a_partial_file():
    """What it gave before is in, its name is in the error, and the next import tries again."""
    desk = Desk(first=make_snapshots(2), second=make_snapshots(4, second=10))
    desk.reader = FakeReader(
        {str(path): contents for path, contents in desk.reader.files.items()},
        name="broken",
        dial=Dial("batch", 5, error=ValueError("it was never tried on a Tuesday")),
    )

    run = desk.run(batch_size=1)

    assert (run.status, desk.statuses["second_gex_zero.json"]) == (RunStatus.PARTIAL, FileStatus.PARTIAL)
    assert "the reader broken failed: ValueError: it was never tried on a Tuesday" in run.errors[0]
    assert desk.heard.warnings == list(run.errors)
    assert desk.shown == [0, 1, 10]

    again = desk.run()

    assert (again.status, again.files.unchanged, again.counts.accepted) == (RunStatus.SUCCESS, 1, 3)
    assert desk.shown == [0, 1, 10, 11, 12, 13]


def test_a_reader_that_breaks_down_over_its_folder_fails():
    """With its name; the run is written down as failed."""
    desk = Desk(first=make_snapshots(1))
    desk.reader = FakeReader({FIRST: make_snapshots(1)}, dial=Dial("discover", error=ValueError("no such drive")))

    run = desk.run()

    assert run.status is RunStatus.FAILED
    assert "The reader fake failed on /recorded: ValueError: no such drive" in run.errors[0]
    assert desk.shown == []


def test_a_reader_that_cannot_be_made_is_named():
    """Before anything begins."""
    lake = InMemoryLake()

    def broken() -> FakeReader:
        raise ImportError("no module named vendor")

    use_case = ImportHistory(lake, {"mine": broken}, InlineWorkPool(), FixedClock(NOON))
    with pytest.raises(ReaderFailed, match=r"mine failed on /recorded: ImportError: no module named vendor"):
        use_case.run(ImportRequest(SOURCE), RecordingProgress())
    assert lake.lineage.runs() == []


def test_a_source_that_is_not_there():
    """Is an error at once, and no run."""
    desk = Desk()

    with pytest.raises(SourceNotFound):
        desk.run()
    assert desk.lake.lineage.runs() == []


def test_a_torn_file_is_partial_until_it_changes():
    """Its complete records are in."""
    desk = Desk(first=[*make_snapshots(2), Torn("breaks off in record 2"), make_snapshot(second=2)])

    run = desk.run()

    assert (run.status, desk.shown) == (RunStatus.PARTIAL, [0, 1])
    assert "breaks off in record 2" in run.errors[0]
    assert desk.run().files.unchanged == 1

    desk.reader.write(FIRST, *make_snapshots(3))
    whole = desk.run()

    assert (whole.status, whole.counts.accepted, desk.shown) == (RunStatus.SUCCESS, 1, [0, 1, 2])


def test_a_file_that_the_system_refuses_does_not_stop_the_others():
    """It is failed, and tried again."""
    desk = Desk(first=[OSError(5, "Input/output error")], second=make_snapshots(1))

    run = desk.run()

    assert (run.status, run.files.failed, desk.shown) == (RunStatus.PARTIAL, 1, [0])
    desk.reader.write(FIRST, *make_snapshots(1, second=5))
    assert desk.run().files.imported == 1
    assert desk.shown == [0, 5]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("step", "nth"), [("stage", 1), ("stage", 2), ("write", 1), ("close", 1), ("publish", 1), ("publish", 2)]
)
def test_whichever_step_of_the_sink_fails_nothing_half_done_is_shown(step: str, nth: int, *, after: bool):
    """And the next import completes it."""
    days = [*make_snapshots(2), *make_snapshots(2, timestamp=NOON - timedelta(days=3))]
    desk = Desk(first=days, second=make_snapshots(2, second=50))
    failing = FailingStrikeSink(desk.sink, step, nth, after=after)

    with pytest.raises(StepFailed):
        desk.run(failing)

    assert failing.failed
    assert len(desk.shown) == (6 if step == "publish" else 0)  # publishing comes after the commit
    run = desk.run()

    assert run.status is RunStatus.SUCCESS
    assert len(desk.shown) == 6
    assert desk.nothing_half_done
    assert desk.lake.lineage.runs(status=RunStatus.RUNNING) == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["stage", "close", "publish", "retire"])
def test_whichever_step_fails_while_a_snapshot_is_replaced(step: str, *, after: bool):
    """The lake shows the old one or the new one, never both or none."""
    desk = Desk(first=make_snapshots(3))
    desk.run()
    desk.reader.write(FIRST, *make_snapshots(3, spot=9.0))

    with pytest.raises(StepFailed):
        desk.run(FailingStrikeSink(desk.sink, step, after=after), on_conflict=OnConflict.REPLACE)

    assert desk.shown == [0, 1, 2]
    run = desk.run(on_conflict=OnConflict.REPLACE)

    spots = desk.lake.snapshots.between(FEED, None, None, 10).column("spot").to_pylist()
    assert (desk.shown, spots, run.finished_at is None) == ([0, 1, 2], [9.0] * 3, False)
    assert desk.nothing_half_done


def test_a_lake_that_cannot_begin_a_unit_fails_the_import():
    """With the lake's own error, and the one after it goes through."""
    desk = Desk(first=make_snapshots(2))

    with pytest.raises(StepFailed):
        desk.run(lake=with_dial(desk.lake, Dial("unit", 2)))

    assert desk.shown == []
    assert desk.run().status is RunStatus.SUCCESS
    assert {run.status for run in desk.lake.lineage.runs()} == {RunStatus.SUCCESS, RunStatus.INTERRUPTED}


def test_a_dry_run_leaves_the_lake_as_it_is():
    """It counts against what is there, and writes into a lake of its own."""
    desk = Desk(first=make_snapshots(2))
    desk.run()
    desk.reader.write(FIRST, *make_snapshots(5))
    runs, book = desk.lake.lineage.runs(), desk.lake.book.copy()

    run = desk.run(lake=InMemoryLake(), base=desk.lake, dry_run=True)

    assert (run.dry_run, run.counts.duplicates, run.counts.accepted) == (True, 2, 3)
    assert (desk.lake.lineage.runs(), desk.shown) == (runs, [0, 1])
    assert desk.lake.book == book


def test_feeds_that_are_not_wanted_are_skipped():
    """And come when they are, from the same file."""
    other = make_snapshot(ticker="SPX", second=5)
    desk = Desk(first=[*make_snapshots(2), other])

    run = desk.run(feeds=FeedFilter(tickers=frozenset({"NQ_NDX"})))

    assert (run.counts.accepted, run.counts.skipped) == (2, 1)
    assert (desk.run().counts.accepted, desk.lake.snapshots.feeds()) == (1, [FEED, other.feed])


@pytest.mark.parametrize(("policy", "spot"), [(OnConflict.KEEP, 25190.5), (OnConflict.REPLACE, 9.0)])
def test_another_snapshot_of_one_moment_is_a_conflict(policy: OnConflict, spot: float):
    """One stays by the policy; the other is kept as a reject, in its own words."""
    desk = Desk(first=make_snapshots(1), second=[])
    desk.run()
    desk.reader.write(SECOND, make_snapshot(spot=9.0))

    run = desk.run(on_conflict=policy, max_error_rate=1.0)

    table = desk.lake.snapshots.between(FEED, None, None, 10)
    (stored,) = desk.lake.lineage.rejects(reason="conflict")
    assert (run.status, table.column("spot").to_pylist()) == (RunStatus.SUCCESS, [spot])
    assert (b'"spot":9.0' in stored.reject.raw) == (policy is OnConflict.KEEP)


def test_progress_is_told_from_the_start_to_the_end():
    """Started once, with what there is to do; never less than before; finished once, with all of it."""
    desk = Desk(first=make_snapshots(3), second=make_snapshots(2, second=10))

    desk.run()

    kinds = [kind for kind, _ in desk.heard.events]
    told = [progress for _, progress in desk.heard.events]
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("started", "finished", {"advanced"})
    assert (told[0].files_total, told[0].bytes_total, told[0].files_done) == (2, 500, 0)
    assert [progress.bytes_done for progress in told] == sorted(progress.bytes_done for progress in told)
    assert (told[-1].files_done, told[-1].snapshots, told[-1].bytes_done) == (2, 5, 500)
    assert desk.heard.warnings == []


def test_a_run_that_fails_is_finished_too():
    """Whoever heard it start hears it end."""
    desk = Desk(first=make_snapshots(1))

    with pytest.raises(StepFailed):
        desk.run(FailingStrikeSink(desk.sink, "write"))

    assert [kind for kind, _ in desk.heard.events] == ["started", "finished"]


def test_the_clock_dates_the_run():
    """Its start, its end and its files."""
    desk = Desk(first=make_snapshots(1))

    run = desk.run()

    assert (run.started_at, run.finished_at) == (desk.clock.now(), desk.clock.now())
    assert desk.lake.lineage.files()[0].import_timestamp == desk.clock.now()


def snapshots_of_days(count: int) -> list[GexSnapshot]:
    """Make a snapshot on each of so many days."""
    return [make_snapshot(timestamp=NOON - timedelta(days=day)) for day in range(count)]


def test_each_day_of_a_run_is_counted():
    """By feed and New York date."""
    desk = Desk(first=snapshots_of_days(3))

    run = desk.run()

    assert [(day.feed, day.date.day, day.snapshots, day.strikes) for day in run.days] == [
        (FEED, day, 1, 3) for day in (4, 5, 6)
    ]
