"""Builders: small snapshots, parts and records for tests, each with sensible values that a keyword changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from ..application.columns.batch import SnapshotBatch
from ..application.columns.rejects import reject_rows
from ..application.columns.rows import content_hashes, micros_of
from ..application.columns.schemas import SNAPSHOT_SCHEMA
from ..application.ports.strike_sink import StrikeSink
from ..domain.feed import Feed
from ..domain.parts import Part, PartKey
from ..domain.rejects import Reject, RejectReason
from ..domain.runs import Counts, FileStatus, Fingerprint, ImportRun, RunStatus, SourceFileRecord
from ..domain.snapshot import GexSnapshot, StrikeLevel

FEED = Feed("NQ_NDX", "classic", "gex_zero")
#: A Monday, an hour after the open.
NOON = datetime(2025, 10, 6, 14, 30, tzinfo=UTC)
_names = itertools.count(1)


def make_ladder(strikes: Sequence[float] = (25187.21, 25197.21, 25207.21), gamma: float = 12.5) -> list[StrikeLevel]:
    """Make a ladder whose ``gamma`` rises from strike to strike."""
    return [
        StrikeLevel(strike=strike, gamma=gamma + n, oi_gamma=-gamma / 2, priors=(0.0, 1.5, -2.25, 3.0, gamma))
        for n, strike in enumerate(strikes)
    ]


def make_snapshot(**changes: Any) -> GexSnapshot:
    """Make a snapshot of ``FEED`` at ``NOON`` whose ladder adds up; ``second`` moves it by so many seconds."""
    timestamp = changes.pop("timestamp", NOON) + timedelta(seconds=changes.pop("second", 0))
    ladder = changes.setdefault("strikes", make_ladder())
    values: dict[str, Any] = {
        **FEED._asdict(),
        "timestamp": timestamp,
        "spot": 25190.5,
        "zero_gamma": 25150.25,
        "min_dte": 0,
        "sec_min_dte": 1,
        "major_pos_vol": 25207.21,
        "major_neg_vol": 25187.21,
        "sum_gex_vol": sum(level.gamma for level in ladder),
        "sum_gex_oi": sum(level.oi_gamma for level in ladder),
        "delta_risk_reversal": -0.125,
        "max_priors": [[25187.21, 1.5], [25197.21, -2.0]],
        **changes,
    }
    return GexSnapshot(**values)


def make_snapshots(count: int = 3, **changes: Any) -> list[GexSnapshot]:
    """Make snapshots a second apart."""
    first = changes.pop("second", 0)
    return [make_snapshot(second=first + n, **changes) for n in range(count)]


def make_batch(snapshots: Iterable[GexSnapshot] | None = None, **facts: Any) -> SnapshotBatch:
    """Make a reader's batch of snapshots, numbered from 0."""
    taken = make_snapshots() if snapshots is None else list(snapshots)
    return SnapshotBatch.of(taken, range(len(taken)), **facts)


def make_tables(snapshots: Iterable[GexSnapshot], file_id: int = 1) -> tuple[pa.Table, pa.Table]:
    """Make what a sink is given: snapshots (``SNAPSHOT_SCHEMA``) and their ladders (``LADDER_SCHEMA``)."""
    taken = list(snapshots)
    batch = make_batch(taken)
    rows, ladders = (pa.Table.from_batches([part]) for part in (batch.snapshots, batch.ladders))
    columns = [
        *rows.columns,
        pa.array([not snapshot.ladder_adds_up for snapshot in taken], pa.bool_()),
        pa.array(content_hashes(rows, ladders) if taken else [], pa.int64()),
        pa.array([file_id] * len(taken), pa.int64()),
    ]
    return pa.Table.from_arrays(columns, schema=SNAPSHOT_SCHEMA), ladders


def seconds_of(rows: pa.Table) -> list[float]:
    """Give the seconds after ``NOON`` of rows with a timestamp."""
    return [micros / 1_000_000 - NOON.timestamp() for micros in micros_of(rows).tolist()]


def make_key(unit: str = "", *, feed: Feed = FEED, day: date | None = None) -> PartKey:
    """Make the key of a new part; names never repeat within a process."""
    number = next(_names)
    return PartKey(name=f"part-{number}", unit=unit or f"unit-{number}", feed=feed, date=day or NOON.date())


def stage_part(
    sink: StrikeSink, snapshots: Iterable[GexSnapshot], *, unit: str = "", file_id: int = 1
) -> tuple[Part, pa.Table]:
    """Stage snapshots as one part; give it and what the store is to be given."""
    taken = list(snapshots)
    table, ladders = make_tables(taken, file_id)
    writer = sink.stage(make_key(unit, feed=taken[0].feed, day=taken[0].trading_day))
    writer.write(table, ladders)
    return writer.close(), table


def make_part(snapshots: Iterable[GexSnapshot], *, unit: str = "", file_id: int = 1) -> tuple[Part, pa.Table]:
    """Make the record of a part, without a sink, and what the store is to be given."""
    taken = list(snapshots)
    table, _ = make_tables(taken, file_id)
    part = Part(
        key=make_key(unit, feed=taken[0].feed, day=taken[0].trading_day),
        snapshots=len(taken),
        strikes=sum(len(snapshot.strikes) for snapshot in taken),
        first=min(snapshot.timestamp for snapshot in taken),
        last=max(snapshot.timestamp for snapshot in taken),
    )
    return part, table


def make_run(import_id: str = "run-1", **changes: Any) -> ImportRun:
    """Make a run that has begun."""
    values: dict[str, Any] = {"source": "history", "status": RunStatus.RUNNING, "started_at": NOON, **changes}
    return ImportRun(import_id=import_id, **values)


def make_file(file_id: int = 1, **changes: Any) -> SourceFileRecord:
    """Make the record of one reading of one source file."""
    values: dict[str, Any] = {
        "import_id": "run-1",
        "source_file": f"history/{file_id}.json",
        "fingerprint": Fingerprint(size=100, mtime_ns=1_759_761_000_123_456_789, digest="ab"),
        "form": "array",
        "feeds": (str(FEED),),
        "status": FileStatus.IMPORTED,
        "counts": Counts(read=3, accepted=3, strikes=9),
        "bytes_read": 100,
        "import_timestamp": NOON,
        "duration_seconds": 0.25,
        **changes,
    }
    return SourceFileRecord(file_id=file_id, **values)


def make_reject(record: int = 0, **changes: Any) -> Reject:
    """Make a reject."""
    values: dict[str, Any] = {
        "reason": RejectReason.NOT_POSITIVE,
        "detail": "spot is -1, which is not above 0",
        "byte_offset": record * 50,
        "raw": b'{"spot": -1, "n": %d}' % record,
        "ticker": "NQ_NDX",
        "timestamp": NOON,
        **changes,
    }
    return Reject(record=record, **values)


def make_rejects(rejects: Iterable[Reject], file_id: int = 1) -> pa.RecordBatch:
    """Make what a lineage store is given (``REJECT_SCHEMA``)."""
    return reject_rows((file_id, reject) for reject in rejects)
