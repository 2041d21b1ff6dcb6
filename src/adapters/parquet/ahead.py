"""Reading ahead of questions: snapshots into memory; ladders onto the disk or, where that has no room, beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import chain, islice, takewhile

import pyarrow as pa

from ...domain.errors import GexlakeError
from ...domain.parts import Part
from ..helper_process import Call, HelperGone, call_here, helper_process
from ..lake_folder import LADDERS, SNAPSHOTS
from .footers import Footer
from .laid import Laid, Place
from .open_files import OpenFile
from .pages import NotOurs, Piece
from .pieces import Pieces
from .row_groups import RowGroups
from .spilled import Spilled
from .unpacking import Packed, Sent, lay_ladders, received, send_ladders, send_snapshots

Opened = AbstractContextManager[tuple[OpenFile, Footer]]
Take = Callable[[Call, Packed], None]
#: So many row groups are sent at a time: to take them in holds up others.
_SENT = 4
#: So many row groups are unpacked in a step, which is some 5 ms for snapshots, and 30 ms for ladders of 43 strikes.
_A_STEP = {SNAPSHOTS: _SENT, LADDERS: 16}
#: So many steps are taken sooner than another process has started.
_LITTLE = 8


class Ahead:
    """Has another process unpack what is not unpacked yet: in here it would keep the interpreter from answers.

    ``opened`` gives a file of a part, of the kind that is named, unless pyarrow would have to read it (``NotOurs``).
    ``room`` is how many bytes of memory may be filled.
    """

    def __init__(
        self, opened: Callable[[Part, str], Opened], kept: tuple[RowGroups, Pieces, Spilled], room: int
    ) -> None:
        self._opened, self._room = opened, room
        self._groups, self._pieces, self._spilled = kept
        self._disk = True

    def read(self, parts: Sequence[Part]) -> Iterator[None]:
        """Take parts as long as there is room, the first ones first."""
        self._spilled.keep_only({part.key.name for part in parts})
        # Snapshots first: each answer has some, and they take little beside their ladders.
        wanted = chain(self._snapshots_of(parts), self._ladders_of(parts))
        few = list(islice(wanted, _LITTLE))
        somewhere = helper_process() if len(few) == _LITTLE else nullcontext(call_here)
        with suppress(HelperGone), somewhere as call:
            for take, packed in chain(few, wanted):
                # What is wrong with a part is for whoever asks about it to hear.
                with suppress(NotOurs, OSError, MemoryError, pa.ArrowException):
                    take(call, packed)
                yield

    def _snapshots_of(self, parts: Sequence[Part]) -> Iterator[tuple[Take, Packed]]:
        for part in parts:
            for packed in self._packed(part, SNAPSHOTS, self._groups.size):
                if self._room <= 0:
                    return
                yield self._snapshots, packed

    def _ladders_of(self, parts: Sequence[Part]) -> Iterator[tuple[Take, Packed]]:
        for part in parts:
            for packed in self._packed(part, LADDERS, self._pieces.size):
                if self._room <= 0 and not self._disk:
                    return
                yield self._ladders, packed

    def _packed(self, part: Part, kind: str, size: Callable[[Part, int], int]) -> Iterator[Packed]:
        """Give what is not unpacked yet of one file of a part, a step at a time."""
        with suppress(GexlakeError, NotOurs):
            with self._opened(part, kind) as (file, footer):
                path = file.path
            groups = []
            for group in range(len(footer.rows)):
                self._room -= (there := size(part, group))
                if not there and not (kind == LADDERS and self._spilled.has(part.key.name, group)):
                    groups.append(group)
            for at in range(0, len(groups), _A_STEP[kind]):
                yield Packed(path, footer, part, tuple(groups[at : at + _A_STEP[kind]]))

    def _snapshots(self, call: Call, packed: Packed) -> None:
        for group, sent in self._sent(call, send_snapshots, packed):
            self._groups.put(packed.part, group, received(sent), len(sent))
            self._took(self._groups.size(packed.part, group))

    def _ladders(self, call: Call, packed: Packed) -> None:
        part = packed.part.key.name

        def lay(place: Place) -> list[Laid]:
            return call(lay_ladders, packed, place)

        if self._disk and self._spilled.keep(part, packed.groups, packed.rows, lay):
            return
        self._disk = False
        for group, sent in self._sent(call, send_ladders, packed):
            self._pieces.put(part, group, Piece.whole_of(received(sent)))
            self._took(self._pieces.size(packed.part, group))

    def _sent(self, call: Call, send: Callable[[Packed], list[Sent]], packed: Packed) -> Iterator[tuple[int, Sent]]:
        """Have row groups unpacked and sent, a few at a time, as many as there is room for."""
        for at in range(0, len(packed.groups), _SENT):
            if self._room > 0:
                some = packed._replace(groups=packed.groups[at : at + _SENT])
                yield from takewhile(lambda _: self._room > 0, zip(some.groups, call(send, some), strict=True))

    def _took(self, size: int) -> None:
        """Count what was taken into memory; what is not there then was too large for it."""
        self._room = self._room - size if size else 0
