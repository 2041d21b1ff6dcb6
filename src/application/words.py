"""The words of a record: what the source says, or where that is gone, what the lake knows of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from ..domain.envelope import CONTENTS, unwrap
from ..domain.errors import ANY_FAILURE
from ..domain.judge import parse_json
from ..domain.rejects import RuleBroken
from ..domain.snapshot import GexSnapshot
from ..domain.timestamps import parse_timestamp, to_iso
from .ports.source_reader import SourceFile, SourceReader
from .repeats import Loser


def words_of(
    losers: list[Loser], reader: SourceReader, files: dict[int, SourceFile]
) -> Iterator[tuple[Loser, int, int, bytes]]:
    """Give snapshots with file number, record number and words, source file by source file, each read once."""
    by_file: dict[int, list[tuple[Loser, int]]] = {}
    for loser in losers:
        file_id, record = _file_and_record(loser)
        by_file.setdefault(file_id, []).append((loser, record))
    for file_id, some in by_file.items():
        try:
            found = dict(reader.raw_records(files[file_id], frozenset(record for _, record in some)))
        except ANY_FAILURE:  # it was read once; its file has changed, or its reader is at odds with itself
            found = {}
        for loser, record in some:
            yield loser, file_id, record, _checked(found.get(record), loser)


def canonical(snapshot: GexSnapshot) -> bytes:
    """Write a snapshot in the vendor's form, without its envelope."""
    fields = snapshot.model_dump(exclude={"package", "category", "strikes", "extra", "envelope", "timestamp"})
    rows = [[level.strike, level.gamma, level.oi_gamma, list(level.priors)] for level in snapshot.strikes]
    record = {"timestamp": to_iso(snapshot.timestamp), **fields, "strikes": rows, **snapshot.extra}
    return json.dumps(record, separators=(",", ":")).encode()


def _with_envelope(snapshot: GexSnapshot) -> bytes:
    """Write a snapshot in the vendor's form and in its envelope, if whoever takes it off finds the same again."""
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


def _file_and_record(loser: Loser) -> tuple[int, int]:
    key = loser.place.key
    return (0, 0) if key is None else (key >> 32, key & 0xFFFFFFFF)


def _checked(raw: bytes | None, loser: Loser) -> bytes:
    """Trust the source's words only if they are about this snapshot: the file may have changed since."""
    if raw is not None:
        try:
            record = unwrap(parse_json(raw)).record
            if parse_timestamp(record["timestamp"]) == loser.place.micros:
                return raw
        except (RuleBroken, ValueError, TypeError, KeyError, AttributeError):
            pass
    return _with_envelope(loser.snapshot())
