"""Reading ahead of questions: snapshots into memory; ladders onto the disk or, where that has no room, beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import chain, islice

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
Take = Callable[[Call, Sequence[Packed]], None]
#: A step is over with so many rows, which are unpacked in 5 ms (snapshots) or 30 (ladders of 43 strikes)...
_A_STEP = {SNAPSHOTS: 3_000, LADDERS: 100_000}
#: ... or with so many row groups: those of small days are of several parts.
_GROUPS = 16
#: So many rows of ladders are sent at a time: to take them in holds up others.
_SENT = 25_000
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
        wanted = chain(
            ((self._snapshots, step) for step in _steps(self._snapshots_of(parts), _A_STEP[SNAPSHOTS])),
            ((self._ladders, step) for step in _steps(self._ladders_of(parts), _A_STEP[LADDERS])),
        )
        few: list[tuple[Take, list[Packed]]] = list(islice(wanted, _LITTLE))
        somewhere = helper_process() if len(few) == _LITTLE else nullcontext(call_here)
        with suppress(HelperGone), somewhere as call:
            for take, step in chain(few, wanted):
                take(call, step)
                yield

    def _snapshots_of(self, parts: Sequence[Part]) -> Iterator[Packed]:
        for part in parts:
            for packed in self._packed(part, SNAPSHOTS, self._groups.size):
                if self._room <= 0:
                    return
                yield packed

    def _ladders_of(self, parts: Sequence[Part]) -> Iterator[Packed]:
        for part in parts:
            for packed in self._packed(part, LADDERS, self._pieces.size):
                if self._room <= 0 and not self._disk:
                    return
                yield packed

    def _packed(self, part: Part, kind: str, size: Callable[[Part, int], int]) -> Iterator[Packed]:
        """Give what is not unpacked yet of one file of a part."""
        with suppress(GexlakeError, NotOurs):
            with self._opened(part, kind) as (file, footer):
                path = file.path
            for group in range(len(footer.rows)):
                self._room -= (there := size(part, group))
                if not there and not (kind == LADDERS and self._spilled.has(part.key.name, group)):
                    yield Packed(path, footer, part, group)

    def _snapshots(self, call: Call, step: Sequence[Packed]) -> None:
        for packed, sent in self._sent(call, send_snapshots, step):
            self._groups.put(packed.part, packed.group, received(sent), len(sent))
            self._took(self._groups.size(packed.part, packed.group))

    def _ladders(self, call: Call, step: Sequence[Packed]) -> None:
        def lay(place: Place) -> list[Laid | None]:
            return call(lay_ladders, step, place)

        groups, rows = [(packed.part.key.name, packed.group) for packed in step], sum(packed.rows for packed in step)
        if self._disk and self._spilled.keep(groups, rows, lay):
            return
        self._disk = False
        for packed, sent in self._sent(call, send_ladders, step):
            self._pieces.put(packed.part.key.name, packed.group, Piece.whole_of(received(sent)))
            self._took(self._pieces.size(packed.part, packed.group))

    def _sent(
        self, call: Call, send: Callable[[Sequence[Packed]], list[Sent | None]], step: Sequence[Packed]
    ) -> Iterator[tuple[Packed, Sent]]:
        """Have row groups unpacked and sent, a few at a time, as many as there is room for."""
        for some in _steps(step, _SENT):
            if self._room > 0:
                for packed, sent in zip(some, call(send, some), strict=True):
                    if sent is not None and self._room > 0:
                        yield packed, sent

    def _took(self, size: int) -> None:
        """Count what was taken into memory; what is not there then was too large for it."""
        self._room = self._room - size if size else 0


def _steps(wanted: Iterable[Packed], rows: int) -> Iterator[list[Packed]]:
    """Take row groups together, until they have so many rows or are many."""
    step: list[Packed] = []
    left = rows
    for packed in wanted:
        step.append(packed)
        left -= packed.rows
        if left <= 0 or len(step) == _GROUPS:
            yield step
            step, left = [], rows
    if step:
        yield step
