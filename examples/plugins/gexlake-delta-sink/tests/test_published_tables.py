"""What is published is a Delta table like any other: once, whole, and readable without gexlake."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from gexlake_delta_sink.sink import DeltaStrikeSink
from gexlake_delta_sink.source import DeltaStrikeSource

from gexlake.plugins import LakeDamaged, Part
from gexlake.testing.builders import make_key, make_snapshots, make_tables, stage_part

KINDS = ("strikes", "snapshots")

KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from gexlake_delta_sink.sink import DeltaStrikeSink
from gexlake_delta_sink.tables import PartTable

class Killed(PartTable):
    def append(self, key, groups, about):
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
part = pickle.loads(sys.stdin.buffer.read())
tables = {"strikes": PartTable(folder, "strikes"), "snapshots": Killed(folder, "snapshots")}
DeltaStrikeSink(folder, tables).publish([part])
"""

FULL = """
import resource, sys
from pathlib import Path
from gexlake.plugins import DiskFull
from gexlake.testing.builders import make_key, make_snapshots, make_tables, stage_part
from gexlake_delta_sink.sink import DeltaStrikeSink
from gexlake_delta_sink.source import DeltaStrikeSource

folder = Path(sys.argv[1])
sink, source = DeltaStrikeSink(folder), DeltaStrikeSource(folder)
part, _ = stage_part(sink, make_snapshots(2))

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def is_full(step):
    limit(1000)
    try:
        step()
    except DiskFull:
        return True
    finally:
        limit(resource.RLIM_INFINITY)

writer = sink.stage(make_key("other"))
tables = make_tables(make_snapshots(500))
assert is_full(lambda: (writer.write(*tables), writer.close()))
writer.abort()
assert list((folder / "staging" / "other").iterdir()) == []
assert is_full(lambda: sink.publish([part]))
sink.publish([part])
assert sum(snapshots.num_rows for snapshots, _ in source.batches(part)) == 2
"""


def versions(folder: Path) -> list[int]:
    """Give the versions of the two tables; making a table is version 0."""
    return [DeltaTable(folder / "delta" / kind).version() for kind in KINDS]


def rows(source: DeltaStrikeSource, part: Part) -> tuple[int, int]:
    """Count the snapshots and the ladder rows of a part."""
    found = list(source.batches(part))
    return sum(snapshots.num_rows for snapshots, _ in found), sum(ladders.num_rows for _, ladders in found)


def without_ladders(tables: tuple[pa.Table, pa.Table]) -> tuple[pa.Table, pa.Table]:
    """Take the ladders away; a reader that gives Arrow batches can bring such snapshots."""
    snapshots, ladders = tables
    counts = pa.array([0] * snapshots.num_rows, pa.int32())
    place = snapshots.schema.get_field_index("strike_count")
    return snapshots.set_column(place, snapshots.schema.field(place), counts), ladders.slice(0, 0)


def test_publishing_twice_is_one_commit(tmp_path: Path) -> None:
    """To each table, even if what was staged is there again."""
    sink, source = DeltaStrikeSink(tmp_path), DeltaStrikeSource(tmp_path)
    part, _ = stage_part(sink, make_snapshots(4))
    staged = {path: path.read_bytes() for path in (tmp_path / "staging" / part.key.unit).iterdir()}
    sink.publish([part])
    for path, content in staged.items():
        path.write_bytes(content)
    sink.publish([part])
    assert versions(tmp_path) == [1, 1]
    sink.publish([part])
    assert rows(source, part) == (4, 12)


def test_a_kill_between_the_two_commits(tmp_path: Path) -> None:
    """Shows the whole part from staging; publishing again makes the second commit and repeats nothing."""
    sink, source = DeltaStrikeSink(tmp_path), DeltaStrikeSource(tmp_path)
    part, _ = stage_part(sink, make_snapshots(4))
    program = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(program, input=pickle.dumps(part), check=False).returncode == -9
    assert DeltaTable(tmp_path / "delta" / "strikes").version() == 1
    assert not (tmp_path / "delta" / "snapshots").exists()
    assert rows(source, part) == (4, 12)
    sink.publish([part])
    assert versions(tmp_path) == [1, 1]
    sink.discard(part.key.unit)
    assert rows(source, part) == (4, 12)


def test_a_full_disk_is_no_loss(tmp_path: Path) -> None:
    """Files that may not grow stand for it: staging and publishing say so, and with room publishing goes on."""
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_part_that_nobody_staged_cannot_be_published(tmp_path: Path) -> None:
    """The lake is damaged then, and says so."""
    sink = DeltaStrikeSink(tmp_path)
    part, _ = stage_part(sink, make_snapshots(1))
    sink.discard(part.key.unit)
    with pytest.raises(LakeDamaged):
        sink.publish([part])


def test_a_lost_file_of_a_table_is_damage(tmp_path: Path) -> None:
    """So is a part of which some rows are left, or none, when ladders are asked for."""
    sink, source = DeltaStrikeSink(tmp_path), DeltaStrikeSource(tmp_path)
    lost, _ = stage_part(sink, make_snapshots(1))
    gone, _ = stage_part(sink, make_snapshots(1, second=5))
    for part in (lost, gone):
        sink.publish([part])
    sink.retire(gone)
    with pytest.raises(LakeDamaged):
        source.ladders([lost, gone], lost.first, gone.last)
    DeltaTable(tmp_path / "delta" / "strikes").delete("strike < 25190")
    with pytest.raises(LakeDamaged):
        rows(source, lost)
    for path in (tmp_path / "delta" / "strikes").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(LakeDamaged):
        source.ladders([lost], lost.first, lost.last)


def test_snapshots_without_ladders(tmp_path: Path) -> None:
    """Alone in a row group, and alone in a part."""
    sink, source = DeltaStrikeSink(tmp_path), DeltaStrikeSource(tmp_path)
    bare = without_ladders(make_tables(make_snapshots(1)))
    for groups, expected in (([bare], (1, 0)), ([bare, make_tables(make_snapshots(2, second=1))], (3, 6))):
        writer = sink.stage(make_key())
        for group in groups:
            writer.write(*group)
        part = writer.close()
        for _ in ("staged", "published"):
            assert rows(source, part) == expected
            assert source.ladders([part], part.first, part.last).num_rows == expected[1]
            sink.publish([part])


def test_another_process_stages(tmp_path: Path) -> None:
    """The sink travels there by pickle."""
    there = pickle.loads(pickle.dumps(DeltaStrikeSink(tmp_path)))  # noqa: S301  # our own
    part, _ = stage_part(there, make_snapshots(3))
    DeltaStrikeSink(tmp_path).publish([part])
    assert rows(DeltaStrikeSource(tmp_path), part) == (3, 9)


def test_others_may_tidy_the_tables_up(tmp_path: Path) -> None:
    """Files that were merged by Delta Lake still give each part as it was written, and a part can be taken out."""
    sink, source = DeltaStrikeSink(tmp_path), DeltaStrikeSource(tmp_path)
    parts = [stage_part(sink, make_snapshots(3, second=10 * n)) for n in range(3)]
    for part, _ in parts:
        sink.publish([part])
    for kind in KINDS:
        table = DeltaTable(tmp_path / "delta" / kind)
        table.optimize.compact()
        table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
        assert len(table.file_uris()) == 1
    sink.retire(parts[1][0])
    for part, table in (parts[0], parts[2]):
        assert source.snapshots(part).equals(table)
        assert rows(source, part) == (3, 9)
    with pytest.raises(LakeDamaged):
        source.snapshots(parts[1][0])


def test_polars_and_delta_lake_read_the_tables_alone(tmp_path: Path) -> None:
    """Feed, day, moment and values of every strike."""
    sink = DeltaStrikeSink(tmp_path)
    part, table = stage_part(sink, make_snapshots(2))
    sink.publish([part])
    strikes = pl.scan_delta(str(tmp_path / "delta" / "strikes"))
    found = strikes.filter(pl.col("ticker") == "NQ_NDX").sort("timestamp", "strike").collect()
    assert found.select("package", "category", "date").unique().rows() == [("classic", "gex_zero", part.key.date)]
    assert found["timestamp"].unique(maintain_order=True).to_list() == [part.first, part.last]
    assert found["strike"].to_list() == [25187.21, 25197.21, 25207.21] * 2
    assert found["gamma"].to_list() == [12.5, 13.5, 14.5] * 2
    snapshots = pa.table(DeltaTable(tmp_path / "delta" / "snapshots").to_pyarrow_table())
    assert snapshots.sort_by("timestamp")["spot"].to_pylist() == table["spot"].to_pylist()
    assert snapshots["part"].unique().to_pylist() == [part.key.name]
