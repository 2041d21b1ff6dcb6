"""Importing again: what is stored already, what conflicts, what replaces, what is cleared; in both lakes."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.clock import FixedClock
from gexlake.adapters.memory.lake import InMemoryLake
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.application.columns.batch import snapshots_of
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.application.ports.unit_of_work import Lake
from gexlake.application.proving.verify_lake import VerifyLake
from gexlake.domain.runs import Counts, ImportRun, OnConflict, RunStatus
from gexlake.domain.snapshot import GexSnapshot
from support.lakes import new_lake
from support.records import NOW, OPEN, array, enveloped, lines, paid, record, records, row, without, words

Import = Callable[..., ImportRun]
NAME = "2025-10-06_NQ_NDX_classic_gex_zero.json"


@pytest.fixture(params=["memory", "duckdb"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lake]:
    """A new lake, in memory and on disk."""
    with closing(new_lake(request.param, tmp_path / "lake")) as opened:
        yield opened


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """An empty history folder."""
    folder = tmp_path / "history"
    folder.mkdir()
    return folder


@pytest.fixture
def imported(lake: Lake, history: Path) -> Import:
    """Give a function that imports the history into the lake, with a few snapshots in a row group."""
    clock = FixedClock(NOW)
    use_case = ImportHistory(lake, {"legacy": LegacyReader}, InlineWorkPool(), clock)

    def run(source: Path = history, **options: Any) -> ImportRun:
        clock.advance(60)
        result = use_case.run(ImportRequest(source, **{"batch_size": 4, **options}), SilentProgress())
        assert result.counts.balanced
        assert lake.sink.staged_units() == []
        return result

    return run


#: As many days as parts can be open at once: another day closes the one that was used longest ago.
DAYS = range(1, 101)


def put(folder: Path, made: list[dict[str, Any]], name: str = NAME) -> Path:
    """Write records as a file."""
    path = folder / name
    path.write_bytes((lines if name.endswith("l") else array)([words(one) for one in made]))
    return path


def held(lake: Lake) -> dict[int, GexSnapshot]:
    """Give all that a lake holds by its seconds, and check that store, parts, counts and lineage agree."""
    found: dict[int, GexSnapshot] = {}
    for part in lake.snapshots.parts():
        made = [one for group in lake.ladders.batches(part) for one in snapshots_of(*group)]
        assert len(made) == part.snapshots
        assert [one.timestamp for one in made] == sorted({one.timestamp for one in made})
        known = lake.snapshots.known(part.key.feed, part.first, part.last)
        assert part.key.name in known.column("part").to_pylist()
        seconds = {int(one.timestamp.timestamp()) - OPEN: one for one in made}
        assert not found.keys() & seconds.keys()
        found |= seconds
    days = lake.snapshots.days()
    assert sum(day.snapshots for day in days) == len(found)
    assert sum(day.strikes for day in days) == sum(len(one.strikes) for one in found.values())
    assert sum(file.counts.accepted for file in lake.lineage.files(limit=1000)) == len(found)
    assert all(file.counts.balanced for file in lake.lineage.files(limit=1000))
    return found


def spots(lake: Lake) -> dict[int, float]:
    """Give the price of every second."""
    return {second: one.spot for second, one in sorted(held(lake).items())}


def reasons(lake: Lake) -> list[tuple[str, bytes]]:
    """Give reason and words of every reject."""
    return [(str(stored.reject.reason), stored.reject.raw) for stored in lake.lineage.rejects()]


def test_second_import_finds_nothing_new(imported: Import, lake: Lake, history: Path):
    """Unchanged files are not opened; forced to, they are duplicates."""
    put(history, records(9))
    imported()

    again, forced = imported(), imported(force=True)

    assert (again.status, again.files.unchanged, again.counts) == (RunStatus.SUCCESS, 1, Counts())
    assert forced.counts == Counts(read=9, duplicates=9)
    assert len(held(lake)) == 9
    assert len(lake.snapshots.parts()) == 1


def test_stored_snapshot_stays_in_a_conflict(imported: Import, lake: Lake, history: Path):
    """The newcomer is a reject, word for word, and only once."""
    put(history, records(9))
    imported()
    rival = record(4, spot=7.0)
    put(history, [rival, record(9)], "second_NQ_NDX_classic_gex_zero.json")

    run = imported()

    assert run.counts == Counts(read=2, accepted=1, conflicts=1, strikes=3)
    assert spots(lake) == dict.fromkeys(range(10), 25190.5)
    assert reasons(lake) == [("conflict", words(rival))]
    imported(force=True)
    assert reasons(lake) == [("conflict", words(rival))]
    assert len(held(lake)) == 10


@pytest.mark.parametrize("second", [0, 4, 8])
def test_newcomer_replaces_if_asked_to(second: int, imported: Import, lake: Lake, history: Path):
    """What was stored is the reject then, with the words of its own file."""
    put(history, records(9))
    imported()
    put(history, [record(second, spot=7.0, strikes=[row(5)])], "second_NQ_NDX_classic_gex_zero.json")

    run = imported(on_conflict=OnConflict.REPLACE)

    assert run.counts.accepted == 1
    assert spots(lake) == dict.fromkeys(range(9), 25190.5) | {second: 7.0}
    assert reasons(lake) == [("conflict", words(record(second)))]
    again = imported(on_conflict=OnConflict.REPLACE)
    assert (again.counts.read, len(held(lake))) == (0, 9)


@pytest.mark.parametrize("wrap", [enveloped, paid])
def test_what_is_replaced_keeps_its_envelope_though_its_file_is_gone(
    wrap: Callable[[dict[str, Any]], dict[str, Any]], imported: Import, lake: Lake, history: Path
):
    """The lake has all of it but the layout; a replay brings all of it back."""
    stream = put(history, [wrap(one) for one in records(9)], "stream.jsonl")
    imported()
    before = held(lake)
    assert before[4].envelope == without(wrap({}), "data", "payload")
    stream.unlink()
    put(history, [record(4, spot=7.0)])
    imported(on_conflict=OnConflict.REPLACE)
    assert (spots(lake)[4], len(reasons(lake))) == (7.0, 1)

    ReplayRejects(lake, FixedClock(NOW)).run(None, on_conflict=OnConflict.REPLACE)

    assert held(lake) == before


def test_what_a_replay_replaces_is_a_reject_in_the_words_of_its_file(imported: Import, lake: Lake, history: Path):
    """Once: when its file is read again and it wins, it is no reject any more."""
    said = words(record(0)).replace(b"25190.5", b"25190.50")
    first = history / NAME
    first.write_bytes(array([said]))
    imported()
    put(history, [record(0, spot=7.0)], "second_NQ_NDX_classic_gex_zero.json")
    imported()

    ReplayRejects(lake, FixedClock(NOW), {"legacy": LegacyReader}).run(None, on_conflict=OnConflict.REPLACE)
    assert [stored.reject.raw for stored in lake.lineage.rejects(pending=True)] == [said]

    imported(first, force=True, on_conflict=OnConflict.REPLACE)
    assert spots(lake) == {0: 25190.5}
    pending = [stored.source_file for stored in lake.lineage.rejects(pending=True)]
    assert [path.partition(":")[0] for path in pending] == ["replay"]


def test_what_loses_and_wins_again_in_one_unit_is_no_reject(imported: Import, lake: Lake, history: Path):
    """After a file of so many days another one comes back to the first of them, in another part of it."""
    rival, others = record(0, spot=7.0), [record(-86_400 * day) for day in DAYS]
    put(history, [rival, *others])
    put(history, [record(0)], NAME.replace(".json", "_x.json"))

    for _ in range(2):
        imported(force=True, on_conflict=OnConflict.REPLACE)

        assert spots(lake)[0] == 25190.5
        assert [stored.reject.raw for stored in lake.lineage.rejects(pending=True)] == [words(rival)]


OPTIONAL = ("min_dte", "sec_min_dte", "major_pos_vol", "sum_gex_vol", "sum_gex_oi", "delta_risk_reversal", "max_priors")


@pytest.mark.parametrize("absent", [(), OPTIONAL, OPTIONAL[::2]], ids=["whole", "as little as may be", "some"])
def test_all_of_a_part_is_replaced(absent: tuple[str, ...], imported: Import, lake: Lake, history: Path):
    """A part that is left with nothing goes. Its file was written anew, and yet what it held can be had back."""
    put(history, [without(one, *absent) for one in records(9)])
    imported()
    before = held(lake)
    put(history, [without(one, *absent) for one in records(9, spot=7.0)])

    run = imported(on_conflict=OnConflict.REPLACE)

    assert run.counts.accepted == 9
    assert spots(lake) == dict.fromkeys(range(9), 7.0)
    assert len(list(lake.lineage.rejects(pending=True))) == len(reasons(lake)) == 9
    ReplayRejects(lake, FixedClock(NOW)).run(None, on_conflict=OnConflict.REPLACE)
    assert held(lake) == before
    assert VerifyLake(lake).run().disagreements == ()


def test_what_lost_once_and_is_not_in_its_file_any_more_stays_a_reject(imported: Import, lake: Lake, history: Path):
    """Another snapshot has won at its place."""
    put(history, [record(0)])
    imported()
    name = "second_NQ_NDX_classic_gex_zero.json"
    put(history, [record(0, spot=7.0)], name)
    imported()
    put(history, [record(0, spot=8.0)], name)
    imported(on_conflict=OnConflict.REPLACE)

    assert spots(lake) == {0: 8.0}
    pending = [stored.reject.raw for stored in lake.lineage.rejects(pending=True)]
    assert pending == [words(record(0, spot=7.0)), words(record(0))]


def test_what_lost_once_and_wins_now_is_no_reject_any_more(imported: Import, lake: Lake, history: Path):
    """The one that it takes the place of is one."""
    put(history, [record(0)])
    imported()
    put(history, [record(0, spot=7.0)], "second_NQ_NDX_classic_gex_zero.json")
    imported()
    imported(on_conflict=OnConflict.REPLACE, force=True)

    assert spots(lake) == {0: 7.0}
    assert [stored.reject.raw for stored in lake.lineage.rejects(pending=True)] == [words(record(0))]


def test_rounding_twins_of_what_is_stored_are_no_conflict_with_each_other(imported: Import, lake: Lake, history: Path):
    """Nor do they fail a run that conflicts would: neither goes in."""
    put(history, [record(0)])
    imported()
    put(history, [record(0, spot=25190.504), record(0, spot=25190.496)], "second_NQ_NDX_classic_gex_zero.json")

    run = imported(on_conflict=OnConflict.FAIL)

    assert (run.status, run.counts) == (RunStatus.SUCCESS, Counts(read=2, rounding_twins=2))
    assert spots(lake) == {0: 25190.5}


@pytest.mark.parametrize(("again", "size"), [((7.0,), 1), ((7.0, 25190.5), 101)], ids=["single", "lots"])
def test_newcomer_replaces_what_its_own_unit_has_put_in(
    again: tuple[float, ...], size: int, lake: Lake, history: Path, tmp_path: Path
):
    """A day comes back after more days than parts can be open, so that it makes a part each time."""
    others = [record(-86_400 * day, strikes=[row(5)]) for day in DAYS]
    made = [record(1), record(0), *others]
    for spot in again[:-1]:
        made += [record(0, spot=spot), *others]
    made.append(record(0, spot=again[-1]))
    for begin in range(0, len(made), size):
        put(history, made[begin : begin + size], f"{begin:03d}_gex_zero.jsonl")
    readers = {"legacy": LegacyReader}
    request = ImportRequest(history, batch_size=4, on_conflict=OnConflict.REPLACE)
    base = ImportHistory(InMemoryLake(), readers, InlineWorkPool(), FixedClock(NOW), base=lake)

    said = base.run(replace(request, dry_run=True), SilentProgress())
    run = ImportHistory(lake, readers, InlineWorkPool(), FixedClock(NOW)).run(request, SilentProgress())

    assert (said.counts, said.days) == (run.counts, run.days)
    assert run.counts == sum((file.counts for file in lake.lineage.files(limit=1000)), Counts())
    assert (run.counts.accepted, run.counts.conflicts) == (len(DAYS) + 2, len(again))
    assert sum(day.snapshots for day in run.days) == len(DAYS) + 2
    assert sum(day.strikes for day in run.days) == run.counts.strikes
    assert {second: spot for second, spot in spots(lake).items() if second >= 0} == {0: again[-1], 1: 25190.5}
    lost = [words(record(0, spot=spot)) for spot in (25190.5, *again[:-1])]
    assert reasons(lake) == [("conflict", raw) for raw in lost]
    assert len(list(lake.lineage.rejects(pending=True))) == len(again)
    assert VerifyLake(lake).run().disagreements == ()
    for path in tmp_path.glob("lake/snapshots/**/*.parquet"):
        assert json.loads(pq.read_metadata(path).metadata[b"gexlake.sources"])


def test_conflict_fails_the_run_if_asked_to(imported: Import, lake: Lake, history: Path):
    """Nothing of its file goes in, and the sentence says what to do."""
    put(history, records(9))
    imported()
    put(history, [record(3, spot=7.0), record(20)], "second_NQ_NDX_classic_gex_zero.json")

    run = imported(on_conflict=OnConflict.FAIL)

    assert run.status is RunStatus.FAILED
    assert "NQ_NDX/classic/gex_zero at 2025-10-06T13:30:05Z" in run.errors[0]
    assert "--on-conflict keep" in run.errors[0]
    assert sorted(held(lake)) == list(range(9))
    assert imported().counts == Counts(read=2, accepted=1, conflicts=1, strikes=3)


def test_conflict_within_one_file_fails_the_run_too(imported: Import, lake: Lake, history: Path):
    """Two snapshots of one second in one file."""
    put(history, [record(0), record(1), record(1, spot=7.0)])

    assert imported(on_conflict=OnConflict.FAIL).status is RunStatus.FAILED
    assert held(lake) == {}


@pytest.mark.parametrize("policy", [OnConflict.KEEP, OnConflict.REPLACE])
@pytest.mark.parametrize("order", [(25190.5, 7.0), (7.0, 25190.5), (25190.504, 7.0), (7.0, 25190.504)])
def test_what_is_stored_already_is_no_conflict_whatever_came_before_it(
    order: tuple[float, float], policy: OnConflict, imported: Import, lake: Lake, history: Path
):
    """A file holds what is stored, or its rounding twin, and another snapshot of that moment."""
    put(history, records(2))
    imported()
    put(history, [record(1, spot=spot) for spot in order], "second_NQ_NDX_classic_gex_zero.json")
    base = ImportHistory(InMemoryLake(), {"legacy": LegacyReader}, InlineWorkPool(), FixedClock(NOW), base=lake)

    said = base.run(ImportRequest(history, dry_run=True, on_conflict=policy), SilentProgress())
    run = imported(on_conflict=policy)

    same = "duplicates" if 25190.5 in order else "rounding_twins"
    wins = policy is OnConflict.REPLACE and order[1] == 7.0
    assert getattr(run.counts, same) == 1
    assert (run.counts.accepted, run.counts.conflicts) == ((1, 0) if wins else (0, 1))
    assert said.counts == run.counts
    assert spots(lake) == {0: 25190.5, 1: 7.0 if wins else 25190.5}
    assert reasons(lake) == [("conflict", words(record(1) if wins else record(1, spot=7.0)))]
    assert VerifyLake(lake).run().disagreements == ()


def test_clearing_takes_out_what_the_source_gave_before(imported: Import, lake: Lake, history: Path, tmp_path: Path):
    """Of this source only, rejects included."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    put(elsewhere, records(3))
    imported(elsewhere)
    put(history, [*records(9), record(10, spot=0)])
    imported()
    put(history, [record(5, spot=7.0), record(30)])

    run = imported(clear_existing=True, without_sources=True)

    assert run.counts == Counts(read=2, accepted=2, strikes=6)
    assert spots(lake) == {0: 25190.5, 1: 25190.5, 2: 25190.5, 5: 7.0, 30: 25190.5}
    assert reasons(lake) == []


def test_two_recorders_of_a_day(imported: Import, lake: Lake, history: Path):
    """The same seconds in two files, neither in order: one day, sorted, each second once."""
    put(history, [record(n) for n in (5, 3, 9, 1, 7)], "a_NQ_NDX_classic_gex_zero.json")
    put(history, [record(n) for n in (6, 9, 2, 3, 8, 0, 4, 1)], "b_NQ_NDX_classic_gex_zero.jsonl")

    run = imported()

    assert run.counts == Counts(read=13, accepted=10, duplicates=3, strikes=30)
    assert sorted(held(lake)) == list(range(10))


def test_grown_file(imported: Import, lake: Lake, history: Path):
    """Its new snapshots go in, the known ones are duplicates."""
    put(history, records(6), "2025-10-06_NQ_NDX_classic_gex_zero.jsonl")
    imported()
    put(history, records(10), "2025-10-06_NQ_NDX_classic_gex_zero.jsonl")

    assert imported().counts == Counts(read=10, accepted=4, duplicates=6, strikes=12)
    assert sorted(held(lake)) == list(range(10))


def test_rounding_twin_is_no_conflict(imported: Import, lake: Lake, history: Path):
    """Stream and export of one snapshot; the stored one stays under every policy."""
    put(history, records(3))
    imported()
    put(history, records(3, spot=25190.504), "second_NQ_NDX_classic_gex_zero.json")

    for policy in OnConflict:
        run = imported(force=True, on_conflict=policy)
        assert run.status is RunStatus.SUCCESS
        assert run.counts.rounding_twins == 3
    assert spots(lake) == dict.fromkeys(range(3), 25190.5)


@pytest.mark.parametrize(("bad", "status"), [(1, RunStatus.SUCCESS), (2, RunStatus.PARTIAL)])
def test_error_rate_decides_on_success(bad: int, status: RunStatus, imported: Import, history: Path):
    """More than one in a thousand rejected is no success."""
    put(history, [*(record(n, strikes=[row(5)]) for n in range(1000)), *records(bad, spot=0)])

    run = imported(batch_size=300)

    assert (run.status, run.counts.rejected) == (status, bad)


def test_rejects_are_kept_once_however_often_they_are_read(imported: Import, lake: Lake, history: Path):
    """Forced, grown or moved: one record, one reject."""
    put(history, [record(0), record(1, spot=0)])
    imported()
    imported(force=True)
    put(history, [record(0), record(1, spot=0), record(2)])
    imported()

    assert reasons(lake) == [("not-positive", words(record(1, spot=0)))]
