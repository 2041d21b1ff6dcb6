"""All rows of all tables of a lake's database, to compare it with another one that should be its equal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

#: When a file was made or brought to a version is its own affair.
_OWN = {"lake_version"}


def all_tables(lake: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Give the rows of each table by its name, whatever their order in the file."""
    with duckdb.connect(str(lake / "gex.duckdb"), read_only=True) as database:
        names = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {
            name: database.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in names
            if name not in _OWN
        }
