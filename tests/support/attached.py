"""The databases of lakes as others read them, in one DuckDB: to begin one takes longer than the questions do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import duckdb

_NUMBERS = count()


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@contextmanager
def database_of(lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection that reads the database of a lake, which nobody may have open for writing meanwhile."""
    path, name = str(lake / "gex.duckdb").replace("'", "''"), f"lake_{next(_NUMBERS)}"
    with _engine().cursor() as connection:
        connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        try:
            connection.execute(f"USE {name}")
            yield connection
        finally:
            connection.execute("USE memory")
            connection.execute(f"DETACH {name}")
