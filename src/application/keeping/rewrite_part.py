"""Writing parts anew from the store's snapshots and their ladders, which prove each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...domain.errors import LakeDamaged
from ...domain.parts import Part, PartKey
from ...domain.sentences import a_few
from ...domain.timestamps import from_micros
from ..columns.batch import offsets
from ..columns.row_group import ROW_GROUP
from ..columns.rows import Rows, content_hashes, flags, micros_of
from ..columns.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA
from ..ports.limits import ALL
from ..ports.unit_of_work import ImportUnitOfWork, Lake


def can_be_rewritten(lake: Lake, part: Part) -> bool:
    """Whether the store has every snapshot of a part, and each one's hash is that of its values and its ladder."""
    try:
        for _ in _proven(lake, [part], _stored(lake, [part])):
            pass
    except LakeDamaged:
        return False
    return True


def rewrite_part(lake: Lake, work: ImportUnitOfWork, part: Part, unit: str) -> None:
    """Put a part in the place of one whose copies of the snapshots are damaged.

    Raises:
        LakeDamaged: snapshots and ladders do not belong together.
        DiskFull: there is no room.
    """
    key = part.key.anew("m", unit)
    anew, snapshots = stage_anew(lake, [part], key)
    work.drop_part(part)
    work.add_part(anew, snapshots)


def stage_anew(lake: Lake, parts: Sequence[Part], key: PartKey) -> tuple[Part, pa.Table]:
    """Stage a part that says what parts of one feed and trading day say, and give it with its snapshots.

    Raises:
        LakeDamaged: snapshots and ladders do not belong together.
        DiskFull: there is no room.
    """
    snapshots = _stored(lake, parts)
    readings = lake.lineage.readings(np.unique(snapshots.column("file_id")).tolist())
    writer = lake.sink.stage(key, {number: reading.source_file for number, reading in readings.items()})
    try:
        for rows, ladders in _proven(lake, parts, snapshots):
            writer.write(rows, ladders)
    except BaseException:
        writer.abort()
        raise
    return writer.close(), snapshots


def _stored(lake: Lake, parts: Sequence[Part]) -> pa.Table:
    """Give the snapshots of parts that the store has, oldest first.

    Raises:
        LakeDamaged: these are not as many as the parts were made with.
    """
    first, last = min(part.first for part in parts), max(part.last for part in parts)
    found = lake.snapshots.between(parts[0].key.feed, first, last, ALL)
    names = pa.array([part.key.name for part in parts])
    mine = found.filter(pc.is_in(found.column("part"), names)).select(SNAPSHOT_SCHEMA.names)
    if mine.num_rows != sum(part.snapshots for part in parts):
        raise LakeDamaged(_named(parts), "the database does not have all snapshots of it")
    return mine.cast(SNAPSHOT_SCHEMA)


def _proven(lake: Lake, parts: Sequence[Part], snapshots: pa.Table) -> Iterator[Rows]:
    """Give the row groups of parts: snapshots with their ladders, once their hashes have vouched for both.

    Raises:
        LakeDamaged: they do not.
    """
    for start in range(0, snapshots.num_rows, ROW_GROUP):
        rows = snapshots.slice(start, ROW_GROUP).combine_chunks()
        micros, bounds = micros_of(rows), offsets(rows.column("strike_count"))
        first, last = from_micros(int(micros[0])), from_micros(int(micros[-1]))
        there = [part for part in parts if part.first <= last and first <= part.last]
        ladders = lake.ladders.ladders(there, first, last)
        if not (
            np.array_equal(micros_of(ladders), micros.repeat(bounds[1:] - bounds[:-1]))
            and np.array_equal(content_hashes(rows, ladders), rows.column("content_hash").to_numpy())
            and np.array_equal(flags(rows, ladders), rows.column("flagged").to_numpy())
        ):
            raise LakeDamaged(_named(there), "its ladders are not those of the snapshots in the database")
        yield rows, ladders.select(LADDER_SCHEMA.names)


def _named(parts: Sequence[Part]) -> str:
    return a_few([part.key.name for part in parts])
