"""Snapshots and ladders of a part are cut apart differently, and come back together."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gexlake.adapters.disk.lake_folder import LADDERS, SNAPSHOTS
from gexlake.adapters.parquet.paths import LakePaths
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.columns.batch import offsets
from gexlake.application.columns.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, UTC_MICROS
from gexlake.domain.errors import LakeDamaged
from gexlake.domain.parts import Part
from gexlake.domain.timestamps import to_micros
from gexlake.testing.builders import NOON, make_key, make_ladder, make_snapshot, make_tables

#: Snapshots of a part, in no round number of row groups.
COUNT = 1_600
Rows = tuple[pa.Table, pa.Table]


def cut(rows: Rows, sizes: Sequence[int]) -> list[Rows]:
    """Cut snapshots and their ladders into pieces of so many snapshots."""
    snapshots, ladders = rows
    at = offsets(snapshots.column("strike_count"))
    borders = np.cumsum([0, *sizes]).tolist()
    return [
        (snapshots.slice(low, high - low), ladders.slice(int(at[low]), int(at[high] - at[low])))
        for low, high in pairwise(borders)
    ]


def evenly(size: int) -> list[int]:
    """Give the sizes of the pieces of a part, the last one smaller."""
    return [min(size, COUNT - at) for at in range(0, COUNT, size)]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Make snapshots a second apart, with ladders of one to five rows."""
    few = [make_snapshot(strikes=make_ladder([5.0 * k for k in range(1, n + 2)], n)) for n in range(5)]
    snapshots, ladders = (pa.concat_tables([table] * (COUNT // 5)).combine_chunks() for table in make_tables(few))
    changed = {
        "timestamp": pa.array(to_micros(NOON) + np.arange(COUNT) * 1_000_000).cast(UTC_MICROS),
        "record": pa.array(np.arange(COUNT)),
    }
    columns = [changed.get(name, snapshots.column(name)) for name in SNAPSHOT_SCHEMA.names]
    strikes = pa.array(np.arange(1.0, ladders.num_rows + 1))  # each row tells which it is
    return pa.Table.from_arrays(columns, schema=SNAPSHOT_SCHEMA), ladders.set_column(0, LADDER_SCHEMA.field(0), strikes)


def staged(folder: Path, pieces: Sequence[Rows]) -> Part:
    """Stage a part of these pieces."""
    writer = ParquetStrikeSink(folder).stage(make_key())
    for piece in pieces:
        writer.write(*piece)
    return writer.close()


def path_of(folder: Path, part: Part, kind: str) -> Path:
    """Say where a file of a staged part is."""
    return LakePaths(folder).staged(part.key, kind)


def groups_of(path: Path) -> list[int]:
    """Say how many rows each row group of a file has."""
    metadata = pq.read_metadata(path)
    return [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]


def written_anew(path: Path, change: Callable[[pa.Table], pa.Table], sizes: Sequence[int]) -> None:
    """Write a file again, changed, in row groups of so many rows."""
    table = change(pq.ParquetFile(path).read())
    with pq.ParquetWriter(path, table.schema) as out:
        at = 0
        for size in sizes:
            out.write_table(table.slice(at, size), row_group_size=size)
            at += size
    assert at == table.num_rows


def read(folder: Path, part: Part, *window: timedelta) -> list[Rows]:
    """Stream a part, or some of it."""
    found = ParquetStrikeSource(folder).batches(part, *(NOON + moment for moment in window))
    return [(snapshots.cast(SNAPSHOT_SCHEMA), ladders.cast(LADDER_SCHEMA)) for snapshots, ladders in found]


@pytest.mark.parametrize(
    ("size", "held"),
    [(40, [760, 760, 80]), (150, [750, 750, 100]), (299, [897, 703]), (750, [750, 750, 100]), (COUNT, [COUNT])],
)
def test_a_part_comes_back_as_it_was_written(tmp_path: Path, rows: Rows, size: int, held: list[int]):
    """Whatever row groups the ladders have; snapshots are gathered until there are enough for one of theirs."""
    part = staged(tmp_path, pieces := cut(rows, evenly(size)))
    assert groups_of(path_of(tmp_path, part, SNAPSHOTS)) == held
    assert groups_of(path_of(tmp_path, part, LADDERS)) == [ladders.num_rows for _, ladders in pieces]
    assert read(tmp_path, part) == pieces
    assert ParquetStrikeSource(tmp_path).snapshots(part).cast(SNAPSHOT_SCHEMA).equals(rows[0])


@pytest.mark.parametrize("sizes", [evenly(150), evenly(149), [1, COUNT - 2, 1], [COUNT]], ids=str)
def test_snapshots_may_be_cut_apart_in_any_way(tmp_path: Path, rows: Rows, sizes: list[int]):
    """Row group by row group as the ladders are, across their row groups, or in one piece."""
    part = staged(tmp_path, pieces := cut(rows, evenly(150)))
    written_anew(path_of(tmp_path, part, SNAPSHOTS), lambda table: table, sizes)
    assert read(tmp_path, part) == pieces
    for first, last in ((0, 0), (749, 749), (800, 1_049), (1_599, 1_599)):
        window = timedelta(seconds=first), timedelta(seconds=last)
        assert read(tmp_path, part, *window) == pieces[first // 150 : last // 150 + 1]


def test_snapshots_without_ladders_come_once(tmp_path: Path, rows: Rows):
    """At the beginning, between two row groups, at the end: with the ladders that follow, or the last ones."""
    counts = [0, 2, 1, 0, 3, 0]
    snapshots = rows[0].slice(0, 6)
    place = snapshots.schema.get_field_index("strike_count")
    snapshots = snapshots.set_column(place, SNAPSHOT_SCHEMA.field(place), pa.array(counts, pa.int32()))
    part = staged(tmp_path, [(snapshots.slice(0, 4), rows[1].slice(0, 3)), (snapshots.slice(4), rows[1].slice(3, 3))])
    found = [(taken.column("strike_count").to_pylist(), ladders.num_rows) for taken, ladders in read(tmp_path, part)]
    assert found == [([0, 2, 1], 3), ([0, 3, 0], 3)]


def recounted(changes: dict[int, int]) -> Callable[[pa.Table], pa.Table]:
    """Give a function that changes how many rows some snapshots count."""

    def change(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index("strike_count")
        counts = table.column(place).to_numpy().copy()
        for number, more in changes.items():
            counts[number] += more
        return table.set_column(place, table.schema.field(place), pa.array(counts))

    return change


@pytest.mark.parametrize("changes", [{0: 1}, {COUNT - 1: -1}, {149: 1, 150: -1}], ids=str)
def test_ladders_that_are_not_those_of_their_snapshots_are_damage(tmp_path: Path, rows: Rows, changes: dict[int, int]):
    """More or fewer than are counted, or not where they should end: no ladder is given to another snapshot."""
    part = staged(tmp_path, cut(rows, evenly(150)))
    written_anew(path_of(tmp_path, part, SNAPSHOTS), recounted(changes), evenly(750))
    with pytest.raises(LakeDamaged, match=rf"{part.key.name}.* cannot be read .*not those that its snapshots count"):
        read(tmp_path, part)


def test_ladders_cut_apart_within_a_ladder_are_damage(tmp_path: Path, rows: Rows):
    """No writer of a part does this."""
    part = staged(tmp_path, cut(rows, evenly(150)))
    total = rows[1].num_rows
    written_anew(path_of(tmp_path, part, LADDERS), lambda table: table, [2, total - 2])
    with pytest.raises(LakeDamaged, match="count"):
        read(tmp_path, part)
