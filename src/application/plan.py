"""Planning an import: which files are new, and which of them go together into one unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..domain.runs import FileStatus, SourceFileRecord
from .fingerprints import digest_of
from .ports.source_reader import FeedFilter, ReadOptions, SourceFile, SourceReader

#: How much a unit of small files may hold; a larger file is a unit of its own.
UNIT_BYTES = 64 * 1024 * 1024
UNIT_FILES = 5_000
_ASSUMED = " | assumed "


@dataclass(slots=True)
class Plan:
    """What an import will do with the files of a source.

    ``units`` are groups of new files, the largest first. ``unchanged`` are known, ``moved`` are known under another
    path, which is given with them, and ``feeds`` are the feeds of both; ``unsupported`` are known to be of another one.
    """

    units: list[list[SourceFile]] = field(default_factory=list)
    unchanged: list[SourceFile] = field(default_factory=list)
    moved: list[tuple[SourceFile, SourceFileRecord]] = field(default_factory=list)
    feeds: set[str] = field(default_factory=set)
    unsupported: list[SourceFile] = field(default_factory=list)
    filtered: int = 0

    @property
    def found(self) -> int:
        """How many files the source holds that the import is concerned with."""
        new = sum(len(unit) for unit in self.units)
        return new + len(self.unchanged) + len(self.moved) + len(self.unsupported)

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        return sum(file.size for unit in self.units for file in unit)


def make_plan(
    files: Iterable[SourceFile],
    known: Mapping[str, SourceFileRecord],
    reader: SourceReader,
    options: ReadOptions,
    *,
    force: bool,
) -> Plan:
    """Sort out what is new."""
    plan = Plan()
    by_size: dict[int, list[SourceFileRecord]] = {}
    for record in known.values():
        by_size.setdefault(record.fingerprint.size, []).append(record)
    new = []
    for file in files:
        if not options.feeds.may_admit(file.hint):
            plan.filtered += 1
            continue
        earlier = known.get(file.display)
        if force:
            new.append(file)
        elif earlier is not None and _unchanged(file, earlier, reader, options):
            is_other = earlier.status is FileStatus.UNSUPPORTED
            (plan.unsupported if is_other else plan.unchanged).append(file)
            plan.feeds.update(earlier.feeds)
        elif earlier is None and (same := _moved(file, by_size.get(file.size, []), reader, options)):
            plan.moved.append((file, same))
            plan.feeds.update(same.feeds)
        else:
            new.append(file)
    plan.units = _units(new)
    return plan


def selection_of(options: ReadOptions, file: SourceFile) -> str:
    """Write down what part of a file an import takes, and as what, so that a later one knows.

    Empty for all of it. An assumed category counts where the file's name says none.
    """
    assumed = options.assume_category if file.hint.category is None else None
    return _filter_of(options) + (f"{_ASSUMED}{assumed}" if assumed else "")


def options_of(selection: str, now: datetime) -> ReadOptions:
    """Give the options with which a file is read as it was when its selection was written down."""
    taken, _, assumed = selection.partition(_ASSUMED)
    names = [frozenset(name for name in wanted.strip().split(",") if name) for wanted in taken.split(";")]
    return ReadOptions(now, assumed or None, FeedFilter(*names) if taken else FeedFilter())


def _filter_of(options: ReadOptions) -> str:
    return str(options.feeds) if options.feeds else ""


def _settled(record: SourceFileRecord, options: ReadOptions, file: SourceFile) -> bool:
    """Whether a reading took all that this import would take, and as the same. What failed is always tried again."""
    if record.status is FileStatus.FAILED:
        return False
    taken, _, assumed = record.selection.partition(_ASSUMED)
    wanted = options.assume_category if file.hint.category is None else None
    # A record of which nothing named the category may be among those that were rejected.
    as_the_same = assumed == wanted if assumed else not record.counts.rejected
    return taken in ("", _filter_of(options)) and (wanted is None or as_the_same)


def _unchanged(file: SourceFile, record: SourceFileRecord, reader: SourceReader, options: ReadOptions) -> bool:
    print_ = record.fingerprint
    if not _settled(record, options, file) or print_.size != file.size:
        return False
    if print_.mtime_ns == file.mtime_ns:
        return True
    return bool(print_.digest) and digest_of(file, reader) == print_.digest


def _moved(
    file: SourceFile, same_size: list[SourceFileRecord], reader: SourceReader, options: ReadOptions
) -> SourceFileRecord | None:
    """Give the reading of a file under another path that has the same content and names the same feed."""
    candidates = [r for r in same_size if _settled(r, options, file) and r.feeds and _same_feed(file, r)]
    if not candidates:
        return None
    digest = digest_of(file, reader)
    return next((r for r in candidates if digest and r.fingerprint.digest == digest), None)


def _same_feed(file: SourceFile, record: SourceFileRecord) -> bool:
    wanted = (file.hint.package or "classic", file.hint.category)
    return all(tuple(feed.split("/")[-2:]) == wanted for feed in record.feeds)


def _units(files: list[SourceFile]) -> list[list[SourceFile]]:
    """Group files: large ones alone, small ones of the same day and feed together."""
    units: list[list[SourceFile]] = []
    previous: tuple[object, ...] | None = None
    room = 0
    for file in sorted(files, key=lambda f: (str(f.day or ""), f.hint.package or "", f.hint.category or "", f.path)):
        key = (file.day, file.hint)
        if key != previous or file.size > room or len(units[-1]) >= UNIT_FILES:
            units.append([])
            previous, room = key, UNIT_BYTES
        units[-1].append(file)
        room -= file.size
    return sorted(units, key=lambda unit: -sum(file.size for file in unit))
