"""Nothing is filtered: every field of every record comes back from the lake with the value it had in its source."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.domain.timestamps import parse_timestamp
from support.lakes import new_lake_on_disk

FIXTURES = Path(__file__).parents[1] / "fixtures"
FILES = sorted(path for path in (FIXTURES / "history").rglob("*.json*")) + [
    next((FIXTURES / "dirty" / name).iterdir())
    for name in (
        "byte-order-mark",
        "container",
        "crlf",
        "payload-envelopes",
        "priors-absent",
        "priors-empty",
        "timestamp-in-milliseconds",
        "unknown-fields",
        "unsorted",
    )
]
#: A source's name for a field, where the lake has another.
RENAMED = {"spot_price": "spot"}


def source_records(path: Path) -> list[Any]:
    """Parse a fixture as simply as can be: it is whole."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode("utf-8-sig")
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]
    if isinstance(parsed, dict):
        return list(parsed.get("snapshots", [parsed]))
    return list(parsed)


def lake_records(lake: Path) -> dict[int, dict[str, Any]]:
    """Read all columns of a lake with nothing but DuckDB: snapshots and their ladders, by microseconds."""
    with duckdb.connect(str(lake / "gex.duckdb"), read_only=True) as database:
        rows = database.sql("select *, epoch_us(timestamp) as micros from gex_snapshots").to_arrow_table()
        glob = lake / "strikes" / "**" / "*.parquet"
        ladders = database.execute(
            f"select epoch_us(timestamp), strike, gamma, oi_gamma, prior_1, prior_2, prior_3, prior_4, prior_5 "
            f"from read_parquet('{glob}') order by 1, 2"
        ).fetchall()
    names = [name for name in rows.column_names if name != "timestamp"]
    found = {row["micros"]: row | {"strikes": []} for row in rows.select(names).to_pylist()}
    for micros, strike, gamma, interest, *priors in ladders:
        found[micros]["strikes"].append([strike, gamma, interest, [] if priors[0] is None else priors])
    return found


def full_ladder(rows: list[list[Any]]) -> list[list[Any]]:
    """Write absent priors as empty ones, which are the same, and put the rows in order."""
    return sorted([*row[:3], row[3] if len(row) > 3 else []] for row in rows)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_field_comes_back(path: Path, tmp_path: Path):
    """Known fields in their columns, the others in ``extra``, the recorder's own in ``envelope``."""
    folder = tmp_path / "lake"
    lake = new_lake_on_disk(folder)
    history = ImportHistory(lake, {"legacy": LegacyReader}, InlineWorkPool(), SystemClock())
    history.run(ImportRequest(path), SilentProgress())
    lake.close()
    stored = lake_records(folder)

    compared = set()
    for record in source_records(path):
        snapshot = record.get("data", record.get("payload", record))
        if "strikes" not in snapshot:
            continue
        micros = parse_timestamp(snapshot["timestamp"])
        row = stored[micros]
        extra, envelope = (json.loads(row[name] or "{}") for name in ("extra", "envelope"))
        for name, value in snapshot.items():
            if name == "strikes":
                assert row["strikes"] == full_ladder(value)
            elif name != "timestamp":
                column = RENAMED.get(name, name)
                assert (row[column] if column in row else extra.pop(name)) == value, name
        assert not extra
        if snapshot is not record and micros not in compared:
            # Of a repeated snapshot the first one's envelope is kept.
            assert envelope == {name: value for name, value in record.items() if name not in ("data", "payload")}
        compared.add(micros)
    assert compared == set(stored)
