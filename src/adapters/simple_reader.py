"""The way up from a simple reader, which gives records, to a source reader, which gives batches."""

from __future__ import annotations

import json
import os
import reprlib
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from ..application.columns.batch import SnapshotBatch
from ..application.importing.stored.words import canonical
from ..application.ports.simple_reader import AnyRecord, SimpleReader, SourceRecord
from ..application.ports.source_reader import ReadOptions, SourceFile, SourceReader
from ..domain.errors import ANY_FAILURE, CategoryUnknown
from ..domain.feed import CATEGORIES, FeedName, full_category
from ..domain.judge import check_snapshot, judge
from ..domain.paths import feed_of_path
from ..domain.rejects import NoCategory, Reject, RejectReason, RuleBroken
from ..domain.snapshot import GexSnapshot
from ..domain.timestamps import to_iso
from .disk.files import digest
from .judged_batch import judged_batch


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
        return any(self._known(path, refused=False) for path in _files(source))

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files that the simple reader knows, in a fixed order; a file that was named is always taken.

        One that the system refuses may hold history: as a file that fails it is said.
        """
        for path in _files(source):
            if path == source or self._known(path, refused=True):
                facts = _facts(path)
                yield SourceFile(path, facts.st_size, facts.st_mtime_ns, feed_of_path(path))

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream the records; a batch has as many as the options say."""
        numbered = enumerate(self._reader.records(file.path))
        judged = RecordJudge(file, options)
        bytes_done = 0
        # The reader may fail after some records: those before it must not wait for a batch to fill.
        while taken := list(_until_failure(islice(numbered, options.batch_size))):
            failure = taken.pop() if isinstance(taken[-1], BaseException) else None
            pairs = [pair for pair in taken if not isinstance(pair, BaseException)]
            places = [record.byte_offset for _, record in pairs if isinstance(record, SourceRecord)]
            bytes_done = max([bytes_done, *(min(place, file.size) for place in places if place is not None)])
            yield judged.batch(pairs, self.name, bytes_done)
            if isinstance(failure, BaseException):
                raise failure
        yield judged.batch([], self.name, file.size)

    def fingerprint(self, file: SourceFile) -> str:
        """Digest the file as it was found."""
        return digest(file.path, file.size)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterator[tuple[int, bytes]]:
        """Give records by reading the file again."""
        last = max(records, default=-1) + 1
        found = islice(enumerate(self._reader.records(file.path)), last)
        return ((number, record_words(record)) for number, record in found if number in records)

    def _known(self, path: Path, *, refused: bool) -> bool:
        """Whether the simple reader knows a file; ``refused`` where the system does not let it look."""
        try:
            return self._reader.knows(path)
        except PermissionError:
            return refused
        except OSError:  # a link to nowhere, or gone since it was found
            return False


class RecordJudge:
    """Judges records of a file one by one, and makes batches of them.

    A reader that gives batches hands it what it cannot prove good in bulk: the rules have the last word.
    """

    def __init__(self, file: SourceFile, options: ReadOptions) -> None:
        self._options = options
        self._fallback = options.fallback(file.hint)
        self._any_named = False

    def batch(self, records: list[tuple[int, AnyRecord]], form: str, bytes_done: int) -> SnapshotBatch:
        """Judge records; those of feeds that are not wanted are skipped."""
        return judged_batch(records, self._judged, self._options.feeds, form=form, bytes_done=bytes_done)

    def feed_name(self, package: object, category: object) -> FeedName:
        """Say which package and category a record has whose own fields say these: the file's name fills gaps."""
        text = _text(category)
        known = full_category(text.lower()) if text else None
        named = FeedName(_text(package), known if known in CATEGORIES else text)
        feed = named.or_else(self._fallback)
        self._any_named |= bool(feed.category)
        return feed._replace(package=feed.package or "classic")

    def _judged(self, number: int, record: AnyRecord) -> GexSnapshot | Reject:
        try:
            return self._snapshot(record)
        except RuleBroken as broken:
            return _reject(number, record, broken)

    def _snapshot(self, record: AnyRecord) -> GexSnapshot:
        if isinstance(record, GexSnapshot):
            check_snapshot(record, self._options.now)
            self._any_named = True
            return record
        fields = _fields(record)
        if not isinstance(_bare(record), Mapping):
            raise RuleBroken(RejectReason.NOT_JSON, f"is {_bare(record)!r:.40}, not a mapping of fields")
        for name in ("package", "category"):
            if not isinstance(value := fields.get(name), str | None):
                raise RuleBroken(RejectReason.FEED_INVALID, f"{name} is {value!r:.40}, not a name")
        feed = self.feed_name(fields.pop("package", None), fields.pop("category", None))
        package = feed.package or ""
        if not feed.category:
            # Damage says nothing about the feed: only a record that is good but for its category does.
            self._judge(fields, package, "unnamed")
            if not self._any_named:
                raise CategoryUnknown
            raise NoCategory
        return self._judge(fields, package, feed.category)

    def _judge(self, fields: dict[str, Any], package: str, category: str) -> GexSnapshot:
        return judge(fields, package=package, category=category, now=self._options.now)


def _files(source: Path) -> Iterator[Path]:
    """Give the file, or the files of the folder at any depth, in a fixed order, without hidden ones.

    Pipes and their like are none: a reader that looks into one would wait for ever.
    """
    if not source.is_dir():
        yield from [source] if source.is_file() else ()
        return
    for here, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = (Path(here, name) for name in sorted(files) if not name.startswith("."))
        yield from (path for path in paths if stat.S_IFMT(_facts(path).st_mode) in (stat.S_IFREG, stat.S_IFLNK))


def _facts(path: Path) -> os.stat_result:
    """Give a file's facts; those of the link, if it leads nowhere: reading it will say what is wrong."""
    try:
        return path.stat()
    except OSError:
        return path.lstat()


def _until_failure(records: Iterator[tuple[int, AnyRecord]]) -> Iterator[tuple[int, AnyRecord] | BaseException]:
    """Give records and, as the last thing, what the reader failed of."""
    try:
        yield from records
    except ANY_FAILURE as error:  # it is raised again, after the records before it were given
        yield error


def _bare(record: object) -> object:
    """Take a record out of its wrapping."""
    return record.fields if isinstance(record, SourceRecord) else record


def _fields(record: object) -> dict[str, Any]:
    """Give the fields of a record; moments and days become text, which the rules read. Of no mapping, none."""
    fields = _bare(record)
    if not isinstance(fields, Mapping):
        return {}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def record_words(record: AnyRecord) -> bytes:
    """Give the words of a record: its own, or else what JSON can say of it, its feed in an envelope."""
    if isinstance(record, SourceRecord) and record.raw:
        return record.raw
    if isinstance(record, GexSnapshot):
        with suppress(TypeError, ValueError, RecursionError):  # what it keeps JSON has no words for
            endpoint = f"/{record.package}/{record.category}".encode()
            return b'{"endpoint":"%s","data":%s}' % (endpoint, canonical(record))
    if not isinstance(_bare(record), Mapping):
        return _told(_bare(record))
    fields = _fields(record)
    feed = [fields.pop(name) for name in ("package", "category") if _text(fields.get(name))]
    return _told({"endpoint": "".join(f"/{name}" for name in feed), "data": fields} if feed else fields)


def _told(record: object) -> bytes:
    """Write a record as JSON; one that JSON cannot hold as the text that Python shows."""
    try:
        return json.dumps(record, default=str, separators=(",", ":")).encode()
    except (TypeError, ValueError):  # a field's name is no text, or something holds itself
        return json.dumps(repr(record)).encode()
    except RecursionError:
        return json.dumps(reprlib.repr(record)).encode()


def _reject(number: int, record: AnyRecord, broken: RuleBroken) -> Reject:
    fields = (
        {"ticker": record.ticker, "timestamp": to_iso(record.timestamp)}
        if isinstance(record, GexSnapshot)
        else _fields(record)
    )
    place = record.byte_offset if isinstance(record, SourceRecord) else None
    return Reject.of(broken, fields, record=number, byte_offset=place, raw=record_words(record))
