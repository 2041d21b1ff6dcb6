"""Dismissed rejects, and what becomes of them when their files are read again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.keeping.dismiss_rejects import ChosenRejects, DismissRejects
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.domain.runs import ImportRun, OnConflict
from support.accounts import account, compared, off
from support.records import enveloped, lines, put, record, words

Import = Callable[..., ImportRun]
Dismiss = Callable[[], str | None]
FILE = "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"


def told(lake: DuckDbLake) -> list[tuple[str, int, str | None]]:
    """Give folder, record and settling run of each reject."""
    return [
        (Path(kept.source_file).parent.name, kept.reject.record, kept.replayed_in) for kept in lake.lineage.rejects()
    ]


@pytest.fixture
def dismiss(lake: DuckDbLake) -> Dismiss:
    """Give a function that dismisses all that wait, and names the run."""
    return lambda: DismissRejects(lake, SystemClock()).run(ChosenRejects()).import_id


@pytest.fixture
def rivals(imported: Import, tmp_path: Path) -> tuple[Path, Path]:
    """Two recordings of one moment that differ in the spot; the second one has lost."""
    first = put(tmp_path / "first" / FILE, record(0))
    second = put(tmp_path / "second" / FILE, record(0, spot=25_020.5), record(1), record(2, spot=-1))
    imported(first)
    imported(second)
    return first, second


def test_a_file_that_is_read_again_does_not_have_them_wait(
    imported: Import, lake: DuckDbLake, dismiss: Dismiss, rivals: tuple[Path, Path]
) -> None:
    """By force or because it has grown; the run counts what became of its records, as any other."""
    _, second = rivals
    run_id = dismiss()
    settled = [("second", 0, run_id), ("second", 2, run_id)]
    found = {kept.reject.reason.value: kept.reject.record for kept in lake.lineage.rejects()}
    assert found == {"conflict": 0, "not-positive": 2}
    assert sorted(told(lake)) == settled

    forced = imported(second, force=True)
    assert (forced.counts.conflicts, forced.counts.rejected, sorted(told(lake))) == (1, 1, settled)

    with second.open("ab") as out:
        out.write(lines([words(record(3)), words(record(4, spot=-2))]))
    grown = imported(second)
    assert (grown.counts.accepted, grown.counts.conflicts, grown.counts.rejected) == (1, 1, 2)
    assert sorted(told(lake)) == [*settled, ("second", 4, None)]
    assert (off(account(lake)), off(compared(lake, second))) == ([], [])


def test_the_same_words_at_another_place_of_the_file_are_dismissed_with_them(
    imported: Import, lake: DuckDbLake, dismiss: Dismiss, rivals: tuple[Path, Path]
) -> None:
    """A record was put in before them; one that was corrected, and is broken still, waits."""
    _, second = rivals
    run_id = dismiss()
    put(second, record(9), record(0, spot=25_020.5), record(1), record(2, spot=-1), record(3, spot=-7))
    imported(second)
    anew = told(lake)[2:]
    assert sorted(anew) == [("second", 1, run_id), ("second", 3, run_id), ("second", 4, None)]
    assert off(account(lake)) == []


def test_no_replay_brings_them_back(lake: DuckDbLake, dismiss: Dismiss, rivals: tuple[Path, Path]) -> None:
    """Before it is taken back it finds nothing; after it the record wins, and the loser waits."""
    del rivals
    dismiss()
    replay = ReplayRejects(lake, SystemClock())
    assert replay.run(None, on_conflict=OnConflict.REPLACE).counts.read == 0
    DismissRejects(lake, SystemClock()).run(ChosenRejects(reason="conflict"), undo=True)
    run = replay.run(None, on_conflict=OnConflict.REPLACE)
    assert run.counts.accepted == 1
    assert {place[0]: place[2] for place in told(lake) if place[1] == 0} == {"first": None, "second": run.import_id}
    assert off(account(lake)) == []


def test_one_that_wins_after_all_is_taken_in_and_waits_if_it_loses_again(
    imported: Import, lake: DuckDbLake, dismiss: Dismiss, rivals: tuple[Path, Path]
) -> None:
    """Whoever has it replace what is stored has decided anew."""
    first, second = rivals
    dismiss()
    won = imported(second, force=True, on_conflict=OnConflict.REPLACE)
    conflicts = {name: run for name, number, run in told(lake) if number == 0}
    assert conflicts == {"first": None, "second": won.import_id}
    back = imported(first, force=True, on_conflict=OnConflict.REPLACE)
    conflicts = {name: run for name, number, run in told(lake) if number == 0}
    assert conflicts == {"first": back.import_id, "second": None}
    assert off(account(lake)) == []


def test_one_whose_rival_is_gone_is_taken_in(
    imported: Import, lake: DuckDbLake, dismiss: Dismiss, rivals: tuple[Path, Path]
) -> None:
    """Its file is read again, and nothing stands in its way."""
    first, second = rivals
    dismiss()
    put(first, record(5))
    imported(first, clear_existing=True, without_sources=True)
    run = imported(second)
    assert {number: settled for _, number, settled in told(lake)}[0] == run.import_id
    assert off(account(lake)) == []


def test_one_that_breaks_no_rule_any_more_is_taken_in(
    imported: Import, lake: DuckDbLake, dismiss: Dismiss, tmp_path: Path
) -> None:
    """As when it waits: read with the category that it lacked. One that still breaks a rule stays dismissed."""
    named = [enveloped(record(second, spot=spot), endpoint="classic_gex_zero") for second, spot in ((0, 7.0), (2, -1))]
    source = put(tmp_path / "history" / "recording.jsonl", *named, record(1))
    imported(source)
    run_id = dismiss()
    assert told(lake) == [("history", 1, run_id), ("history", 2, run_id)]
    run = imported(source, assume_category="gex_zero")
    assert told(lake) == [("history", 1, run_id), ("history", 2, run.import_id)]
    assert off(account(lake)) == []
