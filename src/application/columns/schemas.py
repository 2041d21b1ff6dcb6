"""The Arrow columns that stream between the ports: snapshots, their ladders, rejects."""

from __future__ import annotations

import pyarrow as pa

from ...domain.judge import OPTIONAL_DAYS, OPTIONAL_NUMBERS
from ...domain.snapshot import PRIOR_COUNT

UTC_MICROS = pa.timestamp("us", tz="UTC")

#: The scalar numbers of a snapshot, in the order of the store.
NUMBERS = ("spot", "zero_gamma", *OPTIONAL_NUMBERS)
DAYS = OPTIONAL_DAYS
PRIORS = tuple(f"prior_{n}" for n in range(1, PRIOR_COUNT + 1))
LADDER_NUMBERS = ("strike", "gamma", "oi_gamma", *PRIORS)

#: What a reader gives for each snapshot. ``extra`` and ``envelope`` are JSON objects or null; ``strike_count`` is the
#: number of ladder rows; ``record`` counts the records of the source file from 0.
SOURCE_SCHEMA = pa.schema(
    [
        pa.field("ticker", pa.string(), nullable=False),
        pa.field("package", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("timestamp", UTC_MICROS, nullable=False),
        *[pa.field(name, pa.float64()) for name in NUMBERS],
        *[pa.field(name, pa.int32()) for name in DAYS],
        pa.field("max_priors", pa.list_(pa.list_(pa.float64()))),
        pa.field("extra", pa.string()),
        pa.field("envelope", pa.string()),
        pa.field("strike_count", pa.int32(), nullable=False),
        pa.field("record", pa.int64(), nullable=False),
    ]
)
#: What the importer adds: whether the ladder misses its checksum, a hash of the content, the source file's number.
SNAPSHOT_SCHEMA = pa.schema(
    [
        *SOURCE_SCHEMA,
        pa.field("flagged", pa.bool_(), nullable=False),
        pa.field("content_hash", pa.int64(), nullable=False),
        pa.field("file_id", pa.int64(), nullable=False),
    ]
)
#: What stores give: snapshots, each with the name of its part.
STORED_SCHEMA = pa.schema([*SNAPSHOT_SCHEMA, pa.field("part", pa.string(), nullable=False)])
#: The ladders of a batch, one after the other in the order of its snapshots, each by ascending strike.
LADDER_SCHEMA = pa.schema(
    [
        *[pa.field(name, pa.float64(), nullable=False) for name in LADDER_NUMBERS[:3]],
        *[pa.field(name, pa.float64()) for name in PRIORS],
    ]
)
#: The ladders as they are stored: each row knows its snapshot's timestamp.
STRIKE_SCHEMA = pa.schema([pa.field("timestamp", UTC_MICROS, nullable=False), *LADDER_SCHEMA])

REJECT_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.int64(), nullable=False),
        pa.field("record", pa.int64(), nullable=False),
        pa.field("byte_offset", pa.int64()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("ticker", pa.string()),
        pa.field("timestamp", UTC_MICROS),
        pa.field("raw", pa.binary(), nullable=False),
    ]
)
