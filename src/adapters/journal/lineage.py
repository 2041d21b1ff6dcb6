"""A lineage store whose changes are journalled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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
from ...application.ports.lineage_store import LineageStore, StoredReject
from ...domain.runs import Counts, ImportRun, SourceFileRecord


class JournalledLineageStore:
    """Passes everything on to another store, and notes what changes it."""

    def __init__(self, store: LineageStore, note: Callable[[Note], None]) -> None:
        self._store, self._note = store, note

    def __getattr__(self, name: str) -> Any:
        """Give the questions, which are the store's own."""
        return getattr(self._store, name)

    def save_run(self, run: ImportRun) -> None:
        self._store.save_run(run)
        self._note(RunSaved(run))

    def add_file(self, file: SourceFileRecord) -> None:
        self._store.add_file(file)
        self._note(FileAdded(file))

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

    def mark_replayed(self, reject_ids: set[int], import_id: str | None) -> None:
        self._store.mark_replayed(reject_ids, import_id)
        if reject_ids:
            self._note(RejectsMarked(tuple(sorted(reject_ids)), import_id))
