"""The columns of what is listed about a lake, where it is told as a table."""

from __future__ import annotations

import pyarrow as pa

from ..application.schemas import UTC_MICROS
from ..domain.feed import Feed
from ..domain.runs import Counts

_FEED = [pa.field(name, pa.string()) for name in Feed._fields]
_SECONDS = pa.float64()
DAYS = pa.schema(
    [
        *_FEED,
        ("date", pa.date32()),
        ("snapshots", pa.int64()),
        ("strikes", pa.int64()),
        ("flagged", pa.int64()),
        ("first", UTC_MICROS),
        ("last", UTC_MICROS),
    ]
)
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
