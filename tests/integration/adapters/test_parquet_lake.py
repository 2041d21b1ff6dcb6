"""The Parquet sink keeps the promises of its port, and so does the lake of DuckDB and Parquet together."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gexlake.adapters.parquet.open_files import OpenFile
from gexlake.adapters.parquet.pages import piece_with
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.columns.schemas import STRIKE_SCHEMA
from gexlake.domain.timestamps import to_micros
from gexlake.testing import StrikeSinkSuite
from gexlake.testing.builders import make_key, make_ladder, make_snapshot, make_tables
from support.lakes import LakesOnDisk


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


class TestLakeOnDisk(LakesOnDisk):
    """The lake as it is by default."""


def test_a_part_names_its_own_sources_only(tmp_path: Path):
    """A unit may read thousands of files, of as many parts; only of one the footer is small and soon read."""
    sources = {n: f"history/{n:04d}_NQ_NDX_classic_gex_zero.json" for n in range(1, 5000)}
    writer = ParquetStrikeSink(tmp_path).stage(make_key(), sources)
    for file_id in (7, 3):
        writer.write(*make_tables([make_snapshot(second=file_id)], file_id))
    writer.close()
    (path,) = (tmp_path / "staging").rglob("*.snapshots.parquet")
    named = pq.read_metadata(path).metadata[b"gexlake.sources"]
    assert json.loads(named) == {"3": sources[3], "7": sources[7]}


@pytest.mark.parametrize(("snapshots", "strikes", "pages"), [(3, 3, 1), (150, 43, 1), (150, 99, 2), (150, 151, 3)])
def test_ladders_are_cut_into_pages_of_about_equal_size(tmp_path: Path, snapshots: int, strikes: int, pages: int):
    """Few of them, whatever ladders there are, so that writing takes little longer; row groups differ a little."""
    ladder = make_ladder(tuple(float(n) for n in range(1, strikes + 1)))
    writer = ParquetStrikeSink(tmp_path).stage(make_key())
    for more in (0, snapshots // 20):
        made = [make_snapshot(second=n, strikes=ladder) for n in range(snapshots + more)]
        writer.write(*make_tables(made))
    part = writer.close()
    (path,) = (tmp_path / "staging").rglob("*.strikes.parquet")
    whole = pq.ParquetFile(path)
    with OpenFile(path) as file:
        footer = file.footer()
        for group in (0, 1):
            raw = file.read(*footer.extent([group]))
            # What zstd has packed begins with these bytes.
            assert raw.count(b"\x28\xb5\x2f\xfd") == pages * len(STRIKE_SCHEMA)
            first, last = to_micros(part.first), to_micros(part.last)
            found = piece_with(footer, group, memoryview(raw), first, last)
            assert found.rows.rows.equals(whole.read_row_group(group))
