"""Comparing files that were read more than once, each time another part of them, or that were moved since."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.clock import FixedClock
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.application.ports.source_reader import FeedFilter, ReadOptions, SourceFile
from gexlake.application.ports.unit_of_work import Lake
from gexlake.application.proving.compare_sources import CompareSources
from gexlake.domain.disagreements import Off
from gexlake.domain.runs import Counts, ImportRun, OnConflict
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import NOON, make_snapshot, stage_part
from support.accounts import account, compared, off
from support.records import NOW, enveloped, lines, put, record, words

Import = Callable[..., ImportRun]
ENDPOINT = "classic_gex_zero"
NQ, SPX = (FeedFilter(tickers=frozenset({ticker})) for ticker in ("NQ_NDX", "SPX"))


@pytest.fixture
def lake() -> Lake:
    """A new lake."""
    return InMemoryLake()


@pytest.fixture
def imported(lake: Lake) -> Import:
    """Give a function that imports a source into the lake."""
    clock = FixedClock(NOW)
    use_case = ImportHistory(lake, {"legacy": LegacyReader}, InlineWorkPool(), clock)

    def run(source: Path, **options: Any) -> ImportRun:
        clock.advance(60)
        return use_case.run(ImportRequest(source, **options), SilentProgress())

    return run


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A folder with a file of each of two tickers, and one of both; one record is broken."""
    folder = tmp_path / "history"
    folder.mkdir()
    put(folder / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1, spot=-1), record(2))
    put(folder / "2025-10-06_SPX_classic_gex_zero.jsonl", record(0, ticker="SPX"), record(1, ticker="SPX"))
    put(folder / "2025-10-07_classic_gex_zero.jsonl", record(86_400), record(86_400, ticker="SPX"), record(86_401))
    return folder


@pytest.mark.parametrize(
    "imports",
    [
        [{"feeds": NQ}, {"feeds": SPX}],
        [{"feeds": SPX}, {"feeds": NQ}, {"feeds": SPX}],
        [{}, {"feeds": SPX, "force": True}],
        [{"feeds": NQ}, {}, {"feeds": NQ, "force": True}],
    ],
    ids=["one ticker, then the other", "to and fro", "all, then one ticker", "all in between"],
)
def test_each_part_of_a_file_is_compared_as_it_was_read(
    imports: list[dict[str, Any]], imported: Import, lake: Lake, history: Path
) -> None:
    """What another filter took earlier is in the file, and every record of it in the lake."""
    for options in imports:
        imported(history, **options)

    found = compared(lake, history)
    assert (off(account(lake)), off(found), found.compared_files) == ([], [], 3)


class CountingReader(LegacyReader):
    """Counts how often it is asked for records."""

    asked = 0

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Read as ever."""
        self.asked += 1
        return super().read(file, options)


@pytest.mark.parametrize(("last", "times"), [({}, 1), ({"feeds": SPX, "force": True}, 2)], ids=["all", "a part"])
def test_a_file_is_compared_once_with_a_reading_that_took_all(
    last: dict[str, Any], times: int, imported: Import, lake: Lake, history: Path
) -> None:
    """However many earlier ones took a part of it."""
    day = history / "2025-10-07_classic_gex_zero.jsonl"
    for options in ({"feeds": NQ}, {"feeds": SPX}, {}, last):
        imported(day, **options)

    reader = CountingReader()
    found = CompareSources(lake, {reader.name: lambda: reader}, FixedClock(NOW)).run(day, SilentProgress())
    assert (off(found), found.compared_records, reader.asked) == ([], 3, times)


def test_what_only_an_earlier_reading_took_is_looked_for(imported: Import, lake: Lake, history: Path) -> None:
    """A record that is lost is told with the filter of the reading that took it."""
    imported(history, feeds=NQ)
    imported(history, feeds=SPX)
    part = min(lake.snapshots.parts(), key=lambda part: (part.key.feed, part.key.date))
    with lake.unit() as work:
        work.drop_part(part)
        work.commit()

    (lost, *more) = compared(lake, history).disagreements
    assert (lost.kind, lost.found, more) == (Off.RECORD_LOST, 2, [])
    assert lost.command.endswith(" --ticker NQ_NDX --force")


def test_the_reject_of_another_record_does_not_hide_that_one_is_lost(
    imported: Import, lake: Lake, tmp_path: Path
) -> None:
    """It stood at that place before the file was written anew."""
    source = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1, spot=-1))
    imported(source)
    imported(put(source, record(0), record(2)))
    lose_all(lake)

    (lost,) = compared(lake, source).disagreements
    assert (lost.kind, lost.found) == (Off.RECORD_LOST, 2)


def test_the_reject_of_other_words_does_not_hide_that_one_is_lost(imported: Import, lake: Lake, tmp_path: Path) -> None:
    """Those stood at that place before the file was written anew."""
    source = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1, spot=-1))
    imported(source)
    imported(put(source, record(0), record(1, spot=-2)))
    last = max(stored.reject_id for stored in lake.lineage.rejects())
    del lake.book.rejects[last]  # type: ignore[attr-defined]  # of a lake in memory

    assert off(compared(lake, source)) == ["reject-lost"]


def test_a_reject_that_was_taken_in_does_not_hide_that_its_record_is_lost(
    imported: Import, lake: Lake, tmp_path: Path
) -> None:
    """It says that the record is in the lake; one whose words were mended for a replay is there as another."""
    late = record(3, timestamp=int((NOW + timedelta(days=3)).timestamp()))
    imported(put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0)))
    source = put(tmp_path / "later" / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0, spot=25_020.5), late)
    imported(source)
    imported(source, force=True, on_conflict=OnConflict.REPLACE)
    mended = [stored.reject_id for stored in lake.lineage.rejects(path=str(source), pending=True)]
    ReplayRejects(lake, FixedClock(NOW)).run(mended, mended=put(tmp_path / "mended.jsonl", record(3)))
    assert off(compared(lake, source)) == []
    lose_all(lake)

    (lost,) = compared(lake, source).disagreements
    assert (lost.kind, lost.found) == (Off.RECORD_LOST, 1)


def lose_all(lake: Lake) -> None:
    """Take all parts out of a lake, without a word in its lineage."""
    with lake.unit() as work:
        for part in lake.snapshots.parts():
            work.drop_part(part)
        work.commit()


def test_a_file_that_has_grown_is_compared_as_far_as_each_filter_read_it(
    imported: Import, lake: Lake, history: Path
) -> None:
    """The one that was imported with another filter only before has not seen the rest."""
    day = history / "2025-10-07_classic_gex_zero.jsonl"
    imported(day, feeds=NQ)
    with day.open("ab") as file:
        file.write(lines([words(record(86_402)), words(record(86_402, ticker="SPX"))]))
    imported(day, feeds=SPX)

    assert off(compared(lake, day)) == []


def test_a_snapshot_that_is_in_no_file_is_foreign_to_the_reading_that_it_names(
    imported: Import, lake: Lake, history: Path
) -> None:
    """It is told with the filter of that one."""
    imported(history, feeds=NQ)
    imported(history, feeds=SPX)
    (first,) = (file for file in lake.lineage.files() if file.counts.read == 3)
    part, rows = stage_part(lake.sink, [make_snapshot(timestamp=NOON, category="gex_one")], file_id=first.file_id)
    with lake.unit() as work:
        work.add_part(part, rows)
        work.commit()

    (foreign, *more) = compared(lake, history).disagreements
    assert (foreign.kind, foreign.found, more) == (Off.SNAPSHOT_FOREIGN, 1, [])
    assert foreign.command.endswith(" --ticker NQ_NDX --clear-existing")


def test_other_categories_that_were_assumed_are_compared_as_such(imported: Import, lake: Lake, tmp_path: Path) -> None:
    """Without the one that was assumed first, its records break a rule."""
    source = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT), record(1))
    imported(source, assume_category="gex_one")
    imported(source, force=True)

    assert (off(account(lake)), off(compared(lake, source))) == ([], [])


def test_what_went_in_as_the_category_that_was_assumed_at_last_may_be_lost(
    imported: Import, lake: Lake, tmp_path: Path
) -> None:
    """That it was refused before, for it names none, is no excuse."""
    source = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT), record(1))
    imported(source)
    imported(source, assume_category="gex_zero")
    lose_all(lake)

    (lost,) = compared(lake, source).disagreements
    assert (lost.kind, lost.found) == (Off.RECORD_LOST, 2)


def test_what_went_in_as_another_category_than_it_was_refused_as_is_not_lost(
    imported: Import, lake: Lake, tmp_path: Path
) -> None:
    """A reading took it for the one, and a later one, under a clock that was right by then, for the other."""
    late = record(0, timestamp=int((NOW + timedelta(hours=24, minutes=5)).timestamp()))
    source = put(tmp_path / "recording.jsonl", late)
    imported(source, assume_category="gex_full")
    for _ in range(5):
        imported(source, assume_category="gex_zero", force=True)

    assert [stored.taken_in for stored in lake.lineage.rejects()] == [True]
    assert off(compared(lake, source)) == []


def test_a_file_that_was_moved_is_not_read_again_for_any_filter(
    imported: Import, lake: Lake, history: Path, tmp_path: Path
) -> None:
    """Each finds what it took under the path that the file had."""
    day = history / "2025-10-07_classic_gex_zero.jsonl"
    for feeds in (NQ, SPX):
        imported(day, feeds=feeds)
    moved = day.rename(tmp_path / day.name)

    runs = [imported(moved, feeds=feeds) for feeds in (NQ, SPX, NQ)]
    assert [run.files.unchanged for run in runs] == [1, 1, 1]
    assert (off(account(lake)), off(compared(lake, moved))) == ([], [])


def test_the_cure_takes_all_that_readings_of_a_file_took(imported: Import, lake: Lake, history: Path) -> None:
    """Not only what the last one did: with its filter alone, what is off would stay."""
    day = history / "2025-10-07_classic_gex_zero.jsonl"
    for feeds in (NQ, SPX):
        imported(day, feeds=feeds)
    with lake.unit() as unit:
        unit.lineage.recount(1, Counts(read=1, conflicts=1))
        unit.commit()

    (found,) = account(lake).disagreements
    assert found.command == f"import {day} --ticker NQ_NDX --ticker SPX --clear-existing"
    imported(day, feeds=NQ | SPX, clear_existing=True)
    assert (off(account(lake)), off(compared(lake, day))) == ([], [])


def test_rejects_of_a_file_that_was_moved_are_those_of_its_earlier_path(
    imported: Import, lake: Lake, history: Path, tmp_path: Path
) -> None:
    """A broken record is among the rejects, under the name that the file had."""
    imported(history)
    moved = history.rename(tmp_path / "archive")
    assert imported(moved).files.unchanged == 3

    assert (off(account(lake)), off(compared(lake, moved))) == ([], [])

    imported(moved, force=True)
    assert [Path(stored.source_file).parent for stored in lake.lineage.rejects(pending=True)] == [history, moved]
    assert (off(account(lake)), off(compared(lake, moved))) == ([], [])


def test_a_reject_is_known_where_it_stands_though_fewer_records_stand_before_it(
    imported: Import, lake: Lake, tmp_path: Path
) -> None:
    """A line that was blanked out leaves the broken one behind it at its byte, with another number."""
    source = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1), record(2, spot=-1))
    imported(source)
    written = source.read_bytes()
    blanked = words(record(1))
    source.write_bytes(written.replace(blanked, b" " * len(blanked)) + lines([words(record(3))]))
    imported(source)

    assert [stored.reject.record for stored in lake.lineage.rejects()] == [2]
    assert (off(account(lake)), off(compared(lake, source))) == ([], [])


def test_the_same_broken_words_twice_are_two_rejects_wherever_they_stand(
    imported: Import, lake: Lake, tmp_path: Path
) -> None:
    """One stands at the byte of that which is kept, the other at its record: a line before was blanked out."""
    source = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1), record(2, spot=-1))
    imported(source)
    written, blanked, broken = source.read_bytes(), words(record(1)), words(record(2, spot=-1))
    source.write_bytes(written.replace(blanked, b" " * len(blanked)) + lines([broken]))
    imported(source)

    assert len(list(lake.lineage.rejects())) == 2
    assert (off(account(lake)), off(compared(lake, source))) == ([], [])
