"""Batches: what a source reader streams, and the way between them and the domain's snapshots."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from ...domain.rejects import Reject
from ...domain.snapshot import PRIOR_COUNT, GexSnapshot, StrikeLevel
from ...domain.timestamps import from_micros, to_micros
from .arrays import Ints
from .schemas import DAYS, LADDER_NUMBERS, LADDER_SCHEMA, NUMBERS, SOURCE_SCHEMA, UTC_MICROS


@dataclass(frozen=True, slots=True)
class SnapshotBatch:
    """A stretch of a source file.

    ``snapshots`` has ``SOURCE_SCHEMA``, ``ladders`` has ``LADDER_SCHEMA`` and as many rows as the snapshots'
    ``strike_count`` adds up to. ``skipped`` counts records that are no snapshots or were filtered out,
    ``bytes_done`` the bytes of the file that were read so far. ``torn`` says where a file breaks off,
    ``warnings`` what else its user should know. A reader that has summed the file up while it read may give its
    fingerprint in ``digest``, for instance with the last batch; another one is asked for it.
    """

    snapshots: pa.RecordBatch
    ladders: pa.RecordBatch
    rejects: tuple[Reject, ...] = ()
    skipped: int = 0
    bytes_done: int = 0
    form: str = ""
    torn: str = ""
    warnings: tuple[str, ...] = field(default=())
    digest: str = ""

    @classmethod
    def of(cls, snapshots: Sequence[GexSnapshot], records: Sequence[int], **facts: Any) -> SnapshotBatch:
        """Make a batch of snapshots and their record numbers; ``facts`` are the other fields."""
        return cls(_snapshot_columns(snapshots, records), _ladder_columns(snapshots), **facts)


def offsets(counts: pa.Array | pa.ChunkedArray) -> Ints:
    """Give the first ladder row of each snapshot and, last, the number of rows; shape (snapshots + 1,)."""
    ends = np.cumsum(counts.to_numpy(), dtype=np.int64)
    return np.concatenate([np.zeros(1, np.int64), ends])


def snapshots_of(snapshots: pa.Table | pa.RecordBatch, ladders: pa.Table | pa.RecordBatch) -> Iterable[GexSnapshot]:
    """Make the domain's snapshots from columns with at least ``SOURCE_SCHEMA`` and ``LADDER_SCHEMA``."""
    matrix = [ladders.column(name).to_pylist() for name in LADDER_NUMBERS]
    bounds = offsets(snapshots.column("strike_count"))
    micros = snapshots.column("timestamp").cast(pa.int64()).to_pylist()
    plain = snapshots.select([*NUMBERS, *DAYS, "ticker", "package", "category", "max_priors", "extra", "envelope"])
    for n, row in enumerate(plain.to_pylist()):
        levels = tuple(
            StrikeLevel(
                strike=strike, gamma=gamma, oi_gamma=interest, priors=() if priors[0] is None else tuple(priors)
            )
            for strike, gamma, interest, *priors in zip(
                *(column[bounds[n] : bounds[n + 1]] for column in matrix), strict=True
            )
        )
        row["extra"] = json.loads(row["extra"] or "{}")
        row["envelope"] = json.loads(row["envelope"] or "{}")
        yield GexSnapshot(**row, timestamp=from_micros(micros[n]), strikes=levels)


def json_text(fields: dict[str, Any]) -> str | None:
    """Write the kept fields as one JSON object; None when there are none."""
    if not fields:
        return None
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only its escape can carry
        return json.dumps(fields, separators=(",", ":"))
    return text


def _snapshot_columns(snapshots: Sequence[GexSnapshot], records: Sequence[int]) -> pa.RecordBatch:
    columns: dict[str, Any] = {
        name: [getattr(snapshot, name) for snapshot in snapshots]
        for name in ("ticker", "package", "category", *NUMBERS, *DAYS, "max_priors")
    }
    columns["timestamp"] = pa.array([to_micros(s.timestamp) for s in snapshots], pa.int64()).cast(UTC_MICROS)
    columns["extra"] = [json_text(snapshot.extra) for snapshot in snapshots]
    columns["envelope"] = [json_text(snapshot.envelope) for snapshot in snapshots]
    columns["strike_count"] = [len(snapshot.strikes) for snapshot in snapshots]
    columns["record"] = list(records)
    arrays = [
        made if isinstance(made := columns[column.name], pa.Array) else pa.array(made, column.type)
        for column in SOURCE_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=SOURCE_SCHEMA)


def _ladder_columns(snapshots: Sequence[GexSnapshot]) -> pa.RecordBatch:
    none = (None,) * PRIOR_COUNT
    rows = [
        (level.strike, level.gamma, level.oi_gamma, *(level.priors or none))
        for snapshot in snapshots
        for level in sorted(snapshot.strikes, key=lambda level: level.strike)
    ]
    columns = zip(*rows, strict=True) if rows else ((),) * len(LADDER_NUMBERS)
    arrays = [pa.array(list(column), pa.float64()) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=LADDER_SCHEMA)
