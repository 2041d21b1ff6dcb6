"""What a program waits for, as a table."""

from __future__ import annotations

from typing import Any

from cells import number, spread, table

_ASKED = ("snapshot", "as_of", "ladders")


def programs(found: dict[str, Any]) -> list[str]:
    """Show what each way to ask takes."""
    ways = [
        (name, *(cell for asked in _ASKED for cell in (spread(found[asked][name]["ms"]), times(found[asked][name]))))
        for name in found["snapshot"]
    ]
    return [
        "### From Python",
        "",
        (
            f"A program asks the lake of the questions: {found['moments']:,} times for one snapshot with its ladder as "
            f"of a moment; for what was known at {found['ticks']:,} ticks of a day of {found['snapshots']:,} "
            f"snapshots; and for the {found['strikes']:,} ladder rows of that day. All get the same. *Held* is a lake "
            f"in a `with` block, which took {number(found['opening_seconds'])} s to open; otherwise gexlake opens it "
            "for each question. Polars and DuckDB read the Parquet files, and are told which snapshots have no levels "
            "yet. *Times* compares with `gexlake.open` within each round."
        ),
        "",
        *table(("", "a snapshot, ms", "times", "ticks, ms", "times", "ladders, ms", "times"), ways),
    ]


def times(one: dict[str, Any]) -> str:
    """Write how many times as long a way took."""
    return number(one["times"]["median"])
