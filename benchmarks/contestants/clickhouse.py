"""ClickHouse in process (chdb): types said in advance, one process a core, each with one thread.

Only the ladders are written, to Parquet. The snapshots are counted by what the ladders hold.
"""

from __future__ import annotations

from pathlib import Path

import chdb
from spread import Rows, spread

_TYPES = "timestamp Int64, strikes Array(Tuple(Float64, Float64, Float64, Array(Float64)))"
_PRIORS = ", ".join(f"row.4[{place}] AS prior_{place}" for place in range(1, 6))
_SETTINGS = """
    max_threads = 1,
    input_format_parallel_parsing = 0,
    input_format_skip_unknown_fields = 1,
    output_format_parquet_compression_method = 'zstd',
    output_format_compression_level = 1,
    output_format_parquet_write_bloom_filter = 0,
    output_format_parquet_max_dictionary_size = 0,
    engine_file_truncate_on_insert = 1
"""


def convert(file: Path, out: Path) -> Rows:
    """Convert one file; give the rows that were written."""
    target = out / f"{file.stem}.parquet"
    chdb.query(
        f"""
        INSERT INTO FUNCTION file('{target}', Parquet)
        SELECT fromUnixTimestamp64Second(timestamp, 'UTC') AS timestamp,
               row.1 AS strike, row.2 AS gamma, row.3 AS oi_gamma, {_PRIORS}
        FROM file('{file}', JSONEachRow, '{_TYPES}') ARRAY JOIN strikes AS row
        SETTINGS {_SETTINGS}
        """
    )
    counted = chdb.query(f"SELECT uniqExact(timestamp), count() FROM file('{target}', Parquet)", "CSV").bytes()
    return Rows(*map(int, counted.decode().strip().split(",")))


if __name__ == "__main__":
    spread(convert)
