"""A trading day on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from .drawing import draw
from .picture import MARKS, day_picture

if TYPE_CHECKING:
    from rich.console import Console

NARROWEST, WIDEST = 40, 120


def show_day(snapshots: pa.Table, out: Console) -> None:
    """Draw the snapshots of a day, in the columns of ``Answer.snapshots``."""
    columns = {name: snapshots.column(name).to_numpy() for name in ("spot", *(mark[0] for mark in MARKS))}
    columns["timestamp"] = snapshots.column("timestamp").cast(pa.int64()).to_numpy()
    draw(day_picture(columns, width=max(NARROWEST, min(out.width, WIDEST))), out)
