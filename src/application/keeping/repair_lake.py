"""The use case that sets damaged parts aside and has their sources read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ...domain.disagreements import Disagreement, Off
from ...domain.errors import ANY_FAILURE, GexlakeError
from ...domain.parts import Part
from ...domain.runs import UNKNOWN, Counts, SourceFileRecord
from ...domain.sentences import a_few
from ..importing.clearing.brought_back import Given, brings_back, given
from ..importing.clearing.wait_again import wait_again
from ..importing.import_again import ImportAgain
from ..importing.planning.readers import Readers, choose_reader, files_of
from ..importing.planning.selection import options_of
from ..ports.clock import Clock
from ..ports.limits import ALL
from ..ports.snapshot_store import Sums, added_up
from ..ports.source_reader import SourceFile, SourceReader, unescaped
from ..ports.unit_of_work import ImportUnitOfWork, Lake
from ..proving.inspect_parts import inspect_parts, ladders_off, named, part_off
from ..proving.replay_journal import journal_off
from .rewrite_part import can_be_rewritten, rewrite_part


class SourcesGone(GexlakeError):
    """What the damaged parts hold could not be imported again."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self.sources = sources
        super().__init__(
            f"Nothing was changed: what damaged parts hold of {a_few(sources)} could not be imported again, for it "
            "cannot be found there any more. Bring the file back as it was when it was imported, or say "
            "--without-sources: its snapshots then leave the lake, and the parts lie in quarantine as they are."
        )


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was off, and what came of it.

    ``put_aside`` are the places where the damaged files lie; ``snapshots`` left the lake with them, ``rejects`` wait
    again that a replay had taken in. ``sources`` are to be imported again, which ``imports`` do (commands without
    ``gexlake``) of those that are there; ``gone`` of them do not bring everything back. ``rewritten`` are parts that
    were written anew, so that nothing of them left.
    """

    off: tuple[Disagreement, ...] = ()
    put_aside: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    snapshots: int = 0
    rejects: int = 0
    sources: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(slots=True)
class _Damage:
    """What is damaged, and what it means for the readings whose snapshots it held."""

    off: list[Disagreement] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    #: Parts that can be written anew from what the store and their ladders say.
    mendable: list[Part] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    #: The readings that gave some of it, as they were.
    gave: list[SourceFileRecord] = field(default_factory=list)
    #: The same, short of snapshots once the parts are gone, with what they then count.
    short: list[SourceFileRecord] = field(default_factory=list)
    #: The readings after which their sources count as unknown, the short ones among them.
    unknown: list[SourceFileRecord] = field(default_factory=list)
    snapshots: int = 0
    journal: bool = False


class RepairLake:
    """Takes out of a lake what is damaged, so that the next imports bring it back."""

    def __init__(self, lake: Lake, readers: Readers, clock: Clock) -> None:
        self._lake, self._readers, self._clock = lake, readers, clock

    def run(self, *, dry_run: bool = False, without_sources: bool = False) -> Repaired:
        """Write damaged parts anew where the store can prove what they held; set all others aside; in one commit.

        A part that is set aside goes whole, with its snapshots. A journal with damaged entries is written anew.

        Args:
            dry_run: only say what would be done.
            without_sources: go on even if snapshots would leave the lake that no source can bring back.

        Raises:
            SourcesGone: sources of parts that are to be set aside do not hold any more what these gave.
            DiskFull: there is no room; nothing was taken out.
        """
        damage = self._look()
        unknown = [file for file in damage.unknown if not file.replayed]
        sources = tuple(sorted({file.source_file for file in unknown}))
        again = ImportAgain(self._lake.lineage, self._readers)
        gone = tuple(sorted(self._gone(damage, again)))
        there = [file for file in unknown if any(self._found((file.source_file,), again.reader_of(file)))]
        told = Repaired(
            off=tuple(damage.off),
            rewritten=tuple(named(part) for part in damage.mendable),
            snapshots=damage.snapshots,
            sources=sources,
            imports=tuple(sorted({again.command(file) for file in there})),
            gone=gone,
        )
        if dry_run or not damage.off:
            return told
        if gone and not without_sources:
            raise SourcesGone(gone)
        at = self._clock.now()
        aside = [place for part in (*damage.parts, *damage.mendable) for place in self._lake.sink.set_aside(part, at)]
        waiting = 0
        if damage.parts or damage.mendable:
            unit = f"repair-{at:%Y%m%dT%H%M%S}"
            with self._lake.unit() as work:
                for part in damage.mendable:
                    rewrite_part(self._lake, work, part, unit)
                waiting = self._take_out(work, damage)
                work.commit()
            self._lake.sink.discard(unit)
        if damage.strays:
            aside += self._lake.sink.set_aside_strays(self._lake.snapshots.parts(), at)
        if damage.journal:
            self._lake.renew_journal()
        return replace(told, put_aside=tuple(aside), rejects=waiting)

    def _look(self) -> _Damage:
        damage = _Damage()
        parts = self._lake.snapshots.parts()
        for part, facts in inspect_parts(self._lake, parts, checksums=True):
            if found := list(part_off(part, facts)):
                whole = ladders_off(part, facts) is None and can_be_rewritten(self._lake, part)
                (damage.mendable if whole else damage.parts).append(part)
                damage.off += found
        damage.off += (journal := journal_off(self._lake.journal, self._lake.journal_position()))
        damage.journal = bool(journal)
        tallies = self._lake.snapshots.tallies()
        # Snapshots of a part that is not listed: what seems to be a stray may be just that part, so it stays.
        if {tally.part for tally in tallies} <= {part.key.name for part in parts}:
            damage.strays = self._lake.ladders.strays(parts)
            damage.off += [Disagreement(kind=Off.PART_STRAY, where=place) for place in damage.strays]
        if damage.parts:
            taken = {part.key.name for part in damage.parts}
            damage.snapshots = sum(tally.snapshots for tally in tallies if tally.part in taken)
            left = (tally for tally in tallies if tally.part not in taken)
            self._weigh(damage, added_up(left, lambda tally: tally.file_id))
        return damage

    def _weigh(self, damage: _Damage, left: dict[int, Sums]) -> None:
        """Find the readings that are short, and all sources that can bring back what they gave."""
        files = self._lake.lineage.files(limit=ALL)
        for file in files:
            held, counts = left.get(file.file_id, Sums()), file.counts
            if missing := max(0, counts.accepted - held.snapshots):
                change = Counts(
                    read=-missing,
                    accepted=-missing,
                    strikes=held.strikes - counts.strikes,
                    flagged=held.flagged - counts.flagged,
                )
                damage.gave.append(file)
                damage.short.append(file.model_copy(update={"counts": counts + change, "fingerprint": UNKNOWN}))
        ids = {file.file_id for file in damage.short}
        paths = {file.source_file for file in damage.short}
        feeds = {feed for file in damage.short for feed in file.feeds}
        damage.unknown = damage.short + [
            file.model_copy(update={"fingerprint": UNKNOWN})
            for file in files
            if file.file_id not in ids and (file.source_file in paths or (feeds & set(file.feeds) and file.repeats))
        ]

    def _gone(self, damage: _Damage, again: ImportAgain) -> set[str]:
        """Name the sources that do not bring back what damaged parts hold of them, neither where they were nor moved.

        A source may be there and hold something else: a recorder's file that was begun anew, say.
        """
        if not damage.gave:
            return set()
        latest = self._lake.lineage.latest_files()
        gone: set[str] = set()
        for reading in damage.gave:
            if not reading.replayed and reading.source_file not in gone:
                same = {one.fingerprint.digest for one in (reading, latest[reading.source_file])} - {""}
                moved = [path for path, last in latest.items() if last.fingerprint.digest in same]
                paths = dict.fromkeys((reading.source_file, *moved))
                if not any(
                    self._brings_back(*one, reading, damage.parts)
                    for one in self._found(paths, again.reader_of(reading))
                ):
                    gone.add(reading.source_file)
        return gone

    def _found(self, paths: Iterable[str], name: object) -> Iterator[tuple[SourceFile, SourceReader]]:
        """Find files that are there, each with the reader of that name, if there is one, or the first that knows it."""
        for path in paths:
            place = unescaped(path)
            found: list[tuple[SourceFile, SourceReader]] = []
            with suppress(*ANY_FAILURE):
                known = name if isinstance(name, str) and name in self._readers else None
                reader = choose_reader(self._readers, place, known)
                found = [(file, reader) for file in files_of(reader, place) if file.display == path]
            yield from found

    def _brings_back(
        self, file: SourceFile, reader: SourceReader, reading: SourceFileRecord, damaged: list[Part]
    ) -> bool:
        options = options_of(reading.selection, self._clock.now())
        names = {part.key.name for part in damaged}
        store = self._lake.snapshots

        def wanted() -> Given:
            parts = [part for part in store.parts_of_files({reading.file_id}) if part.key.name in names]
            return given(store, reading.file_id, parts, content=True)

        return brings_back(file, reading.fingerprint, reader, options, wanted)

    def _take_out(self, work: ImportUnitOfWork, damage: _Damage) -> int:
        for part in damage.parts:
            work.drop_part(part)
        for file in damage.unknown:
            work.lineage.add_file(file)
        waiting = wait_again(work, damage.short)
        # Those of files are told with the imports of these, which settle them.
        replays = {file.import_id for file in damage.short if file.replayed}
        return sum(run in replays for run in waiting.values())
