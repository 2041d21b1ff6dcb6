"""The shapes of what is told about imports: runs, source files, rejects, days, ready for ``orjson``."""

from __future__ import annotations

import base64
from typing import Any

from ..application.ports.lineage_store import StoredReject
from ..application.ports.snapshot_store import DayCount
from ..domain.runs import DayTotal, ImportRun, RunStatus, SourceFileRecord

COUNTED = ("read", "accepted", "duplicates", "rounding_twins", "conflicts", "rejected", "flagged")
#: The statuses that a finished run has towards the outside: a run that was stopped has failed.
OUTWARD = {RunStatus.INTERRUPTED: RunStatus.FAILED}


def run_object(run: ImportRun) -> dict[str, Any]:
    """Give what came of an import; scripts read this."""
    counts = run.counts
    return {
        "import_id": run.import_id,
        "status": OUTWARD.get(run.status, run.status).value,
        "dry_run": run.dry_run,
        "files": run.files.model_dump(),
        "snapshots": {name: getattr(counts, name) for name in COUNTED},
        "strikes": {"accepted": counts.strikes},
        "bytes_read": run.bytes_read,
        "duration_seconds": run.duration_seconds,
        "days": [_day_total(day) for day in run.days],
        "errors": list(run.errors),
    }


def run_listing(run: ImportRun) -> dict[str, Any]:
    """Give one row of the list of runs: what came of it, from where and when, with its own status."""
    return run_object(run) | {
        "status": run.status.value,
        "source": run.source,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "options": run.options,
    }


def file_object(file: SourceFileRecord) -> dict[str, Any]:
    """Give one reading of a source file: the contract's fields first."""
    return {
        "import_id": file.import_id,
        "source_file": file.source_file,
        "record_type": "gex",
        "records_imported": file.counts.accepted,
        "import_timestamp": file.import_timestamp,
        "status": file.status.value,
        "errors": list(file.errors),
        "duration_seconds": file.duration_seconds,
        "form": file.form,
        "feeds": list(file.feeds),
        "size": file.fingerprint.size,
        "bytes_read": file.bytes_read,
        "counts": file.counts.model_dump(),
    }


def reject_object(stored: StoredReject, *, raw: bool = False) -> dict[str, Any]:
    """Give one reject, with its words if ``raw``; words that are no text come as ``raw_base64``."""
    reject = stored.reject
    made: dict[str, Any] = {
        "reject_id": stored.reject_id,
        "reason": reject.reason.value,
        "detail": reject.detail,
        "source_file": stored.source_file,
        "record": reject.record,
        "byte_offset": reject.byte_offset,
        "ticker": reject.ticker,
        "timestamp": reject.timestamp,
        "import_id": stored.import_id,
        "replayed_in": stored.replayed_in,
    }
    if raw:
        try:
            made["raw"] = reject.raw.decode()
        except UnicodeDecodeError:
            made["raw_base64"] = base64.b64encode(reject.raw).decode()
    return made


def day_object(day: DayCount) -> dict[str, Any]:
    """Give what the lake holds of one day."""
    return day.feed._asdict() | {
        "date": day.date,
        "snapshots": day.snapshots,
        "strikes": day.strikes,
        "flagged": day.flagged,
        "first": day.first,
        "last": day.last,
    }


def _day_total(day: DayTotal) -> dict[str, Any]:
    return day.feed._asdict() | {"date": day.date, "snapshots": day.snapshots, "strikes": day.strikes}
