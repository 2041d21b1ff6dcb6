"""The lineage store over DuckDB: runs and readings of source files."""

# ruff: noqa: S608  # only names and clauses written here become a part of the SQL; values are parameters

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ...domain.runs import Counts, FileStatus, ImportRun, RunStatus, SourceFileRecord
from ..crash_points import reached
from .rejects import DuckDbRejects
from .rows import file_of, file_row, rows, run_of, run_row, storable
from .statements import fetch


class DuckDbLineageStore(DuckDbRejects):
    """Runs as rows of ``import_runs``, readings as rows of ``lineage``, what did not go in as rows of ``rejects``."""

    def save_run(self, run: ImportRun) -> None:
        self._access.put("import_runs", run_row(run))

    def runs(
        self, limit: int = 100, status: RunStatus | None = None, before: tuple[datetime, str] | None = None
    ) -> list[ImportRun]:
        where = "status = coalesce(?, status)" + (" AND (started_at, import_id) < (?, ?)" if before else "")
        query = f"FROM import_runs WHERE {where} ORDER BY started_at DESC, import_id DESC LIMIT ?"
        with self._access.reading() as cursor:
            return [run_of(row) for row in rows(fetch(cursor, query, (status, *(before or ()), limit)))]

    def run(self, import_id: str) -> ImportRun | None:
        with self._access.reading() as cursor:
            found = rows(fetch(cursor, "FROM import_runs WHERE import_id = ? LIMIT 1", (storable(import_id),)))
        return next((run_of(row) for row in found), None)

    def next_file_id(self) -> int:
        with self._access.reading() as cursor:
            found = cursor.execute("SELECT coalesce(max(file_id), 0) + 1 FROM lineage").fetchall()
        return int(found[0][0])

    def add_file(self, file: SourceFileRecord) -> None:
        self._access.put("lineage", file_row(file))

    def last_readings(self) -> dict[str, list[SourceFileRecord]]:
        query = (
            "FROM lineage QUALIFY file_id = max(file_id) OVER (PARTITION BY source_file, selection) "
            "ORDER BY file_id DESC"
        )
        with self._access.reading() as cursor:
            readings = [file_of(row) for row in rows(fetch(cursor, query))]
        found: dict[str, list[SourceFileRecord]] = {}
        for reading in readings:
            found.setdefault(reading.source_file, []).append(reading)
        return found

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
        conditions = {
            "import_timestamp >= ?": start,
            "import_timestamp <= ?": end,
            "status = ?": status,
            "import_id = ?": import_id,
            "contains(source_file, ?)": None if path is None else storable(path),
        }
        asked = {condition: value for condition, value in conditions.items() if value is not None}
        where = " AND ".join([*asked, *(["(import_timestamp, file_id) < (?, ?)"] if before else [])]) or "true"
        query = f"FROM lineage WHERE {where} ORDER BY import_timestamp DESC, file_id DESC LIMIT ?"
        with self._access.reading() as cursor:
            return [file_of(row) for row in rows(fetch(cursor, query, (*asked.values(), *(before or ()), limit)))]

    def file(self, file_id: int) -> SourceFileRecord | None:
        with self._access.reading() as cursor:
            found = rows(fetch(cursor, "FROM lineage WHERE file_id = ? LIMIT 1", (file_id,)))
        return next((file_of(row) for row in found), None)

    def readings(self, file_ids: Collection[int]) -> dict[int, SourceFileRecord]:
        query = "FROM lineage WHERE file_id IN (SELECT unnest(?::BIGINT[]))"
        with self._access.reading() as cursor:
            found = rows(fetch(cursor, query, (sorted(file_ids),)))
        return {reading.file_id: reading for reading in map(file_of, found)}

    def recount(self, file_id: int, change: Counts) -> None:
        changes = change.model_dump()
        changed = ", ".join(f"{name} = {name} + ${name}" for name in changes)
        with self._access.writing() as cursor:
            cursor.execute(f"UPDATE lineage SET {changed} WHERE file_id = $file_id", {**changes, "file_id": file_id})
        reached("commit.file-recounted")

    def forget_files(self, file_ids: set[int]) -> None:
        with self._access.writing() as cursor:
            for name in ("rejects", "lineage"):
                cursor.execute(f"DELETE FROM {name} WHERE file_id IN (SELECT unnest(?::BIGINT[]))", [sorted(file_ids)])
        reached("commit.files-forgotten")
