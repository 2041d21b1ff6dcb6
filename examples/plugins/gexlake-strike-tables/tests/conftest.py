"""Tables of made-up snapshots, and a reader that takes them in small bites."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from gexlake.plugins import GexSnapshot
from gexlake.testing.builders import make_snapshots

Write = Callable[..., Path]
FIELDS = ("ticker", "package", "category", "spot", "zero_gamma", "sum_gex_vol", "sum_gex_oi", "min_dte")


def rows_of(snapshots: Iterable[GexSnapshot]) -> list[dict[str, Any]]:
    """Write snapshots as rows of a table."""
    return [
        {"timestamp": int(snapshot.timestamp.timestamp())}
        | {name: getattr(snapshot, name) for name in FIELDS}
        | {"strike": level.strike, "gamma": level.gamma, "oi_gamma": level.oi_gamma}
        | {f"prior_{n}": prior for n, prior in enumerate(level.priors, start=1)}
        | {"note": "kept", "version": 2}
        for snapshot in snapshots
        for level in snapshot.strikes
    ]


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    """Give the rows of five snapshots with three strikes each."""
    return rows_of(make_snapshots(5))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes rows as a table and gives its path; its name says the kind."""

    def written(rows: list[dict[str, Any]], name: str = "strikes.csv") -> Path:
        path = tmp_path / name
        table = pa.Table.from_pylist(rows)
        (pa.csv.write_csv if path.suffix == ".csv" else pa.parquet.write_table)(table, path)
        return path

    return written


@pytest.fixture(params=["csv", "parquet"])
def kind(request: pytest.FixtureRequest) -> str:
    """Give the kind of table."""
    return str(request.param)
