"""The lake as a server holds it, over DuckDB and Parquet."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.served.lake import ServedLake
from gexlake.application.ports.strike_sink import StrikeSink
from gexlake.testing import LakeSuite
from gexlake.testing.builders import FEED, NOON, make_snapshot, make_snapshots
from gexlake.testing.unit_of_work import LakeOpener
from support.serving import put


class TestServedLakeOnDisk(LakeSuite):
    """What is in memory goes with each opening, and is made again."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> ParquetStrikeSink:
        """Give an empty sink."""
        return ParquetStrikeSink(tmp_path)

    @pytest.fixture
    def open_lake(self, tmp_path: Path, sink: ParquetStrikeSink) -> Iterator[LakeOpener]:
        """Open the same folder again and again."""
        with ExitStack() as opened:

            def opener(other: StrikeSink | None = None) -> ServedLake:
                opened.close()
                lake = DuckDbLake(tmp_path, other or sink, ParquetStrikeSource(tmp_path))
                return opened.enter_context(closing(ServedLake(lake, 1 << 20)))

            yield opener


def test_rows_from_parts_are_those_of_the_database(tmp_path: Path):
    """Value by value, odd ones too, in the same columns and types."""
    odd = make_snapshot(
        second=9,
        zero_gamma=-0.0,
        major_pos_oi=None,
        max_priors=[],
        extra={"lone": "\ud800", "nul": "\x00", "big": 10**30},
    )
    with closing(DuckDbLake(tmp_path, ParquetStrikeSink(tmp_path), ParquetStrikeSource(tmp_path))) as lake:
        put(lake, [*make_snapshots(3), odd], make_snapshots(2, second=5))
        served = ServedLake(lake, 1 << 20)
        for asked in ((FEED, None, None, 10), (FEED, NOON, NOON, 1)):
            assert served.snapshots.between(*asked).equals(lake.snapshots.between(*asked))
        assert served.snapshots.latest(FEED).equals(lake.snapshots.latest(FEED))
        assert str(served.snapshots.latest(FEED).to_pylist()) == str(lake.snapshots.latest(FEED).to_pylist())
