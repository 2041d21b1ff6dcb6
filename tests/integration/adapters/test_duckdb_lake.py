"""The DuckDB lake as one file that threads share; ``test_parquet_lake.py`` holds it to the promises of its port."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.connection import Database, Tuning
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.duckdb.snapshots import DuckDbSnapshotStore
from gexlake.testing import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import FEED, make_file, make_part, make_snapshots, stage_part


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[DuckDbLake]:
    """Give a new lake."""
    sink = InMemoryStrikeSink()
    with closing(DuckDbLake(tmp_path / "lake", sink, InMemoryStrikeSource(sink))) as made:
        yield made


def test_a_new_lake_is_one_file(lake: DuckDbLake, tmp_path: Path) -> None:
    """The folder is made, and nothing of the making stays behind."""
    assert lake.snapshots.feeds() == []
    assert {path.name for path in (tmp_path / "lake").iterdir()} <= {"gex.duckdb", "gex.duckdb.wal"}


def test_readers_go_on_while_a_unit_is_open(lake: DuckDbLake) -> None:
    """Other threads see what was committed, and never wait for the writer."""
    part, table = stage_part(lake.sink, make_snapshots(2))
    found: list[int] = []
    with lake.unit() as work:
        work.add_part(part, table)
        reader = threading.Thread(target=lambda: found.append(lake.snapshots.latest(FEED).num_rows))
        reader.start()
        reader.join(10)
        work.commit()
    assert found == [0]


def test_writers_of_several_threads_take_turns(lake: DuckDbLake) -> None:
    """Units and single writes from eight threads all arrive."""

    def write(number: int) -> None:
        part, table = stage_part(lake.sink, make_snapshots(1, second=number * 10), file_id=number)
        with lake.unit() as work:
            work.add_part(part, table)
            work.commit()
        lake.lineage.add_file(make_file(number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(lake.snapshots.parts()) == 8
    assert len(lake.lineage.latest_files()) == 8


def test_a_long_log_is_moved_into_the_database(tmp_path: Path) -> None:
    """After a commit, so that opening a lake never has much to replay."""
    sink = InMemoryStrikeSink()
    eager = Tuning(checkpoint_bytes=1)
    with closing(DuckDbLake(tmp_path / "lake", sink, InMemoryStrikeSource(sink), tuning=eager)) as lake:
        part, table = stage_part(lake.sink, make_snapshots(50))
        with lake.unit() as work:
            work.add_part(part, table)
            work.commit()
        log = tmp_path / "lake" / "gex.duckdb.wal"
        assert not log.exists() or log.stat().st_size == 0
        assert lake.snapshots.between(FEED, None, None, 100).num_rows == 50


def test_memory_is_given_back_when_the_log_is_moved(tmp_path: Path) -> None:
    """An import does not grow with its lake; whatever comes then may take all it needs again."""
    tuning = Tuning(checkpoint_bytes=1, buffer_bytes=512 << 10)
    with closing(Database(tmp_path, tuning=tuning)) as database:
        store = DuckDbSnapshotStore(database)
        for second in (0, 5_000):
            part, table = make_part(make_snapshots(5_000, second=second))
            store.add(table, part)
            database.checkpoint()
            with database.reading() as cursor:
                held = cursor.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchone()
            assert held is not None
            assert held[0] <= 512 << 10
        assert store.between(FEED, None, None, 20_000).num_rows == 10_000


def test_coverage_can_be_asked_in_sql(lake: DuckDbLake, tmp_path: Path) -> None:
    """Analysts find the view by its name and columns."""
    part, table = stage_part(lake.sink, make_snapshots(2))
    lake.snapshots.add(table, part)
    lake.close()
    import duckdb

    with duckdb.connect(str(tmp_path / "lake" / "gex.duckdb"), read_only=True) as database:
        rows = database.execute("SELECT ticker, category, date::VARCHAR, snapshots, strikes, flagged FROM coverage")
        assert rows.fetchall() == [("NQ_NDX", "gex_zero", "2025-10-06", 2, 6, 0)]
