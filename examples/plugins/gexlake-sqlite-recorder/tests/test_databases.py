"""What is special to databases: rows that break rules, NULLs, a recorder at work, missing tables, damage."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from gexlake_sqlite_recorder import SqliteRecorderReader

from gexlake.plugins import GexSnapshot, RejectReason, SimpleReader, SourceUnreadable
from gexlake.testing import SourceReaderSuite
from gexlake.testing.builders import make_snapshots

TABLES = """
CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY, ticker, package, category, timestamp, spot, zero_gamma, major_pos_vol, major_neg_vol,
    sum_gex_vol, sum_gex_oi, min_dte, sec_min_dte, delta_risk_reversal, max_priors, note
);
CREATE TABLE strikes (snapshot_id INTEGER, strike, gamma, oi_gamma, priors);
"""
Write = Callable[..., Path]


def record(database: sqlite3.Connection, number: int, snapshot: GexSnapshot, **changes: Any) -> None:
    """Write a snapshot as the recorder does; a keyword changes a column."""
    row = snapshot.model_dump(include={*columns(database, "snapshots")})
    row |= {"id": number, "timestamp": int(snapshot.timestamp.timestamp()), "note": "kept"}
    row |= {"max_priors": json.dumps(snapshot.max_priors)} | changes
    names = ", ".join(row)
    database.execute(f"INSERT INTO snapshots ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    for level in snapshot.strikes:
        strike = (number, level.strike, level.gamma, level.oi_gamma, json.dumps(level.priors))
        database.execute("INSERT INTO strikes VALUES (?, ?, ?, ?, ?)", strike)


def columns(database: sqlite3.Connection, table: str) -> list[str]:
    """Name the columns of a table."""
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Give a recorder's database with three snapshots, the last one written first."""
    with closing(sqlite3.connect(tmp_path / "recorder.db", isolation_level=None)) as opened:
        opened.executescript(TABLES)
        for number, snapshot in reversed(list(enumerate(make_snapshots(3), start=1))):
            record(opened, number, snapshot)
        yield opened


@pytest.fixture
def source(database: sqlite3.Connection) -> Path:
    """Give the file of that database."""
    return Path(database.execute("PRAGMA database_list").fetchone()[2])


class TestDirtyDatabases(SourceReaderSuite):
    """All that a reader promises, on a database with every column; and what becomes of dirt."""

    @pytest.fixture
    def reader(self) -> SimpleReader:
        """Give the reader."""
        return SqliteRecorderReader()

    @pytest.fixture
    def source(self, source: Path) -> Path:
        """Give a sound database."""
        return source

    @pytest.fixture
    def dirty_source(self, database: sqlite3.Connection, source: Path) -> tuple[Path, dict[RejectReason, int]]:
        """Give a database with rows that break rules, among good ones."""
        good = make_snapshots(8, second=10)
        dirt = ({"spot": -1}, {"spot": "high"}, {"spot": None}, {"ticker": b"\xff"}, {"timestamp": "yesterday"})
        for number, changes in enumerate(dirt, start=10):
            record(database, number, good[number - 10], **changes)
        database.execute("INSERT INTO strikes VALUES (1, 25187.21, 1.0, 1.0, NULL)")
        database.execute("INSERT INTO strikes VALUES (99, 25187.21, 1.0, 1.0, NULL), (NULL, 1.0, 1.0, 1.0, NULL)")
        database.execute("UPDATE strikes SET priors = '[1, 2]' WHERE snapshot_id = 2")
        database.execute("INSERT INTO snapshots SELECT 20, ticker, 'classic', category, timestamp, spot, zero_gamma,"
                         " 1, 1, 1, 1, 0, 1, 0, NULL, NULL FROM snapshots WHERE id = 3")  # fmt: skip
        return source, {
            RejectReason.NOT_POSITIVE: 1,
            RejectReason.NOT_A_NUMBER: 1,
            RejectReason.FIELD_MISSING: 3,
            RejectReason.TICKER_INVALID: 1,
            RejectReason.TIMESTAMP_UNPARSABLE: 1,
            RejectReason.STRIKE_TWICE: 1,
            RejectReason.PRIORS_NOT_FIVE: 1,
            RejectReason.STRIKES_EMPTY: 1,
        }


def read(source: Path) -> list[dict[str, Any]]:
    """Give all records of a database."""
    return [dict(fields) for fields in SqliteRecorderReader().records(source)]


def test_a_record_has_what_the_rows_say(source: Path) -> None:
    """Under the names of the columns, with its ladder by strike; the id is the database's own."""
    first, *_ = read(source)
    snapshot = make_snapshots(1)[0]
    assert first == {
        **snapshot.model_dump(include={*first} - {"timestamp", "max_priors", "strikes"}),
        "timestamp": int(snapshot.timestamp.timestamp()),
        "max_priors": [list(pair) for pair in snapshot.max_priors or ()],
        "note": "kept",
        "strikes": [[level.strike, level.gamma, level.oi_gamma, list(level.priors)] for level in snapshot.strikes],
    }


def test_records_come_by_id(source: Path) -> None:
    """However they were written."""
    assert [fields["timestamp"] for fields in read(source)] == [
        int(snapshot.timestamp.timestamp()) for snapshot in make_snapshots(3)
    ]


def test_a_null_is_absent(database: sqlite3.Connection, source: Path) -> None:
    """Also one of priors."""
    database.execute("UPDATE snapshots SET max_priors = NULL, note = NULL, min_dte = NULL")
    database.execute("UPDATE strikes SET priors = NULL")
    assert all(not fields.keys() & {"max_priors", "note", "min_dte"} for fields in read(source))
    assert {tuple(priors) for fields in read(source) for *_, priors in fields["strikes"]} == {()}


def test_a_recorder_at_work_is_read_with_its_log(database: sqlite3.Connection, source: Path) -> None:
    """What it has committed counts, what it has not does not, and nobody waits for the other."""
    database.execute("PRAGMA journal_mode = WAL")
    record(database, 4, make_snapshots(4)[3])
    database.execute("BEGIN IMMEDIATE")
    record(database, 5, make_snapshots(5)[4])
    assert SqliteRecorderReader().knows(source)
    assert len(read(source)) == 4
    database.execute("COMMIT")
    assert len(read(source)) == 5


def test_both_tables_are_read_as_of_one_moment(database: sqlite3.Connection, source: Path) -> None:
    """What is recorded during the reading waits for the next one."""
    database.execute("PRAGMA journal_mode = WAL")
    records = SqliteRecorderReader().records(source)
    next(iter(records))
    record(database, 4, make_snapshots(4)[3])
    assert len(list(records)) == 2


@pytest.mark.parametrize("table", ["snapshots", "strikes"])
def test_a_database_without_a_table_is_not_known(database: sqlite3.Connection, source: Path, table: str) -> None:
    """Whoever insists is told which one is missing."""
    database.execute(f"DROP TABLE {table}")
    assert not SqliteRecorderReader().knows(source)
    with pytest.raises(SourceUnreadable, match=f"no such table: {table}.*name one that the recorder wrote"):
        read(source)


@pytest.mark.parametrize("at", [0, 100, 4096, 8192])
def test_a_damaged_database_is_unreadable(database: sqlite3.Connection, source: Path, at: int) -> None:
    """In its header, its schema or its rows; the cure is named."""
    database.close()
    content = source.read_bytes()
    source.write_bytes(content[:at] + b"\xff" * 1000 + content[at + 1000 :])
    with pytest.raises(SourceUnreadable, match="recover"):
        read(source)


def test_a_torn_database_is_unreadable(database: sqlite3.Connection, source: Path) -> None:
    """Half of a copy is no database."""
    database.close()
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceUnreadable, match="recover"):
        read(source)


def test_what_only_looks_like_a_database_is_not_known(tmp_path: Path) -> None:
    """Neither by its name nor by its first bytes alone."""
    named, begun = tmp_path / "recorder.db", tmp_path / "begun.db"
    named.write_text("a text")
    begun.write_bytes(b"SQLite format 3\0 and nothing more")
    assert not SqliteRecorderReader().knows(named)
    assert not SqliteRecorderReader().knows(begun)
