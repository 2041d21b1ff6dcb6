"""All rows of all tables of a lake's database, to compare it with another one that should be its equal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.attached import database_of

#: When a file was made or brought to a version is its own affair.
_OWN = {"lake_version"}


def all_tables(lake: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Give the rows of each table by its name, whatever their order in the file."""
    with database_of(lake) as database:
        named = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
        names = [name for (name,) in database.execute(named).fetchall()]
        return {
            name: database.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in names
            if name not in _OWN
        }
