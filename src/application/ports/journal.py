"""The port of the journal: what each commit did to runs, readings, rejects and parts, outside of the store itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pyarrow as pa

from ...domain.errors import CannotCopy
from ...domain.parts import Part
from ...domain.runs import Counts, ImportRun, SourceFileRecord
from .lineage_store import StoredReject


class Whole(NamedTuple):
    """Begins an entry that tells everything: whatever stood in earlier ones is void."""


class RunSaved(NamedTuple):
    """A run was written down."""

    run: ImportRun


class FileAdded(NamedTuple):
    """A reading was written down."""

    file: SourceFileRecord


class FileRecounted(NamedTuple):
    """Something was added to what a reading counts."""

    file_id: int
    change: Counts


class FilesForgotten(NamedTuple):
    """Readings and their rejects were taken out."""

    file_ids: tuple[int, ...]


class RejectsAdded(NamedTuple):
    """Rejects (``REJECT_SCHEMA``) came; the store leaves out those that it keeps already."""

    rejects: pa.RecordBatch


class RejectsKept(NamedTuple):
    """These rejects are kept, with their numbers and marks."""

    rejects: tuple[StoredReject, ...]


class RejectsMarked(NamedTuple):
    """Rejects were taken in by a run; None: they wait again."""

    reject_ids: tuple[int, ...]
    import_id: str | None


class PartAdded(NamedTuple):
    """A part was taken in."""

    part: Part


class PartDropped(NamedTuple):
    """A part was taken out."""

    name: str


Note: TypeAlias = (
    Whole
    | RunSaved
    | FileAdded
    | FileRecounted
    | FilesForgotten
    | RejectsAdded
    | RejectsKept
    | RejectsMarked
    | PartAdded
    | PartDropped
)


class JournalEntry(ABC):
    """The entry of a commit that is still open; nothing is written before the first note."""

    @abstractmethod
    def note(self, note: Note) -> None:
        """Append a note.

        Raises:
            DiskFull: there is no room.
        """

    @abstractmethod
    def close(self) -> bool:
        """Finish the entry so that it survives a power cut, and say whether there is one: it waits for ``publish``."""

    @abstractmethod
    def abort(self) -> None:
        """Throw the entry away."""


class Journal(ABC):
    """Keeps one entry a commit, numbered from 1 without gaps.

    The store remembers the number of its last commit, in the transaction of that commit. An entry waits in staging
    until then; so the two can be made to agree after a kill, and a store that lost its last commits is found out.
    """

    @abstractmethod
    def begin(self, number: int) -> JournalEntry:
        """Begin an entry, in place of one that waits under this number."""

    @abstractmethod
    def staged(self) -> list[int]:
        """Give the numbers of the entries that wait, in order."""

    @abstractmethod
    def publish(self, number: int) -> None:
        """Give a finished entry its place, for good; one that has it already is no error."""

    @abstractmethod
    def discard(self, number: int) -> None:
        """Throw an entry away that waits."""

    @abstractmethod
    def numbers(self) -> list[int]:
        """Give the numbers of the entries that have their place, in order."""

    @abstractmethod
    def notes(self, number: int) -> Iterator[Note]:
        """Give what an entry says, whole or not at all.

        Raises:
            LakeDamaged: it is not there, or it is not what was written.
        """

    def link_to(self, folder: Path, last: int) -> None:
        """Give the files of all entries up to a number a second name in another lake's folder.

        Raises:
            CannotCopy: there are no files.
        """
        raise CannotCopy

    @abstractmethod
    def forget_before(self, number: int) -> None:
        """Throw the entries away that one which tells everything has made void."""


class NoJournal(Journal):
    """Keeps nothing: for lakes that keep what they know in a safe place of their own."""

    def begin(self, number: int) -> JournalEntry:
        """Begin an entry that nobody keeps."""
        return _NoEntry()

    def staged(self) -> list[int]:
        """Give none."""
        return []

    def publish(self, number: int) -> None:
        """Do nothing."""

    def discard(self, number: int) -> None:
        """Do nothing."""

    def numbers(self) -> list[int]:
        """Give none."""
        return []

    def notes(self, number: int) -> Iterator[Note]:
        """Give none."""
        return iter(())

    def forget_before(self, number: int) -> None:
        """Do nothing."""


class _NoEntry(JournalEntry):
    def note(self, note: Note) -> None:
        pass

    def close(self) -> bool:
        return False

    def abort(self) -> None:
        pass
