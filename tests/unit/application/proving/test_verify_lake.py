"""The account of a lake in memory: what must agree, and how what does not is named."""

from collections.abc import Callable

import pytest

from gexlake.domain.account import DayLine
from gexlake.domain.disagreements import Disagreement, Off
from gexlake.domain.rejects import RejectReason
from gexlake.domain.runs import Counts, FileStatus
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import (
    FEED,
    NOON,
    make_file,
    make_reject,
    make_rejects,
    make_snapshots,
    stage_part,
)
from support.accounts import account, off


def lake_of(snapshots: int = 3) -> InMemoryLake:
    """Make a lake of one file with a reject and a conflict."""
    lake = InMemoryLake()
    part, table = stage_part(lake.sink, make_snapshots(snapshots), unit="u")
    rejects = [make_reject(7), make_reject(8, reason=RejectReason.CONFLICT)]
    counts = Counts(read=snapshots + 4, accepted=snapshots, duplicates=2, rejected=1, conflicts=1, strikes=9)
    with lake.unit() as unit:
        unit.add_part(part, table)
        unit.lineage.add_file(make_file(1, counts=counts))
        unit.lineage.add_rejects(make_rejects(rejects))
        unit.commit()
    lake.sink.discard("u")
    return lake


def recounted(**change: int) -> Callable[[InMemoryLake], None]:
    """Change what the lineage counts."""
    return lambda lake: lake.lineage.recount(1, Counts(**change))


def test_a_lake_that_is_whole() -> None:
    """With its lines by file and by day, and its rejects."""
    lake = lake_of()
    found = account(lake)
    assert (off(found), found.holds) == ([], True)
    assert (found.snapshots, found.strikes, found.parts) == (3, 9, 1)
    assert found.days == (
        DayLine(
            feed=FEED,
            date=NOON.date(),
            parts=1,
            snapshots=3,
            in_lineage=3,
            in_parquet=3,
            strikes=9,
            strikes_in_parquet=9,
            flagged=0,
        ),
    )
    assert [(line.source_file, line.counts.read, line.stored) for line in found.files] == [("history/1.json", 7, 3)]
    assert (found.rejects.pending, found.rejects.conflicts, found.rejects.replayed) == (2, 1, 0)


def test_an_empty_lake_is_whole() -> None:
    """There is nothing to be lost."""
    found = account(InMemoryLake())
    assert (off(found), found.snapshots, found.days) == ([], 0, ())


@pytest.mark.parametrize(
    ("damage", "kinds"),
    [
        (recounted(read=1), ["file-unbalanced"]),
        (recounted(read=1, accepted=1), ["file-snapshots"]),
        (recounted(strikes=-1), ["file-strikes"]),
        (recounted(flagged=1), ["file-flagged"]),
        (recounted(read=1, conflicts=1), ["file-rejects"]),
        (recounted(duplicates=1, conflicts=-1), ["file-rejects"]),
        (lambda lake: lake.lineage.forget_files({1}), ["file-unknown"]),
        (lambda lake: lake.sink.published.clear(), ["part-missing", "part-missing"]),
        (
            lambda lake: lake.snapshots.remove_part(lake.snapshots.parts()[0]),
            ["file-snapshots", "file-strikes", "part-stray"],
        ),
        (lambda lake: stage_part(lake.sink, make_snapshots(1), unit="v"), ["staging-left"]),
    ],
)
def test_what_is_off_is_named(damage: Callable[[InMemoryLake], None], kinds: list[str]) -> None:
    """Each kind by its name."""
    lake = lake_of()
    damage(lake)
    found = account(lake)
    assert (off(found), found.holds) == (kinds, False)


def test_a_day_agrees_or_not() -> None:
    """By all of its numbers."""
    lake = lake_of()
    lake.sink.published.clear()
    (day,) = account(lake).days
    assert (day.agrees, day.snapshots, day.in_parquet) == (False, 3, 0)


def test_a_reject_that_a_second_reading_meets_again_is_no_surplus() -> None:
    """It is kept once: at least as many as one reading refused, at most as many as all did."""
    lake = lake_of()
    again = Counts(read=5, duplicates=3, rejected=1, conflicts=1)
    lake.lineage.add_file(make_file(2, source_file="history/1.json", counts=again))
    assert off(account(lake)) == []
    lake.lineage.add_file(make_file(2, source_file="history/1.json", counts=again + Counts(read=2, rejected=2)))
    (found,) = account(lake).disagreements
    assert (found.kind, found.claimed, found.found) == (Off.FILE_REJECTS, 3, 1)


def test_a_replay_leaves_its_conflicts_where_they_were_found() -> None:
    """Its own reading counts those that lost before, and keeps none."""
    lake = lake_of()
    replayed = make_file(2, source_file="replay:run-2/rejects", form="rejects", counts=Counts(read=1, conflicts=1))
    lake.lineage.add_file(replayed)
    assert off(account(lake)) == []


def test_what_failed_has_nothing_to_account_for() -> None:
    """A file of which nothing was read balances."""
    lake = lake_of()
    lake.lineage.add_file(make_file(2, status=FileStatus.FAILED, counts=Counts()))
    assert off(account(lake)) == []


@pytest.mark.parametrize("kind", list(Off))
def test_each_kind_has_a_sentence_and_a_cure(kind: Off) -> None:
    """With the facts filled in, and paths that can be pasted into a shell."""
    one = Disagreement(kind=kind, where="my history/a.json", claimed=1_000, found=2_000, detail="record 5")
    assert "my history/a.json" in one.sentence
    assert "{" not in one.sentence + one.cure
    assert "gexlake" in one.cure or "Mend" in one.cure
    if "import my" in one.cure:
        pytest.fail("the path is not quoted")
