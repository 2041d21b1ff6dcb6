"""Importing again a file of which something was rejected: what is good now goes in, and its reject waits no more."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.clock import FixedClock
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.keeping.remove_source import RemoveSource
from gexlake.application.keeping.repair_lake import RepairLake
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.runs import ImportRun, OnConflict
from support.accounts import account, compared, off
from support.lakes import new_lake
from support.records import NOW, enveloped, put, record

Import = Callable[..., ImportRun]
ENDPOINT = "classic_gex_zero"


@pytest.fixture(params=["memory", "duckdb"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lake]:
    """A new lake, in memory and on disk."""
    with closing(new_lake(request.param, tmp_path / "lake")) as opened:
        yield opened


@pytest.fixture
def clock() -> FixedClock:
    """What time the imports take it to be."""
    return FixedClock(NOW)


@pytest.fixture
def imported(lake: Lake, clock: FixedClock) -> Import:
    """Give a function that imports a source into the lake."""
    use_case = ImportHistory(lake, {"legacy": LegacyReader}, InlineWorkPool(), clock)

    def run(source: Path, **options: Any) -> ImportRun:
        clock.advance(60)
        result = use_case.run(ImportRequest(source, **options), SilentProgress())
        assert result.counts.balanced
        return result

    return run


def waiting(lake: Lake) -> list[tuple[int, str]]:
    """Give record and reason of the rejects that wait."""
    return [(stored.reject.record, stored.reject.reason.value) for stored in lake.lineage.rejects(pending=True)]


def stored(lake: Lake) -> int:
    """Count the snapshots of a lake."""
    return sum(day.snapshots for day in lake.snapshots.days())


def test_the_cure_of_a_record_that_names_no_category_works(imported: Import, lake: Lake, tmp_path: Path):
    """The file is read again with the category that is assumed, once; nothing is stored twice."""
    source = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT), record(1))

    first = imported(source)
    assert (first.counts.accepted, waiting(lake)) == (1, [(1, "field-missing")])

    second = imported(source, assume_category="gex_zero")
    assert (second.counts.accepted, second.counts.duplicates, stored(lake)) == (1, 1, 2)
    assert [kept.replayed_in for kept in lake.lineage.rejects()] == [second.import_id]
    assert [str(feed) for feed in lake.snapshots.feeds()] == ["NQ_NDX/classic/gex_zero"]

    assert imported(source, assume_category="gex_zero").files.unchanged == 1
    assert imported(source).files.unchanged == 1
    assert (off(account(lake)), off(compared(lake, source))) == ([], [])


def test_an_assumed_category_is_no_reason_to_read_what_named_all(imported: Import, tmp_path: Path):
    """Nothing was rejected, or the file itself names the category."""
    all_good = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT))
    named = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_full.jsonl", record(0), record(1, spot=-1))

    for source in (all_good, named):
        imported(source)
        assert imported(source, assume_category="gex_one").files.unchanged == 1


def test_a_record_that_is_rejected_for_another_reason_waits_with_that(imported: Import, lake: Lake, tmp_path: Path):
    """Once, whatever later imports assume."""
    source = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT), record(1, spot=-1))

    imported(source)
    imported(source, assume_category="gex_zero")
    assert waiting(lake) == [(1, "not-positive")]

    imported(source, force=True)
    assert waiting(lake) == [(1, "not-positive")]
    assert off(account(lake)) == []


def test_a_record_that_loses_a_conflict_waits_as_that(imported: Import, lake: Lake, tmp_path: Path):
    """Its moment is taken by another file."""
    imported(put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(1, spot=25_020.5)))
    source = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT), record(1))

    imported(source)
    imported(source, assume_category="gex_zero")

    assert (waiting(lake), stored(lake)) == ([(1, "conflict")], 2)
    assert off(account(lake)) == []


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (FeedFilter(categories=frozenset({"gex_one"})), [(1, "field-missing")]),
        (FeedFilter(categories=frozenset({"gex_zero"})), []),
        (FeedFilter(tickers=frozenset({"SPX"})), [(1, "field-missing")]),
        (FeedFilter(tickers=frozenset({"NQ_NDX"})), []),
    ],
)
def test_what_a_filter_leaves_out_waits_on(
    wanted: FeedFilter, left: list[tuple[int, str]], imported: Import, lake: Lake, tmp_path: Path
):
    """It was not taken in; what the filter lets through was, and waits no more."""
    other = enveloped(record(0, ticker="SPX"), endpoint="classic_gex_one")
    source = put(tmp_path / "recording.jsonl", other, record(1))

    imported(source)
    imported(source, assume_category="gex_zero", feeds=wanted)

    assert (waiting(lake), stored(lake)) == (left, 2 - len(left))
    assert off(account(lake)) == []


@pytest.mark.parametrize("again", [{"force": True}, {}], ids=["forced", "grown"])
def test_a_record_that_was_of_the_future_waits_no_more(
    again: dict[str, bool], imported: Import, lake: Lake, clock: FixedClock, tmp_path: Path
):
    """Under the right clock it is good, and in; one that is broken still waits."""
    late = int((NOW + timedelta(days=3)).timestamp())
    made = [record(0), record(1, timestamp=late), record(2, spot=-1)]
    source = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", *made)
    imported(source)
    assert waiting(lake) == [(1, "timestamp-in-future"), (2, "not-positive")]

    clock.advance(4 * 86_400)
    put(source, *made, *([] if again else [record(3)]))
    imported(source, **again)

    assert (waiting(lake), stored(lake)) == ([(2, "not-positive")], 2 if again else 3)
    assert off(account(lake)) == []


def test_another_record_in_its_place_is_no_cure(imported: Import, lake: Lake, tmp_path: Path):
    """The words that were rejected are nowhere else."""
    source = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1, spot=-1))
    imported(source)
    put(source, record(0), record(2), record(3))
    imported(source)

    assert (waiting(lake), stored(lake)) == ([(1, "not-positive")], 3)


@pytest.mark.parametrize("lake", ["duckdb"], indirect=True)
def test_what_leaves_with_a_damaged_part_waits_again(imported: Import, lake: Lake, clock: FixedClock, tmp_path: Path):
    """Read again without the category that was assumed, it is rejected again; with it, it is back."""
    source = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT), record(1))
    imported(source)
    imported(source, assume_category="gex_zero")
    for part in (tmp_path / "lake" / "strikes").rglob("*.parquet"):
        part.unlink()

    repaired = RepairLake(lake, {"legacy": LegacyReader}, clock).run()
    imported(source)
    assert (repaired.snapshots, stored(lake), waiting(lake)) == (2, 1, [(1, "field-missing")])

    imported(source, assume_category="gex_zero")
    assert (stored(lake), waiting(lake), off(account(lake))) == (2, [], [])


@pytest.mark.parametrize("lake", ["duckdb"], indirect=True)
def test_what_is_in_a_sound_part_does_not_wait(imported: Import, lake: Lake, clock: FixedClock, tmp_path: Path):
    """Of records that one reading took in, those that lie in a sound part are in the lake as before."""
    later = int((NOW - timedelta(days=7)).timestamp())
    source = put(
        tmp_path / "recording.jsonl", enveloped(record(0), endpoint=ENDPOINT), record(1), record(2, timestamp=later)
    )
    imported(source)
    imported(source, assume_category="gex_zero")
    assert (stored(lake), waiting(lake)) == (3, [])
    days = sorted((tmp_path / "lake" / "strikes").rglob("date=*"))
    for part in days[-1].iterdir():
        part.unlink()

    RepairLake(lake, {"legacy": LegacyReader}, clock).run()
    kept = len(waiting(lake))
    imported(source, assume_category="gex_zero")
    assert (kept, stored(lake), waiting(lake), off(account(lake))) == (1, 3, [], [])


@pytest.mark.parametrize("lake", ["duckdb"], indirect=True)
def test_what_won_at_last_and_leaves_with_a_damaged_part_waits_again(
    imported: Import, lake: Lake, clock: FixedClock, tmp_path: Path
):
    """Its file is gone by then, and nobody else has its words."""
    imported(put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0)))
    source = put(tmp_path / "second" / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0, spot=25_020.5))
    imported(source)
    imported(source, force=True, on_conflict=OnConflict.REPLACE)
    for part in (tmp_path / "lake" / "strikes").rglob("*.parquet"):
        part.unlink()
    source.unlink()

    RepairLake(lake, {"legacy": LegacyReader}, clock).run(without_sources=True)

    assert (stored(lake), waiting(lake)) == (0, [(0, "conflict"), (0, "conflict")])
    assert off(account(lake)) == []


def test_what_won_at_last_and_is_cleared_goes_in_again(imported: Import, lake: Lake, tmp_path: Path):
    """It waits until its file is read, and then no more; its rival waits as before."""
    rival = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(1))
    source = put(
        tmp_path / "second" / "2025-10-06_classic_gex_zero.jsonl", record(0, ticker="SPX"), record(1, spot=7.0)
    )
    imported(rival)
    imported(source)
    won = imported(source, force=True, on_conflict=OnConflict.REPLACE)
    assert [kept.replayed_in for kept in lake.lineage.rejects(path=str(source))] == [won.import_id]

    run = imported(source, clear_existing=True, feeds=FeedFilter(tickers=frozenset({"NQ_NDX"})))

    assert (run.counts.accepted, stored(lake)) == (1, 2)
    assert [kept.replayed_in for kept in lake.lineage.rejects(path=str(source))] == [run.import_id]
    assert [kept.source_file for kept in lake.lineage.rejects(pending=True)] == [str(rival)]
    assert off(account(lake)) == []


def test_what_leaves_with_its_feed_waits_again(imported: Import, lake: Lake, clock: FixedClock, tmp_path: Path):
    """Read again without the category that was assumed, it is rejected again; what is still in the lake is not."""
    envelope = enveloped(record(0), endpoint=ENDPOINT)
    late = enveloped(record(2, timestamp=int((NOW + timedelta(days=3)).timestamp())), endpoint=ENDPOINT)
    source = put(tmp_path / "recording.jsonl", envelope, record(1), late)
    imported(source)
    clock.advance(4 * 86_400)
    imported(source, assume_category="gex_one")
    assert (stored(lake), waiting(lake)) == (3, [])

    only_one = FeedFilter(categories=frozenset({"gex_one"}))
    removed = RemoveSource(lake, {}, clock).run([str(source)], only_one)

    assert (removed.snapshots, removed.waiting, waiting(lake)) == (1, 1, [(1, "field-missing")])
    imported(source)
    assert (stored(lake), waiting(lake)) == (2, [(1, "field-missing")])
    assert off(account(lake)) == []


def test_what_lost_a_conflict_waits_no_more_once_its_rival_is_cleared(imported: Import, lake: Lake, tmp_path: Path):
    """Its file is read again, and it goes in, whatever the policy: nothing stands in its way."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first, second = (tmp_path / name / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl" for name in ("first", "second"))
    imported(put(first, record(0), record(1)))
    imported(put(second, record(1, spot=7.0), record(2)))
    assert waiting(lake) == [(0, "conflict")]
    put(first, record(0))

    imported(first, clear_existing=True, without_sources=True)
    run = imported(second)

    assert (run.counts.accepted, run.counts.duplicates, stored(lake)) == (1, 1, 3)
    assert (waiting(lake), [kept.replayed_in for kept in lake.lineage.rejects()]) == ([], [run.import_id])
    assert off(account(lake)) == []


@pytest.mark.parametrize("then", ["grown", "moved"])
def test_who_gave_way_is_read_again_once_its_rival_is_removed(
    then: str, imported: Import, lake: Lake, clock: FixedClock, tmp_path: Path
):
    """Also if it was read once more before that, or is known by another name by now."""
    history = tmp_path / "history"
    history.mkdir()
    source = put(history / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1))
    imported(history)
    if then == "grown":
        put(source, record(0), record(1), record(2))
    else:
        source.rename(history / "moved_2025-10-06_NQ_NDX_classic_gex_zero.jsonl")
    imported(history)
    rival = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(1, spot=25_020.5))
    imported(rival, on_conflict=OnConflict.REPLACE)

    removed = RemoveSource(lake, {"legacy": LegacyReader}, clock).run([str(rival)])
    assert str(source) in removed.repeating
    assert off(compared(lake, history)) == ["source-due"]

    assert imported(history).counts.accepted == 1
    assert (stored(lake), off(account(lake)), off(compared(lake, history))) == (3 if then == "grown" else 2, [], [])


@pytest.mark.parametrize("name", ["2025-10-06_NQ_NDX_classic_gex_zero.jsonl", "other_NQ_NDX_classic_gex_zero.jsonl"])
@pytest.mark.parametrize("gave_way", ["as a repeat", "in a conflict"])
def test_who_gave_way_and_is_gone_is_read_once_it_is_back(
    gave_way: str, name: str, imported: Import, lake: Lake, clock: FixedClock, tmp_path: Path
):
    """Whether it comes back under its name or under another; until then what lost a conflict waits for a replay."""
    for folder in ("rival", "history"):
        (tmp_path / folder).mkdir()
    rival, source = (tmp_path / folder / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl" for folder in ("rival", "history"))
    if gave_way == "as a repeat":
        imported(put(rival, record(0), record(1)))
        imported(put(source, record(1)))
    else:
        imported(put(source, record(1)))
        imported(put(rival, record(1, spot=25_020.5)), on_conflict=OnConflict.REPLACE)
    away = source.rename(tmp_path / "away")

    removed = RemoveSource(lake, {"legacy": LegacyReader}, clock).run([str(rival)])
    assert (removed.repeating, stored(lake)) == ((str(source),), 0)
    assert waiting(lake) == ([] if gave_way == "as a repeat" else [(0, "conflict")])

    back = away.rename(source.with_name(name))
    assert imported(back).counts.accepted == 1
    assert (stored(lake), off(account(lake)), off(compared(lake, back))) == (1, [], [])


def test_a_conflict_of_one_assumed_category_waits_when_its_record_goes_in_as_another(
    imported: Import, lake: Lake, tmp_path: Path
):
    """It is another feed's then; once it wins its own, or if the record names its feed itself, it waits no more."""
    rival = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", record(0), record(1))
    named = enveloped(record(0, spot=25_020.5), endpoint=ENDPOINT)
    source = put(tmp_path / "recording.jsonl", named, record(1, spot=25_020.5))
    imported(rival)
    assert imported(source, assume_category="gex_zero").counts.conflicts == 2

    again = imported(source, assume_category="gex_one", on_conflict=OnConflict.REPLACE)
    assert (again.counts.accepted, sorted(waiting(lake))) == (2, [(0, "conflict"), (1, "conflict")])

    imported(source, assume_category="gex_zero", on_conflict=OnConflict.REPLACE, force=True)
    assert sorted(waiting(lake)) == [(0, "conflict"), (1, "conflict")]
    assert {kept.source_file for kept in lake.lineage.rejects(pending=True)} == {str(rival)}
    assert off(account(lake)) == []
