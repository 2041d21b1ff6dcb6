"""A batch of records that the domain model judges one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..application.columns.batch import SnapshotBatch
from ..application.ports.source_reader import FeedFilter
from ..domain.rejects import Reject, RuleBroken
from ..domain.snapshot import GexSnapshot

Record = TypeVar("Record")


def judged_batch(
    records: Iterable[tuple[int, Record]],
    judge: Callable[[Record], GexSnapshot | None],
    reject: Callable[[int, Record, RuleBroken], Reject],
    feeds: FeedFilter,
    **facts: Any,
) -> SnapshotBatch:
    """Judge records, which come with their numbers; those of feeds that are not wanted are skipped.

    ``judge`` gives None for another kind of record than a snapshot; ``reject`` makes a reject of one that breaks a
    rule; ``facts`` are other fields of the batch.
    """
    snapshots: list[GexSnapshot] = []
    numbers: list[int] = []
    rejects: list[Reject] = []
    skipped = 0
    for number, record in records:
        try:
            snapshot = judge(record)
        except RuleBroken as broken:
            refused = reject(number, record, broken)
            if feeds.leaves_out(refused):
                skipped += 1
            else:
                rejects.append(refused)
            continue
        if snapshot is None or not feeds.admits(snapshot.feed):
            skipped += 1
        else:
            snapshots.append(snapshot)
            numbers.append(number)
    return SnapshotBatch.of(snapshots, numbers, rejects=tuple(rejects), skipped=skipped, **facts)
