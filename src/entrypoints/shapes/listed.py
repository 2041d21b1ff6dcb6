"""What is listed about a lake, as a table: its columns are the fields of the rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from types import NoneType
from typing import Any, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

from ...application.columns.schemas import UTC_MICROS
from .rows import CoverageRow, FeedRow, FlaggedRow, LineageRow, RejectRow

_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64(), datetime: UTC_MICROS, date: pa.date32()}


def _columns(rows: type[BaseModel], *without: str) -> pa.Schema:
    """Give the columns of rows, but for some."""
    fields = rows.model_fields.items()
    return pa.schema([(name, _type(field.annotation)) for name, field in fields if name not in without])


def _type(kind: Any) -> pa.DataType:
    """Give the type of a column for that of a field, which may also be None."""
    if kind in _TYPES:
        return _TYPES[kind]
    if get_origin(kind) is list:
        return pa.list_(_type(*get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return pa.struct(list(_columns(kind)))
    (held,) = set(get_args(kind)) - {NoneType}
    return _type(held)


FEEDS, DAYS = _columns(FeedRow, "date"), _columns(FeedRow, "days")
COVERAGE = _columns(CoverageRow)
LINEAGE = _columns(LineageRow)
FLAGGED = _columns(FlaggedRow)
REJECTS_WITH_WORDS = _columns(RejectRow)
REJECTS = _columns(RejectRow, "raw", "raw_base64")


def listed(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Make a table of the columns of ``schema``; rows may have more.

    A thousand rows at a time, for as objects they take many times the memory of the table.
    """
    rows = iter(rows)
    pages = iter(lambda: list(islice(rows, 1_000)), [])
    return pa.Table.from_batches((pa.RecordBatch.from_pylist(page, schema) for page in pages), schema)
