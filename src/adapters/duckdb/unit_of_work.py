"""The unit of work over DuckDB: one transaction, then the parts appear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from ...application.ports.journal import Journal
from ...application.ports.strike_sink import StrikeSink
from ...application.ports.strike_source import StrikeSource
from ..crash_points import reached
from ..journal.staged_unit import StagedUnitOfWork
from .connection import Access, Database
from .lineage import DuckDbLineageStore
from .parts import DuckDbPartBook
from .schema import KEYS
from .snapshots import DuckDbSnapshotStore
from .statements import add, put

#: So many snapshots wait for others at most: those of a few minutes or hours, each day's of its own part.
_WAITING = 10_000


class _UnitAccess(Access):
    """Lends the one cursor of a unit, whose transaction is already open.

    Rows wait for one another: a unit may hold hundreds of source files or of small days, and each statement costs
    milliseconds.
    """

    def __init__(self, database: Database, cursor: duckdb.DuckDBPyConnection) -> None:
        self._database, self._cursor = database, cursor
        self._waiting: dict[str, dict[Any, Mapping[str, Any]]] = {}
        self._snapshots: list[pa.Table] = []

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._database.guarded():
            if self._snapshots:
                add(self._cursor, self._snapshots)
                self._snapshots = []
                reached("commit.snapshots-added")
            while self._waiting:
                table_name, rows = self._waiting.popitem()
                put(self._cursor, table_name, list(rows.values()))
                reached("commit.rows-put")
            yield self._cursor

    writing = reading

    def in_place(self) -> None:
        self._database.in_place()

    def put(self, table_name: str, row: Mapping[str, Any]) -> None:
        self._waiting.setdefault(table_name, {})[row[KEYS[table_name]]] = row

    def add(self, snapshots: pa.Table, part: Mapping[str, Any]) -> None:
        self._snapshots.append(snapshots)
        self.put("parts", part)
        if sum(rows.num_rows for rows in self._snapshots) > _WAITING:
            with self.writing():
                pass


class DuckDbUnitOfWork(StagedUnitOfWork):
    """One transaction of the database; other units of this process wait for its end."""

    def __init__(self, database: Database, sink: StrikeSink, ladders: StrikeSource, journal: Journal) -> None:
        super().__init__(DuckDbPartBook(database), sink, ladders, journal)
        self._database = database
        self._held = ExitStack()

    def _begin(self) -> None:
        with ExitStack() as held:
            held.enter_context(self._database.lock)
            self._database.in_place()
            cursor = held.enter_context(self._database.reading())
            self._held = held.pop_all()
        self._access = _UnitAccess(self._database, cursor)
        self.snapshots, self.lineage = DuckDbSnapshotStore(self._access), DuckDbLineageStore(self._access)
        self._book = DuckDbPartBook(self._access)
        reached("commit.begun")

    def _commit_store(self) -> None:
        with self._access.writing() as cursor:
            reached("commit.ready")
            cursor.commit()
            reached("commit.done")
        self._held.close()

    def commit(self) -> None:
        with self._database.lock:  # to the last file: whoever holds the lake sees all of a commit or nothing
            super().commit()
        self._database.checkpoint()

    def _roll_back(self) -> None:
        self._held.close()  # a cursor that is closed undoes what it did not commit
        reached("commit.rolled-back")
