"""The use case that takes a source out of a lake for good: what a file or a folder gave, whether it exists or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from ...domain.errors import GexlakeError
from ...domain.feed import Feed
from ...domain.runs import FileStatus, ImportRun, RunStatus, SourceFileRecord
from ...domain.sentences import a_few
from ..columns.row_group import ROW_GROUP
from ..importing.clearing.clear_existing import Clearing, find_clearing, lies_in
from ..importing.import_again import ImportAgain
from ..importing.planning.readers import Readers
from ..importing.run_ledger import new_import_id
from ..ports.clock import Clock
from ..ports.limits import ALL
from ..ports.snapshot_store import Day, added_up
from ..ports.source_reader import FeedFilter
from ..ports.unit_of_work import ImportUnitOfWork, Lake


class NothingFromSource(GexlakeError):
    """Nothing in the lake came from a source, or nothing of the feeds in question."""

    def __init__(self, source: str, feeds: tuple[str, ...] = ()) -> None:
        self.source, self.feeds = source, feeds
        super().__init__(
            f"What {source} gave is of other feeds ({a_few(feeds)}), so nothing was taken out. Name one of these, or "
            "leave --ticker, --package and --category out."
            if feeds
            else f"Nothing in the lake came from {source}, so nothing was taken out. Name a file as 'gexlake lineage' "
            "lists it, or a folder that such files lie in."
        )


@dataclass(frozen=True, slots=True)
class RemovedDay:
    """What went of a trading day of a feed, and how many files had given it."""

    feed: Feed
    date: Day
    snapshots: int
    strikes: int
    flagged: int
    files: int


@dataclass(frozen=True, slots=True)
class Removed:
    """What went, or would, and what there is to know of what stays.

    ``source`` is the name by which the lake knows it; ``files`` gave the ``snapshots`` and ``rejects`` that went, and
    of ``forgotten`` files the lineage knows nothing any more. ``repeating`` are files elsewhere that may repeat some of
    it: they count as unknown, and ``imports`` (commands without ``gexlake``) bring back what they have. Of what the
    source repeated, or replays took in of its rejects, the sources ``staying`` have given the lake its snapshots. So
    many rejects that stay are ``waiting`` again after they had been taken in; a rehearsal does not know.
    """

    source: str
    import_id: str | None
    snapshots: int
    rejects: int
    files: int
    forgotten: int
    days: tuple[RemovedDay, ...]
    repeating: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    staying: tuple[str, ...] = ()
    waiting: int | None = None


class RemoveSource:
    """Takes out what a source gave, in one commit, which leaves a run behind; ``readers`` tell how others are read."""

    def __init__(self, lake: Lake, readers: Readers, clock: Clock) -> None:
        self._lake, self._readers, self._clock = lake, readers, clock

    def run(self, names: Sequence[str], feeds: FeedFilter | None = None, *, dry_run: bool = False) -> Removed:
        """Remove a source, and say what went.

        Args:
            names: what the source may be called; the first counts by which the lake has something.
            feeds: only what it gave of these; all without.
            dry_run: only say what would go.

        Raises:
            NothingFromSource: there is nothing.
            LakeDamaged: what is to be left of a part cannot be read; nothing was taken out.
            DiskFull: there is no room for what is left of a part; nothing was taken out.
        """
        started, began = self._clock.now(), self._clock.seconds()
        import_id = None if dry_run else new_import_id(started)
        wanted = feeds or FeedFilter()
        with self._lake.held():
            source, clearing = self._found(names, wanted)
            told = self._told(source, import_id, clearing)
        if import_id is not None:
            run = ImportRun(
                import_id=import_id,
                source=source,
                status=RunStatus.SUCCESS,
                started_at=started,
                options={
                    "remove": True,
                    **({"feeds": str(wanted)} if wanted else {}),
                    "taken_out": clearing.taken_out,
                },
            )

            def note(work: ImportUnitOfWork) -> None:
                took = round(self._clock.seconds() - began, 3)
                ended = {"finished_at": self._clock.now(), "duration_seconds": took}
                work.lineage.save_run(run.model_copy(update=ended))

            told = replace(told, waiting=clearing.commit(self._lake, import_id, ROW_GROUP, note))
        return told

    def _found(self, names: Sequence[str], feeds: FeedFilter) -> tuple[str, Clearing]:
        for name in names:
            if (clearing := find_clearing(self._lake, name, feeds)).readings:
                return name, clearing
        for name in names if feeds else ():
            if there := find_clearing(self._lake, name, FeedFilter()).readings:
                raise NothingFromSource(name, tuple(sorted({feed for file in there for feed in file.feeds})))
        raise NothingFromSource(names[0])

    def _told(self, source: str, import_id: str | None, clearing: Clearing) -> Removed:
        forgotten = {file.source_file for file in clearing.readings if file.file_id in clearing.forgotten}
        repeating = [file for file in clearing.repeating if not file.replayed]
        return Removed(
            source=source,
            import_id=import_id,
            **clearing.taken_out,
            forgotten=len(forgotten),
            days=tuple(_days(clearing)),
            repeating=tuple(sorted({file.source_file for file in repeating})),
            imports=tuple(sorted(set(self._imports(source, repeating)))),
            staying=tuple(sorted(set(self._staying(source, clearing)))),
        )

    def _imports(self, source: str, repeating: Sequence[SourceFileRecord]) -> Iterator[str]:
        """Give the commands that read files again, as few as there can be that do not read the source itself."""
        if not repeating:
            return
        again = ImportAgain(self._lake.lineage, self._readers)
        for file in repeating:
            around = (again.source_of(file), str(PurePath(file.source_file).parent))
            fit = (root for root in around if lies_in(file.source_file, root) and not lies_in(source, root))
            yield again.command(file, next(fit, ""))

    def _staying(self, source: str, clearing: Clearing) -> Iterator[str]:
        """Name the sources of what stays although the removed one said it, too: under other names, or in replays."""
        others = [file for file in self._lake.lineage.files(limit=ALL) if file.file_id not in clearing.file_ids]
        moved = {
            file.fingerprint.digest
            for file in clearing.readings
            if file.status is FileStatus.UNCHANGED and file.fingerprint.digest
        }
        yield from (file.source_file for file in others if file.fingerprint.digest in moved and file.counts.accepted)
        replays = {file.import_id: file.source_file for file in others if file.replayed and file.counts.accepted}
        if replays and clearing.rejects:
            for stored in self._lake.lineage.rejects(path=source):
                if stored.file_id in clearing.rejects and stored.replayed_in in replays:
                    yield replays[stored.replayed_in]


def _days(clearing: Clearing) -> Iterator[RemovedDay]:
    files = {file.file_id: file.source_file for file in clearing.readings}
    gave: dict[tuple[Feed, Day], set[str]] = defaultdict(set)
    for tally in clearing.tallies:
        gave[tally.feed, tally.date].add(files[tally.file_id])
    for (feed, day), sums in sorted(added_up(clearing.tallies, lambda tally: (tally.feed, tally.date)).items()):
        yield RemovedDay(feed, day, *sums, len(gave[feed, day]))
