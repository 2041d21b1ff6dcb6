"""The shapes of what is told about a lake, ready for ``orjson``: runs, source files, rejects, days, what is off."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from ...application.ports.lineage_store import StoredReject
from ...application.ports.snapshot_store import DayCount
from ...domain.account import Account
from ...domain.coverage import DayCoverage
from ...domain.feed import Feed
from ...domain.flagged import FlaggedLadder
from ...domain.runs import ImportRun, RunStatus, SourceFileRecord

if TYPE_CHECKING:
    # An import need not wait for what these bring along.
    from ...application.keeping.compact_lake import CompactedDay
    from ...application.keeping.dismiss_rejects import Dismissal
    from ...application.keeping.remove_source import Removed

_COUNTED = ("read", "accepted", "duplicates", "rounding_twins", "conflicts", "rejected", "flagged", "skipped")
#: The statuses that a finished run has towards the outside: a run that was stopped has failed.
_OUTWARD = {RunStatus.INTERRUPTED: RunStatus.FAILED}


def run_object(run: ImportRun) -> dict[str, Any]:
    """Give what came of an import; scripts read this."""
    counts = run.counts
    taken_out = {"taken_out": run.options["taken_out"]} if "taken_out" in run.options else {}
    return {
        "import_id": run.import_id,
        "status": _OUTWARD.get(run.status, run.status).value,
        "dry_run": run.dry_run,
        "files": run.files.model_dump(),
        "snapshots": {name: getattr(counts, name) for name in _COUNTED},
        "strikes": {"accepted": counts.strikes},
        "bytes_read": run.bytes_read,
        "duration_seconds": run.duration_seconds,
        **taken_out,
        "days": [_of_feed(day, "date", "snapshots", "strikes") for day in run.days],
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


def compacted_object(day: CompactedDay) -> dict[str, Any]:
    """Give a day whose parts became one, or would."""
    return _of_feed(day, "date", "parts", "snapshots", "bytes_before", "bytes_after")


def removed_object(removed: Removed) -> dict[str, Any]:
    """Give what a removal took out, or would: numbers first."""
    names = ("import_id", "source", "snapshots", "rejects", "files", "forgotten")
    return {
        **{name: getattr(removed, name) for name in names},
        "days": [_of_feed(day, "date", "snapshots", "strikes", "flagged", "files") for day in removed.days],
        **{name: list(getattr(removed, name)) for name in ("repeating", "imports", "staying")},
        "waiting": removed.waiting,
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
        "file_id": file.file_id,
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


def dismissal_object(done: Dismissal, *, undo: bool, dry_run: bool) -> dict[str, Any]:
    """Give which rejects were dismissed, or wait again, or would."""
    return {
        "import_id": done.import_id,
        "dry_run": dry_run,
        "undo": undo,
        "rejects": len(done.reject_ids),
        "reasons": done.reasons,
        "reject_ids": list(done.reject_ids),
    }


def day_object(day: DayCount) -> dict[str, Any]:
    """Give what the lake holds of one day."""
    return _of_feed(day, "date", "snapshots", "strikes", "flagged", "first", "last")


def coverage_object(day: DayCoverage) -> dict[str, Any]:
    """Give what there is of one session: times are UTC, durations seconds; what is not known is null."""
    return day.feed._asdict() | {
        "date": day.date,
        "condition": day.condition.value,
        "reasons": [reason.value for reason in day.reasons],
        "opens": day.hours.opens if day.hours else None,
        "closes": day.hours.closes if day.hours else None,
        "first": day.first,
        "last": day.last,
        "snapshots": day.snapshots,
        "cadence_seconds": day.cadence.usual if day.cadence else None,
        "gaps": [{"start": gap.start, "end": gap.end, "seconds": gap.seconds} for gap in day.gaps],
        "late_seconds": day.late.total_seconds() if day.session_first else None,
        "early_seconds": day.early.total_seconds() if day.session_last else None,
        "flagged": day.flagged,
        "source_files": list(day.source_files),
    }


def flagged_object(ladder: FlaggedLadder) -> dict[str, Any]:
    """Give one ladder that misses its checksum."""
    return ladder.feed._asdict() | ladder.model_dump(exclude={"feed"})


def account_object(account: Account) -> dict[str, Any]:
    """Give the account of a lake: what is off first, then its lines by day and by file."""
    off = ("kind", "where", "claimed", "found", "detail", "sentence", "cure")
    return {
        "holds": account.holds,
        "disagreements": [{name: getattr(one, name) for name in off} for one in account.disagreements],
        "snapshots": account.snapshots,
        "strikes": account.strikes,
        "counts": account.counts.model_dump(),
        "parts": {"number": account.parts, "bytes": account.bytes, "checksums": account.checksums},
        "rejects": account.rejects.model_dump(),
        "compared": {"files": account.compared_files, "records": account.compared_records},
        "days": [
            day.feed._asdict() | day.model_dump(exclude={"feed"}) | {"agrees": day.agrees} for day in account.days
        ],
        "files": [
            {
                "source_file": line.source_file,
                "file_id": line.file_id,
                "status": line.status.value,
                "counts": line.counts.model_dump(),
                "stored": line.stored,
            }
            for line in account.files
        ],
    }


def _of_feed(thing: Any, *names: str) -> dict[str, Any]:
    """Give the names of the feed that something is of, and some facts of it."""
    feed: Feed = thing.feed
    return feed._asdict() | {name: getattr(thing, name) for name in names}
