"""The table of the rejects: word for word, each kept once, streamed back in pages."""

# ruff: noqa: S608  # only names and clauses written here become a part of the SQL; values are parameters

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from ...application.ports.lineage_store import LineageStore, RejectTally, StoredReject
from ...domain.rejects import DISMISSAL
from ..crash_points import reached
from .connection import Access
from .rows import reject_of, reject_table, rows, storable
from .statements import fetch, insert

#: A page of rejects holds this many bytes of raw records, or a single larger one.
PAGE_BYTES = 8 << 20
_KEPT = "rejects LEFT JOIN lineage USING (file_id)"
_DISMISSED = f"starts_with(replayed_in, '{DISMISSAL}')"

# One that is kept already stands in the same source file, for the same reason, with the same words, at the same byte or
# else, unless that one is found at its byte, at the same record. Anti-joins on equal columns, none with OR: a file may
# hold the same words 20,000 times.
# One that says elsewhere in its file what a dismissed one says is dismissed with it.
_ADD = f"""
    WITH coming AS (
        SELECT incoming.*, md5(raw) AS raw_md5, coalesce(source_file, 'reading ' || file_id) AS source_file
        FROM incoming LEFT JOIN (SELECT file_id, source_file FROM lineage) USING (file_id)
    ), kept AS (
        SELECT record, byte_offset, reason, raw_md5, replayed_in,
            coalesce(source_file, 'reading ' || file_id) AS source_file
        FROM rejects LEFT JOIN (SELECT file_id, source_file FROM lineage) USING (file_id)
    ), missing AS (
        SELECT * FROM coming
        ANTI JOIN kept USING (source_file, reason, raw_md5, byte_offset)
    ), elsewhere AS (
        SELECT * FROM kept
        ANTI JOIN coming USING (source_file, reason, raw_md5, byte_offset)
    ), wanted AS (
        SELECT * FROM missing
        ANTI JOIN elsewhere USING (source_file, reason, raw_md5, record)
        QUALIFY place = min(place) OVER (PARTITION BY source_file, reason, raw_md5, record)
    ), dismissed AS (
        SELECT source_file, reason, raw_md5, max(replayed_in) AS replayed_in FROM kept WHERE {_DISMISSED} GROUP BY ALL
    )
    INSERT INTO rejects BY NAME
    SELECT (SELECT coalesce(max(reject_id), 0) FROM rejects) + row_number() OVER (ORDER BY place) AS reject_id,
        * EXCLUDE (place, source_file)
    FROM wanted LEFT JOIN dismissed USING (source_file, reason, raw_md5)
"""

# One that lost a conflict, was taken in, and lost again waits again.
_LOST_AGAIN = f"""
    UPDATE rejects SET replayed_in = NULL WHERE replayed_in IS NOT NULL AND NOT {_DISMISSED} AND reject_id IN (
        SELECT reject_id FROM rejects JOIN lineage USING (file_id) SEMI JOIN (
            SELECT source_file, record, raw_md5 FROM (SELECT *, md5(raw) AS raw_md5 FROM incoming)
            JOIN (SELECT file_id, source_file FROM lineage) USING (file_id) WHERE reason = 'conflict'
        ) USING (source_file, record, raw_md5) WHERE reason = 'conflict'
    )
"""


class DuckDbRejects(LineageStore):
    """The half of the lineage store that keeps rejects: after the readings that they belong to, whose names decide."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def add_rejects(self, rejects: pa.RecordBatch) -> None:
        if rejects.num_rows:
            numbered = pa.Table.from_batches([rejects]).append_column("place", pa.array(range(rejects.num_rows)))
            with self._access.writing() as cursor:
                insert(cursor, _ADD, numbered)
                if "conflict" in rejects.column("reason").to_pylist():
                    insert(cursor, _LOST_AGAIN, numbered)
        reached("commit.rejects-added")

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
        """Give rejects by their number, a page in memory at a time."""
        where, values = _where(reason, path, import_id, pending=pending)
        query = (
            f"SELECT reject_id, octet_length(raw) AS size FROM {_KEPT} WHERE {where} AND reject_id > ? "
            "ORDER BY reject_id LIMIT ?"
        )
        with self._access.reading() as cursor:
            found = fetch(cursor, query, (*values, after, limit))
        for page in _pages(found):
            yield from self._read(page)

    def count_rejects(
        self, *, reason: str | None = None, path: str | None = None, import_id: str | None = None, pending: bool = False
    ) -> dict[str, int]:
        where, values = _where(reason, path, import_id, pending=pending)
        query = f"""
            SELECT reason, count(*) FROM {_KEPT} WHERE {where} GROUP BY reason ORDER BY count(*) DESC, min(reject_id)
        """
        with self._access.reading() as cursor:
            return dict(cursor.execute(query, values).fetchall())

    def reject(self, reject_id: int) -> StoredReject | None:
        return next(iter(self._read([reject_id])), None)

    def reject_tallies(self) -> dict[int, RejectTally]:
        query = f"""
            SELECT file_id, count_if(reason <> 'conflict'), count_if(reason = 'conflict'),
                count(replayed_in), count_if(reason = 'conflict' AND replayed_in IS NULL),
                count(*) FILTER (WHERE {_DISMISSED})
            FROM rejects GROUP BY file_id
        """
        with self._access.reading() as cursor:
            return {file_id: RejectTally(*counts) for file_id, *counts in cursor.execute(query).fetchall()}

    def restore_rejects(self, rejects: Sequence[StoredReject]) -> None:
        if rejects:
            columns = "reject_id, file_id, record, byte_offset, reason, detail, ticker, timestamp, raw, replayed_in"
            with self._access.writing() as cursor:
                insert(
                    cursor,
                    f"INSERT INTO rejects BY NAME SELECT {columns}, md5(raw) AS raw_md5 FROM incoming",
                    reject_table(rejects),
                )

    def mark_replayed(self, reject_ids: set[int], import_id: str | None) -> None:
        with self._access.writing() as cursor:
            cursor.execute(
                "UPDATE rejects SET replayed_in = ? WHERE reject_id IN (SELECT unnest(?::BIGINT[]))",
                [import_id, sorted(reject_ids)],
            )
        reached("commit.rejects-replayed")

    def _read(self, reject_ids: list[int]) -> list[StoredReject]:
        query = (
            f"SELECT rejects.*, import_id, source_file FROM {_KEPT} "
            "WHERE reject_id BETWEEN ? AND ? AND reject_id IN (SELECT unnest(?::BIGINT[])) ORDER BY reject_id"
        )
        with self._access.reading() as cursor:
            found = fetch(cursor, query, (reject_ids[0], reject_ids[-1], reject_ids))
        return [reject_of(row) for row in rows(found)]


def _where(reason: str | None, path: str | None, import_id: str | None, *, pending: bool) -> tuple[str, list[str]]:
    """Give the condition of the rejects that are asked for, and its values."""
    conditions = {
        "reason = ?": reason,
        "contains(source_file, ?)": None if path is None else storable(path),
        "import_id = ?": import_id,
    }
    asked = {condition: value for condition, value in conditions.items() if value is not None}
    return " AND ".join([*asked, "replayed_in IS NULL" if pending else "true"]), list(asked.values())


def _pages(found: pa.Table) -> Iterator[list[int]]:
    page: list[int] = []
    held = 0
    for reject_id, size in zip(found["reject_id"].to_pylist(), found["size"].to_pylist(), strict=True):
        if page and held + size > PAGE_BYTES:
            yield page
            page, held = [], 0
        page.append(reject_id)
        held += size
    if page:
        yield page
