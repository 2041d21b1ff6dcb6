"""Taking snapshots out of a part that is stored: a part never changes, so another one takes its place."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ...domain.parts import Part
from ..columns.arrays import Flags
from ..columns.rows import micros_of, row_keys
from ..ports.unit_of_work import ImportUnitOfWork
from .rewriting import rewrite


def take_out(
    work: ImportUnitOfWork,
    part: Part,
    snapshots: pa.Table,
    out: Flags,
    unit: str,
    batch_size: int,
    unwritten: Mapping[int, str] | None = None,
) -> None:
    """Replace a part by one without some of its snapshots (``out``), or by none.

    ``unwritten`` are the source files by their numbers that the lineage does not know yet.
    """
    work.drop_part(part)
    left = np.flatnonzero(~out)
    if not len(left):
        return
    key = part.key.anew("r", unit)
    numbers = set(np.unique(snapshots.column("file_id")).tolist())
    sources = {number: reading.source_file for number, reading in work.lineage.readings(numbers).items()}
    sources |= {number: name for number, name in (unwritten or {}).items() if number in numbers}
    writer = work.sink.stage(key, sources)
    rewrite(work.ladders, part, row_keys(snapshots)[left], micros_of(snapshots)[left], writer, batch_size)
    work.add_part(writer.close(), snapshots.take(left))
