"""A reader of files that are not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ..application.columns.batch import SnapshotBatch, snapshots_of
from ..application.importing.stored.words import canonical
from ..application.ports.source_reader import ReadOptions, SourceFile
from ..domain.feed import FeedName, parse_feed_name
from ..domain.judge import judge
from ..domain.rejects import Reject, RuleBroken
from ..domain.snapshot import GexSnapshot
from .dial import Dial

#: How large a thing in a fake file is.
BYTES = 100


@dataclass(frozen=True, slots=True)
class Torn:
    """Where a fake file breaks off; what comes after it is not read."""

    words: str = "breaks off in the middle of a record"


#: What a fake file may hold: snapshots, records in the vendor's words, rejects, whole batches, an error to raise, or
#: the place where it breaks off.
Content: TypeAlias = GexSnapshot | Mapping[str, Any] | Reject | SnapshotBatch | Exception | Torn


class FakeReader:
    """Reads what it was given, by the names of files.

    Steps of its ``dial`` are ``discover``, ``fingerprint``, ``raw_records`` and ``batch``, the giving of a batch. A
    file's digest is that of its content, or the one in ``digests``; ``asked`` remembers whose was wanted. A file is
    ``BYTES`` large for each thing in it.
    """

    def __init__(
        self,
        files: Mapping[str, Sequence[Content]] | None = None,
        *,
        name: str = "fake",
        digests: Mapping[str, str] | None = None,
        dial: Dial | None = None,
    ) -> None:
        self.name = name
        self.files = {Path(path): list(contents) for path, contents in (files or {}).items()}
        self.asked: list[str] = []
        self._digests, self._dial = digests or {}, dial or Dial()
        self._changed: dict[Path, int] = {}

    def write(self, path: str, *contents: Content) -> None:
        """Write a file anew, later than before."""
        self.files[Path(path)] = list(contents)
        self._changed[Path(path)] = self._changed.get(Path(path), 0) + 1

    def knows(self, source: Path) -> bool:
        """Know its files and the folders that they are in."""
        return bool(self._within(source))

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find its files there."""
        with self._dial.turn("discover"):
            found = self._within(source)
        for path in found:
            yield SourceFile(path, self._size(path), self._changed.get(path, 0), parse_feed_name(path.stem))

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Give a file's content in batches, and raise its errors."""
        waiting = _Waiting(self.name, file.hint, options)
        given = False
        for number, content in enumerate(self._contents(file)):
            if isinstance(content, SnapshotBatch | Exception | Torn) and waiting:
                yield self._turned(waiting.batch(number))
            if isinstance(content, Exception):
                raise content
            if isinstance(content, Torn):
                yield self._turned(waiting.batch(number, content.words))
                return
            if isinstance(content, SnapshotBatch):
                given = True
                yield self._turned(content)
                continue
            waiting.take(number, content)
            if len(waiting.snapshots) >= options.batch_size:
                yield self._turned(waiting.batch(number + 1))
        if waiting or not given:
            yield self._turned(waiting.batch(file.size // BYTES))

    def fingerprint(self, file: SourceFile) -> str:
        """Give the digest."""
        self.asked.append(str(file.path))
        with self._dial.turn("fingerprint"):
            if str(file.path) in self._digests:
                return self._digests[str(file.path)]
            return hashlib.blake2b(repr(self._contents(file)).encode(), digest_size=16).hexdigest()

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterator[tuple[int, bytes]]:
        """Give the words of records."""
        with self._dial.turn("raw_records"):
            for number, content in enumerate(self._contents(file)):
                yield from (found for found in _words(number, content).items() if found[0] in records)

    def _within(self, source: Path) -> list[Path]:
        return sorted(path for path in self.files if source == path or source in path.parents)

    def _contents(self, file: SourceFile) -> list[Content]:
        if file.path not in self.files:
            raise FileNotFoundError(2, "No such file or directory", str(file.path))
        return self.files[file.path]

    def _size(self, path: Path) -> int:
        return BYTES * max(1, len(self.files[path]))

    def _turned(self, batch: SnapshotBatch) -> SnapshotBatch:
        with self._dial.turn("batch"):
            return batch


@dataclass(slots=True)
class _Waiting:
    """What waits until a batch is full."""

    form: str
    hint: FeedName
    options: ReadOptions
    snapshots: dict[int, GexSnapshot] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    skipped: int = 0

    def __bool__(self) -> bool:
        return bool(self.snapshots or self.rejects or self.skipped)

    def take(self, number: int, content: GexSnapshot | Mapping[str, Any] | Reject) -> None:
        """Take a record in; fields are judged."""
        if isinstance(content, Reject):
            if self.options.feeds.leaves_out(content):
                self.skipped += 1
            else:
                self.rejects.append(content.model_copy(update={"record": number}))
            return
        try:
            snapshot = content if isinstance(content, GexSnapshot) else self._judged(content)
        except RuleBroken as broken:
            raw = _words(number, content)[number]
            self.rejects.append(Reject(reason=broken.reason, detail=broken.detail, record=number, raw=raw))
            return
        if self.options.feeds.admits(snapshot.feed):
            self.snapshots[number] = snapshot
        else:
            self.skipped += 1

    def batch(self, things_done: int, torn: str = "") -> SnapshotBatch:
        """Give what waits as a batch."""
        batch = SnapshotBatch.of(
            list(self.snapshots.values()),
            list(self.snapshots),
            rejects=tuple(self.rejects),
            skipped=self.skipped,
            bytes_done=things_done * BYTES,
            form=self.form,
            torn=torn,
        )
        self.snapshots, self.rejects, self.skipped = {}, [], 0
        return batch

    def _judged(self, fields: Mapping[str, Any]) -> GexSnapshot:
        category = self.hint.category or self.options.assume_category or "gex_zero"
        return judge(dict(fields), package=self.hint.package or "classic", category=category, now=self.options.now)


def _words(number: int, content: Content) -> dict[int, bytes]:
    if isinstance(content, GexSnapshot):
        return {number: canonical(content)}
    if isinstance(content, Reject):
        return {number: content.raw}
    if isinstance(content, SnapshotBatch):
        numbers = content.snapshots.column("record").to_pylist()
        snapshots = snapshots_of(content.snapshots, content.ladders)
        return {record: canonical(snapshot) for record, snapshot in zip(numbers, snapshots, strict=True)}
    return {number: json.dumps(content).encode()} if isinstance(content, Mapping) else {}
