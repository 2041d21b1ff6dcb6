"""Rejects in columns."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from ...domain.rejects import Reject
from .schemas import REJECT_SCHEMA

_OWN = tuple(name for name in REJECT_SCHEMA.names if name != "file_id")


def reject_rows(rejects: Iterable[tuple[int, Reject]]) -> pa.RecordBatch:
    """Write rejects with their files' numbers as ``REJECT_SCHEMA``."""
    rows = [{"file_id": file_id} | {name: getattr(reject, name) for name in _OWN} for file_id, reject in rejects]
    return pa.RecordBatch.from_pylist(rows, schema=REJECT_SCHEMA)
