"""The note on where a lake's ladders lie."""

from pathlib import Path

import pytest

from gexlake.adapters.disk.sink_note import OtherSink, check_sink
from gexlake.testing import InMemoryLake, make_snapshots, stage_part


@pytest.fixture
def lake() -> InMemoryLake:
    """Give an empty lake."""
    return InMemoryLake()


def fill(lake: InMemoryLake, second: int = 0) -> None:
    """Commit a part."""
    part, table = stage_part(lake.sink, make_snapshots(1, second=second))
    with lake.unit() as work:
        work.add_part(part, table)
        work.commit()


@pytest.mark.parametrize("read_only", [False, True])
def test_the_usual_sink_needs_no_note(tmp_path: Path, lake: InMemoryLake, *, read_only: bool):
    """Neither new lakes nor old ones have one."""
    check_sink(tmp_path, "parquet", lake, read_only=read_only)
    fill(lake)
    check_sink(tmp_path, "parquet", lake, read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_another_sink_is_noted_when_a_lake_is_new(tmp_path: Path, lake: InMemoryLake):
    """From then on it must be named, whether the lake is read or written, empty or not."""
    check_sink(tmp_path, "delta", lake, read_only=False)
    for second in (0, 5):
        for read_only in (False, True):
            check_sink(tmp_path, "delta", lake, read_only=read_only)
            with pytest.raises(OtherSink, match="GEXLAKE_STRIKE_SINK=delta") as caught:
                check_sink(tmp_path, "parquet", lake, read_only=read_only)
            assert (caught.value.sink, caught.value.named) == ("delta", "parquet")
        fill(lake, second)


def test_a_lake_that_has_ladders_stays_where_they_are(tmp_path: Path, lake: InMemoryLake):
    """A new sink would leave the old ladders behind."""
    fill(lake)
    with pytest.raises(OtherSink, match="GEXLAKE_STRIKE_SINK=parquet"):
        check_sink(tmp_path, "delta", lake, read_only=False)
    assert list(tmp_path.iterdir()) == []


def test_whoever_only_reads_leaves_no_note(tmp_path: Path, lake: InMemoryLake):
    """Even where the lake is empty."""
    with pytest.raises(OtherSink):
        check_sink(tmp_path, "delta", lake, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_lake_in_memory_has_no_folder_for_a_note(tmp_path: Path, lake: InMemoryLake):
    """And none is made."""
    check_sink(tmp_path / "nowhere", "memory", lake, read_only=False)
    assert list(tmp_path.iterdir()) == []
