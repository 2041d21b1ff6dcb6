"""The domain: snapshots, their rules and their history; no disk, no socket, no library but pydantic."""

from __future__ import annotations

from .feed import CATEGORIES, PACKAGES, Feed, FeedName, parse_feed_name
from .identity import Likeness, compare
from .judge import check_snapshot, judge, parse_json
from .rejects import Reject, RejectReason, RuleBroken
from .runs import (
    Counts,
    DayTotal,
    FileStatus,
    FileTally,
    Fingerprint,
    ImportRun,
    OnConflict,
    RunStatus,
    SourceFileRecord,
)
from .snapshot import GexSnapshot, StrikeLevel

__all__ = [
    "CATEGORIES",
    "PACKAGES",
    "Counts",
    "DayTotal",
    "Feed",
    "FeedName",
    "FileStatus",
    "FileTally",
    "Fingerprint",
    "GexSnapshot",
    "ImportRun",
    "Likeness",
    "OnConflict",
    "Reject",
    "RejectReason",
    "RuleBroken",
    "RunStatus",
    "SourceFileRecord",
    "StrikeLevel",
    "check_snapshot",
    "compare",
    "judge",
    "parse_feed_name",
    "parse_json",
]
