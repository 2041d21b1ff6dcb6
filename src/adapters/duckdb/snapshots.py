"""The snapshot store over DuckDB."""

# ruff: noqa: S608  # only names and clauses written here become a part of the SQL; values are parameters

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa

from ...application.columns.schemas import STORED_SCHEMA
from ...application.ports.snapshot_store import DayCount, SnapshotStore, Tally
from ...domain.feed import Feed
from ...domain.parts import Part
from ...domain.timestamps import EARLIEST, from_micros
from .connection import Access
from .parts import DuckDbPartBook
from .rows import part_row, rows, table
from .statements import fetch

_KNOWN = pa.schema([STORED_SCHEMA.field(name) for name in ("timestamp", "content_hash", "part")])
_ALWAYS = ("timestamp", "part")
_FEED = "ticker = ? AND package = ? AND category = ?"
_WINDOW = f"{_FEED} AND timestamp BETWEEN ? AND ?"
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
#: A longer stretch is searched for the end of the answer before the answer is read.
_SHORT = timedelta(days=1)


class DuckDbSnapshotStore(SnapshotStore):
    """Snapshots as rows of ``gex_snapshots``, the parts they came in as rows of ``parts``."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._parts = DuckDbPartBook(access)

    def add(self, snapshots: pa.Table, part: Part) -> None:
        day, name = (pa.repeat(pa.scalar(value), snapshots.num_rows) for value in (part.key.date, part.key.name))
        self._access.add(snapshots.append_column("date", day).append_column("part", name), part_row(part))

    def remove_part(self, part: Part) -> None:
        with self._access.writing() as cursor:
            # The moments let the zone maps skip all other days.
            cursor.execute(
                "DELETE FROM gex_snapshots WHERE part = ? AND timestamp BETWEEN ? AND ?",
                [part.key.name, part.first, part.last],
            )
            self._parts.remove(part)

    def known(self, feed: Feed, first: datetime, last: datetime) -> pa.Table:
        with self._access.reading() as cursor:
            return _select(cursor, _KNOWN, feed, first, last)

    def taken(self, parts: Sequence[Part]) -> set[str]:
        if not parts:
            return set()
        new = table([part_row(part) for part in parts])  # noqa: F841  # DuckDB looks for it by its name
        query = """
            SELECT DISTINCT new.name FROM new JOIN parts AS held USING (ticker, package, category)
            WHERE held.first <= new.last AND new.first <= held.last
        """
        with self._access.reading() as cursor:
            return {name for (name,) in cursor.execute(query).fetchall()}

    def parts(self, names: set[str] | None = None) -> list[Part]:
        return self._parts.named(names)

    def parts_of_files(self, file_ids: set[int]) -> list[Part]:
        return self._parts.of_files(file_ids)

    def feeds(self) -> list[Feed]:
        with self._access.reading() as cursor:
            found = cursor.execute(
                "SELECT DISTINCT ticker, package, category FROM parts WHERE snapshots > 0 ORDER BY ALL"
            ).fetchall()
        return [Feed(*names) for names in found]

    def latest(self, feed: Feed) -> pa.Table:
        with self._access.reading() as cursor:
            moment = _moment(cursor, f"SELECT max(last) FROM parts WHERE {_FEED}", *feed)
            return _select(cursor, STORED_SCHEMA, feed, moment, moment)

    def as_of(self, feed: Feed, moment: datetime) -> pa.Table:
        with self._access.reading() as cursor:
            # The newest part that has begun by then: its first snapshot is the answer if nothing later is.
            begun = _moment(cursor, f"SELECT max(first) FROM parts WHERE {_FEED} AND first <= ?", *feed, moment)
            found = _moment(cursor, f"SELECT max(timestamp) FROM gex_snapshots WHERE {_WINDOW}", *feed, begun, moment)
            return _select(cursor, STORED_SCHEMA, feed, found, found)

    def between(
        self,
        feed: Feed,
        first: datetime | None,
        last: datetime | None,
        limit: int,
        *,
        newest: bool = False,
        columns: Sequence[str] = (),
    ) -> pa.Table:
        first, last = first or EARLIEST, last or _LATEST
        schema = pa.schema([field for field in STORED_SCHEMA if not columns or field.name in {*_ALWAYS, *columns}])
        with self._access.reading() as cursor:
            if last - first <= _SHORT:
                tail = f"ORDER BY timestamp {'DESC' if newest else 'ASC'} LIMIT {limit:d}"
                return _select(cursor, schema, feed, first, last, tail)
            # To find where the answer ends in the one column of the timestamps, and then to read just that, takes a
            # third of the time of sorting whole rows.
            edge = _edge_of_parts(cursor, feed, last if newest else first, limit, newest=newest)
            first, last = (max(first, edge or first), last) if newest else (first, min(last, edge or last))
            edge = _edge(cursor, feed, first, last, limit, newest=newest)
            return _select(cursor, schema, feed, *((edge, last) if newest else (first, edge)))

    def days(self) -> list[DayCount]:
        with self._access.reading() as cursor:
            found = rows(fetch(cursor, "FROM coverage"))
        return [DayCount(Feed(row.pop("ticker"), row.pop("package"), row.pop("category")), **row) for row in found]

    def tallies(self) -> list[Tally]:
        query = """
            SELECT ticker, package, category, date, part, file_id,
                count(*), sum(strike_count)::BIGINT, count_if(flagged)
            FROM gex_snapshots GROUP BY ALL
        """
        with self._access.reading() as cursor:
            return [Tally(Feed(*row[:3]), *row[3:]) for row in cursor.execute(query).fetchall()]

    def doubled(self) -> dict[tuple[Feed, date], int]:
        query = """
            SELECT ticker, package, category, date, count(*) - count(DISTINCT timestamp) AS more
            FROM gex_snapshots GROUP BY ALL HAVING more > 0
        """
        with self._access.reading() as cursor:
            return {(Feed(*row[:3]), row[3]): row[4] for row in cursor.execute(query).fetchall()}


def _select(
    cursor: duckdb.DuckDBPyConnection,
    schema: pa.Schema,
    feed: Feed,
    first: datetime | None,
    last: datetime | None,
    tail: str = "",
) -> pa.Table:
    """Give the columns of the snapshots between two moments; no rows where there is no moment."""
    if first is None or last is None:
        return schema.empty_table()
    query = f"SELECT {', '.join(schema.names)} FROM gex_snapshots WHERE {_WINDOW} {tail}"
    found = _of_schema(fetch(cursor, query, (*feed, first, last)), schema)
    return found.sort_by("timestamp") if found.num_rows > 1 else found


def _of_schema(found: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give a table that schema; what pyarrow computes with, a tenth of a second to load, only where columns differ."""
    if found.schema.types == schema.types:
        return pa.Table.from_arrays(found.columns, schema=schema)
    return found.cast(schema)


def _moment(cursor: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> datetime | None:
    micros = cursor.execute(f"SELECT epoch_us(({query}))", list(parameters)).fetchall()[0][0]
    return None if micros is None else from_micros(micros)


def _edge(
    cursor: duckdb.DuckDBPyConnection, feed: Feed, first: datetime, last: datetime, limit: int, *, newest: bool
) -> datetime | None:
    """Give the moment of the snapshot that is ``limit`` th from its side of the window, or the farthest there is."""
    farthest, order = ("min", "DESC") if newest else ("max", "ASC")
    found = f"SELECT timestamp FROM gex_snapshots WHERE {_WINDOW} ORDER BY timestamp {order} LIMIT ?"
    return _moment(cursor, f"SELECT {farthest}(timestamp) FROM ({found})", *feed, first, last, limit)


def _edge_of_parts(
    cursor: duckdb.DuckDBPyConnection, feed: Feed, moment: datetime, limit: int, *, newest: bool
) -> datetime | None:
    """Give a moment up to which the parts that lie wholly on the asked side hold ``limit`` snapshots; None if none."""
    nearest, edge, order, inside = (
        ("max", "first", "DESC", "last <= ?") if newest else ("min", "last", "ASC", "first >= ?")
    )
    held = (
        f"SELECT {edge}, sum(snapshots) OVER (ORDER BY {edge} {order}, name) AS held "
        f"FROM parts WHERE {_FEED} AND {inside}"
    )
    return _moment(cursor, f"SELECT {nearest}({edge}) FROM ({held}) WHERE held >= ?", *feed, moment, limit)
