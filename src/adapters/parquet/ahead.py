"""Reading ahead of questions: snapshots into memory; ladders onto the disk or, where that has no room, beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import chain, groupby, islice
from operator import itemgetter

from ...domain.errors import GexlakeError
from ...domain.parts import Part
from ..disk.lake_folder import LADDERS, SNAPSHOTS
from ..processes.helper_process import Call, CallHere, HelperGone, helper_process
from .footers import Footer
from .laid import Laid, Place
from .open_files import OpenFile
from .pages import NotOurs, Piece
from .pieces import Pieces
from .row_groups import RowGroups
from .spilled import Spilled
from .unpacking import Packed, Sent, lay_ladders, received, send_ladders, send_snapshots

Opened = AbstractContextManager[tuple[OpenFile, Footer]]
Step = list[Packed]
#: A step is over with so many rows, which are unpacked and sent in 7 ms (snapshots) or 30 (ladders of 43 strikes)...
_A_STEP = {SNAPSHOTS: 3_000, LADDERS: 100_000}
#: ... or with so many row groups: those of small days are of several parts.
_GROUPS = 16
#: So many rows of ladders are sent at a time.
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
        take = {SNAPSHOTS: self._snapshots, LADDERS: self._ladders}
        # Snapshots first: each answer has some, and they take little beside their ladders.
        wanted: Iterator[tuple[str, Step]] = chain(
            ((SNAPSHOTS, step) for step in _steps(self._snapshots_of(parts), _A_STEP[SNAPSHOTS])),
            ((LADDERS, step) for step in _steps(self._ladders_of(parts), _A_STEP[LADDERS])),
        )
        few = list(islice(wanted, _LITTLE))
        somewhere = helper_process() if len(few) == _LITTLE else nullcontext(CallHere())
        with suppress(HelperGone), somewhere as call:
            for kind, steps in groupby(chain(few, wanted), itemgetter(0)):
                yield from take[kind](call, (step for _, step in steps))

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

    def _snapshots(self, call: Call, steps: Iterator[Step]) -> Iterator[None]:
        for step, sent in call.each(send_snapshots, steps):
            for packed, one in self._room_for(step, sent):
                self._groups.put(packed.part, packed.group, received(one), one.size)
                self._took(self._groups.size(packed.part, packed.group))
            yield

    def _ladders(self, call: Call, steps: Iterator[Step]) -> Iterator[None]:
        for step in steps:
            self._disk = self._disk and self._lay(call, step)
            # A few at a time: to take many in holds up others.
            for some in () if self._disk else _steps(step, _SENT):
                if self._room > 0:
                    for packed, one in self._room_for(some, call(send_ladders, some)):
                        self._pieces.put(packed.part.key.name, packed.group, Piece.whole_of(received(one)))
                        self._took(self._pieces.size(packed.part, packed.group))
            yield

    def _lay(self, call: Call, step: Step) -> bool:
        """Have ladders laid onto the disk, and say whether it has room for them."""

        def lay(place: Place) -> list[Laid | None]:
            return call(lay_ladders, step, place)

        groups, rows = [(packed.part.key.name, packed.group) for packed in step], sum(packed.rows for packed in step)
        return self._spilled.keep(groups, rows, lay)

    def _room_for(self, step: Step, sent: Sequence[Sent | None]) -> Iterator[tuple[Packed, Sent]]:
        """Give what was sent of row groups as long as there is room for it."""
        for packed, one in zip(step, sent, strict=True):
            if one is not None and self._room > 0:
                yield packed, one

    def _took(self, size: int) -> None:
        """Count what was taken into memory; what is not there then was too large for it."""
        self._room = self._room - size if size else 0


def _steps(wanted: Iterable[Packed], rows: int) -> Iterator[Step]:
    """Take row groups together, until they have so many rows or are many."""
    step: Step = []
    left = rows
    for packed in wanted:
        step.append(packed)
        left -= packed.rows
        if left <= 0 or len(step) == _GROUPS:
            yield step
            step, left = [], rows
    if step:
        yield step
