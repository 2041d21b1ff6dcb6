"""What is listed about a lake, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import pyarrow as pa

from ...application.columns.schemas import UTC_MICROS
from ...domain.feed import Feed
from ...domain.runs import Counts

_FEED = [pa.field(name, pa.string()) for name in Feed._fields]
_SECONDS = pa.float64()
_HELD = [
    ("snapshots", pa.int64()),
    ("strikes", pa.int64()),
    ("flagged", pa.int64()),
    ("first", UTC_MICROS),
    ("last", UTC_MICROS),
]
FEEDS = pa.schema([*_FEED, ("days", pa.int64()), *_HELD])
DAYS = pa.schema([*_FEED, ("date", pa.date32()), *_HELD])
COVERAGE = pa.schema(
    [
        *_FEED,
        ("date", pa.date32()),
        ("condition", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("opens", UTC_MICROS),
        ("closes", UTC_MICROS),
        ("first", UTC_MICROS),
        ("last", UTC_MICROS),
        ("snapshots", pa.int64()),
        ("cadence_seconds", _SECONDS),
        ("gaps", pa.list_(pa.struct([("start", UTC_MICROS), ("end", UTC_MICROS), ("seconds", _SECONDS)]))),
        ("late_seconds", _SECONDS),
        ("early_seconds", _SECONDS),
        ("flagged", pa.int64()),
        ("source_files", pa.list_(pa.string())),
    ]
)
LINEAGE = pa.schema(
    [
        ("import_id", pa.string()),
        ("source_file", pa.string()),
        ("record_type", pa.string()),
        ("records_imported", pa.int64()),
        ("import_timestamp", UTC_MICROS),
        ("status", pa.string()),
        ("errors", pa.list_(pa.string())),
        ("duration_seconds", _SECONDS),
        ("file_id", pa.int64()),
        ("form", pa.string()),
        ("feeds", pa.list_(pa.string())),
        ("size", pa.int64()),
        ("bytes_read", pa.int64()),
        ("counts", pa.struct([(name, pa.int64()) for name in Counts.model_fields])),
    ]
)
REJECTS = pa.schema(
    [
        ("reject_id", pa.int64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("source_file", pa.string()),
        ("record", pa.int64()),
        ("byte_offset", pa.int64()),
        ("ticker", pa.string()),
        ("timestamp", UTC_MICROS),
        ("import_id", pa.string()),
        ("replayed_in", pa.string()),
    ]
)
FLAGGED = pa.schema(
    [
        *_FEED,
        ("timestamp", UTC_MICROS),
        ("claimed_vol", pa.float64()),
        ("actual_vol", pa.float64()),
        ("claimed_oi", pa.float64()),
        ("actual_oi", pa.float64()),
        ("rows", pa.int64()),
        ("source_file", pa.string()),
        ("record", pa.int64()),
    ]
)


def listed(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Make a table of the columns of ``schema``; rows may have more.

    A thousand rows at a time, for as objects they take many times the memory of the table.
    """
    rows = iter(rows)
    pages = iter(lambda: list(islice(rows, 1_000)), [])
    return pa.Table.from_batches((pa.RecordBatch.from_pylist(page, schema) for page in pages), schema)
