"""Rows of parts: picking snapshots with their ladders, hashing, flagging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import xxhash

from ...domain.snapshot import ROW_ROUNDING, SUM_ROUNDING
from .arrays import Flags, Floats, Ints
from .batch import offsets
from .schemas import DAYS, LADDER_NUMBERS, NUMBERS

#: Snapshots, and their ladders one after the other.
Rows = tuple[pa.Table, pa.Table]
Key = TypeVar("Key", int, Ints)
_BITS = 32
#: No number of a record is as large: it stands in these bits beside that of its file.
RECORDS = 1 << _BITS


def micros_of(snapshots: pa.Table | pa.RecordBatch) -> Ints:
    """Give the timestamps as microseconds; shape (snapshots,)."""
    column = snapshots.column("timestamp")
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    # For a table of one row a cast would take longer than all else that is done with it, and Arrow's own view twice as
    # long as this.
    views = [np.frombuffer(one.buffers()[1], np.int64, len(one), 8 * one.offset) for one in chunks if len(one)]
    return views[0] if len(views) == 1 else np.concatenate([np.empty(0, np.int64), *views])


def numbers_of(rows: pa.Table, names: Sequence[str]) -> Floats:
    """Give some columns of doubles; shape (rows, columns), not-a-number where there is none."""
    # In one call: fetching a column costs as much as reading the numbers of a ladder in it.
    blocks = [batch.to_tensor(null_to_nan=True).to_numpy() for batch in rows.select(names).to_batches()]
    return blocks[0] if len(blocks) == 1 else np.concatenate([np.empty((0, len(names))), *blocks])


def row_keys(snapshots: pa.Table) -> Ints:
    """Give what is unique to each snapshot in a lake, the key of its record; shape (snapshots,)."""
    file_ids, records = (snapshots.column(name).to_numpy() for name in ("file_id", "record"))
    return key_of(file_ids, records)


def key_of(file_id: Key, record: Key) -> Key:
    """Give the key of a record, or of many: the number of its file and its place there, in one integer."""
    return (file_id << _BITS) + record


def file_of(key: Key) -> Key:
    """Give the number of the file that a key is of."""
    return key >> _BITS


def record_of(key: Key) -> Key:
    """Give the place in its file that a key is of."""
    return key & (RECORDS - 1)


def pick(snapshots: pa.Table, ladders: pa.Table, index: Ints) -> Rows:
    """Take snapshots by their positions, in that order, with their ladders."""
    bounds = offsets(snapshots.column("strike_count"))
    counts = (bounds[1:] - bounds[:-1])[index]
    ends = np.cumsum(counts)
    rows = np.repeat(bounds[index] - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0)
    return snapshots.take(index), ladders.take(rows)


def flags(snapshots: pa.Table, ladders: pa.Table) -> Flags:
    """Tell which ladders miss their checksum; ``GexSnapshot.ladder_adds_up`` says what that is."""
    bounds = offsets(snapshots.column("strike_count"))
    tolerance = ROW_ROUNDING * (bounds[1:] - bounds[:-1]) + SUM_ROUNDING
    off = np.zeros(snapshots.num_rows, np.bool_)
    for column, name in (("gamma", "sum_gex_vol"), ("oi_gamma", "sum_gex_oi")):
        claimed = _floats(snapshots.column(name))
        with np.errstate(over="ignore", invalid="ignore"):
            added = np.add.reduceat(_floats(ladders.column(column)), bounds[:-1])
            adds_up = np.abs(added - claimed) <= tolerance
        off |= ~adds_up & ~np.isnan(claimed)
    return np.asarray(off & (snapshots.column("package").to_numpy() == "classic"))


def content_hashes(snapshots: pa.Table, ladders: pa.Table) -> Ints:
    """Hash what a snapshot says, not where it came from: equal hashes mean the same content."""
    scalars = np.column_stack([_floats(snapshots.column(name)) for name in (*NUMBERS, *DAYS)])
    # Row by row, so that one call takes a whole ladder.
    rows = _bytes(numbers_of(ladders, LADDER_NUMBERS))
    bounds = (offsets(snapshots.column("strike_count")) * 8 * len(LADDER_NUMBERS)).tolist()
    largest = one_chunk(snapshots.column("max_priors"))
    pairs = _bytes(_floats(largest.flatten().flatten()))
    null = largest.is_null().to_numpy(zero_copy_only=False)
    sizes = np.where(null, 0, np.diff(largest.offsets.to_numpy()))
    pair_bounds = (np.concatenate([[0], np.cumsum(sizes)]) * 16).tolist()
    absent = null.tolist()
    extras = snapshots.column("extra").to_pylist()
    hashes = []
    for n, extra in enumerate(extras):
        # Each hash is the seed of the next one.
        found = xxhash.xxh3_64_intdigest(scalars[n])
        found = xxhash.xxh3_64_intdigest(rows[bounds[n] : bounds[n + 1]], found)
        found = xxhash.xxh3_64_intdigest(b"-" if absent[n] else pairs[pair_bounds[n] : pair_bounds[n + 1]], found)
        if extra is not None:
            found = xxhash.xxh3_64_intdigest(extra.encode(), found)
        hashes.append(found - 2**63)
    return np.array(hashes, np.int64)


def one_chunk(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Give a column in one piece; copies it only if it lies in several."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _floats(column: Any) -> Floats:
    """Give a column as floats, NaN for null (which no JSON number is)."""
    chunk = one_chunk(column)
    if chunk.type != pa.float64():
        chunk = chunk.cast(pa.float64())
    # Nulls become NaN.
    return np.asarray(chunk.to_numpy(zero_copy_only=False))


def _bytes(numbers: Floats) -> Any:
    return numbers.reshape(-1).view(np.uint8)
