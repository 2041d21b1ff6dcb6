"""The behaviour of every lineage store: its runs and readings, and with them what ``kept_rejects`` says."""

# ruff: noqa: PLR2004  # expected values are plain numbers

from __future__ import annotations

from datetime import timedelta

import pytest

from ..application.ports.lineage_store import LineageStore
from ..domain.runs import Counts, DayTotal, FileStatus, FileTally, RunStatus
from .builders import FEED, NOON, make_file, make_run
from .kept_rejects import KeptRejectsSuite

HOUR = timedelta(hours=1)


class LineageStoreSuite(KeptRejectsSuite):
    """Give it a fixture ``store``: an empty lineage store."""

    @pytest.fixture
    def store(self) -> LineageStore:
        """Give an empty store."""
        raise NotImplementedError

    def test_an_empty_store_answers_with_nothing(self, store: LineageStore) -> None:
        """No question to an empty store is an error."""
        assert (store.runs(), store.files(), store.latest_files(), list(store.rejects())) == ([], [], {}, [])
        assert (store.last_readings(), store.readings({1})) == ({}, {})
        assert (store.file(1), store.reject(1)) == (None, None)
        assert store.run("run-1") is None
        assert store.reject_tallies() == {}
        assert store.next_file_id() == 1
        store.forget_files({1})
        store.mark_replayed({1}, "run-1")

    def test_a_run_comes_back_as_it_was(self, store: LineageStore) -> None:
        """Every field of a run is kept."""
        run = make_run(
            status=RunStatus.PARTIAL,
            finished_at=NOON + timedelta(microseconds=1),
            dry_run=True,
            options={"on_conflict": "keep", "workers": 2, "feeds": None, "tickers": ["SPX"]},
            files=FileTally(found=6, imported=1, unchanged=1, partial=1, failed=1, unsupported=2),
            counts=Counts(read=9, accepted=4, duplicates=1, rounding_twins=1, conflicts=1, rejected=2, strikes=12),
            bytes_read=10**12,
            duration_seconds=0.125,
            days=(DayTotal(feed=FEED, date=NOON.date(), snapshots=4, strikes=12, flagged=1),),
            errors=("history/a.json: größer", ""),
        )
        store.save_run(run)
        assert store.runs() == [run]

    def test_a_later_word_about_a_run_takes_the_place_of_the_earlier(self, store: LineageStore) -> None:
        """A run is written at its start and again at its end."""
        store.save_run(make_run())
        ended = make_run(status=RunStatus.SUCCESS, finished_at=NOON + HOUR)
        store.save_run(ended)
        assert store.runs() == [ended]

    def test_a_run_is_found_by_its_id(self, store: LineageStore) -> None:
        """By the whole of it, and by its latest word."""
        ended = make_run("run-1", status=RunStatus.SUCCESS, finished_at=NOON + HOUR)
        for run in (make_run("run-1"), make_run("run-10"), ended):
            store.save_run(run)
        assert (store.run("run-1"), store.run("run-10")) == (ended, make_run("run-10"))
        assert [store.run(unknown) for unknown in ("run", "RUN-1", "", "run-1\x00", "b\udcffse")] == [None] * 5

    def test_runs_come_newest_first(self, store: LineageStore) -> None:
        """With a limit and by status."""
        runs = [
            make_run(f"run-{n}", started_at=NOON + n * HOUR, status=status)
            for n, status in enumerate((RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.SUCCESS))
        ]
        for run in runs:
            store.save_run(run)
        assert store.runs() == runs[::-1]
        assert store.runs(1) == [runs[2]]
        assert store.runs(status=RunStatus.SUCCESS) == [runs[2], runs[0]]

    def test_a_list_of_runs_goes_on_behind_one(self, store: LineageStore) -> None:
        """Those of one moment by their ids; what begins or ends meanwhile shifts nothing."""
        runs = [make_run(f"run-{n}", started_at=NOON + n // 2 * HOUR) for n in range(4)]
        for run in runs:
            store.save_run(run)
        found = store.runs(1)
        for n in range(4, 7):
            store.save_run(make_run(f"run-{n}", started_at=NOON + n * HOUR))
            last = found[-1]
            store.save_run(make_run(last.import_id, started_at=last.started_at, status=RunStatus.SUCCESS))
            found += store.runs(1, before=(last.started_at, last.import_id))
        assert [run.import_id for run in found] == ["run-3", "run-2", "run-1", "run-0"]
        assert store.runs(before=(NOON, "run-0")) == []
        assert store.runs(status=RunStatus.RUNNING, before=(NOON + HOUR, "run-2")) == [runs[0]]

    def test_a_reading_comes_back_as_it_was(self, store: LineageStore) -> None:
        """Every field is kept, also a file name that is no UTF-8."""
        file = make_file(
            7,
            source_file="history/b\udcffse größe \U0001f600.json",
            feeds=(),
            selection="SPX; ; ",
            status=FileStatus.PARTIAL,
            counts=Counts(read=3, accepted=1, conflicts=1, rejected=1, flagged=1, skipped=5, strikes=3),
            errors=("b\udcffse: breaks off", "x"),
            import_timestamp=NOON + timedelta(microseconds=1),
        )
        store.add_file(file)
        assert store.file(7) == file
        assert store.latest_files() == {file.source_file: file}
        assert store.files(path="b\udcffse") == [file]

    def test_a_reading_that_is_written_again_takes_the_place_of_itself(self, store: LineageStore) -> None:
        """Its counts may change later, when another file's snapshots replace its own."""
        store.add_file(make_file(1))
        store.add_file(make_file(2))
        changed = make_file(1, counts=Counts(read=3, accepted=2, conflicts=1))
        store.add_file(changed)
        assert store.file(1) == changed
        assert len(store.files()) == 2

    def test_file_ids_grow(self, store: LineageStore) -> None:
        """The next one is above all that are there."""
        store.add_file(make_file(5))
        store.add_file(make_file(3))
        assert store.next_file_id() == 6

    def test_the_latest_reading_of_each_file(self, store: LineageStore) -> None:
        """The highest number counts, whatever the order of writing."""
        newest = make_file(3, source_file="a.json", status=FileStatus.PARTIAL)
        other = make_file(2, source_file="b.json")
        for file in (newest, other, make_file(1, source_file="a.json")):
            store.add_file(file)
        assert store.latest_files() == {"a.json": newest, "b.json": other}

    def test_readings_are_found_by_their_numbers(self, store: LineageStore) -> None:
        """As many as are asked for and known."""
        files = {n: make_file(n, source_file=f"history/{n}.json") for n in (1, 2, 5)}
        for file in files.values():
            store.add_file(file)
        assert store.readings({5, 1, 3}) == {1: files[1], 5: files[5]}
        assert (store.readings([2]), store.readings(())) == ({2: files[2]}, {})

    def test_the_last_reading_of_each_file_with_each_selection(self, store: LineageStore) -> None:
        """Those of a file with the highest number first, whatever the order of writing."""
        one, other, again, whole = (
            make_file(n, source_file="a.json", selection=selection)
            for n, selection in ((4, "SPX; ; "), (5, "NQ_NDX; ; "), (7, "SPX; ; "), (6, ""))
        )
        elsewhere = make_file(3, source_file="b.json", selection="SPX; ; ")
        for file in (again, one, elsewhere, whole, other):
            store.add_file(file)
        assert store.last_readings() == {"a.json": [again, whole, other], "b.json": [elsewhere]}

    def test_readings_are_found_newest_first(self, store: LineageStore) -> None:
        """By time with both ends, status, run and part of the path, with a limit."""
        files = [
            make_file(
                n,
                import_timestamp=NOON + n * HOUR,
                source_file=f"{'odd' if n % 2 else 'even'}/{n}_%.json",
                status=FileStatus.FAILED if n == 3 else FileStatus.IMPORTED,
                import_id=f"run-{n // 2}",
            )
            for n in range(5)
        ]
        for file in files:
            store.add_file(file)
        assert store.files() == files[::-1]
        assert store.files(limit=2) == [files[4], files[3]]
        assert store.files(start=NOON + HOUR, end=NOON + 2 * HOUR) == [files[2], files[1]]
        assert store.files(status=FileStatus.FAILED) == [files[3]]
        assert store.files(import_id="run-1") == [files[3], files[2]]
        assert store.files(path="odd/") == [files[3], files[1]]
        assert store.files(path="4_%") == [files[4]]
        assert store.files(path="%/%") == []

    def test_a_list_of_readings_goes_on_behind_one(self, store: LineageStore) -> None:
        """Those of one moment by their numbers; what is read meanwhile shifts nothing."""
        for n in range(1, 5):
            store.add_file(make_file(n, import_timestamp=NOON + n // 3 * HOUR))
        found = store.files(limit=1)
        for n in range(5, 8):
            store.add_file(make_file(n, import_timestamp=NOON + n * HOUR))
            found += store.files(limit=1, before=(found[-1].import_timestamp, found[-1].file_id))
        assert [file.file_id for file in found] == [4, 3, 2, 1]
        assert store.files(before=(NOON, 1)) == []
        assert [file.file_id for file in store.files(path="/1.j", end=NOON, before=(NOON, 2))] == [1]
