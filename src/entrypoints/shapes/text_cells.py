"""Cells of tables for what knows only text and numbers, such as CSV."""

from __future__ import annotations

import orjson
import pyarrow as pa

from ...domain.timestamps import from_micros, to_iso


def flat(table: pa.Table) -> pa.Table:
    """Turn what a CSV has no form for into text: moments into ISO-8601, lists and objects into JSON."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_timestamp(field.type):
            micros = column.cast(pa.int64()).to_pylist()
            texts = pa.array([v if v is None else to_iso(from_micros(v)) for v in micros], pa.string())
        elif pa.types.is_nested(field.type):
            values = column.to_pylist()
            texts = pa.array([v if v is None else orjson.dumps(v).decode() for v in values], pa.string())
        else:
            continue
        table = table.set_column(place, field.name, texts)
    return table
