"""The door at which a reader's batches come in: what contradicts itself is refused before anything is stored."""

from __future__ import annotations

from operator import index

import numpy as np
import pyarrow as pa

from ....domain.feed import Feed
from ....domain.rejects import Reject
from ....domain.snapshot import INT64, fault_of_name
from ...columns.batch import SnapshotBatch
from ...columns.rows import RECORDS
from ...columns.schemas import LADDER_SCHEMA, SOURCE_SCHEMA

_SCHEMAS = {"snapshots": SOURCE_SCHEMA, "ladders": LADDER_SCHEMA}
#: The places of the columns in which every row has a value, and their names.
_REQUIRED = {
    name: {place: field.name for place, field in enumerate(schema) if not field.nullable}
    for name, schema in _SCHEMAS.items()
}


def checked(batch: object) -> SnapshotBatch:
    """Give what a reader gave, if it is a batch that can be stored as it is.

    Whether its snapshots keep the rules is the reader's to answer for. What is looked at here is what would bring
    snapshots and ladders apart, or end the import.

    Raises:
        TypeError, ValueError: it is none; the message says what is wrong with it.
    """
    if not isinstance(batch, SnapshotBatch):
        raise TypeError(f"it gave {batch!r:.60} instead of a SnapshotBatch")
    for name, columns in (("snapshots", batch.snapshots), ("ladders", batch.ladders)):
        if not isinstance(columns, pa.RecordBatch):
            raise TypeError(f"{name} is a {type(columns).__name__}, not a RecordBatch")
        _check_columns(name, columns)
    _check_snapshots(batch.snapshots, len(batch.ladders))
    _check_facts(batch)
    return batch


def _check_columns(name: str, columns: pa.RecordBatch) -> None:
    found, schema = columns.schema, _SCHEMAS[name]
    # For a batch of one snapshot, comparing all names and types would take longer than all that follows.
    if not found.equals(schema) and (found.names != schema.names or found.types != schema.types):
        wrong = sorted({f"{f.name} {f.type}" for f in found} ^ {f"{f.name} {f.type}" for f in schema})
        raise ValueError(f"the columns of {name} are not those of the schema ({', '.join(wrong) or 'their order'})")
    for place, field in _REQUIRED[name].items():
        if columns.column(place).null_count:
            raise ValueError(f"{field} of {name} has nulls")


def _check_snapshots(snapshots: pa.RecordBatch, rows: int) -> None:
    if not len(snapshots):
        if rows:
            raise ValueError(f"there are {rows} ladder rows and no snapshot")
        return
    counts, numbers = snapshots.column("strike_count").to_numpy(), snapshots.column("record").to_numpy()
    if (least := counts.min()) < 1:
        raise ValueError(f"a strike_count is {least}")
    if (counted := counts.sum(dtype=np.int64)) != rows:
        raise ValueError(f"there are {rows} ladder rows, and {counted} by strike_count")
    if numbers.min() < 0 or numbers.max() >= RECORDS:
        raise ValueError(f"the numbers of the records go from {numbers.min()} to {numbers.max()}")
    for field in Feed._fields:
        for name in snapshots.column(field).unique().to_pylist():
            if fault := fault_of_name(name):
                raise ValueError(f"a {field} {fault}")


def _check_facts(batch: SnapshotBatch) -> None:
    for name in ("form", "torn", "digest"):
        if not isinstance(getattr(batch, name), str):
            raise TypeError(f"{name} is no text")
    for name, most in (("skipped", RECORDS), ("bytes_done", INT64)):
        if not 0 <= index(getattr(batch, name)) < most:
            raise ValueError(f"{name} is {getattr(batch, name)}")
    for name, kind in (("rejects", Reject), ("warnings", str)):
        several = getattr(batch, name)
        if isinstance(several, str) or not all(isinstance(one, kind) for one in several):
            raise TypeError(f"{name} holds something else than {kind.__name__}")
