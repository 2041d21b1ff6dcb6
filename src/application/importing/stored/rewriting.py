"""Rewriting what a part holds, in another order, or some of it: it never changes, so another part takes its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from ....domain.parts import Part
from ....domain.timestamps import from_micros
from ...columns.arrays import Flags, Ints
from ...columns.rows import Rows, micros_of, pick, row_keys
from ...ports.strike_sink import PartWriter
from ...ports.strike_source import StrikeSource
from ...ports.unit_of_work import ImportUnitOfWork

#: How many snapshots are gathered at a time when a part is rewritten: some 25 MB of ladders.
_WINDOW = 4000


def _fetch(source: StrikeSource, part: Part, wanted: Ints, first: int, last: int) -> Iterator[Rows]:
    """Stream the snapshots of a part whose keys are wanted, between two moments (microseconds)."""
    for snapshots, ladders in source.batches(part, from_micros(first), from_micros(last)):
        index = np.flatnonzero(np.isin(row_keys(snapshots), wanted))
        if len(index):
            yield pick(snapshots, ladders, index)


def rewrite(source: StrikeSource, part: Part, keys: Ints, micros: Ints, writer: PartWriter, batch_size: int) -> None:
    """Write the snapshots of ``keys`` in that order; ``micros`` are their timestamps, ascending.

    Works window by window, so that memory stays bounded even when a part lies in no order at all.
    """
    for start in range(0, len(keys), _WINDOW):
        window = keys[start : start + _WINDOW]
        times = micros[start : start + _WINDOW]
        found = list(_fetch(source, part, window, int(times[0]), int(times[-1])))
        snapshots = pa.concat_tables([snapshots for snapshots, _ in found])
        ladders = pa.concat_tables([ladders for _, ladders in found])
        position = {key: n for n, key in enumerate(row_keys(snapshots).tolist())}
        order = np.array([position[key] for key in window.tolist()])
        for at in range(0, len(order), batch_size):
            writer.write(*pick(snapshots, ladders, order[at : at + batch_size]))


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
