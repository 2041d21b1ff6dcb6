"""The port of the lineage: runs, source files and rejects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from ...domain.rejects import Reject, RejectReason, is_dismissal
from ...domain.runs import Counts, FileStatus, ImportRun, RunStatus, SourceFileRecord
from .limits import ALL


class StoredReject(NamedTuple):
    """A reject with its number and the file it came from; ``replayed_in`` names the run that settled it later.

    That run took its record in, or dismissed it.
    """

    reject_id: int
    import_id: str
    source_file: str
    file_id: int
    reject: Reject
    replayed_in: str | None = None

    @property
    def dismissed(self) -> bool:
        """Whether it waits no more because somebody said so."""
        return is_dismissal(self.replayed_in)

    @property
    def taken_in(self) -> bool:
        """Whether a later run took its record in."""
        return self.replayed_in is not None and not self.dismissed


class RejectTally(NamedTuple):
    """How many rejects of one reading are kept.

    Those that broke a rule, those that lost a conflict, those of both that wait no more, the conflicts that wait, and
    of those that wait no more the ones that were dismissed.
    """

    broken: int = 0
    conflicts: int = 0
    replayed: int = 0
    pending_conflicts: int = 0
    dismissed: int = 0

    @property
    def pending_broken(self) -> int:
        """How many wait that broke a rule."""
        return self.broken + self.conflicts - self.replayed - self.pending_conflicts


class LineageStore(ABC):
    """Remembers what was imported from where, and what was not."""

    @abstractmethod
    def save_run(self, run: ImportRun) -> None:
        """Write a run down, in place of an earlier word about it."""

    @abstractmethod
    def runs(
        self, limit: int = 100, status: RunStatus | None = None, before: tuple[datetime, str] | None = None
    ) -> list[ImportRun]:
        """Give the newest runs first, by their beginnings and ids; with ``before`` only those behind one in this order.

        So a list goes on behind the last run that it gave, whatever is begun meanwhile.
        """

    def run(self, import_id: str) -> ImportRun | None:
        """Give one run.

        This reads every run; a store that can look one up by its id does better.
        """
        return next((run for run in self.runs(ALL) if run.import_id == import_id), None)

    @abstractmethod
    def next_file_id(self) -> int:
        """Give a number above all that source files have."""

    @abstractmethod
    def add_file(self, file: SourceFileRecord) -> None:
        """Write down one reading of one source file, in place of an earlier word about it."""

    def last_readings(self) -> dict[str, list[SourceFileRecord]]:
        """Give of every source file, by its path, the last reading with each selection, the newest first.

        This reads all readings; a store that can choose by itself does better.
        """
        found: dict[str, dict[str, SourceFileRecord]] = {}
        for reading in sorted(self.files(limit=ALL), key=lambda reading: -reading.file_id):
            found.setdefault(reading.source_file, {}).setdefault(reading.selection, reading)
        return {path: list(readings.values()) for path, readings in found.items()}

    def latest_files(self) -> dict[str, SourceFileRecord]:
        """Give the last reading of every source file, by its path."""
        return {path: readings[0] for path, readings in self.last_readings().items()}

    @abstractmethod
    def files(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        status: FileStatus | None = None,
        import_id: str | None = None,
        path: str | None = None,
        limit: int = 100,
        before: tuple[datetime, int] | None = None,
    ) -> list[SourceFileRecord]:
        """Give readings, the newest first, by ``import_timestamp`` and number; ``path`` is a part of the file's name.

        With ``before`` only those behind one in this order.
        """

    @abstractmethod
    def file(self, file_id: int) -> SourceFileRecord | None:
        """Give one reading."""

    def readings(self, file_ids: Collection[int]) -> dict[int, SourceFileRecord]:
        """Give readings by their numbers, as far as they are known.

        This asks for one after the other; a store that can look many up at once does better.
        """
        found = ((file_id, self.file(file_id)) for file_id in file_ids)
        return {file_id: reading for file_id, reading in found if reading is not None}

    @abstractmethod
    def recount(self, file_id: int, change: Counts) -> None:
        """Add to what a reading counts, for snapshots that another one replaced later; a file unknown is no error."""

    @abstractmethod
    def forget_files(self, file_ids: set[int]) -> None:
        """Take readings and their rejects out."""

    @abstractmethod
    def add_rejects(self, rejects: pa.RecordBatch) -> None:
        """Keep rejects (``REJECT_SCHEMA``); one that is kept already, word for word from that place, is not doubled.

        The place is the byte; or the record, unless the one that is kept is found at its byte.

        One that lost a conflict, was taken in later and has lost again is pending again; a dismissed one is not. One
        that says, at another place of its file, what a dismissed one says, for the same reason, is dismissed with it;
        of several with the one whose dismissal has the last name.
        """

    @abstractmethod
    def rejects(
        self,
        *,
        reason: str | None = None,
        path: str | None = None,
        import_id: str | None = None,
        pending: bool = False,
        limit: int | None = None,
        after: int = 0,
    ) -> Iterator[StoredReject]:
        """Give rejects by their number, those above ``after``; with ``pending`` only those that no run has settled."""

    def count_rejects(
        self, *, reason: str | None = None, path: str | None = None, import_id: str | None = None, pending: bool = False
    ) -> dict[str, int]:
        """Count what ``rejects`` gives, by its reasons, the most frequent one first.

        This reads them all; a store that can count by itself does better.
        """
        found = self.rejects(reason=reason, path=path, import_id=import_id, pending=pending)
        return dict(Counter(stored.reject.reason.value for stored in found).most_common())

    @abstractmethod
    def reject(self, reject_id: int) -> StoredReject | None:
        """Give one reject."""

    @abstractmethod
    def restore_rejects(self, rejects: Sequence[StoredReject]) -> None:
        """Put rejects in as they were kept elsewhere, with the same numbers and marks, which must be new here."""

    @abstractmethod
    def mark_replayed(self, reject_ids: set[int], import_id: str | None) -> None:
        """Note which run took rejects in or, as its name says, dismissed them; with None, that they wait again."""

    def reject_tallies(self) -> dict[int, RejectTally]:
        """Count the rejects by the number of their reading.

        This reads every reject; a store that can count by itself does better.
        """
        found: dict[int, RejectTally] = {}
        for stored in self.rejects():
            conflict, replayed = stored.reject.reason is RejectReason.CONFLICT, stored.replayed_in is not None
            more = (not conflict, conflict, replayed, conflict and not replayed, stored.dismissed)
            before = found.get(stored.file_id, RejectTally())
            found[stored.file_id] = RejectTally(*(a + b for a, b in zip(before, more, strict=True)))
        return found
