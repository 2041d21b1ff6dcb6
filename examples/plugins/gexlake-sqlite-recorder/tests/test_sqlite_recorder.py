"""The reader keeps what every source reader promises."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from gexlake_sqlite_recorder import SqliteRecorderReader

from gexlake.plugins import RejectReason
from gexlake.testing import SourceReaderSuite

TABLES = """
CREATE TABLE snapshots (id INTEGER PRIMARY KEY, ticker, category, timestamp, spot, zero_gamma);
CREATE TABLE strikes (snapshot_id INTEGER, strike, gamma, oi_gamma, priors);
"""


def write(file: Path, spots: list[float]) -> Path:
    """Write a database with a snapshot a second, each with two strikes."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(TABLES)
        for number, spot in enumerate(spots, start=1):
            snapshot = (number, "SPX", "gex_zero", 1759761000 + number, spot, 6690.0)
            database.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?)", snapshot)
            for strike in (6695.0, 6700.0):
                row = (number, strike, 12.5, -6.25, json.dumps([1, 2, 3, 4, 5]))
                database.execute("INSERT INTO strikes VALUES (?, ?, ?, ?, ?)", row)
    return file


class TestSqliteRecorderReader(SourceReaderSuite):
    """The suite asks for the reader, for something to read, and for something that breaks rules."""

    @pytest.fixture
    def reader(self) -> SqliteRecorderReader:
        """Give the reader."""
        return SqliteRecorderReader()

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        """Give a database with three good snapshots."""
        return write(tmp_path / "recorder.db", [6701.5, 6702.5, 6703.5])

    @pytest.fixture
    def dirty_source(self, tmp_path: Path) -> tuple[Path, dict[RejectReason, int]]:
        """Give a database with a spot below 0 between two good snapshots."""
        return write(tmp_path / "dirty.db", [6701.5, -1.0, 6703.5]), {RejectReason.NOT_POSITIVE: 1}
