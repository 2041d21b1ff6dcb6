"""A lineage store whose changes are journalled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

import pyarrow as pa

from ...application.ports.journal import (
    FileAdded,
    FileRecounted,
    FilesForgotten,
    Note,
    RejectsAdded,
    RejectsKept,
    RejectsMarked,
    RunSaved,
)
from ...application.ports.lineage_store import LineageStore, RejectTally, StoredReject
from ...domain.runs import Counts, FileStatus, ImportRun, RunStatus, SourceFileRecord


class JournalledLineageStore(LineageStore):
    """Passes everything on to another store, and notes what changes it."""

    def __init__(self, store: LineageStore, note: Callable[[Note], None]) -> None:
        self._store, self._note = store, note

    def save_run(self, run: ImportRun) -> None:
        self._store.save_run(run)
        self._note(RunSaved(run))

    def runs(
        self, limit: int = 100, status: RunStatus | None = None, before: tuple[datetime, str] | None = None
    ) -> list[ImportRun]:
        return self._store.runs(limit, status, before)

    def run(self, import_id: str) -> ImportRun | None:
        return self._store.run(import_id)

    def next_file_id(self) -> int:
        return self._store.next_file_id()

    def add_file(self, file: SourceFileRecord) -> None:
        self._store.add_file(file)
        self._note(FileAdded(file))

    def latest_files(self) -> dict[str, SourceFileRecord]:
        return self._store.latest_files()

    def last_readings(self) -> dict[str, list[SourceFileRecord]]:
        return self._store.last_readings()

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
        return self._store.files(
            start=start, end=end, status=status, import_id=import_id, path=path, limit=limit, before=before
        )

    def file(self, file_id: int) -> SourceFileRecord | None:
        return self._store.file(file_id)

    def readings(self, file_ids: Collection[int]) -> dict[int, SourceFileRecord]:
        return self._store.readings(file_ids)

    def recount(self, file_id: int, change: Counts) -> None:
        self._store.recount(file_id, change)
        self._note(FileRecounted(file_id, change))

    def forget_files(self, file_ids: set[int]) -> None:
        self._store.forget_files(file_ids)
        self._note(FilesForgotten(tuple(sorted(file_ids))))

    def add_rejects(self, rejects: pa.RecordBatch) -> None:
        self._store.add_rejects(rejects)
        if rejects.num_rows:
            self._note(RejectsAdded(rejects))

    def restore_rejects(self, rejects: Sequence[StoredReject]) -> None:
        self._store.restore_rejects(rejects)
        self._note(RejectsKept(tuple(rejects)))

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
        return self._store.rejects(
            reason=reason, path=path, import_id=import_id, pending=pending, limit=limit, after=after
        )

    def reject(self, reject_id: int) -> StoredReject | None:
        return self._store.reject(reject_id)

    def reject_tallies(self) -> dict[int, RejectTally]:
        return self._store.reject_tallies()

    def mark_replayed(self, reject_ids: set[int], import_id: str | None) -> None:
        self._store.mark_replayed(reject_ids, import_id)
        if reject_ids:
            self._note(RejectsMarked(tuple(sorted(reject_ids)), import_id))
