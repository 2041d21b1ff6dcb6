"""The way up from a simple reader, which gives records, to a source reader, which gives batches."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from ..application.batch import SnapshotBatch
from ..application.ports.simple_reader import AnyRecord, SimpleReader, SourceRecord
from ..application.ports.source_reader import ReadOptions, SourceFile, SourceReader
from ..application.words import canonical
from ..domain.errors import CategoryUnknown
from ..domain.feed import FeedName, parse_feed_name
from ..domain.judge import check_snapshot, judge
from ..domain.rejects import Reject, RejectReason, RuleBroken
from ..domain.snapshot import GexSnapshot
from ..domain.timestamps import from_micros, parse_timestamp
from .files import digest


def source_readers(
    readers: Mapping[str, Callable[[], SourceReader | SimpleReader]],
) -> dict[str, Callable[[], SourceReader]]:
    """Give readers that give batches, whichever of the two ways they were written in."""
    return {name: partial(source_reader, factory) for name, factory in readers.items()}


def source_reader(factory: Callable[[], SourceReader | SimpleReader]) -> SourceReader:
    """Make a reader, and have it give batches."""
    reader = factory()
    return reader if isinstance(reader, SourceReader) else BatchingReader(reader)


class BatchingReader:
    """Reads with a simple reader: finds its files, judges its records, gathers them into batches."""

    def __init__(self, reader: SimpleReader) -> None:
        self._reader = reader
        self.name = reader.name

    def knows(self, source: Path) -> bool:
        """Whether the file, or one file of the folder, is known to the simple reader."""
        return any(self._reader.knows(path) for path in _files(source))

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files that the simple reader knows, in a fixed order; a file that was named is always taken."""
        for path in _files(source):
            if path == source or self._reader.knows(path):
                facts = path.stat()
                hint = parse_feed_name(path.name.split(".", maxsplit=1)[0])
                yield SourceFile(path, facts.st_size, facts.st_mtime_ns, hint)

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream the records; a batch has as many as the options say."""
        numbered = enumerate(self._reader.records(file.path))
        judged = _Judge(file, options)
        bytes_done = 0
        # The reader may fail after some records: those before it must not wait for a batch to fill.
        while taken := list(_until_failure(islice(numbered, options.batch_size))):
            failure = taken.pop() if isinstance(taken[-1], Exception) else None
            pairs = [pair for pair in taken if not isinstance(pair, Exception)]
            places = [record.byte_offset for _, record in pairs if isinstance(record, SourceRecord)]
            bytes_done = max([bytes_done, *(min(place, file.size) for place in places if place is not None)])
            yield judged.batch(pairs, self.name, bytes_done)
            if isinstance(failure, Exception):
                raise failure
        yield judged.batch([], self.name, file.size)

    def fingerprint(self, file: SourceFile) -> str:
        """Digest the file as it was found."""
        return digest(file.path, file.size)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> dict[int, bytes]:
        """Give records by reading the file again."""
        last = max(records, default=-1) + 1
        return {n: _words(r) for n, r in islice(enumerate(self._reader.records(file.path)), last) if n in records}


class _Judge:
    """Makes batches of a file's records."""

    def __init__(self, file: SourceFile, options: ReadOptions) -> None:
        self._options = options
        self._fallback = file.hint.or_else(FeedName(None, options.assume_category))
        self._any_named = False

    def batch(self, records: list[tuple[int, AnyRecord]], form: str, bytes_done: int) -> SnapshotBatch:
        """Judge records; those of feeds that are not wanted are skipped."""
        snapshots, numbers, rejects, skipped = [], [], [], 0
        for number, record in records:
            try:
                snapshot = self._judged(record)
            except RuleBroken as broken:
                rejects.append(_reject(number, record, broken))
                continue
            if not self._options.feeds.admits(snapshot.feed):
                skipped += 1
                continue
            snapshots.append(snapshot)
            numbers.append(number)
        facts: dict[str, Any] = {"form": form, "skipped": skipped, "bytes_done": bytes_done}
        return SnapshotBatch.of(snapshots, numbers, rejects=tuple(rejects), **facts)

    def _judged(self, record: AnyRecord) -> GexSnapshot:
        if isinstance(record, GexSnapshot):
            check_snapshot(record, self._options.now)
            self._any_named = True
            return record
        fields = _fields(record)
        package, category = fields.pop("package", None), fields.pop("category", None)
        named = FeedName(_text(package), parse_feed_name(_text(category) or "").category or _text(category))
        feed = named.or_else(self._fallback)
        if not feed.category:
            if not self._any_named:
                raise CategoryUnknown
            raise RuleBroken(RejectReason.FIELD_MISSING, "nothing names its category; import with --assume-category")
        self._any_named = True
        return judge(fields, package=feed.package or "classic", category=feed.category, now=self._options.now)


def _files(source: Path) -> Iterator[Path]:
    """Give the file, or the files of the folder at any depth, in a fixed order, without hidden ones."""
    if not source.is_dir():
        yield from [source] if source.is_file() else ()
        return
    for here, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(files) if not name.startswith("."))


def _until_failure(records: Iterator[tuple[int, AnyRecord]]) -> Iterator[tuple[int, AnyRecord] | Exception]:
    """Give records and, as the last thing, what the reader failed of."""
    try:
        yield from records
    except Exception as error:  # noqa: BLE001  # it is raised again, after the records before it were given
        yield error


def _fields(record: SourceRecord | Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a record; moments become text, which the rules read."""
    fields = record.fields if isinstance(record, SourceRecord) else record
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _words(record: AnyRecord) -> bytes:
    """Give the words of a record: its own, or else what JSON can say of it, its feed in an envelope."""
    if isinstance(record, SourceRecord) and record.raw:
        return record.raw
    if isinstance(record, GexSnapshot):
        return b'{"endpoint":"/%s/%s","data":%s}' % (
            record.package.encode(),
            record.category.encode(),
            canonical(record),
        )
    fields = _fields(record)
    feed = [text for name in ("package", "category") if (text := _text(fields.pop(name, None)))]
    told = {"endpoint": "".join(f"/{name}" for name in feed), "data": fields} if feed else fields
    return json.dumps(told, default=str, separators=(",", ":")).encode()


def _reject(number: int, record: AnyRecord, broken: RuleBroken) -> Reject:
    named: dict[str, Any] = {}
    if isinstance(record, GexSnapshot):
        named = {"ticker": record.ticker, "timestamp": record.timestamp}
    else:
        fields = _fields(record)
        named["ticker"] = _text(fields.get("ticker"))
        with suppress(ValueError, OverflowError):  # then the reject has no moment, but still its place and its words
            named["timestamp"] = from_micros(parse_timestamp(fields.get("timestamp")))
    return Reject(
        reason=broken.reason,
        detail=broken.detail,
        record=number,
        byte_offset=record.byte_offset if isinstance(record, SourceRecord) else None,
        raw=_words(record),
        **named,
    )
