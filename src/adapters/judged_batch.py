"""A batch of records that the domain model judges one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..application.columns.batch import SnapshotBatch
from ..application.ports.source_reader import FeedFilter
from ..domain.rejects import Reject
from ..domain.snapshot import GexSnapshot

Record = TypeVar("Record")


def judged_batch(
    records: Iterable[tuple[int, Record]],
    judge: Callable[[int, Record], GexSnapshot | Reject | None],
    feeds: FeedFilter,
    **facts: Any,
) -> SnapshotBatch:
    """Judge records, which come with their numbers; those of feeds that are not wanted are skipped.

    ``judge`` gives a reject for one that breaks a rule, and None for another kind of record than a snapshot; ``facts``
    are other fields of the batch.
    """
    snapshots: list[GexSnapshot] = []
    numbers: list[int] = []
    rejects: list[Reject] = []
    skipped = 0
    for number, record in records:
        found = judge(number, record)
        if isinstance(found, GexSnapshot) and feeds.admits(found.feed):
            snapshots.append(found)
            numbers.append(number)
        elif isinstance(found, Reject) and not feeds.leaves_out(found):
            rejects.append(found)
        else:
            skipped += 1
    return SnapshotBatch.of(snapshots, numbers, rejects=tuple(rejects), skipped=skipped, **facts)
