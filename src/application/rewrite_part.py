"""Writing a part anew whose copies of the snapshots are damaged: the store has them, and its ladders prove them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..domain.errors import LakeDamaged
from ..domain.parts import Part
from ..domain.timestamps import from_micros
from .batch import offsets
from .ports.limits import ALL
from .ports.unit_of_work import ImportUnitOfWork, Lake
from .rows import Rows, content_hashes, flags, micros_of
from .schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA

#: Snapshots of a row group, as an import writes them by default.
_ROW_GROUP = 300


def can_be_rewritten(lake: Lake, part: Part) -> bool:
    """Whether the store has every snapshot of a part, and each one's hash is that of its values and its ladder."""
    try:
        for _ in _proven(lake, part, _stored(lake, part)):
            pass
    except LakeDamaged:
        return False
    return True


def rewrite_part(lake: Lake, work: ImportUnitOfWork, part: Part, unit: str) -> None:
    """Put a part in its place that says the same, made of the store's snapshots and the part's ladders.

    Raises:
        LakeDamaged: they do not belong together.
        DiskFull: there is no room.
    """
    snapshots = _stored(lake, part)
    key = part.key.model_copy(update={"name": f"{part.key.name}m", "unit": unit})
    files = [lake.lineage.file(number) for number in np.unique(snapshots.column("file_id")).tolist()]
    writer = work.sink.stage(key, {file.file_id: file.source_file for file in files if file is not None})
    try:
        for rows, ladders in _proven(lake, part, snapshots):
            writer.write(rows, ladders)
    except BaseException:
        writer.abort()
        raise
    work.drop_part(part)
    work.add_part(writer.close(), snapshots)


def _stored(lake: Lake, part: Part) -> pa.Table:
    """Give the snapshots of a part that the store has, oldest first.

    Raises:
        LakeDamaged: these are not as many as the part was made with.
    """
    found = lake.snapshots.between(part.key.feed, part.first, part.last, ALL)
    mine = found.filter(pc.equal(found.column("part"), part.key.name)).select(SNAPSHOT_SCHEMA.names)
    if mine.num_rows != part.snapshots:
        raise LakeDamaged(part.key.name, "the database does not have all snapshots of it")
    return mine.cast(SNAPSHOT_SCHEMA)


def _proven(lake: Lake, part: Part, snapshots: pa.Table) -> Iterator[Rows]:
    """Give the row groups of a part: snapshots with their ladders, once their hashes have vouched for both.

    Raises:
        LakeDamaged: they do not.
    """
    for start in range(0, snapshots.num_rows, _ROW_GROUP):
        rows = snapshots.slice(start, _ROW_GROUP).combine_chunks()
        micros, bounds = micros_of(rows), offsets(rows.column("strike_count"))
        first, last = from_micros(int(micros[0])), from_micros(int(micros[-1]))
        ladders = lake.ladders.ladders([part], first, last)
        if not (
            np.array_equal(micros_of(ladders), micros.repeat(bounds[1:] - bounds[:-1]))
            and np.array_equal(content_hashes(rows, ladders), rows.column("content_hash").to_numpy())
            and np.array_equal(flags(rows, ladders), rows.column("flagged").to_numpy())
        ):
            raise LakeDamaged(part.key.name, "its ladders are not those of the snapshots in the database")
        yield rows, ladders.select(LADDER_SCHEMA.names)
