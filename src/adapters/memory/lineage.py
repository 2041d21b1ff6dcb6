"""The lineage store in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import pyarrow as pa

from ...application.ports.lineage_store import LineageStore, StoredReject
from ...domain.rejects import Reject, RejectReason
from ...domain.runs import Counts, FileStatus, ImportRun, RunStatus, SourceFileRecord
from ...domain.timestamps import from_micros
from .book import Book


class InMemoryLineageStore(LineageStore):
    """Runs, readings and rejects of a book."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def save_run(self, run: ImportRun) -> None:
        self._book.runs[run.import_id] = run

    def runs(
        self, limit: int = 100, status: RunStatus | None = None, before: tuple[datetime, str] | None = None
    ) -> list[ImportRun]:
        found = [
            run
            for run in self._book.runs.values()
            if status in (None, run.status) and (before is None or (run.started_at, run.import_id) < before)
        ]
        return sorted(found, key=lambda run: (run.started_at, run.import_id), reverse=True)[:limit]

    def next_file_id(self) -> int:
        return max(self._book.files, default=0) + 1

    def add_file(self, file: SourceFileRecord) -> None:
        self._book.files[file.file_id] = file

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
        found = [
            file
            for file in self._book.files.values()
            if (start is None or file.import_timestamp >= start)
            and (end is None or file.import_timestamp <= end)
            and status in (None, file.status)
            and import_id in (None, file.import_id)
            and (path or "") in file.source_file
            and (before is None or (file.import_timestamp, file.file_id) < before)
        ]
        return sorted(found, key=lambda file: (file.import_timestamp, file.file_id), reverse=True)[:limit]

    def file(self, file_id: int) -> SourceFileRecord | None:
        return self._book.files.get(file_id)

    def recount(self, file_id: int, change: Counts) -> None:
        if (file := self._book.files.get(file_id)) is not None:
            self._book.files[file_id] = file.model_copy(update={"counts": file.counts + change})

    def forget_files(self, file_ids: set[int]) -> None:
        for file_id in file_ids:
            self._book.files.pop(file_id, None)
        for reject_id in [n for n, stored in self._book.rejects.items() if stored.file_id in file_ids]:
            del self._book.rejects[reject_id]

    def add_rejects(self, rejects: pa.RecordBatch) -> None:
        coming = list(self._coming(rejects))
        kept = [self._named(stored) for stored in self._book.rejects.values()]
        at_bytes, found = ({byte for one in those if (byte := _byte(one))} for those in (kept, coming))
        # One that is found at its byte is not also the one that stands by now at its record.
        at_records = {_record(one) for one in kept if _byte(one) not in found}
        # What a file says in words that were dismissed is dismissed with them, wherever it stands there.
        dismissed = {
            _says(one): one.replayed_in for one in sorted(kept, key=lambda one: one.replayed_in or "") if one.dismissed
        }
        for one in coming:
            if _byte(one) not in at_bytes and _record(one) not in at_records:
                at_records.add(_record(one))
                number = max(self._book.rejects, default=0) + 1
                self._book.rejects[number] = one._replace(reject_id=number, replayed_in=dismissed.get(_says(one)))
            elif one.reject.reason is RejectReason.CONFLICT:
                self._wait_again(one)

    def _coming(self, rejects: pa.RecordBatch) -> Iterator[StoredReject]:
        moments = rejects.column("timestamp").cast(pa.int64()).to_pylist()
        for row, micros in zip(rejects.drop_columns("timestamp").to_pylist(), moments, strict=True):
            file_id = row.pop("file_id")
            reject = Reject(**row, timestamp=None if micros is None else from_micros(micros))
            yield self._named(StoredReject(0, "", "", file_id, reject))

    def _wait_again(self, again: StoredReject) -> None:
        """Let one wait again that lost a conflict, was taken in, and lost again."""
        for number, stored in self._book.rejects.items():
            if stored.taken_in and _record(self._named(stored)) == _record(again):
                self._book.rejects[number] = stored._replace(replayed_in=None)

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
        kept = [self._named(stored) for _, stored in sorted(self._book.rejects.items())]
        found = [
            stored
            for stored in kept
            if stored.reject_id > after
            and reason in (None, stored.reject.reason)
            and (path or "") in stored.source_file
            and import_id in (None, stored.import_id)
            and not (pending and stored.replayed_in)
        ]
        return iter(found[:limit])

    def reject(self, reject_id: int) -> StoredReject | None:
        found = self._book.rejects.get(reject_id)
        return None if found is None else self._named(found)

    def restore_rejects(self, rejects: Sequence[StoredReject]) -> None:
        self._book.rejects.update({stored.reject_id: stored for stored in rejects})

    def mark_replayed(self, reject_ids: set[int], import_id: str | None) -> None:
        for reject_id in reject_ids & self._book.rejects.keys():
            self._book.rejects[reject_id] = self._book.rejects[reject_id]._replace(replayed_in=import_id)

    def _named(self, stored: StoredReject) -> StoredReject:
        """Say which file and run a reject is of, if its reading is known."""
        file = self._book.files.get(stored.file_id)
        return stored._replace(import_id=file.import_id, source_file=file.source_file) if file else stored


def _record(stored: StoredReject) -> tuple[object, ...]:
    """Give at which record a reject stands, and what it is."""
    return (stored.reject.record, *_says(stored))


def _byte(stored: StoredReject) -> tuple[object, ...] | None:
    """Give at which byte a reject stands, and what it is; None if its byte is not known."""
    return None if stored.reject.byte_offset is None else (stored.reject.byte_offset, *_says(stored))


def _says(stored: StoredReject) -> tuple[object, ...]:
    """Give what a reject is, wherever in its file it stands."""
    return (stored.source_file or stored.file_id, stored.reject.reason, stored.reject.raw)
