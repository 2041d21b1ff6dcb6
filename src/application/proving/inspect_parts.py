"""Looking at parts as they really are, and holding that against what was written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from ...domain.disagreements import Disagreement, Off
from ...domain.parts import Part
from ..ports.strike_source import PartFacts, PieceFacts
from ..ports.unit_of_work import Lake

#: Parts, and what is really there of each.
LookedAt: TypeAlias = list[tuple[Part, PartFacts]]
#: How many parts are looked at at a time: reading and digesting let other threads run.
_THREADS = min(8, 2 * (os.cpu_count() or 1))


def inspect_parts(lake: Lake, parts: list[Part], *, checksums: bool) -> LookedAt:
    """Look at parts, some at a time."""
    with ThreadPoolExecutor(_THREADS) as pool:
        facts = pool.map(lambda part: lake.ladders.inspect(part, checksums=checksums), parts)
        return list(zip(parts, facts, strict=True))


def part_off(part: Part, facts: PartFacts) -> Iterator[Disagreement]:
    """Hold the two files of a part against what was written; one that is damaged is named for one thing only."""
    yield from (off for off in (ladders_off(part, facts), snapshots_off(part, facts)) if off is not None)


def ladders_off(part: Part, facts: PartFacts) -> Disagreement | None:
    """Hold the ladders of a part against what was written."""
    return _piece_off(facts.ladders, part.ladder_bytes, part.ladder_digest, part.strikes)


def snapshots_off(part: Part, facts: PartFacts) -> Disagreement | None:
    """Hold a part's copies of the snapshots against what was written."""
    return _piece_off(facts.snapshots, part.snapshot_bytes, part.snapshot_digest, part.snapshots)


def _piece_off(piece: PieceFacts, size: int, checksum: str, rows: int) -> Disagreement | None:
    where = piece.place
    if not piece.there:
        return Disagreement(kind=Off.PART_MISSING, where=where)
    if piece.size != size:
        return Disagreement(kind=Off.PART_SIZE, where=where, claimed=size, found=piece.size)
    if piece.digest and checksum and piece.digest != checksum:
        return Disagreement(kind=Off.PART_CHECKSUM, where=where)
    if piece.problem:
        return Disagreement(kind=Off.PART_UNREADABLE, where=where, detail=piece.problem)
    if piece.rows != rows:
        return Disagreement(kind=Off.PART_ROWS, where=where, claimed=rows, found=piece.rows)
    return None


def named(part: Part) -> str:
    """Name a part for people: its feed, its day and its own name."""
    return f"{part.key.feed} {part.key.date}, {part.key.name}"
