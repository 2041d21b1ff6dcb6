"""The selection: what part of a file a reading took, and as what, written down so that a later one knows."""

from __future__ import annotations

from datetime import datetime

from ....domain.runs import FileStatus, SourceFileRecord
from ...ports.source_reader import FeedFilter, ReadOptions, SourceFile

_ASSUMED = " | assumed "


def selection_of(options: ReadOptions, file: SourceFile) -> str:
    """Write down what part of a file an import takes, and as what, so that a later one knows.

    Empty for all of it. An assumed category counts where the file's name says none.
    """
    assumed = options.assume_category if file.hint.category is None else None
    return (str(options.feeds) if options.feeds else "") + (f"{_ASSUMED}{assumed}" if assumed else "")


def assumed_of(reading: SourceFileRecord) -> str:
    """Give the category that a reading assumed of what named none; empty if there was none to assume."""
    return reading.selection.partition(_ASSUMED)[2]


def options_of(selection: str, now: datetime) -> ReadOptions:
    """Give the options with which a file is read as it was when its selection was written down."""
    taken, _, assumed = selection.partition(_ASSUMED)
    names = [frozenset(name for name in wanted.strip().split(",") if name) for wanted in taken.split(";")]
    return ReadOptions(now, assumed or None, FeedFilter(*names) if taken else FeedFilter())


def took_all(record: SourceFileRecord, options: ReadOptions, file: SourceFile) -> bool:
    """Whether a reading took all that this import would take, and as the same. What failed is always tried again."""
    if record.status is FileStatus.FAILED:
        return False
    taken = options_of(record.selection, options.now)
    assumed, wanted = taken.assume_category, options.assume_category if file.hint.category is None else None
    # A record of which nothing named the category may be among those that were rejected.
    as_the_same = assumed == wanted if assumed else not record.counts.rejected
    return taken.feeds.covers(options.feeds) and (wanted is None or as_the_same)
