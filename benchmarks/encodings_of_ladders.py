"""How ladders can be encoded in Parquet: what each way costs to write, to keep and to read; the same rows in each."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from data import warm
from figures import figure
from race import measured_import
from sizes import Setup

from gexlake.adapters.parquet.part_writer import ladder_encoding
from gexlake.application.columns.schemas import LADDER_NUMBERS

_SPLIT = dict.fromkeys(LADDER_NUMBERS, "BYTE_STREAM_SPLIT")
_ROWS_READ_AT_A_TIME = 20


class Encoding(NamedTuple):
    """A way to write ladders: how many snapshots a row group holds, whether numbers become hundredths, and options."""

    snapshots: int = 150
    scaled: bool = False
    options: dict[str, Any] = {}  # noqa: RUF012  # nobody writes to it


#: The first is what gexlake does.
ENCODINGS = {
    "zstd -1, 150 snapshots": Encoding(),
    "zstd 1": Encoding(options={"compression_level": 1}),
    "zstd 3": Encoding(options={"compression_level": 3}),
    "lz4": Encoding(options={"compression": "lz4", "compression_level": None}),
    "one page a column": Encoding(options={"write_batch_size": 1 << 16, "data_page_size": 1 << 20}),
    "pages of 4,000 rows": Encoding(options={"write_batch_size": 4000}),
    "pages of 1,000 rows": Encoding(options={"write_batch_size": 1000}),
    "dictionary for timestamps": Encoding(options={"use_dictionary": ["timestamp"]}),
    "dictionary for strikes": Encoding(options={"use_dictionary": ["strike"]}),
    "dictionaries for all": Encoding(options={"use_dictionary": True}),
    "floats split by byte": Encoding(options={"column_encoding": _SPLIT}),
    "hundredths, 64 bits": Encoding(scaled=True),
    "hundredths, split by byte": Encoding(scaled=True, options={"column_encoding": _SPLIT}),
    "300 snapshots": Encoding(300),
    "75 snapshots": Encoding(75),
}


def run(setup: Setup) -> dict[str, Any]:
    """Write the ladders of a day in each way, and read them, in turns; CPU seconds of one thread."""
    ladders, snapshots = _ladders(setup)
    scaled, scaling = _scaled(ladders)
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in ENCODINGS}
    folder = setup.scratch("encodings")
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(setup.size.runs):
        print(f"  round {number + 1}", file=sys.stderr, flush=True)
        for name, encoding in ENCODINGS.items():
            rows = max(1, encoding.snapshots * ladders.num_rows // snapshots)
            table = scaled if encoding.scaled else ladders
            measured[name].append(_measured(table, rows, encoding.options, folder / "ladders.parquet"))
    return {
        "rows": ladders.num_rows,
        "snapshots": snapshots,
        "scaling": scaling,
        "ways": {
            name: {key: figure(one[key] for one in found) for key in found[0]} for name, found in measured.items()
        },
    }


def _ladders(setup: Setup) -> tuple[pa.Table, int]:
    """Give the ladders of a day as gexlake stores them, and of how many snapshots they are."""
    source, lake = setup.size.form.files(setup.work)[0], setup.scratch("encodings-lake")
    warm([source])
    shutil.rmtree(lake, ignore_errors=True)
    rows = measured_import(source, lake, "--workers", "1")["rows"]
    (file,) = (lake / "strikes").rglob("*.parquet")
    return pq.ParquetFile(file).read().replace_schema_metadata(), rows[0]


def _scaled(ladders: pa.Table) -> tuple[pa.Table, float]:
    """Turn numbers into whole hundredths, proven to lose nothing; and say how many CPU seconds that takes."""
    begun = time.process_time()
    columns = [ladders.column(0)]
    for name in LADDER_NUMBERS:
        numbers = ladders.column(name).combine_chunks().to_numpy(zero_copy_only=False)
        hundredths = np.rint(numbers * 100)
        assert (hundredths / 100 == numbers).all(), f"{name} has more than two decimals"
        columns.append(pa.array(hundredths.astype(np.int64)))
    return pa.table(columns, ladders.column_names), time.process_time() - begun


def _measured(table: pa.Table, rows: int, options: dict[str, Any], path: Path) -> dict[str, float]:
    """Write a table and read it by several readers."""
    usual = ladder_encoding(rows)
    groups = [table.slice(at, rows).combine_chunks() for at in range(0, table.num_rows, rows)]

    def write() -> None:
        with pq.ParquetWriter(path, table.schema, **usual | options) as out:
            for group in groups:
                out.write_table(group, row_group_size=rows)

    written = _cpu(write)
    file = pq.ParquetFile(path)
    ladder = min(_cpu(lambda: file.read_row_group(0, use_threads=False)) for _ in range(_ROWS_READ_AT_A_TIME))
    with duckdb.connect(config={"threads": 1}) as engine:
        summed = _cpu(lambda: engine.sql(f"select sum(gamma), avg(prior_3) from '{path}'").fetchall())
    return {
        "write": written,
        "bytes": path.stat().st_size,
        "ladder_ms": ladder * 1e3,
        "pyarrow": _cpu(lambda: file.read(use_threads=False)),
        "duckdb": summed,
        "polars": _cpu(lambda: pl.read_parquet(path)),
    }


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
