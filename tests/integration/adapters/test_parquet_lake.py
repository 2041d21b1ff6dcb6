"""The Parquet sink keeps the promises of its port, and so does the lake of DuckDB and Parquet together."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from gexlake.adapters.duckdb import DuckDbLake
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.ports.strike_sink import StrikeSink
from gexlake.testing import LakeSuite, StrikeSinkSuite
from gexlake.testing.unit_of_work import LakeOpener


class TestParquetStrikeSink(StrikeSinkSuite):
    """The sink and its source over one folder."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> ParquetStrikeSink:
        """Give an empty sink."""
        return ParquetStrikeSink(tmp_path)

    @pytest.fixture
    def source(self, tmp_path: Path) -> ParquetStrikeSource:
        """Give its source."""
        return ParquetStrikeSource(tmp_path)


class TestLakeOnDisk(LakeSuite):
    """The lake as it is by default."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> ParquetStrikeSink:
        """Give an empty sink."""
        return ParquetStrikeSink(tmp_path)

    @pytest.fixture
    def open_lake(self, tmp_path: Path, sink: ParquetStrikeSink) -> Iterator[LakeOpener]:
        """Open the same folder again and again."""
        with ExitStack() as opened:

            def opener(other: StrikeSink | None = None) -> DuckDbLake:
                opened.close()
                lake = DuckDbLake(tmp_path, other or sink, ParquetStrikeSource(tmp_path))
                return opened.enter_context(closing(lake))

            yield opener
