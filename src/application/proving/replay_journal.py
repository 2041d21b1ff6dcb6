"""Replaying a journal: doing again to an empty store what its commits did."""

from __future__ import annotations

from typing import NamedTuple, assert_never

from ...domain.disagreements import Disagreement, Off
from ...domain.errors import LakeDamaged
from ...domain.parts import Part
from ..columns.schemas import SNAPSHOT_SCHEMA
from ..ports.journal import (
    FileAdded,
    FileRecounted,
    FilesForgotten,
    Journal,
    Note,
    PartAdded,
    PartDropped,
    RejectsAdded,
    RejectsKept,
    RejectsMarked,
    RunSaved,
    Whole,
)
from ..ports.lineage_store import LineageStore
from ..ports.unit_of_work import Lake

#: So many snapshots are put in with one commit, lest a transaction hold a whole lake.
_COMMIT_SNAPSHOTS = 200_000


def relevant(journal: Journal) -> list[int]:
    """Give the numbers of the entries that count: from the last one on that tells everything."""
    numbers = journal.numbers()
    for place in range(len(numbers) - 1, -1, -1):
        if _is_whole(journal, numbers[place]):
            return numbers[place:]
    return numbers


def journal_off(journal: Journal, position: int) -> list[Disagreement]:
    """Name the entries of a journal up to a position that are missing, or are not what was written."""
    numbers = relevant(journal)
    if not numbers:
        return [Disagreement(kind=Off.JOURNAL_ENTRY, where="all", detail="it is missing")] if position else []
    begin = numbers[0] if _is_whole(journal, numbers[0]) else 1
    off = []
    for number in range(begin, max(position, numbers[-1]) + 1):
        try:
            for _ in journal.notes(number):
                pass
        except LakeDamaged as damaged:
            off.append(Disagreement(kind=Off.JOURNAL_ENTRY, where=f"{number:,}", detail=damaged.reason))
    return off


class Replayed(NamedTuple):
    """The parts that a journal ends with, and those that were taken out, whose files should not be there any more."""

    parts: list[Part]
    dropped: list[Part]


def replay(journal: Journal, lake: Lake) -> Replayed:
    """Do again to the lineage of an empty lake what a journal says; entries that cannot be read are passed over."""
    parts: dict[str, Part] = {}
    dropped: list[Part] = []
    with lake.unit() as work:
        for number in relevant(journal):
            try:
                for note in journal.notes(number):
                    _do(note, work.lineage, parts, dropped)
            except LakeDamaged:
                continue
        work.commit()
    return Replayed(list(parts.values()), dropped)


def put_parts(lake: Lake, parts: list[Part], damaged: set[str]) -> None:
    """List parts in a lake, with the snapshots of those that are not damaged."""
    place = 0
    while place < len(parts):
        held = 0
        with lake.unit() as work:
            while place < len(parts) and held < _COMMIT_SNAPSHOTS:
                part = parts[place]
                sound = part.key.name not in damaged
                work.snapshots.add(lake.ladders.snapshots(part) if sound else SNAPSHOT_SCHEMA.empty_table(), part)
                place, held = place + 1, held + part.snapshots
            work.commit()


def _is_whole(journal: Journal, number: int) -> bool:
    try:
        return isinstance(next(journal.notes(number), None), Whole)
    except LakeDamaged:
        return False


def _do(  # noqa: C901  # one case a kind of note reads best
    note: Note, lineage: LineageStore, parts: dict[str, Part], dropped: list[Part]
) -> None:
    """Do what a note says; parts are only noted, for their snapshots are not in the journal."""
    match note:
        case Whole():
            pass  # whatever came before was passed over
        case RunSaved(run):
            lineage.save_run(run)
        case FileAdded(file):
            lineage.add_file(file)
        case FileRecounted(file_id, change):
            lineage.recount(file_id, change)
        case FilesForgotten(file_ids):
            lineage.forget_files(set(file_ids))
        case RejectsAdded(batch):
            lineage.add_rejects(batch)
        case RejectsKept(rejects):
            lineage.restore_rejects(rejects)
        case RejectsMarked(reject_ids, import_id):
            lineage.mark_replayed(set(reject_ids), import_id)
        case PartAdded(part):
            parts[part.key.name] = part
        case PartDropped(name):
            if name in parts:
                dropped.append(parts.pop(name))
        case _:
            assert_never(note)
