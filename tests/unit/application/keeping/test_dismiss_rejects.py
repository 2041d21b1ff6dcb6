"""Rejects that are settled by decision."""

import pytest

from gexlake.adapters.memory.clock import FixedClock
from gexlake.application.keeping.dismiss_rejects import ChosenRejects, Dismissal, DismissRejects
from gexlake.application.proving.replay_journal import journal_off, replay
from gexlake.application.proving.verify_lake import VerifyLake
from gexlake.domain.rejects import RejectReason
from gexlake.domain.runs import RunStatus
from gexlake.testing import Dial, InMemoryLake, StepFailed, with_dial
from gexlake.testing.builders import NOON, make_file, make_reject, make_rejects, make_run

CONFLICT, BROKEN = "conflict", "not-positive"


@pytest.fixture
def lake() -> InMemoryLake:
    """A lake with a conflict and two broken records in each of two files, of a run each; the first one is replayed."""
    made = InMemoryLake()
    with made.unit() as work:
        for number in (1, 2):
            work.lineage.save_run(make_run(f"run-{number}", status=RunStatus.PARTIAL))
            work.lineage.add_file(make_file(number, import_id=f"run-{number}"))
            found = [make_reject(0), make_reject(1), make_reject(2, reason=RejectReason.CONFLICT)]
            work.lineage.add_rejects(make_rejects(found, number))
        work.lineage.mark_replayed({1}, "run-2")
        work.commit()
    return made


def waiting(lake: InMemoryLake) -> list[int]:
    """Give the numbers of the rejects that wait."""
    return [stored.reject_id for stored in lake.lineage.rejects(pending=True)]


def dismissed(lake: InMemoryLake, chosen: ChosenRejects, **how: bool) -> Dismissal:
    """Dismiss some."""
    return DismissRejects(lake, FixedClock(NOON)).run(chosen, **how)


@pytest.mark.parametrize(
    ("chosen", "reject_ids", "reasons"),
    [
        (ChosenRejects((5, 2, 2)), (5, 2), {BROKEN: 2}),
        (ChosenRejects((1, 6, 99)), (6,), {CONFLICT: 1}),
        (ChosenRejects(reason=CONFLICT), (3, 6), {CONFLICT: 2}),
        (ChosenRejects(path="/2.j"), (4, 5, 6), {BROKEN: 2, CONFLICT: 1}),
        (ChosenRejects(import_id="run-1"), (2, 3), {BROKEN: 1, CONFLICT: 1}),
        (ChosenRejects(), (2, 3, 4, 5, 6), {BROKEN: 3, CONFLICT: 2}),
    ],
    ids=repr,
)
def test_what_is_chosen_waits_no_more(
    lake: InMemoryLake, chosen: ChosenRejects, reject_ids: tuple[int, ...], reasons: dict[str, int]
) -> None:
    """It is kept as it was, with the run that says so; what does not wait is left as it is."""
    before = list(lake.lineage.rejects())
    rehearsed = dismissed(lake, chosen, dry_run=True)
    assert rehearsed == Dismissal(None, reject_ids, reasons)
    assert (list(lake.lineage.rejects()), len(lake.lineage.runs())) == (before, 2)

    done = dismissed(lake, chosen)
    assert (done.reject_ids, done.reasons) == (reject_ids, reasons)
    assert waiting(lake) == sorted({2, 3, 4, 5, 6} - set(reject_ids))
    assert list(lake.lineage.rejects()) == [
        stored._replace(replayed_in=done.import_id) if stored.reject_id in reject_ids else stored for stored in before
    ]
    run = lake.lineage.run(done.import_id or "")
    assert run is not None
    assert (run.status, run.of_import, run.options) == (RunStatus.SUCCESS, False, {"dismissed": sorted(reject_ids)})


def test_it_can_be_taken_back(lake: InMemoryLake) -> None:
    """By numbers, by what was chosen then, or by the run that dismissed them; what was taken in stays so."""
    conflicts = dismissed(lake, ChosenRejects(reason=CONFLICT))
    dismissed(lake, ChosenRejects((4, 5)))
    assert waiting(lake) == [2]
    rehearsed = dismissed(lake, ChosenRejects(import_id=conflicts.import_id), undo=True, dry_run=True)
    assert (rehearsed.reject_ids, waiting(lake)) == ((3, 6), [2])

    back = dismissed(lake, ChosenRejects(import_id=conflicts.import_id), undo=True)
    assert (back.reject_ids, back.reasons, waiting(lake)) == ((3, 6), {CONFLICT: 2}, [2, 3, 6])
    assert [run.options for run in lake.lineage.runs() if run.import_id == back.import_id] == [{"reopened": [3, 6]}]
    assert dismissed(lake, ChosenRejects(path="/2.j", import_id="run-2", reason=BROKEN), undo=True).reject_ids == (4, 5)
    assert dismissed(lake, ChosenRejects((1, 2)), undo=True) == Dismissal(None, (), {})
    assert waiting(lake) == [2, 3, 4, 5, 6]


def test_nothing_is_written_where_nothing_is_chosen(lake: InMemoryLake) -> None:
    """No run, and no entry in the journal."""
    position = lake.journal_position()
    assert dismissed(lake, ChosenRejects(path="elsewhere")) == Dismissal(None, (), {})
    assert (lake.journal_position(), len(lake.lineage.runs())) == (position, 2)


def test_the_journal_and_the_account_tell_of_it(lake: InMemoryLake) -> None:
    """A lake that is made anew of the journal has the same rejects; what was dismissed is no replay."""
    dismissed(lake, ChosenRejects(reason=CONFLICT))
    position = lake.journal_position()
    dismissed(lake, ChosenRejects((6,)), undo=True)
    assert lake.journal_position() == position + 1
    anew = InMemoryLake()
    replay(lake.journal, anew)
    assert list(anew.lineage.rejects()) == list(lake.lineage.rejects())
    assert anew.lineage.runs() == lake.lineage.runs()
    total = VerifyLake(lake).run().rejects
    assert (total.pending, total.conflicts, total.replayed, total.dismissed) == (4, 1, 1, 1)


def test_what_fails_after_the_commit_leaves_nothing_half_done(lake: InMemoryLake) -> None:
    """The journal has the entry of a dismissal that took place, for whoever makes the database anew."""
    journal = with_dial(lake.journal, Dial("publish"))
    failing = InMemoryLake(lake.sink, lake.ladders, book=lake.book, journal=journal)
    with pytest.raises(StepFailed):
        dismissed(failing, ChosenRejects())
    assert waiting(lake) == []
    assert journal_off(lake.journal, lake.journal_position()) == []
