"""Polars as far as it can: it reads whole files only, and takes a ladder's row for lists of lists of numbers.

One process a core, each with one thread. Snapshots and ladders go to Parquet, sorted by moment and strike.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"

from pathlib import Path

import polars as pl
from spread import Rows, spread


def convert(file: Path, out: Path) -> Rows:
    """Convert one file; give the rows that were written."""
    moment = pl.from_epoch("timestamp", time_unit="s").dt.replace_time_zone("UTC")
    read = pl.read_json(file).with_columns(moment).sort("timestamp")
    row, priors = pl.col("strikes").list, pl.col("strikes").list.get(3).list
    ladders = (
        read.select("timestamp", "strikes")
        .explode("strikes")
        .select(
            "timestamp",
            *[row.get(place).list.get(0).alias(name) for place, name in enumerate(("strike", "gamma", "oi_gamma"))],
            *[priors.get(place, null_on_oob=True).alias(f"prior_{place + 1}") for place in range(5)],
        )
        .sort("timestamp", "strike")
    )
    snapshots = read.drop("strikes")
    snapshots.write_parquet(out / f"{file.stem}.snapshots.parquet", compression="zstd", compression_level=1)
    ladders.write_parquet(out / f"{file.stem}.strikes.parquet", compression="zstd", compression_level=1)
    return Rows(snapshots.height, ladders.height)


if __name__ == "__main__":
    spread(convert)
