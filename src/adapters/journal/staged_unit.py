"""The commit around a store's own transaction: parts appear after it, and what a kill left undone is settled."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Protocol, Self, cast

import pyarrow as pa

from ...application.ports.journal import (
    FileAdded,
    Journal,
    NoJournal,
    PartAdded,
    PartDropped,
    RejectsKept,
    RunSaved,
    Whole,
)
from ...application.ports.limits import ALL
from ...application.ports.lineage_store import LineageStore
from ...application.ports.strike_sink import StrikeSink
from ...application.ports.strike_source import StrikeSource
from ...application.ports.unit_of_work import ImportUnitOfWork, Lake
from ...domain.parts import Part
from ..crash_points import reached
from .lineage import JournalledLineageStore

#: From this many entries on, one that tells everything takes the place of all.
_MANY_ENTRIES = 1000


class PartBook(Protocol):
    """What a store remembers of its parts beyond its snapshots, so that files and store can be made to agree."""

    def in_place(self) -> None:
        """Make sure that the files beside the store are still its own.

        Raises:
            LakeMoved: somebody has moved, deleted or replaced it.
        """

    def parts_of_unit(self, unit: str) -> list[Part]:
        """Give the parts that a unit of work committed."""

    def retire(self, part: Part) -> None:
        """Note that the files of a part which was taken out still have to go."""

    def retired(self) -> list[Part]:
        """Give the parts whose files still have to go."""

    def forget_retired(self, part: Part) -> None:
        """Note that the files of a part are gone."""

    def end_running(self) -> None:
        """Mark the runs that nobody ended as interrupted; when they ended stays open, for nobody knows."""

    def journal_position(self) -> int:
        """Give the number of the last commit's entry in the journal; 0 if there is none."""

    def note_journal_position(self, number: int) -> None:
        """Note the number of the commit's entry in the journal."""


class StagedUnitOfWork(ImportUnitOfWork):
    """A unit of work on a store that has transactions of its own and a sink that has none.

    The store decides: what it committed is published afterwards, and again by ``settle`` if a kill or an error came
    in between. So an error out of ``commit`` does not say that the unit may be discarded; ``settle`` finds that out.
    The same goes for its entry in the journal, which is finished before the store commits.

    ``book`` is the lake's own, whose notes hold at once; ``_book`` is the one inside the transaction.
    """

    _book: PartBook

    def __init__(self, book: PartBook, sink: StrikeSink, ladders: StrikeSource, journal: Journal) -> None:
        self._lake_book, self.sink, self.ladders, self._journal = book, sink, ladders, journal
        self._open = self._committing = False
        self._added: dict[str, Part] = {}
        self._dropped: dict[str, Part] = {}

    def __enter__(self) -> Self:
        self._begin()
        try:
            self._number = self._book.journal_position() + 1
            self._entry = self._journal.begin(self._number)
        except BaseException:  # who does not get in has no way out, and all others wait for that
            self._roll_back()
            raise
        self._open = True
        self.lineage = cast("LineageStore", JournalledLineageStore(self.lineage, self._entry.note))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            self._open = False
            self._roll_back()
            if not self._committing:
                self._entry.abort()

    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        self.snapshots.add(snapshots, part)
        self._added[part.key.name] = part
        self._entry.note(PartAdded(part))
        reached("commit.part-added")

    def drop_part(self, part: Part) -> None:
        self.snapshots.remove_part(part)
        self._entry.note(PartDropped(part.key.name))
        reached("commit.part-removed")
        if self._added.pop(part.key.name, None) is None:  # one that this unit added was never published
            self._book.retire(part)
            self._dropped[part.key.name] = part
            reached("commit.retirement-noted")

    def commit(self) -> None:
        if not self._open:
            raise RuntimeError("commit belongs inside the with block of a unit of work, once")
        noted = self._entry.close()
        if noted:
            reached("commit.entry-finished")
            self._book.note_journal_position(self._number)
        self._committing = True
        self._commit_store()
        self._open = False
        if noted:
            self._journal.publish(self._number)
            reached("publish.entry-renamed")
        if self._added:
            self.sink.publish(self._added.values())
            reached("publish.done")
        for part in self._dropped.values():
            self._lake_book.in_place()  # what is where the lake was keeps its files
            self.sink.retire(part)
            reached("retire.done")
            self._lake_book.in_place()  # elsewhere they were not found, and are not gone
            self._lake_book.forget_retired(part)
            reached("retire.forgotten")

    def note_everything(self) -> None:
        """Journal all that the store knows, so that earlier entries are no longer needed."""
        note = self._entry.note
        note(Whole())
        for run in self.lineage.runs(ALL):
            note(RunSaved(run))
        for file in self.lineage.files(limit=ALL):
            note(FileAdded(file))
        for reject in self.lineage.rejects():
            note(RejectsKept((reject,)))
        for part in self.snapshots.parts():
            note(PartAdded(part))

    @abstractmethod
    def _begin(self) -> None:
        """Begin the store's transaction and make ``snapshots``, ``lineage`` and ``_book`` work inside it."""

    @abstractmethod
    def _commit_store(self) -> None:
        """Commit the store's transaction; if it raises, nothing was changed."""

    @abstractmethod
    def _roll_back(self) -> None:
        """Undo the store's transaction; one that a failed commit undid already is no error."""


class StagedLake(Lake):
    """A lake with such units of work; its ``book`` is that of its store, outside of all transactions."""

    book: PartBook

    @abstractmethod
    def unit(self) -> StagedUnitOfWork: ...

    def settle(self) -> None:
        """Make files, journal and store agree after a kill; the store is right.

        Every step may be done twice, so a kill in the middle of this does no harm: a part is published before its
        unit's staging goes, and is noted as retired until its files are gone.
        """
        reached("settle.begun")
        for number in self.journal.staged():
            if number <= self.journal_position():
                self.journal.publish(number)
            else:
                self.journal.discard(number)
        for unit in self.sink.staged_units():
            self.sink.publish(self.book.parts_of_unit(unit))
            reached("settle.unit-published")
            self.sink.discard(unit)
            reached("settle.unit-discarded")
        for part in self.book.retired():
            self.sink.retire(part)
            reached("settle.part-retired")
            self.book.in_place()
            self.book.forget_retired(part)
            reached("settle.part-forgotten")
        self.book.end_running()
        reached("settle.runs-ended")
        if not isinstance(self.journal, NoJournal):
            self._tidy_journal()

    def renew_journal(self) -> None:
        position = self.journal_position()
        with self.unit() as work:
            work.note_everything()
            work.commit()
        self.journal.forget_before(position + 1)

    def journal_position(self) -> int:
        return self.book.journal_position()

    def _tidy_journal(self) -> None:
        """Journal everything in one entry where the journal has gaps or has grown long, or where there is none yet."""
        numbers, position = self.journal.numbers(), self.journal_position()
        complete = numbers == list(range(numbers[0], position + 1)) if numbers else position == 0 and self._is_empty()
        if not complete or len(numbers) >= _MANY_ENTRIES:
            self.renew_journal()

    def _is_empty(self) -> bool:
        return not (self.lineage.runs(1) or self.lineage.next_file_id() > 1 or self.snapshots.parts())
