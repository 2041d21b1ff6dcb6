"""The import as a whole, in memory: nothing here touches a disk or another process."""

from datetime import timedelta

import pytest

from gexlake.adapters.memory.work_pool import InlineExecutor
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.domain.errors import SourceNotFound
from gexlake.domain.runs import Counts, OnConflict, RunStatus
from gexlake.domain.snapshot import GexSnapshot
from gexlake.testing import (
    FEED,
    NOON,
    InlineWorkPool,
    InMemoryLake,
    make_reject,
    make_run,
    make_snapshot,
    make_snapshots,
)
from support.desk import FIRST, SECOND, Desk


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


def test_imports_with_one_filter_after_the_other_read_a_file_once_for_each():
    """However often they take turns; nor is all of it read again that was read before a part of it."""
    desk = Desk(first=[*make_snapshots(3), *make_snapshots(2, ticker="SPX")])
    for _ in range(2):
        runs = [desk.run(feeds=FeedFilter(tickers=frozenset({ticker}))) for ticker in ("NQ_NDX", "SPX")]
    assert [(run.files.unchanged, run.counts.read) for run in runs] == [(1, 0)] * 2

    assert desk.run().counts.duplicates == 5
    desk.run(feeds=FeedFilter(tickers=frozenset({"SPX"})), force=True)
    assert desk.run().files.unchanged == 1
    assert len(desk.lake.lineage.files()) == 4


@pytest.mark.parametrize("later", [0, 10_000])
def test_without_resume_files_of_interrupted_runs_are_read_again(later: int) -> None:
    """However many other runs were interrupted since."""
    desk = Desk(first=make_snapshots(3))
    cut = desk.run().model_copy(update={"status": RunStatus.INTERRUPTED})
    other = make_run(status=RunStatus.INTERRUPTED, started_at=cut.started_at + timedelta(seconds=1))
    desk.lake.book.runs = {cut.import_id: cut, **dict.fromkeys(map(str, range(later)), other)}

    again = desk.run(resume=False)

    assert (again.files.unchanged, again.counts.duplicates) == (0, 3)


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


def test_a_source_that_is_not_there():
    """Is an error at once, and no run."""
    desk = Desk()

    with pytest.raises(SourceNotFound):
        desk.run()
    assert desk.lake.lineage.runs() == []


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
    """And come when they are, from the same file; what is broken among them makes no run partial that leaves it out."""
    other = make_snapshot(ticker="SPX", second=5)
    desk = Desk(first=[*make_snapshots(2), other, make_reject(ticker="SPX")])

    run = desk.run(feeds=FeedFilter(tickers=frozenset({"NQ_NDX"})))

    assert (run.status, run.counts.accepted, run.counts.skipped) == (RunStatus.SUCCESS, 2, 2)
    run = desk.run()
    assert (run.status, run.counts.accepted, run.counts.rejected) == (RunStatus.PARTIAL, 1, 1)
    assert desk.lake.snapshots.feeds() == [FEED, other.feed]


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


class AskedPool(InlineWorkPool):
    """A pool that remembers how many workers it was asked for."""

    def __init__(self, little_work: int) -> None:
        self.little_work, self.workers = little_work, -1

    def executor(self, workers: int) -> InlineExecutor:
        """Give what any such pool gives."""
        self.workers = workers
        return super().executor(workers)


@pytest.mark.parametrize(("little_work", "workers"), [(1, 1), (1 << 20, 0)])
def test_the_pool_says_what_is_too_little_for_workers(little_work: int, workers: int):
    """That of a server, which has questions to answer, leaves it all to them."""
    desk, pool = Desk(first=make_snapshots(3)), AskedPool(little_work)
    assert desk.run(pool=pool, workers=4).counts.accepted == 3
    assert pool.workers == workers


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
