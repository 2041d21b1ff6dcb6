"""The predecessor's way: DuckDB guesses the columns, holds all rows, and copies sorted ladders to Parquet.

A file at a time, with all threads of DuckDB.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from spread import Rows, history, tell

_TABLES = """
CREATE TABLE gex_snapshots (
    timestamp TIMESTAMPTZ, ticker VARCHAR, spot_price DOUBLE, zero_gamma DOUBLE, net_gex DOUBLE,
    min_dte INTEGER, sec_min_dte INTEGER, major_pos_vol DOUBLE, major_pos_oi DOUBLE, major_neg_vol DOUBLE,
    major_neg_oi DOUBLE, sum_gex_vol DOUBLE, sum_gex_oi DOUBLE, delta_risk_reversal DOUBLE, max_priors VARCHAR
);
CREATE TABLE gex_strikes (
    timestamp TIMESTAMPTZ, ticker VARCHAR, strike DOUBLE, gamma DOUBLE, oi_gamma DOUBLE, priors DOUBLE[]
);
"""
_STAGE = "CREATE OR REPLACE TEMP TABLE staging AS FROM read_json_auto(?)"
_SNAPSHOTS = """
INSERT INTO gex_snapshots
SELECT to_timestamp(timestamp), ticker, spot, zero_gamma, sum_gex_vol, min_dte, sec_min_dte, major_pos_vol,
       major_pos_oi, major_neg_vol, major_neg_oi, sum_gex_vol, sum_gex_oi, delta_risk_reversal, max_priors::VARCHAR
FROM staging
"""
_UNNESTED = """
SELECT to_timestamp(timestamp) AS timestamp, ticker, row[1]::DOUBLE AS strike, row[2]::DOUBLE AS gamma,
       row[3]::DOUBLE AS oi_gamma, row[4]::DOUBLE[] AS priors
FROM (SELECT timestamp, ticker, unnest(strikes) AS row FROM staging)
"""


def main() -> None:
    """Import the folder that the first argument names into that of the second."""
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(out / "gex.duckdb") as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(_TABLES)
        for file in history(source):
            connection.execute(_STAGE, [str(file)])
            connection.execute(_SNAPSHOTS)
            connection.execute(f"INSERT INTO gex_strikes {_UNNESTED}")
            target = str(out / f"{file.stem}.parquet")
            connection.execute(
                f"COPY ({_UNNESTED} ORDER BY timestamp, strike) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM gex_snapshots), (SELECT count(*) FROM gex_strikes)"
        ).fetchone()
    assert counts is not None
    tell(Rows(*counts), out)


main()
