"""Staging snapshots as parts in memory, in the order and the row groups that a test wants."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from gexlake.adapters.memory.strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.application.columns.batch import SnapshotBatch, snapshots_of
from gexlake.application.columns.rows import content_hashes, flags
from gexlake.application.columns.schemas import SNAPSHOT_SCHEMA
from gexlake.domain.parts import Part
from gexlake.domain.snapshot import GexSnapshot
from gexlake.testing.builders import make_key

Rows = tuple[pa.Table, pa.Table]


def rows_of(snapshots: Sequence[GexSnapshot], file_id: int = 1, first: int = 0) -> Rows:
    """Write snapshots as the importer does, numbered from ``first``."""
    batch = SnapshotBatch.of(snapshots, range(first, first + len(snapshots)))
    table, ladders = pa.Table.from_batches([batch.snapshots]), pa.Table.from_batches([batch.ladders])
    added = {
        "flagged": pa.array(flags(table, ladders)),
        "content_hash": pa.array(content_hashes(table, ladders)),
        "file_id": pa.array(np.full(len(snapshots), file_id)),
    }
    for name, column in added.items():
        table = table.append_column(name, column)
    return table.select(SNAPSHOT_SCHEMA.names).cast(SNAPSHOT_SCHEMA), ladders


def stage(sink: InMemoryStrikeSink, *groups: Sequence[GexSnapshot], file_id: int = 1) -> Part:
    """Stage a part of these row groups; records are numbered through."""
    one = groups[0][0]
    writer = sink.stage(make_key(feed=one.feed, day=one.trading_day))
    number = 0
    for group in groups:
        writer.write(*rows_of(group, file_id, number))
        number += len(group)
    return writer.close()


def read_back(sink: InMemoryStrikeSink, part: Part) -> list[GexSnapshot]:
    """Give the snapshots of a part in the order in which it holds them."""
    return [one for group in InMemoryStrikeSource(sink).batches(part) for one in snapshots_of(*group)]
