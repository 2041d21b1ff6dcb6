"""The history that the demo imports: made up, and spoiled here and there as recorded history is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

DAYS = 2
SNAPSHOTS = 2000


def write_demo_history(folder: Path, ticker: str) -> Iterator[tuple[Path, str]]:
    """Write the files, and give each with a remark on what is wrong with it."""
    from ...adapters.synthetic.generate import write_history

    array, lines = write_history(folder, days=DAYS, ticker=ticker, snapshots=SNAPSHOTS, form="mixed", quirks=True)
    yield array, "an array; the recorder repeated itself"
    yield lines, "a snapshot a line; the last line is torn"
    yield _spoiled(lines), "a second recorder, two records are bad"
    yield _other_feed(folder, lines, ticker), "another feed of the vendor"


def _spoiled(lines: Path) -> Path:
    """Write a few records of a day again, one with an impossible price, one with another spot."""
    with lines.open("rb") as file:
        records = [orjson.loads(next(file)) for _ in range(6)][1:]
    records[0]["spot"] = -1
    records[1]["spot"] += 25
    path = lines.with_name(f"{lines.stem}_2{lines.suffix}")
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


def _other_feed(folder: Path, lines: Path, ticker: str) -> Path:
    day = lines.name.partition("_")[0]
    path = folder / f"{day}_{ticker}_orderflow_orderflow.jsonl"
    record = {"timestamp": 1763130602, "ticker": ticker, "spot": 25341.58, "z_mlgamma": 1.5, "zcvr": -0.2}
    path.write_bytes(orjson.dumps(record) + b"\n")
    return path
