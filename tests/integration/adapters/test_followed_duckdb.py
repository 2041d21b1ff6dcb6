"""A lake on disk that a snapshot store in memory follows."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from gexlake.adapters.duckdb import DuckDbLake
from gexlake.adapters.followed_lake import FollowedLake
from gexlake.adapters.memory.book import Book
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.ports.strike_sink import StrikeSink
from gexlake.testing import InMemorySnapshotStore, LakeSuite
from gexlake.testing.unit_of_work import LakeOpener


class TestFollowedLakeOnDisk(LakeSuite):
    """The follower forgets with each opening, and is given everything again."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> ParquetStrikeSink:
        """Give an empty sink."""
        return ParquetStrikeSink(tmp_path)

    @pytest.fixture
    def open_lake(self, tmp_path: Path, sink: ParquetStrikeSink) -> Iterator[LakeOpener]:
        """Open the same folder again and again."""
        with ExitStack() as opened:

            def opener(other: StrikeSink | None = None) -> FollowedLake:
                opened.close()
                lake = DuckDbLake(tmp_path, other or sink, ParquetStrikeSource(tmp_path))
                return opened.enter_context(closing(FollowedLake(lake, InMemorySnapshotStore(Book()))))

            yield opener
