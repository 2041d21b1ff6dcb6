"""Planning an import: which files are new, and which of them go together into one unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from ....domain.feed import Feed
from ....domain.paths import feed_of_path
from ....domain.runs import FileStatus, SourceFileRecord
from ...ports.source_reader import ReadOptions, SourceFile, SourceReader
from .fingerprints import digest_of
from .selection import assumed_of, took_all

#: How much a unit of small files may hold; a larger file is a unit of its own.
UNIT_BYTES = 64 * 1024 * 1024
UNIT_FILES = 5_000
#: Where there are more units than this, up to so many days go into one, if they are so small together: a commit takes
#: longer than to read some of them.
ENOUGH_UNITS = 32
SMALL_DAYS, SMALL_DAYS_BYTES = 64, 16 * 1024 * 1024


@dataclass(slots=True)
class Plan:
    """What an import will do with the files of a source.

    ``units`` are groups of new files, the largest first, of ``size`` bytes in all. ``unchanged`` are known, ``moved``
    are known under another path, which is given with them, and ``feeds`` are the feeds of both; ``unsupported`` are
    known to be of another one.
    """

    units: list[list[SourceFile]] = field(default_factory=list)
    size: int = 0
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

    def is_little(self, little_work: int) -> bool:
        """Say whether it is sooner done than workers have started: of so few bytes, and in few units."""
        return self.size <= little_work and len(self.units) < ENOUGH_UNITS


def make_plan(
    files: Iterable[SourceFile],
    known: Mapping[str, Sequence[SourceFileRecord]],
    reader: SourceReader,
    options: ReadOptions,
    *,
    force: bool,
) -> Plan:
    """Sort out what is new; ``known`` are the last readings of each file, by its path, the newest first."""
    plan = Plan()
    by_size: dict[int, list[SourceFileRecord]] = {}
    for readings in known.values():
        for record in _of_the_same(readings):
            by_size.setdefault(record.fingerprint.size, []).append(record)
    new = []
    for file in files:
        if not options.feeds.may_admit(file.hint):
            plan.filtered += 1
            continue
        earlier = known.get(file.display, ())
        if force:
            new.append(file)
        elif (took := _last_that_took_all(file, earlier, reader, options)) is not None:
            is_other = took.status is FileStatus.UNSUPPORTED
            (plan.unsupported if is_other else plan.unchanged).append(file)
            plan.feeds.update(took.feeds)
        elif same := _moved(file, earlier[:1], by_size.get(file.size, []), reader, options):
            plan.moved.append((file, same))
            plan.feeds.update(same.feeds)
        else:
            new.append(file)
    plan.units, plan.size = _units(new), sum(file.size for file in new)
    return plan


def _last_that_took_all(
    file: SourceFile, readings: Sequence[SourceFileRecord], reader: SourceReader, options: ReadOptions
) -> SourceFileRecord | None:
    """Give the last reading that took all that this import would take of a file as it is.

    What was read before the file changed, or was marked to be read again, or failed, is not what the lake has of it.
    """
    if not any(took_all(reading, options, file) for reading in readings):
        return None
    held = ""  # what the file holds, once that is known
    for reading in readings:
        found = reading.fingerprint
        if reading.status is FileStatus.FAILED or found.size != file.size:
            return None
        if not held and found.mtime_ns == file.mtime_ns:
            held = found.digest
        elif not found.digest or found.digest != (held := held or digest_of(file, reader)):
            return None
        if took_all(reading, options, file):
            return reading
    return None


def _moved(
    file: SourceFile,
    last: Sequence[SourceFileRecord],
    same_size: list[SourceFileRecord],
    reader: SourceReader,
    options: ReadOptions,
) -> SourceFileRecord | None:
    """Give the reading of a file under another path that has the same content and names the same feed.

    Under this path the ``last`` one, if there is one, took another part of that content.
    """
    if any(r.status is FileStatus.FAILED or r.fingerprint.size != file.size for r in last):
        return None
    others = [r for r in same_size if r.source_file != file.display]
    candidates = [r for r in others if took_all(r, options, file) and r.feeds and _same_feed(file, r)]
    if not candidates:
        return None
    digest = digest_of(file, reader)
    same = [r for r in candidates if digest and r.fingerprint.digest == digest]
    return same[0] if same and all(r.fingerprint.digest == digest for r in last) else None


def _of_the_same(readings: Sequence[SourceFileRecord]) -> Iterator[SourceFileRecord]:
    """Give the readings of a file that found what its last one did, back to the first that did not, or failed."""
    for reading in readings:
        found, last = reading.fingerprint, readings[0].fingerprint
        if reading.status is FileStatus.FAILED or (found.size, found.digest) != (last.size, last.digest):
            return
        yield reading


def _same_feed(file: SourceFile, record: SourceFileRecord) -> bool:
    """Whether a reading under another path took all records for what the path of this file says they are.

    Where its own path named no category, what was rejected may have lacked just that.
    """
    wanted = (file.hint.package or "classic", file.hint.category)
    named = feed_of_path(PurePath(record.source_file)).category or assumed_of(record)
    return bool(named or not record.counts.rejected) and all(Feed.of(feed)[1:] == wanted for feed in record.feeds)


def _units(files: list[SourceFile]) -> list[list[SourceFile]]:
    """Group files: large ones alone, small ones of a day and feed together; of many small days some, too."""
    days = list(_days(files))
    most = min(SMALL_DAYS, max(1, len(days) // ENOUGH_UNITS))
    units: list[list[SourceFile]] = []
    held = room = 0
    for day in days:
        size = sum(file.size for file in day)
        if not units or held == most or size > room or len(units[-1]) + len(day) > UNIT_FILES:
            units.append([])
            held, room = 0, SMALL_DAYS_BYTES
        units[-1] += day
        held, room = held + 1, room - size
    return sorted(units, key=lambda unit: -sum(file.size for file in unit))


def _days(files: list[SourceFile]) -> Iterator[list[SourceFile]]:
    """Group files of the same day and feed, as many as a unit may hold."""
    group: list[SourceFile] = []
    previous: tuple[object, ...] | None = None
    room = 0
    for file in sorted(files, key=lambda f: (str(f.day or ""), f.hint.package or "", f.hint.category or "", f.path)):
        key = (file.day, file.hint)
        if group and (key != previous or file.size > room or len(group) >= UNIT_FILES):
            yield group
            group = []
        if not group:
            previous, room = key, UNIT_BYTES
        group.append(file)
        room -= file.size
    if group:
        yield group
