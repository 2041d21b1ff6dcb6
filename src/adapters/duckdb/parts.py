"""The tables of the parts: which ones the lake has, and which ones' files still have to go."""

# ruff: noqa: S608  # only names and clauses written here become a part of the SQL; values are parameters

from __future__ import annotations

from ...domain.escapes import escaped
from ...domain.parts import Part
from ...domain.runs import RunStatus
from .connection import Access
from .rows import part_row, parts_of, rows
from .statements import fetch

_BY_AGE = "ORDER BY ticker, package, category, date, first, name"


class DuckDbPartBook:
    """Remembers parts, as ``PartBook`` says; the snapshots themselves are the snapshot store's."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def in_place(self) -> None:
        self._access.in_place()

    def add(self, part: Part) -> None:
        """Write a part down."""
        self._access.put("parts", part_row(part))

    def remove(self, part: Part) -> None:
        """Cross a part out."""
        with self._access.writing() as cursor:
            cursor.execute("DELETE FROM parts WHERE name = ?", [part.key.name])

    def named(self, names: set[str] | None = None) -> list[Part]:
        """Give the parts by their names, or all."""
        if names is None:
            return self._find(f"FROM parts {_BY_AGE}")
        return self._find(f"FROM parts WHERE name IN (SELECT unnest(?::VARCHAR[])) {_BY_AGE}", sorted(names))

    def of_files(self, file_ids: set[int]) -> list[Part]:
        """Give the parts that hold snapshots of some source files."""
        return self._find(
            "FROM parts WHERE name IN (SELECT part FROM gex_snapshots WHERE file_id IN (SELECT unnest(?::BIGINT[]))) "
            + _BY_AGE,
            sorted(file_ids),
        )

    def parts_of_unit(self, unit: str) -> list[Part]:
        """Give the parts that a unit of work committed; none for a name in staging that is not UTF-8, nor a unit's."""
        return self._find(f"FROM parts WHERE unit = ? {_BY_AGE}", escaped(unit))

    def retire(self, part: Part) -> None:
        self._access.put("retired_parts", part_row(part))

    def retired(self) -> list[Part]:
        return self._find(f"FROM retired_parts {_BY_AGE}")

    def forget_retired(self, part: Part) -> None:
        with self._access.writing() as cursor:
            cursor.execute("DELETE FROM retired_parts WHERE name = ?", [part.key.name])

    def end_running(self) -> None:
        with self._access.writing() as cursor:
            cursor.execute(
                "UPDATE import_runs SET status = ? WHERE status = ?", [RunStatus.INTERRUPTED, RunStatus.RUNNING]
            )

    def journal_position(self) -> int:
        with self._access.reading() as cursor:
            found = cursor.execute("SELECT position FROM journal").fetchall()
        return int(found[0][0])

    def note_journal_position(self, number: int) -> None:
        with self._access.writing() as cursor:
            cursor.execute("UPDATE journal SET position = ?", [number])

    def _find(self, query: str, *parameters: object) -> list[Part]:
        with self._access.reading() as cursor:
            return parts_of(rows(fetch(cursor, query, parameters)))
