"""Statements: queries whose rows come as Arrow, and those that put such rows into a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from .rows import table
from .schema import KEYS


def fetch(cursor: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> pa.Table:
    """Run a query and give the rows as Arrow."""
    return cursor.sql(query, params=list(parameters)).to_arrow_table()


def insert(
    cursor: duckdb.DuckDBPyConnection,
    statement: str,
    incoming: pa.Table,  # noqa: ARG001  # DuckDB looks for it by its name
    parameters: Sequence[Any] = (),
) -> None:
    """Run a statement that selects from ``incoming``, which are the rows.

    A table that is registered would be kept until the end of the transaction.
    """
    cursor.execute(statement, list(parameters))


def add(cursor: duckdb.DuckDBPyConnection, snapshots: Sequence[pa.Table]) -> None:
    """Add snapshots with the days and the names of their parts."""
    insert(cursor, "INSERT INTO gex_snapshots BY NAME FROM incoming", pa.concat_tables(snapshots))


def put(cursor: duckdb.DuckDBPyConnection, table_name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows of different keys into a table, in place of those that have the same."""
    insert(
        cursor,
        f"MERGE INTO {table_name} USING incoming USING ({KEYS[table_name]}) "
        "WHEN MATCHED THEN UPDATE BY NAME WHEN NOT MATCHED THEN INSERT BY NAME",
        table(rows),
    )
