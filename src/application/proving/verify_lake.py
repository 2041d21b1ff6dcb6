"""The use case that proves a lake: every record accounted for, all stores agreeing, every part as it was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from ...domain.account import Account, DayLine, FileLine, RejectTotal
from ...domain.disagreements import Disagreement, Off
from ...domain.escapes import escaped
from ...domain.feed import Feed
from ...domain.parts import Part
from ...domain.runs import SourceFileRecord
from ..importing.import_again import ImportAgain
from ..importing.planning.readers import Readers
from ..ports.limits import ALL
from ..ports.lineage_store import RejectTally
from ..ports.snapshot_store import Sums, added_up
from ..ports.strike_source import PartFacts
from ..ports.unit_of_work import Lake
from .inspect_parts import LookedAt, inspect_parts, named, part_off
from .known_readings import KnownReadings
from .replay_journal import journal_off


class _Held(NamedTuple):
    """What the database holds, by what it is held against; of ``known_by_day`` the lineage knows the readings."""

    by_file: dict[int, Sums]
    by_part: dict[str, Sums]
    by_day: dict[tuple[Feed, date], Sums]
    known_by_day: dict[tuple[Feed, date], Sums]


class VerifyLake:
    """Makes the account of a lake; nothing is changed."""

    def __init__(self, lake: Lake, readers: Readers | None = None) -> None:
        self._lake, self._readers = lake, readers or {}

    def run(self, *, checksums: bool = True, looked_at: LookedAt | None = None) -> Account:
        """Hold the database, its lineage and the parts against each other; commits wait meanwhile.

        Args:
            checksums: whether every part is read to its end for its checksum. Without, sizes and footers are looked at.
            looked_at: what was found of the parts, if somebody has looked at them already.
        """
        with self._lake.held():
            return self._account(looked_at, checksums=checksums)

    def _account(self, looked_at: LookedAt | None, *, checksums: bool) -> Account:
        files = sorted(self._lake.lineage.files(limit=ALL), key=lambda file: file.file_id)
        parts = self._lake.snapshots.parts()
        held = self._held({file.file_id for file in files})
        looked_at = inspect_parts(self._lake, parts, checksums=checksums) if looked_at is None else looked_at
        rejects = self._lake.lineage.reject_tallies()
        damaged = {part.key.name: tuple(part_off(part, facts)) for part, facts in looked_at}
        off = [
            *_files_off(files, held, behind_damage=any(damaged.values())),
            *_rejects_off(files, rejects),
            *_parts_off(parts, held, {name for name, found in damaged.items() if found}),
            *(one for found in damaged.values() for one in found),
            *self._loose_ends(parts),
            *journal_off(self._lake.journal, self._lake.journal_position()),
        ]
        return Account(
            files=tuple(_file_line(file, held) for file in files),
            days=tuple(_day_lines(looked_at, held)),
            parts=len(parts),
            bytes=sum(piece.size for _, facts in looked_at for piece in facts),
            checksums=checksums,
            rejects=_reject_total(rejects.values()),
            disagreements=tuple(self._cured(off)),
        )

    def _cured(self, off: list[Disagreement]) -> Iterator[Disagreement]:
        """Have cures that import a file again import all that was imported of it."""
        if off:
            again, known = ImportAgain(self._lake.lineage, self._readers), KnownReadings(self._lake)
            for one in off:
                readings = known.of(one.where)
                yield one.model_copy(update={"options": again.options(*readings)}) if readings else one

    def _held(self, known: set[int]) -> _Held:
        tallies = self._lake.snapshots.tallies()
        return _Held(
            added_up(tallies, lambda tally: tally.file_id),
            added_up(tallies, lambda tally: tally.part),
            added_up(tallies, lambda tally: (tally.feed, tally.date)),
            added_up((one for one in tallies if one.file_id in known), lambda tally: (tally.feed, tally.date)),
        )

    def _loose_ends(self, parts: list[Part]) -> Iterator[Disagreement]:
        for (feed, day), number in sorted(self._lake.snapshots.doubled().items()):
            yield Disagreement(kind=Off.DAY_DOUBLED, where=f"{feed} {day}", found=number)
        for place in self._lake.ladders.strays(parts):
            yield Disagreement(kind=Off.PART_STRAY, where=place)
        for unit in self._lake.sink.staged_units():
            yield Disagreement(kind=Off.STAGING_LEFT, where=escaped(unit))


def _files_off(files: list[SourceFileRecord], held: _Held, *, behind_damage: bool) -> Iterator[Disagreement]:
    """Hold each reading's counts against each other and against the snapshots that came from it.

    Where parts are damaged (``behind_damage``), a database that was made anew lacks what they held.
    """
    for file in files:
        counts, stored = file.counts, held.by_file.get(file.file_id, Sums())
        if not counts.balanced:
            yield Disagreement(
                kind=Off.FILE_UNBALANCED, where=file.source_file, claimed=counts.read, found=counts.accounted
            )
        for kind, claimed, found in (
            (Off.FILE_SNAPSHOTS, counts.accepted, stored.snapshots),
            (Off.FILE_STRIKES, counts.strikes, stored.strikes),
            (Off.FILE_FLAGGED, counts.flagged, stored.flagged),
        ):
            if claimed != found:
                yield Disagreement(
                    kind=kind, where=file.source_file, claimed=claimed, found=found, behind_damage=behind_damage
                )
    known = {file.file_id for file in files}
    for file_id in sorted(held.by_file.keys() - known):
        found = held.by_file[file_id].snapshots
        yield Disagreement(kind=Off.FILE_UNKNOWN, where=str(file_id), found=found)


def _rejects_off(files: list[SourceFileRecord], rejects: dict[int, RejectTally]) -> Iterator[Disagreement]:
    """Hold what the readings of each file refused against the rejects that are kept of it.

    A reject that a second reading meets again is not kept twice. So of a file that was read once as many are kept as
    were refused; of one that was read more often, no fewer than the strictest reading refused, no more than all did.
    """
    by_path: dict[str, list[SourceFileRecord]] = defaultdict(list)
    for file in files:
        by_path[file.source_file].append(file)
    for path, readings in sorted(by_path.items()):
        kept = [rejects.get(reading.file_id, RejectTally()) for reading in readings]
        replay = any(reading.replayed for reading in readings)
        for refused, found in (
            ([reading.counts.rejected for reading in readings], sum(tally.broken for tally in kept)),
            ([reading.counts.conflicts for reading in readings], sum(tally.conflicts for tally in kept)),
        ):
            fewest = 0 if replay else max(refused)
            if not fewest <= found <= sum(refused):
                claimed = fewest if found < fewest else sum(refused)
                yield Disagreement(kind=Off.FILE_REJECTS, where=path, claimed=claimed, found=found)
    for file_id in sorted(rejects.keys() - {file.file_id for file in files}):
        found = rejects[file_id].broken + rejects[file_id].conflicts
        yield Disagreement(kind=Off.REJECTS_UNKNOWN, where=str(file_id), found=found)


def _parts_off(parts: list[Part], held: _Held, damaged: set[str]) -> Iterator[Disagreement]:
    """Hold what each part was made with against the snapshots of it in the database."""
    for part in parts:
        stored, behind_damage = held.by_part.get(part.key.name, Sums()), part.key.name in damaged
        for kind, claimed, found in (
            (Off.PART_SNAPSHOTS, part.snapshots, stored.snapshots),
            (Off.PART_STRIKES, part.strikes, stored.strikes),
        ):
            if claimed != found:
                yield Disagreement(
                    kind=kind, where=named(part), claimed=claimed, found=found, behind_damage=behind_damage
                )
    for name in sorted(held.by_part.keys() - {part.key.name for part in parts}):
        yield Disagreement(kind=Off.PART_UNLISTED, where=name, found=held.by_part[name].snapshots)


def _file_line(file: SourceFileRecord, held: _Held) -> FileLine:
    stored = held.by_file.get(file.file_id, Sums()).snapshots
    return FileLine(
        file_id=file.file_id, source_file=file.source_file, status=file.status, counts=file.counts, stored=stored
    )


def _day_lines(looked_at: LookedAt, held: _Held) -> Iterator[DayLine]:
    by_day: dict[tuple[Feed, date], list[PartFacts]] = defaultdict(list)
    for part, facts in looked_at:
        by_day[part.key.feed, part.key.date].append(facts)
    for feed, day in sorted(by_day.keys() | held.by_day.keys()):
        parts, stored = by_day.get((feed, day), []), held.by_day.get((feed, day), Sums())
        yield DayLine(
            feed=feed,
            date=day,
            parts=len(parts),
            snapshots=stored.snapshots,
            in_lineage=held.known_by_day.get((feed, day), Sums()).snapshots,
            in_parquet=sum(facts.snapshots.rows for facts in parts),
            strikes=stored.strikes,
            strikes_in_parquet=sum(facts.ladders.rows for facts in parts),
            flagged=stored.flagged,
        )


def _reject_total(tallies: Iterable[RejectTally]) -> RejectTotal:
    broken, conflicts, settled, waiting, dismissed = (
        sum(column) for column in zip(RejectTally(), *tallies, strict=True)
    )
    return RejectTotal(
        pending=broken + conflicts - settled, conflicts=waiting, replayed=settled - dismissed, dismissed=dismissed
    )
