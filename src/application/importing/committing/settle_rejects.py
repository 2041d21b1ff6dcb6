"""Rejects of files that are read again: those that break no rule now, under other options or rules, wait no more.

A dismissed one waits no more either way; that its record is in is noted of it all the same, for it may lose again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from ....domain.envelope import unwrap
from ....domain.judge import judge_unwrapped, parse_json
from ....domain.rejects import RejectReason, RuleBroken
from ...columns.rows import key_of, row_keys
from ...ports.lineage_store import LineageStore, StoredReject
from ...ports.source_reader import ReadOptions, SourceReader
from ..staging.jobs import StagedFile
from ..stored.words import said_again


def files_with_rejects(lineage: LineageStore) -> tuple[frozenset[str], frozenset[str]]:
    """Give the paths of the files of which records broke a rule and are not in, and of those whose lost a conflict."""
    tallies = lineage.reject_tallies().items()
    broken = {file_id for file_id, tally in tallies if tally.pending_broken or tally.dismissed}
    lost = {file_id for file_id, tally in tallies if tally.pending_conflicts or tally.dismissed}
    known = lineage.readings(broken | lost)
    of_broken, of_lost = (
        frozenset(known[number].source_file for number in some & known.keys()) for some in (broken, lost)
    )
    return of_broken, of_lost


def not_taken_in(
    lineage: LineageStore, *, reason: RejectReason | None = None, path: str | None = None
) -> Iterator[StoredReject]:
    """Give the rejects that no run took in: those that wait, then the dismissed ones."""
    yield from lineage.rejects(reason=reason, path=path, pending=True)
    # To look through all rejects is to read their words.
    if any(tally.dismissed for tally in lineage.reject_tallies().values()):
        yield from (stored for stored in lineage.rejects(reason=reason, path=path) if stored.dismissed)


def wait_no_more(
    lineage: LineageStore,
    files: list[StagedFile],
    rejected: Iterable[pa.RecordBatch],
    reader: SourceReader,
    options: ReadOptions,
) -> set[int]:
    """Give the numbers of the rejects of ``files`` whose words have gone in by now, or have another reject.

    ``rejected`` are those of this reading, which the lineage keeps already. Conflicts are not looked at.
    """
    again = {file.file.display: file for file in files}
    still = _keys_of(rejected)
    waiting: list[StoredReject] = []
    fresh: set[tuple[str, int]] = set()
    # A day file is a unit for itself, and need not look through the rejects of other days.
    for stored in not_taken_in(lineage, path=next(iter(again)) if len(again) == 1 else None):
        if (file := again.get(stored.source_file)) is None:
            continue
        if stored.file_id == file.file_id:
            fresh.add((stored.source_file, stored.reject.record))
        elif stored.reject.reason is not RejectReason.CONFLICT and _was_read(stored, file):
            waiting.append(stored)
    # Rejected for a reason that is kept already, and does not wait, it has no other reject than this one.
    gone = (
        stored
        for stored in waiting
        if (stored.source_file, stored.reject.record) in fresh
        or (
            key_of(again[stored.source_file].file_id, stored.reject.record) not in still
            and _is_wanted(stored, again[stored.source_file], options)
        )
    )
    # Where a file was written anew, another record is no cure for this one.
    return said_again(gone, reader, {path: file.file for path, file in again.items()})


def _keys_of(rejected: Iterable[pa.RecordBatch]) -> set[int]:
    """Give file and record of what broke a rule, as one number each."""
    found: set[int] = set()
    for rejects in rejected:
        broken = [reason != RejectReason.CONFLICT for reason in rejects.column("reason").to_pylist()]
        found.update(row_keys(rejects)[np.array(broken, np.bool_)].tolist())
    return found


def _was_read(stored: StoredReject, file: StagedFile) -> bool:
    """Whether a reading, which may have ended early, came to the record."""
    return stored.reject.record < file.counts.read + file.counts.skipped


def _is_wanted(stored: StoredReject, file: StagedFile, options: ReadOptions) -> bool:
    """Whether what breaks no rule now went in; not if a filter left it out, or may have."""
    if not (options.feeds and file.counts.skipped):
        return True
    try:
        found = unwrap(parse_json(stored.reject.raw))
        snapshot = judge_unwrapped(found, options.fallback(file.file.hint), options.now)
    except RuleBroken:  # it is left out for its ticker, or a plugin's words are no snapshot's
        return False
    return not found.skip and options.feeds.admits(snapshot.feed)
