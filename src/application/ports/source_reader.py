"""The port of source readers: the one that strangers implement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from ...domain.escapes import escaped
from ...domain.feed import Feed, FeedName
from ...domain.rejects import Reject, RejectReason
from ..columns.batch import SnapshotBatch
from ..columns.row_group import ROW_GROUP

#: A byte of a file name that is not UTF-8, as ``escaped`` writes it.
_ESCAPED = re.compile(r"\\u(dc[89a-f][0-9a-f])")


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which feeds to import; an empty set lets all through."""

    tickers: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    def admits(self, feed: Feed) -> bool:
        """Whether a feed is to be imported."""
        return all(
            not wanted or name in wanted
            for wanted, name in zip((self.tickers, self.packages, self.categories), feed, strict=True)
        )

    def leaves_out(self, reject: Reject) -> bool:
        """Whether a broken record is surely not to be imported: its ticker can be read, and is not what is broken."""
        known = reject.ticker is not None and reject.reason is not RejectReason.TICKER_INVALID
        return known and bool(self.tickers) and reject.ticker not in self.tickers

    def may_admit(self, name: FeedName) -> bool:
        """Whether a file may hold something to import, by what its name says."""
        return (not self.packages or name.package is None or name.package in self.packages) and (
            not self.categories or name.category is None or name.category in self.categories
        )

    def covers(self, other: FeedFilter) -> bool:
        """Whether all is let through that another one lets through."""
        mine, theirs = ((one.tickers, one.packages, one.categories) for one in (self, other))
        return all(not wide or (narrow and narrow <= wide) for wide, narrow in zip(mine, theirs, strict=True))

    def __or__(self, other: FeedFilter) -> FeedFilter:
        """Let through what one of two does, and feeds whose names are from both."""
        mine, theirs = ((one.tickers, one.packages, one.categories) for one in (self, other))
        return FeedFilter(*(one | two if one and two else frozenset() for one, two in zip(mine, theirs, strict=True)))

    def __bool__(self) -> bool:
        return bool(self.tickers or self.packages or self.categories)

    def __str__(self) -> str:
        return "; ".join(",".join(sorted(wanted)) for wanted in (self.tickers, self.packages, self.categories))


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read: ``now`` is the moment against which future timestamps are judged."""

    now: datetime
    assume_category: str | None = None
    feeds: FeedFilter = field(default_factory=FeedFilter)
    batch_size: int = ROW_GROUP

    def fallback(self, hint: FeedName) -> FeedName:
        """Say of which feed those records of a file are that do not say so; ``hint`` is what its name says."""
        return hint.or_else(FeedName(None, self.assume_category))


def unescaped(text: str | Path) -> Path:
    """Give the path that is written so: itself, or the one with the bytes that are escaped, if only that is there."""
    path = Path(text)
    raw = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(text)))
    return raw if raw != path and not path.exists() and raw.exists() else path


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file (or table, or object) of a source.

    ``hint`` and ``day`` are what its name says about its feed and day; the records decide.
    """

    path: Path
    size: int
    mtime_ns: int
    hint: FeedName = field(default_factory=FeedName)
    day: date | None = None

    @property
    def display(self) -> str:
        """The file's name for people and for the lineage; bytes of it that are not UTF-8 are escaped."""
        return escaped(self.path)


@runtime_checkable
class SourceReader(Protocol):
    """Reads one kind of source.

    ``read`` and ``fingerprint`` may raise ``SourceUnreadable`` when nothing at all can be read, ``UnsupportedFeed`` and
    ``CategoryUnknown`` as their names say, and ``OSError`` as the system gives it: the file has failed, others are
    read. What ``discover`` raises ends the import.
    """

    name: str

    def knows(self, source: Path) -> bool:
        """Whether this reader can make something of a folder or file."""

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files of a source, without reading them."""

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream the records of a file in order; memory stays bounded whatever the file's size."""

    def fingerprint(self, file: SourceFile) -> str:
        """Give a digest of the file's content as it was discovered: of its first ``size`` bytes."""

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterable[tuple[int, bytes]]:
        """Give some records word for word, each with its number, one by one: all of them may not fit into memory.

        Those that cannot be found are left out.
        """


class Gathered(NamedTuple):
    """What several files held: a snapshot each, in their order, and the digests of their contents."""

    batch: SnapshotBatch
    digests: tuple[str, ...]


@runtime_checkable
class GatheringReader(SourceReader, Protocol):
    """A reader that can take many small files together, as if it had read each by itself."""

    def gather(self, files: Sequence[SourceFile], options: ReadOptions) -> Gathered | None:
        """Read files of one good snapshot each; None unless all are that, and as they were when they were found."""
