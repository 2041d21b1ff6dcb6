"""Rejects in columns, as the lineage keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from ...domain.rejects import Reject, RejectReason
from ...domain.timestamps import from_micros
from ..columns.schemas import REJECT_SCHEMA
from ..ports.source_reader import SourceFile, SourceReader
from .repeats import Loser
from .words import words_of

#: So many are written at a time: a whole day may have lost its conflicts, and each brings its record's words.
_LOT = 1_000


def conflict_rejects(
    losers: list[Loser], reader: SourceReader, files: Mapping[int, SourceFile | None]
) -> Iterator[pa.RecordBatch]:
    """Make rejects of the snapshots that lost a conflict, word for word where their source still has them."""
    lot: list[tuple[int, Reject]] = []
    for loser, file_id, record, raw in words_of(losers, reader, files):
        reject = Reject(
            reason=RejectReason.CONFLICT,
            detail=loser.detail,
            record=record,
            raw=raw,
            ticker=loser.place.part.key.feed.ticker,
            timestamp=from_micros(loser.place.micros),
        )
        lot.append((file_id, reject))
        if len(lot) == _LOT:
            yield reject_rows(lot)
            lot = []
    if lot:
        yield reject_rows(lot)


def reject_rows(rejects: list[tuple[int, Reject]]) -> pa.RecordBatch:
    """Write rejects with their files' numbers as ``REJECT_SCHEMA``."""
    names = [name for name in REJECT_SCHEMA.names if name != "file_id"]
    rows = [{"file_id": file_id} | {name: getattr(r, name) for name in names} for file_id, r in rejects]
    return pa.RecordBatch.from_pylist(rows, schema=REJECT_SCHEMA)
