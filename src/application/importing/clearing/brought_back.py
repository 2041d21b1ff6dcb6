"""Whether a source brings back what a reading took from it: its bytes are the same, or its records say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import repeat

import pyarrow as pa

from ....domain.errors import ANY_FAILURE
from ....domain.feed import Feed
from ....domain.parts import Part
from ....domain.rejects import Reject
from ....domain.runs import Fingerprint
from ....domain.timestamps import from_micros
from ...columns.by_day import by_day
from ...columns.rows import content_hashes, micros_of
from ...ports.limits import ALL
from ...ports.snapshot_store import SnapshotStore
from ...ports.source_reader import ReadOptions, SourceFile, SourceReader
from ..planning.fingerprints import still_holds

#: Snapshots by feed and moment (µs), with the hashes of their content; None where any content will do.
Given = dict[Feed, dict[int, int | None]]


def given(store: SnapshotStore, file_id: int, parts: Iterable[Part], *, content: bool) -> Given:
    """Give what a store has of a reading in some parts."""
    found: Given = {}
    for part in parts:
        columns = ("file_id", "content_hash")
        rows = store.between(part.key.feed, part.first, part.last, ALL, columns=columns)
        moments = found.setdefault(part.key.feed, {})
        facts = (rows.column(name).to_pylist() for name in ("part", *columns))
        for at, name, number, hash_ in zip(micros_of(rows).tolist(), *facts, strict=True):
            if (name, number) == (part.key.name, file_id):
                moments[at] = hash_ if content else None
    return found


def brings_back(
    file: SourceFile,
    found: Fingerprint,
    reader: SourceReader,
    options: ReadOptions,
    wanted: Callable[[], Given],
    rejects: Sequence[Reject] = (),
) -> bool:
    """Whether an import of a file brings back what a reading gave.

    Only a file whose bytes are others than those that were read is read again, for what is ``wanted`` of it and for
    the ``rejects``. What cannot be read brings nothing back.
    """
    with suppress(*ANY_FAILURE):
        if still_holds(file, found, reader):
            return True
    missing = wanted()
    with suppress(*ANY_FAILURE):
        return _gives(file, reader, options, missing, rejects)
    return False


def _gives(
    file: SourceFile, reader: SourceReader, options: ReadOptions, missing: Given, rejects: Sequence[Reject]
) -> bool:
    """Read a file; whether its records are all that is missing.

    A reject is there if its words are, or, mended, a snapshot of its ticker and moment.
    """
    lost = {reject.raw: (reject.ticker, reject.timestamp) for reject in rejects}
    asked, mended = set(lost.values()), set[tuple[str | None, datetime | None]]()
    for batch in reader.read(file, options):
        if not lost and not any(missing.values()):
            break
        for reject in batch.rejects:
            lost.pop(reject.raw, None)
        if not len(batch.snapshots):
            continue
        snapshots, ladders = (pa.Table.from_batches([half]) for half in (batch.snapshots, batch.ladders))
        for feed, _, rows in by_day(snapshots, ladders):
            moments = micros_of(rows[0]).tolist()
            wanted = missing.get(feed, {})
            any_content = all(hash_ is None for hash_ in wanted.values())
            hashes: Iterable[int | None] = repeat(None) if any_content else content_hashes(*rows).tolist()
            for at, hash_ in zip(moments, hashes, strict=False):
                if at in wanted and wanted[at] == hash_:
                    del wanted[at]
            if asked:
                mended |= asked & {(feed.ticker, from_micros(at)) for at in moments}
    return not any(missing.values()) and mended.issuperset(lost.values())
