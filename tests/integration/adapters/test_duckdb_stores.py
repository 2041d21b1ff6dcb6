"""The DuckDB stores keep the promises of their ports, alone and inside a unit of work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.connection import Database
from gexlake.adapters.duckdb.lineage import DuckDbLineageStore
from gexlake.adapters.duckdb.rejects import PAGE_BYTES
from gexlake.adapters.duckdb.snapshots import DuckDbSnapshotStore
from gexlake.adapters.duckdb.unit_of_work import DuckDbUnitOfWork
from gexlake.adapters.journal.files import FileJournal
from gexlake.application.ports.lineage_store import LineageStore
from gexlake.testing import InMemoryStrikeSink, InMemoryStrikeSource, LineageStoreSuite, SnapshotStoreSuite
from gexlake.testing.builders import make_file, make_reject, make_rejects

TABLES = ("gex_snapshots", "parts", "retired_parts", "import_runs", "lineage", "rejects")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Give the database of a new lake, for one test after the other."""
    made = Database(tmp_path_factory.mktemp("stores") / "lake")
    yield made
    made.close()


@pytest.fixture
def database(made: Database) -> Database:
    """Give the database without any rows."""
    with made.writing() as cursor:
        for name in TABLES:
            cursor.execute(f"DELETE FROM {name}")
    return made


@pytest.fixture
def unit(database: Database, tmp_path: Path) -> Iterator[DuckDbUnitOfWork]:
    """Give a unit of work that has begun."""
    sink = InMemoryStrikeSink()
    journal = FileJournal(tmp_path / "lake")
    with DuckDbUnitOfWork(database, sink, InMemoryStrikeSource(sink), journal) as work:
        yield work


class TestDuckDbSnapshotStore(SnapshotStoreSuite):
    """The snapshot store of the lake."""

    @pytest.fixture
    def store(self, database: Database) -> DuckDbSnapshotStore:
        """Give an empty store."""
        return DuckDbSnapshotStore(database)


class TestDuckDbSnapshotStoreInAUnit(SnapshotStoreSuite):
    """The snapshot store of a unit of work: it sees what it writes before the commit."""

    @pytest.fixture
    def store(self, unit: DuckDbUnitOfWork) -> DuckDbSnapshotStore:
        """Give an empty store."""
        assert isinstance(unit.snapshots, DuckDbSnapshotStore)
        return unit.snapshots


class TestDuckDbLineageStore(LineageStoreSuite):
    """The lineage store of the lake."""

    @pytest.fixture
    def store(self, database: Database) -> DuckDbLineageStore:
        """Give an empty store."""
        return DuckDbLineageStore(database)

    def test_rejects_stream_page_by_page(self, store: DuckDbLineageStore) -> None:
        """Raw records that fill several pages, one of them larger than a page, come back whole and in order."""
        store.add_file(make_file(1))
        sizes = (PAGE_BYTES // 2, PAGE_BYTES // 2, 10, PAGE_BYTES + 1, 10)
        store.add_rejects(make_rejects([make_reject(n, raw=bytes([n]) * size) for n, size in enumerate(sizes)]))
        assert [(stored.reject.raw[0], len(stored.reject.raw)) for stored in store.rejects()] == list(enumerate(sizes))


class TestDuckDbLineageStoreInAUnit(LineageStoreSuite):
    """The lineage store of a unit of work."""

    @pytest.fixture
    def store(self, unit: DuckDbUnitOfWork) -> LineageStore:
        """Give an empty store, whose changes are journalled."""
        return unit.lineage
