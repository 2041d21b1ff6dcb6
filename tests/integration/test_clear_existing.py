"""What ``clear_existing`` takes out, what it leaves, and what a rehearsal of it says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.lake import InMemoryLake
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.importing.clearing.clear_existing import SourcesNotRead
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.ports.progress import Progress
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.application.proving.compare_sources import CompareSources
from gexlake.application.proving.verify_lake import VerifyLake
from gexlake.domain.errors import ImportInterrupted
from gexlake.domain.runs import ImportRun, OnConflict, RunStatus
from support.records import array, put, record, records, words

Import = Callable[..., ImportRun]
MONDAY = "2025-10-06_NQ_NDX_classic_gex_zero.json"
TUESDAY = "2025-10-07_NQ_NDX_classic_gex_zero.json"
MIXED = "recorded_gex_zero.jsonl"
DAY = 86_400
SPX = FeedFilter(tickers=frozenset({"SPX"}))


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two days of a feed."""
    folder = tmp_path / "history"
    folder.mkdir()
    put_seconds(folder / MONDAY, 0, 5)
    put_seconds(folder / TUESDAY, DAY, DAY + 3)
    return folder


def put_seconds(path: Path, first: int, end: int) -> None:
    """Write a file of the seconds from one to another."""
    path.write_bytes(array([words(record(second)) for second in range(first, end)]))


def put_mixed(path: Path) -> None:
    """Write a file of three seconds of two tickers, and a record of each that is none."""
    tickers = ("NQ_NDX", "SPX")
    good = [record(second, ticker=ticker) for second in range(3) for ticker in tickers]
    put(path, *good, *(record(9, ticker=t, spot=0) for t in tickers))


def stored(lake: DuckDbLake) -> dict[str, int]:
    """Count the snapshots of each ticker, and check that the lake's account holds."""
    assert VerifyLake(lake).run().disagreements == ()
    counted: dict[str, int] = {}
    for day in lake.snapshots.days():
        counted[day.feed.ticker] = counted.get(day.feed.ticker, 0) + day.snapshots
    return counted


def rehearsed(lake: DuckDbLake, source: Path, **options: object) -> ImportRun:
    """Say what an import would do."""
    scratch = ImportHistory(InMemoryLake(), {"legacy": LegacyReader}, InlineWorkPool(), SystemClock(), base=lake)
    return scratch.run(ImportRequest(source, dry_run=True, **options), SilentProgress())  # type: ignore[arg-type]  # as they come


def test_broken_record_of_another_ticker_is_not_cleared(imported: Import, lake: DuckDbLake, history: Path):
    """The import would skip it; one that names no ticker goes, and is found again."""
    broken = [record(9, ticker="SPX", spot=0), record(10, ticker="")]
    day = history / MONDAY
    put(day, record(0), *broken)
    only_nq = FeedFilter(tickers=frozenset({"NQ_NDX"}))
    imported(day)

    run = imported(day, clear_existing=True, feeds=only_nq)

    assert (run.counts.accepted, run.counts.rejected, stored(lake)) == (1, 1, {"NQ_NDX": 1})
    assert [kept.reject.record for kept in lake.lineage.rejects(pending=True)] == [1, 2]
    assert imported(day).counts.duplicates == 1
    assert len(list(lake.lineage.rejects())) == 2


def test_source_without_files_is_not_cleared(imported: Import, lake: DuckDbLake, history: Path):
    """As on a mount that did not come up; not even when files that are gone may go."""
    imported(history)
    for file in history.iterdir():
        file.unlink()

    for without_sources in (False, True):
        run = imported(history, clear_existing=True, without_sources=without_sources)
        assert run.status is RunStatus.FAILED
        assert "nothing was taken out" in run.errors[0]
        assert "holds no file of history" in run.errors[0]
        assert "taken_out" not in run.options
    assert stored(lake) == {"NQ_NDX": 8}


def test_what_no_file_brings_back_is_not_taken_out_unasked(imported: Import, lake: DuckDbLake, history: Path):
    """Nothing is changed, and the sentence names the file and the cure."""
    imported(history)
    (history / TUESDAY).unlink()

    run = imported(history, clear_existing=True)

    assert run.status is RunStatus.FAILED
    assert run.errors == (str(SourcesNotRead((str(history / TUESDAY),))),)
    assert stored(lake) == {"NQ_NDX": 8}
    run = imported(history, clear_existing=True, without_sources=True)
    assert (run.status, run.counts.accepted) == (RunStatus.SUCCESS, 5)
    assert run.options["taken_out"] == {"snapshots": 8, "rejects": 0, "files": 2}
    assert stored(lake) == {"NQ_NDX": 5}


def test_what_was_read_with_an_assumed_category_is_not_taken_out_without_one(
    lake: DuckDbLake, imported: Import, history: Path
) -> None:
    """Nothing would name it any more; a file that names its own needs no other."""
    put_seconds(history / "bare.json", 100, 102)
    imported(history, assume_category="gex_one")

    run = imported(history, clear_existing=True)

    assert run.status is RunStatus.FAILED
    assert run.errors[0].endswith("Say --assume-category gex_one again.")
    assert stored(lake) == {"NQ_NDX": 10}
    assert imported(history, clear_existing=True, assume_category="gex_one").counts.accepted == 10
    assert imported(history / MONDAY, clear_existing=True).counts.accepted == 5
    assert stored(lake) == {"NQ_NDX": 10}


def test_rejects_that_no_file_brings_back_stay_too(imported: Import, lake: DuckDbLake, history: Path):
    """They are kept word for word, and nobody else has the words."""
    bad = history / "2025-10-08_NQ_NDX_classic_gex_zero.json"
    bad.write_bytes(array([words(record(2 * DAY, spot=0))]))
    imported(history)
    bad.unlink()

    assert imported(history, clear_existing=True).status is RunStatus.FAILED
    assert len(list(lake.lineage.rejects())) == 1


def test_file_under_another_name_brings_back_what_it_gave(imported: Import, lake: DuckDbLake, history: Path):
    """Grown since it was first read, then renamed, and not read since."""
    imported(history)
    put_seconds(history / TUESDAY, DAY, DAY + 4)
    imported(history)
    (history / TUESDAY).rename(history / f"again_{TUESDAY}")

    run = imported(history, clear_existing=True)

    assert (run.counts.accepted, run.options["taken_out"]) == (9, {"snapshots": 9, "rejects": 0, "files": 2})
    assert stored(lake) == {"NQ_NDX": 9}


@pytest.mark.parametrize("begun", [DAY, 4])
def test_what_its_file_has_lost_is_not_taken_out_unasked(
    begun: int, imported: Import, lake: DuckDbLake, tmp_path: Path
):
    """A recorder has truncated it; the lake knows it as it is now, and as it was."""
    live = put(tmp_path / "live_gex_zero.jsonl", *records(5))
    imported(live)
    put(live, *(record(begun + second) for second in range(9)))
    imported(live)
    before = stored(lake)

    run = imported(live, clear_existing=True)

    assert (run.status, run.errors) == (RunStatus.FAILED, (str(SourcesNotRead((str(live),))),))
    assert rehearsed(lake, live, clear_existing=True).status is RunStatus.FAILED
    assert stored(lake) == before
    assert imported(live, clear_existing=True, without_sources=True).status is RunStatus.SUCCESS
    assert stored(lake) == {"NQ_NDX": 9}


@pytest.mark.parametrize("again", [{}, {"spot": 7.0}])
@pytest.mark.parametrize("imports", [1, 2])
def test_file_that_has_all_its_moments_may_be_cleared(
    again: dict[str, float], imports: int, imported: Import, lake: DuckDbLake, tmp_path: Path
):
    """Grown, or fetched again with other values, which is what a clear is for; read again since, or not."""
    live = put(tmp_path / "live_gex_zero.jsonl", *records(5))
    imported(live)
    put(live, *records(9, **again))
    for _ in range(1, imports):
        imported(live)

    run = imported(live, clear_existing=True)

    assert (run.status, run.counts.accepted) == (RunStatus.SUCCESS, 9)
    assert stored(lake) == {"NQ_NDX": 9}


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ([record(0), record(1, spot=0)], RunStatus.PARTIAL),
        ([record(2), record(1, spot=0), record(0)], RunStatus.PARTIAL),
        ([record(0), record(1)], RunStatus.SUCCESS),
        ([record(0)], RunStatus.FAILED),
    ],
)
def test_rejects_of_a_file_that_was_changed(
    now: list[dict[str, Any]], status: RunStatus, imported: Import, tmp_path: Path
):
    """Its words, or what they were mended to, must still be there."""
    live = put(tmp_path / "live_gex_zero.jsonl", record(0), record(1, spot=0))
    imported(live)
    put(live, *now)

    assert imported(live, clear_existing=True).status is status


class StoppedAtOnce(SilentProgress):
    """Stops an import before its first file is read."""

    def started(self, progress: Progress) -> None:
        raise ImportInterrupted


def test_import_that_is_stopped_after_the_clear_is_made_up_for(imported: Import, lake: DuckDbLake, history: Path):
    """The next one brings everything back, without any option."""
    put_mixed(history / MIXED)
    imported(history)
    for feeds, left in ((SPX, {"NQ_NDX": 8}), (FeedFilter(), {})):
        request = ImportRequest(history, feeds=feeds, clear_existing=True)
        with pytest.raises(ImportInterrupted):
            ImportHistory(lake, {"legacy": LegacyReader}, InlineWorkPool(), SystemClock()).run(request, StoppedAtOnce())
        assert stored(lake) == left
        imported(history)
        assert stored(lake) == {"NQ_NDX": 8, "SPX": 3}
    (run,) = (run for run in lake.lineage.runs(2) if run.status is RunStatus.INTERRUPTED)
    assert run.options["taken_out"] == {"snapshots": 11, "rejects": 2, "files": 3}


def test_only_the_feeds_that_are_asked_for_are_cleared(imported: Import, lake: DuckDbLake, history: Path):
    """Of a file of two feeds one stays, and what is known of it holds; a file of the other alone is not opened."""
    put_mixed(history / MIXED)
    imported(history)

    run = imported(history, clear_existing=True, feeds=SPX)

    assert run.options["taken_out"] == {"snapshots": 3, "rejects": 0, "files": 1}
    assert (run.counts.accepted, run.files.unchanged, run.files.imported) == (3, 2, 1)
    assert stored(lake) == {"NQ_NDX": 8, "SPX": 3}
    assert len(list(lake.lineage.rejects())) == 2
    assert imported(history).counts.accepted == 0
    compared = CompareSources(lake, {"legacy": LegacyReader}, SystemClock()).run(history, SilentProgress())
    assert compared.disagreements == ()


def test_what_two_readings_refused_stays_as_long_as_one_of_them(
    imported: Import, lake: DuckDbLake, history: Path, tmp_path: Path
):
    """It is kept once, of the first reading, which was of the cleared feed alone; the second was of two."""
    rival = put(tmp_path / "rival_gex_zero.jsonl", record(0, ticker="SPX", spot=7.0))
    imported(rival)
    spx = [record(0, ticker="SPX"), record(1, ticker="SPX", spot=0), record(2, ticker="SPX")]
    for made in (spx, [*spx, record(8)]):
        put(history / MIXED, *made)
        imported(history)

    run = imported(history, clear_existing=True, feeds=SPX, on_conflict=OnConflict.REPLACE)

    assert run.options["taken_out"] == {"snapshots": 1, "rejects": 0, "files": 1}
    assert run.counts.accepted == 2
    assert stored(lake) == {"NQ_NDX": 9, "SPX": 2}
    kept = {(one.reject.reason.value, one.reject.record): one.replayed_in for one in lake.lineage.rejects(path=MIXED)}
    assert kept == {("conflict", 0): run.import_id, ("not-positive", 1): None}


@pytest.mark.parametrize("feeds", [FeedFilter(), SPX])
def test_rehearsal_says_what_clearing_and_reading_again_would_bring(
    feeds: FeedFilter, imported: Import, lake: DuckDbLake, history: Path, tmp_path: Path
):
    """What would be taken out repeats nothing; what other files gave does."""
    put_mixed(history / MIXED)
    imported(history)
    put_mixed(tmp_path / MIXED)
    imported(tmp_path / MIXED, force=True)
    put_seconds(history / MONDAY, 2, 7)
    before = stored(lake)

    said = rehearsed(lake, history, clear_existing=True, without_sources=True, feeds=feeds)
    assert stored(lake) == before
    done = imported(history, clear_existing=True, without_sources=True, feeds=feeds)

    assert said.options["taken_out"] == done.options["taken_out"]
    assert (said.counts, said.files, said.days) == (done.counts, done.files, done.days)
    assert said.counts.accepted > 0
