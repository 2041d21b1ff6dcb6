"""Lakes that the suite of the port opens again and again: in memory and on disk, and whatever stands around them."""

import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest

from gexlake.adapters.disk.lake_folder import LAKE_FILE
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.memory.book import Book
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.ports.strike_sink import StrikeSink
from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.runs import ImportRun
from gexlake.testing import InMemoryLake, InMemoryStrikeSink, InMemoryStrikeSource, LakeSuite, make_run
from gexlake.testing.unit_of_work import LakeOpener


def new_lake(kind: str, folder: Path) -> Lake:
    """Make an empty lake: in ``memory``, or of ``duckdb`` and Parquet in a folder."""
    return InMemoryLake() if kind == "memory" else new_lake_on_disk(folder)


def new_lake_on_disk(folder: Path) -> DuckDbLake:
    """Make an empty lake of DuckDB and Parquet in a folder, which is made if it is not there."""
    lay_out(folder)
    return DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder))


def lay_out(folder: Path) -> None:
    """Write the database of a new lake into a folder, unless there is one: to make another takes far longer."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / LAKE_FILE).exists():
        (folder / LAKE_FILE).write_bytes(_new_database())


@cache
def _new_database() -> bytes:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder)).shut()
        return (folder / LAKE_FILE).read_bytes()


def runs_after_beginning_in_vain(lake: Lake, failure: type[Exception]) -> list[ImportRun]:
    """Have a thread fail to begin a unit, and another commit a run while that one is still there; give the runs."""

    def begin_in_vain() -> None:
        with pytest.raises(failure), lake.unit():
            pass

    def commit() -> None:
        with lake.unit() as work:
            work.lineage.save_run(make_run())
            work.commit()

    with ThreadPoolExecutor(1) as first:
        first.submit(begin_in_vain).result()
        second = threading.Thread(target=commit, daemon=True)
        second.start()
        second.join(20)
    return lake.lineage.runs()


class LakesInMemory(LakeSuite):
    """Each opening has the book that the last one has left."""

    def around(self, lake: InMemoryLake) -> Lake:
        """Give what is tested: the lake itself, or what stands around it."""
        return lake

    @pytest.fixture
    def sink(self) -> InMemoryStrikeSink:
        """Give an empty sink."""
        return InMemoryStrikeSink()

    @pytest.fixture
    def open_lake(self, sink: InMemoryStrikeSink) -> LakeOpener:
        """Open over the book that the last one has left."""
        book = Book()

        def opener(other: StrikeSink | None = None) -> Lake:
            return self.around(InMemoryLake(other or sink, InMemoryStrikeSource(sink), book=book))

        return opener


class LakesOnDisk(LakeSuite):
    """Each opening has the folder that the last one has left."""

    def around(self, lake: DuckDbLake) -> Lake:
        """Give what is tested: the lake itself, or what stands around it."""
        return lake

    @pytest.fixture
    def sink(self, tmp_path: Path) -> ParquetStrikeSink:
        """Give an empty sink."""
        return ParquetStrikeSink(tmp_path)

    @pytest.fixture
    def open_lake(self, tmp_path: Path, sink: ParquetStrikeSink) -> Iterator[LakeOpener]:
        """Open the same folder again and again."""
        with ExitStack() as opened:

            def opener(other: StrikeSink | None = None) -> Lake:
                opened.close()
                lay_out(tmp_path)
                lake = self.around(DuckDbLake(tmp_path, other or sink, ParquetStrikeSource(tmp_path)))
                return opened.enter_context(closing(lake))

            yield opener
