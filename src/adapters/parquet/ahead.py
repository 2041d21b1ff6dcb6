"""Reading ahead of questions: snapshots and ladders into memory, and ladders that it has no room for onto the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from enum import Enum, auto

from ...domain.errors import GexlakeError
from ...domain.parts import Part
from ..lake_folder import LADDERS, SNAPSHOTS
from .footers import Footer
from .open_files import OpenFile
from .pages import NotOurs, piece_with
from .pieces import Pieces
from .row_groups import RowGroups
from .spilled import Spilled

Opened = AbstractContextManager[tuple[OpenFile, Footer]]


class Took(Enum):
    """What became of a row group."""

    UNPACKED = auto()
    NOTHING = auto()
    NO_ROOM = auto()


Take = Callable[[OpenFile, Footer, Part, int], Took]


class Ahead:
    """Unpacks what is not unpacked yet: in the memory up to ``room`` bytes, and ladders beyond it on the disk.

    ``opened`` gives a file of a part, of the kind that is named, unless pyarrow would have to read it (``NotOurs``).
    """

    def __init__(
        self, opened: Callable[[Part, str], Opened], groups: RowGroups, pieces: Pieces, spilled: Spilled, room: int
    ) -> None:
        self._opened, self._groups, self._pieces, self._spilled = opened, groups, pieces, spilled
        self._room = room

    def read(self, parts: Sequence[Part]) -> Iterator[None]:
        """Take parts as long as there is room, the first ones first; each row group that is unpacked is a step."""
        self._spilled.keep_only({part.key.name for part in parts})
        # Snapshots first: each answer has some, and they take little beside their ladders.
        for kind, take in ((SNAPSHOTS, self._snapshots), (LADDERS, self._ladders)):
            yield from self._each(parts, kind, take)

    def _each(self, parts: Sequence[Part], kind: str, take: Take) -> Iterator[None]:
        for part in parts:
            with suppress(GexlakeError, NotOurs), self._opened(part, kind) as (file, footer):
                for group in range(len(footer.rows)):
                    match take(file, footer, part, group):
                        case Took.UNPACKED:
                            yield
                        case Took.NO_ROOM:
                            return

    def _snapshots(self, file: OpenFile, footer: Footer, part: Part, group: int) -> Took:
        if self._room < 0:
            return Took.NO_ROOM
        if there := self._groups.size(part, group):
            self._room -= there
            return Took.NOTHING
        self._groups.read(file, footer, part, group)
        return self._took(self._groups.size(part, group))

    def _ladders(self, file: OpenFile, footer: Footer, part: Part, group: int) -> Took:
        name = part.key.name
        if there := self._pieces.size(part, group):
            self._room -= there
            return Took.NOTHING
        if self._spilled.has(name, group):
            return Took.NOTHING
        raw = memoryview(file.read(*footer.extent([group])))
        whole = piece_with(footer, group, raw, int(footer.firsts[group]), int(footer.lasts[group]))
        if self._room < 0:
            return Took.UNPACKED if self._spilled.keep(name, group, whole.rows) else Took.NO_ROOM
        self._pieces.put(name, group, whole)
        return self._took(self._pieces.size(part, group))

    def _took(self, size: int) -> Took:
        """Count what was taken into memory; what is not there then was too large for it."""
        self._room = self._room - size if size else -1
        return Took.UNPACKED
