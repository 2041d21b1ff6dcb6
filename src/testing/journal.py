"""The behaviour of every journal."""

from __future__ import annotations

import pytest

from ..application.ports.journal import (
    FileAdded,
    FileRecounted,
    FilesForgotten,
    Journal,
    Note,
    PartAdded,
    PartDropped,
    RejectsAdded,
    RejectsKept,
    RejectsMarked,
    RunSaved,
    Whole,
)
from ..application.ports.lineage_store import StoredReject
from ..domain.errors import LakeDamaged
from ..domain.rejects import RejectReason
from ..domain.runs import Counts, FileStatus, RunStatus
from .builders import NOON, make_file, make_part, make_reject, make_rejects, make_run, make_snapshots

#: Words that no text can carry, of a record without a place, a ticker or a moment.
_ODD = make_reject(
    7, raw=b"\xff\x00{", byte_offset=None, ticker=None, timestamp=None, reason=RejectReason.NOT_JSON, detail="größe"
)


def notes_of_every_kind() -> list[Note]:
    """Make a note of each kind, odd values among them."""
    return [
        Whole(),
        RunSaved(make_run("run-1", status=RunStatus.PARTIAL, finished_at=NOON, options={"workers": 2})),
        FileAdded(make_file(1, source_file="h\\xe4st/größe.json", status=FileStatus.PARTIAL, errors=("torn",))),
        FileRecounted(1, Counts(read=-3, accepted=-3, strikes=-9)),
        FilesForgotten((3, 5)),
        RejectsAdded(make_rejects([make_reject(0), _ODD])),
        RejectsKept((StoredReject(4, "", "", 1, _ODD, "run-1"), StoredReject(5, "", "", 1, make_reject(0)))),
        RejectsMarked((4, 5), "run-2"),
        RejectsMarked((4,), None),
        PartAdded(make_part(make_snapshots(3))[0]),
        PartDropped("part-0"),
    ]


class JournalSuite:
    """Give it a fixture ``journal``: an empty one."""

    @pytest.fixture
    def journal(self) -> Journal:
        """Give the journal."""
        raise NotImplementedError

    @staticmethod
    def stage(journal: Journal, number: int, *notes: Note) -> None:
        """Finish an entry, so that it waits."""
        entry = journal.begin(number)
        for note in notes or (PartDropped(f"part-{number}"),):
            entry.note(note)
        assert entry.close()

    def write(self, journal: Journal, number: int, *notes: Note) -> None:
        """Write an entry and give it its place."""
        self.stage(journal, number, *notes)
        journal.publish(number)

    def test_what_is_noted_comes_back(self, journal: Journal) -> None:
        """Notes of every kind, in order, value by value."""
        noted = notes_of_every_kind()
        self.write(journal, 1, *noted)
        assert list(journal.notes(1)) == noted

    def test_an_entry_waits_until_it_is_published(self, journal: Journal) -> None:
        """Nobody reads what the store may not commit."""
        self.stage(journal, 1)
        assert (journal.staged(), journal.numbers()) == ([1], [])
        with pytest.raises(LakeDamaged):
            list(journal.notes(1))
        for _ in range(2):  # a kill may have come between the two
            journal.publish(1)
            assert (journal.staged(), journal.numbers()) == ([], [1])
        assert list(journal.notes(1)) == [PartDropped("part-1")]

    def test_an_entry_without_notes_is_none(self, journal: Journal) -> None:
        """A commit that changes nothing of what is journalled leaves nothing."""
        assert not journal.begin(1).close()
        assert (journal.staged(), journal.numbers()) == ([], [])

    def test_an_entry_that_is_aborted_leaves_nothing(self, journal: Journal) -> None:
        """With notes or without."""
        for notes in ([], [PartDropped("a")]):
            entry = journal.begin(1)
            for note in notes:
                entry.note(note)
            entry.abort()
            assert (journal.staged(), journal.numbers()) == ([], [])

    def test_a_new_entry_takes_the_place_of_one_that_waits(self, journal: Journal) -> None:
        """The commit that the old one belonged to was undone."""
        self.stage(journal, 1, PartDropped("old"), PartDropped("older"))
        self.write(journal, 1, PartDropped("new"))
        assert list(journal.notes(1)) == [PartDropped("new")]

    def test_an_entry_that_waits_can_be_discarded(self, journal: Journal) -> None:
        """Others stay; one that is not there is no error."""
        self.stage(journal, 2)
        self.write(journal, 1)
        for _ in range(2):
            journal.discard(2)
        journal.publish(2)
        assert (journal.staged(), journal.numbers()) == ([], [1])

    def test_numbers_come_in_order(self, journal: Journal) -> None:
        """As numbers, not as words, and whatever came first."""
        for number in (10, 9, 100, 2):
            self.write(journal, number)
        for number in (1000, 101):
            self.stage(journal, number)
        assert (journal.numbers(), journal.staged()) == ([2, 9, 10, 100], [101, 1000])

    def test_an_entry_that_is_not_there_is_damage(self, journal: Journal) -> None:
        """And no empty one."""
        with pytest.raises(LakeDamaged):
            list(journal.notes(1))

    def test_earlier_entries_can_be_forgotten(self, journal: Journal) -> None:
        """The one that tells everything stays, and what came after it."""
        for number in (1, 2, 3):
            self.write(journal, number)
        journal.forget_before(2)
        assert journal.numbers() == [2, 3]
