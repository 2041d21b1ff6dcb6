"""The words of a record: what the source says, or where that is gone, what the lake knows of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import orjson
import pyarrow as pa

from ....domain.envelope import CONTENTS, unwrap
from ....domain.errors import ANY_FAILURE
from ....domain.judge import parse_json
from ....domain.rejects import Reject, RejectReason, RuleBroken
from ....domain.snapshot import GexSnapshot
from ....domain.timestamps import from_micros, parse_timestamp, to_iso
from ...columns.rejects import reject_rows
from ...columns.rows import file_of, record_of
from ...ports.lineage_store import StoredReject
from ...ports.source_reader import SourceFile, SourceReader
from .repeats import Loser

#: So many rejects are written at a time: a whole day may have lost its conflicts, and each brings its record's words.
_LOT = 1_000


def conflict_rejects(
    losers: list[Loser], reader: SourceReader, files: Mapping[int, SourceFile | None]
) -> Iterator[pa.RecordBatch]:
    """Make rejects of snapshots that lost a conflict, word for word where their source has them; see ``reject_rows``.

    ``files`` are those that were read, None for one that does not hold that any more. Each is read once.
    """
    rejects = _rejected(losers, reader, files)
    while lot := list(islice(rejects, _LOT)):
        yield reject_rows(lot)


def said_again(rejects: Iterable[StoredReject], reader: SourceReader, files: Mapping[str, SourceFile]) -> set[int]:
    """Give the numbers of those rejects whose words stand where they stood; ``files`` are theirs, by path."""
    by_path: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for stored in rejects:
        held = by_path.setdefault(stored.source_file, {}).setdefault(stored.reject.record, [])
        held.append((stored.reject_id, hash(stored.reject.raw)))  # a whole day of words would fill the memory
    return {
        number
        for path, by_record in by_path.items()
        for record, raw in _found(reader, files[path], frozenset(by_record))
        for number, words in by_record.get(record, ())
        if words == hash(raw)
    }


def names_category(raw: bytes) -> bool:
    """Whether a record that was good once says itself, in its envelope, which category it is of."""
    return unwrap(_parsed(raw)).name.category is not None


def canonical(snapshot: GexSnapshot) -> bytes:
    """Write a snapshot in the vendor's form, without its envelope and without what it does not have."""
    without = {"package", "category", "strikes", "extra", "envelope", "timestamp"}
    fields = snapshot.model_dump(exclude=without, exclude_none=True)
    rows = [[level.strike, level.gamma, level.oi_gamma, list(level.priors)] for level in snapshot.strikes]
    record = {"timestamp": to_iso(snapshot.timestamp), **fields, "strikes": rows, **snapshot.extra}
    return json.dumps(record, separators=(",", ":")).encode()


def _rejected(
    losers: list[Loser], reader: SourceReader, files: Mapping[int, SourceFile | None]
) -> Iterator[tuple[int, Reject]]:
    """Give a reject for each snapshot, and the number of its file, source file by source file."""
    by_file: dict[int, dict[int, Loser]] = {}
    for loser in losers:
        key = loser.place.key or 0
        by_file.setdefault(file_of(key), {})[record_of(key)] = loser
    for file_id, left in by_file.items():
        for record, raw in _found(reader, files.get(file_id), frozenset(left)):
            if record in left:
                loser = left.pop(record)
                yield file_id, _reject(loser, record, raw if _are_about(raw, loser) else _with_envelope(loser))
        for record, loser in left.items():
            yield file_id, _reject(loser, record, _with_envelope(loser))


def _reject(loser: Loser, record: int, raw: bytes) -> Reject:
    return Reject(
        reason=RejectReason.CONFLICT,
        detail=loser.detail,
        record=record,
        raw=raw,
        ticker=loser.place.part.key.feed.ticker,
        timestamp=from_micros(loser.place.micros),
    )


def _found(reader: SourceReader, file: SourceFile | None, records: frozenset[int]) -> Iterator[tuple[int, bytes]]:
    """Give the words of some records, as far as they are found; one by one, for all of a day would fill the memory."""
    if file is not None:
        with suppress(*ANY_FAILURE):  # it was read once; its file has changed, or its reader is at odds with itself
            for record, raw in reader.raw_records(file, records):
                if isinstance(raw, bytes):
                    yield record, raw


def _with_envelope(loser: Loser) -> bytes:
    """Write a snapshot in the vendor's form and in its envelope, if whoever takes it off finds the same again."""
    snapshot = loser.snapshot()
    words = canonical(snapshot)
    if snapshot.envelope:
        envelope = json.dumps(snapshot.envelope, separators=(",", ":")).encode()
        wrapped = b'%s,"%s":%s}' % (envelope[:-1], CONTENTS[0].encode(), words)
        # A plugin may call envelope whatever it likes, such as one that names another feed.
        with suppress(RuleBroken):
            _, found, name, _ = unwrap(parse_json(wrapped))
            feed = (name.package or snapshot.package, name.category or snapshot.category)
            if found == snapshot.envelope and feed == (snapshot.package, snapshot.category):
                return wrapped
    return words


def _are_about(raw: bytes, loser: Loser) -> bool:
    """Whether the source's words are about this snapshot: the file may have changed since."""
    try:
        return parse_timestamp(unwrap(_parsed(raw)).record["timestamp"]) == loser.place.micros
    except (RuleBroken, ValueError, TypeError, KeyError, AttributeError):
        return False


def _parsed(raw: bytes) -> Any:
    """Parse words that were good once; there may be a day of them, and ``parse_json`` takes five times as long."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return parse_json(raw)  # it is JSON to this one alone if it holds half a character, say
