"""The floor: parsing every record with simdjson, and encoding the ready ladders to Parquet; nothing else.

Cutting records, taking numbers out and building columns is done outside of the time. Each file is done by one core, and
the time of all is divided by the number of cores: alone, one file after the other, or with all cores at work at once,
which then share the machine's memory and whatever else there is one of.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import simdjson
from spread import Rows, history, tell

_BORDER = b'},{"timestamp"'
_NAMES = ("strike", "gamma", "oi_gamma", *[f"prior_{place}" for place in range(1, 6)])
_SNAPSHOTS_A_GROUP = 300


class _Done(NamedTuple):
    """What came of a file, and the seconds of its two parts."""

    rows: Rows
    parsing: float
    encoding: float


def main() -> None:
    """Measure the files of the folder that the first argument names; write into that of the second.

    A third argument says how many are done at once.
    """
    source, out, at_once = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    files = history(source)
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(_measure, files, [out] * len(files)))
    rows = Rows(sum(one.rows.snapshots for one in done), sum(one.rows.strikes for one in done))
    parsing, encoding = sum(one.parsing for one in done), sum(one.encoding for one in done)
    seconds = (parsing + encoding) / len(os.sched_getaffinity(0))
    tell(rows, out, seconds=seconds, parsing=parsing, encoding=encoding)


def _measure(file: Path, out: Path) -> _Done:
    records = _cut(file.read_bytes())
    parser = simdjson.Parser()
    begun = time.perf_counter()
    for record in records:
        parser.parse(record)
    parsing = time.perf_counter() - begun

    table = _ladders(records)
    begun = time.perf_counter()
    pq.write_table(
        table,
        out / f"{file.stem}.parquet",
        compression="zstd",
        compression_level=1,
        use_dictionary=["timestamp", "strike"],
        row_group_size=max(1, _SNAPSHOTS_A_GROUP * table.num_rows // len(records)),
    )
    return _Done(Rows(len(records), table.num_rows), parsing, time.perf_counter() - begun)


def _cut(text: bytes) -> list[bytes]:
    """Cut an array as ``gexlake synth`` writes it into its records."""
    pieces = text[2:-2].split(_BORDER)
    return [b"{" + pieces[0] + b"}", *(_BORDER[2:] + piece + b"}" for piece in pieces[1:])]


def _ladders(records: list[bytes]) -> pa.Table:
    parser = simdjson.Parser()
    moments, buffers = [], []
    for record in records:
        document = parser.parse(record)
        moments.append(document["timestamp"])
        buffers.append(bytes(document["strikes"].as_buffer(of_type="d")))
        del document  # simdjson parses nothing else while its last document is held
    rows = [len(buffer) // 64 for buffer in buffers]
    numbers = np.frombuffer(b"".join(buffers)).reshape(-1, 8)
    micros = np.repeat(np.array(moments, np.int64) * 1_000_000, rows)
    columns = [pa.Array.from_buffers(pa.timestamp("us", "UTC"), len(micros), [None, pa.py_buffer(micros)])]
    for column in numbers.T:
        whole = np.ascontiguousarray(column)
        columns.append(pa.Array.from_buffers(pa.float64(), len(whole), [None, pa.py_buffer(whole)]))
    return pa.table(columns, ["timestamp", *_NAMES])


if __name__ == "__main__":
    main()
