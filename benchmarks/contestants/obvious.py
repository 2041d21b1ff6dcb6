"""The obvious way: a pydantic model a record, and ``executemany`` into DuckDB. Nobody would wait for all of it.

It takes the first 2,000 records, and the ladders of the first 20 of them, and scales both up to the files' whole size.
The records are counted beforehand, outside of the time.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb
import orjson
from pydantic import BaseModel
from spread import Rows, history, tell

RECORDS = 2_000
LADDERS = 20
_TABLES = """
CREATE TABLE snapshots (
    timestamp BIGINT, ticker VARCHAR, min_dte INTEGER, sec_min_dte INTEGER, spot DOUBLE, zero_gamma DOUBLE,
    major_pos_vol DOUBLE, major_pos_oi DOUBLE, major_neg_vol DOUBLE, major_neg_oi DOUBLE, sum_gex_vol DOUBLE,
    sum_gex_oi DOUBLE, delta_risk_reversal DOUBLE, max_priors DOUBLE[][]
);
CREATE TABLE strikes (timestamp BIGINT, strike DOUBLE, gamma DOUBLE, oi_gamma DOUBLE, priors DOUBLE[]);
"""


class Snapshot(BaseModel):
    """A record."""

    timestamp: int
    ticker: str
    min_dte: int
    sec_min_dte: int
    spot: float
    zero_gamma: float
    major_pos_vol: float
    major_pos_oi: float
    major_neg_vol: float
    major_neg_oi: float
    sum_gex_vol: float
    sum_gex_oi: float
    delta_risk_reversal: float
    max_priors: list[tuple[float, float]]
    strikes: list[tuple[float, float, float, list[float]]]


def main() -> None:
    """Import a sample of the folder that the first argument names into that of the second."""
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    files = history(source)
    records = sum(file.read_bytes().count(b'"timestamp":') for file in files)
    # A document of the sample alone: reading a whole day into objects would count what is not in the sample.
    sample = orjson.dumps(orjson.loads(files[0].read_bytes())[:RECORDS])

    begun = time.perf_counter()
    snapshots = [Snapshot.model_validate(record) for record in orjson.loads(sample)]
    with duckdb.connect(out / "gex.duckdb") as connection:
        connection.execute(_TABLES)
        rows = [tuple(snapshot.model_dump(exclude={"strikes"}).values()) for snapshot in snapshots]
        connection.executemany(f"INSERT INTO snapshots VALUES ({', '.join('?' * len(rows[0]))})", rows)
        first = time.perf_counter() - begun

        begun = time.perf_counter()
        some = snapshots[:LADDERS]
        ladders = [(snapshot.timestamp, *row) for snapshot in some for row in snapshot.strikes]
        connection.executemany("INSERT INTO strikes VALUES (?, ?, ?, ?, ?)", ladders)
        second = time.perf_counter() - begun
    seconds = records * (first / len(snapshots) + second / len(some))
    strikes = round(records * len(ladders) / len(some))
    tell(Rows(records, strikes), out, seconds=seconds, sampled={"records": len(snapshots), "ladders": len(some)})


main()
