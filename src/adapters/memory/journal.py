"""The journal in memory."""

from __future__ import annotations

from collections.abc import Iterator

from ...application.ports.journal import Journal, JournalEntry, Note
from ...domain.errors import LakeDamaged


class InMemoryJournal(Journal):
    """Keeps the notes themselves."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[Note, ...]] = {}
        self.published: dict[int, tuple[Note, ...]] = {}

    def begin(self, number: int) -> JournalEntry:
        return _Entry(self, number)

    def staged(self) -> list[int]:
        return sorted(self.waiting)

    def publish(self, number: int) -> None:
        if number in self.waiting:
            self.published[number] = self.waiting.pop(number)

    def discard(self, number: int) -> None:
        self.waiting.pop(number, None)

    def numbers(self) -> list[int]:
        return sorted(self.published)

    def notes(self, number: int) -> Iterator[Note]:
        if number not in self.published:
            raise LakeDamaged("in memory", f"the entry {number} of its journal is missing")
        yield from self.published[number]

    def forget_before(self, number: int) -> None:
        self.published = {kept: notes for kept, notes in self.published.items() if kept >= number}


class _Entry(JournalEntry):
    def __init__(self, journal: InMemoryJournal, number: int) -> None:
        self._journal, self._number = journal, number
        self._notes: list[Note] = []

    def note(self, note: Note) -> None:
        self._notes.append(note)

    def close(self) -> bool:
        if self._notes:
            self._journal.waiting[self._number] = tuple(self._notes)
        return bool(self._notes)

    def abort(self) -> None:
        self._journal.discard(self._number)
