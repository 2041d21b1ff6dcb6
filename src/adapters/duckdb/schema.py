"""The tables of the database, as numbered steps that only go forward."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from ...domain.errors import LakeDamaged, LakeTooNew, LakeTooOld
from ..crash_points import reached

#: Step n leads from version n - 1 to n. A step that was released never changes; a change is another step.
MIGRATIONS: tuple[str, ...] = tuple(
    path.read_text(encoding="utf-8") for path in sorted(Path(__file__).with_name("migrations").glob("*.sql"))
)
#: What tells one row from another, where a row may be written again. There are no indexes: these tables are small.
KEYS = {"parts": "name", "retired_parts": "name", "import_runs": "import_id", "lineage": "file_id"}


def version_of(connection: duckdb.DuckDBPyConnection, lake: str, known: int) -> int:
    """Give the version of an open database, up to the newest one known; 0 for an empty one.

    Raises:
        LakeDamaged: it holds tables, but not ours.
        LakeTooNew: a newer gexlake wrote it.
    """
    try:
        found = int(connection.execute("SELECT coalesce(max(version), 0) FROM lake_version").fetchall()[0][0])
    except duckdb.CatalogException:
        # Asked only now: to list tables takes ten times as long as to read one.
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        if tables:
            names = ", ".join(sorted(str(name) for (name,) in tables)[:3])
            raise LakeDamaged(lake, f"its database holds other tables ({names}), not gexlake's") from None
        return 0
    if found > known:
        raise LakeTooNew(lake, found, known)
    return found


def migrate(
    connection: duckdb.DuckDBPyConnection,
    lake: str,
    migrations: tuple[str, ...],
    keep: Callable[[int], None] = lambda _version: None,
) -> None:
    """Bring the database to the newest version, all steps or none; ``keep`` puts one of an older version aside."""
    found = version_of(connection, lake, len(migrations))
    if found == len(migrations):
        return
    if found:
        keep(found)
    connection.begin()
    reached("migrate.begun")
    if found == 0:
        connection.execute("CREATE TABLE lake_version (version INTEGER NOT NULL, applied_at TIMESTAMPTZ NOT NULL)")
    for number, step in enumerate(migrations[found:], found + 1):
        connection.execute(step)
        connection.execute("INSERT INTO lake_version VALUES (?, now())", [number])
        reached("migrate.step-done")
    connection.commit()
    reached("migrate.done")


def check(connection: duckdb.DuckDBPyConnection, lake: str, migrations: tuple[str, ...]) -> None:
    """Make sure that a database opened for reading can be read as it is."""
    found = version_of(connection, lake, len(migrations))
    if found < len(migrations):
        raise LakeTooOld(lake, found, len(migrations))
