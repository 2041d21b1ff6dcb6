"""Clearing: what an import takes out of the lake first, so that it reads its source as if it had never seen it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ....domain.errors import GexlakeError
from ....domain.escapes import escaped
from ....domain.feed import Feed
from ....domain.rejects import Reject
from ....domain.runs import UNKNOWN, Counts, Fingerprint, SourceFileRecord
from ....domain.sentences import a_few
from ...columns.rows import file_of, row_keys
from ...ports.limits import ALL
from ...ports.lineage_store import LineageStore
from ...ports.snapshot_store import Sums, Tally, added_up
from ...ports.source_reader import FeedFilter, ReadOptions, SourceFile, SourceReader
from ...ports.unit_of_work import ImportUnitOfWork, Lake
from ..planning.fingerprints import digest_of
from ..planning.selection import assumed_of
from ..stored.rewriting import take_out
from .brought_back import brings_back, given
from .settling import settled_after_failure
from .wait_again import wait_again


class SourcesNotRead(GexlakeError):
    """What would be taken out could not be read again."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self.sources = sources
        super().__init__(
            f"Nothing was taken out: this import does not find all again that the lake has of {a_few(sources)}, so it "
            "would be lost. Bring the file back as it was, or say --without-sources: its snapshots and rejects then "
            "leave the lake."
        )


class CategoryNotAssumed(GexlakeError):
    """What would be taken out could not be read again as what it was."""

    def __init__(self, source: str, category: str) -> None:
        self.source, self.category = source, category
        super().__init__(
            f"Nothing was taken out: {source} was read with --assume-category {category}, and without it nothing may "
            f"name its category. Say --assume-category {category} again."
        )


@dataclass(frozen=True, slots=True)
class Clearing:
    """What goes: all that the ``readings`` of a source gave, of the feeds that the import is about.

    Readings of a file that gave other feeds, too, are not ``forgotten`` but counted down to what is left of them: they
    are among the ``changed``. So are readings of other files that left out what these gave, and that count as unknown
    from then on.
    """

    feeds: FeedFilter
    readings: tuple[SourceFileRecord, ...]
    forgotten: frozenset[int]
    changed: tuple[SourceFileRecord, ...]
    tallies: tuple[Tally, ...]
    #: How many rejects are kept of those that are forgotten, by their numbers.
    rejects: Mapping[int, int]

    @property
    def file_ids(self) -> frozenset[int]:
        """The numbers of the readings."""
        return frozenset(file.file_id for file in self.readings)

    @property
    def repeating(self) -> tuple[SourceFileRecord, ...]:
        """The readings of other files that may repeat some of it."""
        return tuple(file for file in self.changed if file.file_id not in self.file_ids)

    @property
    def taken_out(self) -> dict[str, int]:
        """How many snapshots and rejects go, and how many files gave them."""
        gave = {tally.file_id for tally in self.tallies} | self.rejects.keys()
        files = {file.source_file for file in self.readings if file.file_id in gave}
        snapshots, rejects = sum(tally.snapshots for tally in self.tallies), sum(self.rejects.values())
        return {"snapshots": snapshots, "rejects": rejects, "files": len(files)}

    def known_after(self, known: Mapping[str, Sequence[SourceFileRecord]]) -> dict[str, list[SourceFileRecord]]:
        """Give the last readings of each file as they will be once this is taken out."""
        changed = {file.file_id: file for file in self.changed}
        return {
            path: [changed.get(r.file_id, r) for r in readings if r.file_id not in self.forgotten]
            for path, readings in known.items()
        }

    def unread(
        self, lake: Lake, files: Sequence[SourceFile], reader: SourceReader, options: ReadOptions
    ) -> tuple[str, ...]:
        """Name the sources that ``files``, which the import reads, do not bring back, under other names either.

        A file that was changed brings back what its earlier readings gave if it still has a snapshot of each moment.
        """
        here = {file.display: file for file in files}
        gave = {tally.file_id for tally in self.tallies}
        doubtful = [
            reading
            for reading in self.readings
            if (reading.file_id in gave or self._holds_rejects(reading))
            and not _as_it_was(here.get(reading.source_file), reading.fingerprint)
        ]
        candidates = self._candidates(doubtful, files, reader)
        lost = {
            reading.source_file
            for reading in doubtful
            if not self._brought_back(lake, reading, candidates[reading.file_id], reader, options)
        }
        return tuple(sorted(lost))

    def check_categories(self, files: Sequence[SourceFile], options: ReadOptions) -> None:
        """See that what was read with an assumed category is read with one again.

        Raises:
            CategoryNotAssumed: it is not.
        """
        unnamed = {file.display for file in files if file.hint.category is None}
        for reading in self.readings if options.assume_category is None else ():
            assumed = assumed_of(reading)
            if assumed and reading.source_file in unnamed:
                raise CategoryNotAssumed(reading.source_file, assumed)

    def commit(
        self, lake: Lake, unit: str, batch_size: int, finish: Callable[[ImportUnitOfWork], None] = lambda _work: None
    ) -> int:
        """Take it out in one commit; ``finish`` adds to it what must stand or fall with it.

        Gives how many rejects wait again that had been taken in.

        Args:
            lake: in which it was found.
            unit: names the parts that take the place of others.
            batch_size: snapshots whose ladders make a row group of these.
            finish: is given the unit of work before it is committed.

        Raises:
            LakeDamaged: what is left of a part cannot be read; nothing was taken out.
            DiskFull: there is no room for what is left of a part; nothing was taken out.
        """
        with settled_after_failure(lake), lake.unit() as work:
            waiting = self._take_out(work, unit, batch_size)
            finish(work)
            work.commit()
        lake.sink.discard(unit)
        return waiting

    def _take_out(self, work: ImportUnitOfWork, unit: str, batch_size: int) -> int:
        ids = np.array(sorted(self.file_ids), np.int64)
        going = added_up(self.tallies, lambda tally: tally.part)
        for part in work.snapshots.parts_of_files(set(self.file_ids)):
            if going.get(part.key.name, Sums()).snapshots == part.snapshots:
                work.drop_part(part)  # unread, for it may be damaged
            elif self.feeds.admits(part.key.feed):
                snapshots = work.ladders.snapshots(part)
                take_out(work, part, snapshots, np.isin(file_of(row_keys(snapshots)), ids), unit, batch_size)
        work.lineage.forget_files(set(self.forgotten))
        for record in self.changed:
            work.lineage.add_file(record)
        touched = (*self.readings, *self.changed)
        return len(wait_again(work, (file for file in touched if file.replayed or file.file_id not in self.forgotten)))

    def _candidates(
        self, readings: Sequence[SourceFileRecord], files: Sequence[SourceFile], reader: SourceReader
    ) -> dict[int, list[SourceFile]]:
        """Give the files in which what readings gave may be, by the readings' numbers.

        These are the file of the same path, and those with the content that the reading found, or the last one of that
        path.
        """
        here = {file.display: file for file in files}
        last = {file.source_file: file.fingerprint for file in sorted(self.readings, key=lambda file: file.file_id)}
        known = {r.file_id: (r.fingerprint, last[r.source_file]) for r in readings}
        sizes = {one.size for both in known.values() for one in both if one.digest}
        elsewhere = {digest_of(file, reader): file for file in files if file.size in sizes}
        found = {}
        for reading in readings:
            digests = dict.fromkeys(one.digest for one in known[reading.file_id] if one.digest)
            these = (here.get(reading.source_file), *map(elsewhere.get, digests))
            found[reading.file_id] = [file for file in these if file is not None]
        return found

    def _brought_back(
        self,
        lake: Lake,
        reading: SourceFileRecord,
        candidates: Sequence[SourceFile],
        reader: SourceReader,
        options: ReadOptions,
    ) -> bool:
        parts = lake.snapshots.parts_of_files({reading.file_id})
        mine = [part for part in parts if self.feeds.admits(part.key.feed)]
        wanted = partial(given, lake.snapshots, reading.file_id, mine, content=False)
        rejects = self._rejects(lake, reading)
        return any(brings_back(file, reading.fingerprint, reader, options, wanted, rejects) for file in candidates)

    def _holds_rejects(self, file: SourceFileRecord) -> bool:
        return file.file_id in self.forgotten and file.counts.rejected + file.counts.conflicts > 0

    def _rejects(self, lake: Lake, reading: SourceFileRecord) -> list[Reject]:
        if not self._holds_rejects(reading):
            return []
        kept = lake.lineage.rejects(path=reading.source_file)
        return [stored.reject for stored in kept if stored.file_id == reading.file_id]


def _as_it_was(file: SourceFile | None, found: Fingerprint) -> bool:
    return file is not None and (file.size, file.mtime_ns) == (found.size, found.mtime_ns)


def lies_in(name: str, root: str) -> bool:
    """Whether a source is another one, or lies in it."""
    return name == root or (bool(root) and name.startswith(root.rstrip("/") + "/"))


def find_clearing(lake: Lake, source: str | Path, feeds: FeedFilter) -> Clearing:
    """Find what a source gave before, and who may repeat it."""
    root = escaped(source)
    files = lake.lineage.files(limit=ALL)
    there = [f for f in files if lies_in(f.source_file, root)]
    wanted = {name for name in {name for f in there for name in f.feeds} if feeds.admits(Feed.of(name))}
    # With a filter, what gave none of them has nothing that could go.
    mine = [f for f in there if wanted & set(f.feeds)] if feeds else there
    ids = {f.file_id for f in mine}
    tallies = [t for t in lake.snapshots.tallies() if t.file_id in ids and str(t.feed) in wanted]
    # A reject that several readings of a file met is kept with the first one only: all of them go, or none.
    stay = {f.source_file for f in there if f.file_id not in ids or not wanted >= set(f.feeds)}
    stay |= _with_rejects_of_others(lake.lineage, root, feeds)
    gone = added_up(tallies, lambda tally: tally.file_id)
    mixed = [_without(f, wanted, gone.get(f.file_id, Sums())) for f in mine if f.source_file in stay]
    others = [f for f in files if f.file_id not in ids and wanted & set(f.feeds)]
    # Neither a later reading nor another name may say of what is to be read again that it is known.
    paths = {f.source_file for f in _may_repeat(others, mine)}
    digests = {f.fingerprint.digest for f in others if f.source_file in paths} - {""}
    repeating = [
        f.model_copy(update={"fingerprint": UNKNOWN})
        for f in others
        if f.source_file in paths or f.fingerprint.digest in digests
    ]
    forgotten = frozenset(ids - {f.file_id for f in mixed})
    kept = lake.lineage.reject_tallies() if forgotten else {}
    return Clearing(
        feeds=feeds,
        readings=tuple(mine),
        forgotten=forgotten,
        changed=(*mixed, *repeating),
        tallies=tuple(tallies),
        rejects={number: tally.broken + tally.conflicts for number, tally in kept.items() if number in forgotten},
    )


def _with_rejects_of_others(lineage: LineageStore, root: str, feeds: FeedFilter) -> set[str]:
    """Name the files of which a reject is kept that is surely of another feed, so that this import would skip it."""
    kept = lineage.rejects(path=root) if feeds else ()
    return {stored.source_file for stored in kept if feeds.leaves_out(stored.reject)}


def _may_repeat(others: Iterable[SourceFileRecord], gone: Sequence[SourceFileRecord]) -> Iterator[SourceFileRecord]:
    """Give the readings that may have left something out because others, which go, had given it, or have since."""
    first, runs = min((one.file_id for one in gone), default=0), {one.import_id for one in gone}
    for file in others:
        before = file.file_id < first and file.import_id not in runs
        # A reading before them repeats none of them, but counts a conflict if a snapshot of it gave way to them.
        if file.counts.conflicts > 0 if before else file.repeats:
            yield file


def _without(file: SourceFileRecord, feeds: set[str], gone: Sums) -> SourceFileRecord:
    """Count a reading down to what is left of it without some feeds."""
    change = Counts(read=-gone.snapshots, accepted=-gone.snapshots, strikes=-gone.strikes, flagged=-gone.flagged)
    left = tuple(name for name in file.feeds if name not in feeds)
    return file.model_copy(update={"counts": file.counts + change, "feeds": left, "fingerprint": UNKNOWN})
