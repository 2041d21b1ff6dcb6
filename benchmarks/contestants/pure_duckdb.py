"""The best that DuckDB does by itself: columns said in advance, one process a core, each with one thread.

Snapshots and ladders go to Parquet; a file each, sorted by moment and strike.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from spread import Rows, spread

_NUMBERS = (
    "spot",
    "zero_gamma",
    "major_pos_vol",
    "major_pos_oi",
    "major_neg_vol",
    "major_neg_oi",
    "sum_gex_vol",
    "sum_gex_oi",
    "delta_risk_reversal",
)
_COLUMNS = (
    {"timestamp": "BIGINT", "ticker": "VARCHAR", "min_dte": "INTEGER", "sec_min_dte": "INTEGER"}
    | dict.fromkeys(_NUMBERS, "DOUBLE")
    | {"strikes": "JSON[][]", "max_priors": "DOUBLE[][]"}
)
_STAGE = f"CREATE TEMP TABLE staging AS FROM read_json(?, format = 'array', columns = {_COLUMNS})"
_PRIORS = ", ".join(f"priors[{place}] AS prior_{place}" for place in range(1, 6))
_LADDERS = f"""
SELECT timestamp, strike, gamma, oi_gamma, {_PRIORS}
FROM (
    SELECT timestamp, row[1]::DOUBLE AS strike, row[2]::DOUBLE AS gamma, row[3]::DOUBLE AS oi_gamma,
           row[4]::DOUBLE[] AS priors
    FROM (SELECT to_timestamp(timestamp) AS timestamp, unnest(strikes) AS row FROM staging)
)
ORDER BY timestamp, strike
"""
_FORMAT = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
_SNAPSHOTS = "SELECT * EXCLUDE (strikes) REPLACE (to_timestamp(timestamp) AS timestamp) FROM staging ORDER BY timestamp"


def convert(file: Path, out: Path) -> Rows:
    """Convert one file; give the rows that were written."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(_STAGE, [str(file)])
        return Rows(
            _copy(connection, _SNAPSHOTS, out / f"{file.stem}.snapshots.parquet"),
            _copy(connection, _LADDERS, out / f"{file.stem}.strikes.parquet"),
        )


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Write what a query gives; give the number of rows."""
    written = connection.execute(f"COPY ({query}) TO '{target}' ({_FORMAT})").fetchone()
    assert written is not None
    return int(written[0])


if __name__ == "__main__":
    spread(convert)
