"""Snapshots as the eyes want them: one as a list of facts, many as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ....application.asking.answer import Answer
from ....domain.timestamps import NEW_YORK
from ...shapes.contract import FIELDS, KEPT, snapshot_rows
from .tables import console, show_facts, show_table
from .words import moment, number

#: The columns of the table, the field of the lake and the title: those that fit into 80 characters, and all.
COLUMNS = {
    "timestamp": "timestamp",
    "spot": "spot",
    "zero_gamma": "zero gamma",
    "net_gex": "net GEX",
    "major_pos_vol": "+ wall",
    "major_neg_vol": "- wall",
}
WIDE_COLUMNS = COLUMNS | {"major_pos_oi": "+ wall (OI)", "major_neg_oi": "- wall (OI)"}
WIDE = 106


def show_snapshots(answers: Iterable[Answer]) -> None:
    """Draw snapshots as a table, a row each."""
    columns = WIDE_COLUMNS if console().width >= WIDE else COLUMNS
    rows = [
        [moment(value) if name == "timestamp" else number(value) for name, value in row.items()]
        for answer in answers
        for row in snapshot_rows(answer.snapshots, columns)
    ]
    titles = list(columns.values())
    show_table(titles, rows, numbers=titles[1:])


def show_snapshot(answer: Answer) -> None:
    """Draw all that is known of one snapshot."""
    (row,) = snapshot_rows(answer.snapshots, [*FIELDS.values(), *KEPT, "strike_count"])
    show_facts(snapshot_facts(row))


def snapshot_facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the names (of the contract) and values of a snapshot, without those that it does not have."""
    when = row["timestamp"]
    facts = [("timestamp", f"{moment(when)} ({when.astimezone(NEW_YORK):%H:%M:%S} New York)")]
    facts += [(name, _exact(row[source])) for name, source in FIELDS.items() if name != "timestamp"]
    facts += [(name, row[name] or "") for name in KEPT]
    facts.append(("strikes", str(row["strike_count"])))
    return [(name, text) for name, text in facts if text]


def _exact(value: Any) -> str:
    """Write a value with all its decimals."""
    if isinstance(value, list):
        return "  ".join(f"{strike:,}: {change:+,}" for strike, change in value)
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, float | int) else str(value)
