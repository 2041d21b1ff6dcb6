"""Ladders that are unpacked into files without a name, so that they take no memory of the process."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile

import pyarrow as pa

from ...application.asking.at_once import WouldWait, at_once
from ...application.columns.arrays import Ints
from ...application.ports.strike_source import WHOLE_ROW
from .laid import A_ROW, Laid, NoRoom, Place, gathered, identity_of
from .open_files import CAN_TELL, OpenFile
from .row_groups import Key, RowGroup

#: Of the disk that is free, so much is taken at most.
_SHARE = 0.25
#: So many bytes go to one file. A file takes its place on the disk until nothing in it is wanted any more.
_A_FILE = 1 << 28


class _Spill:
    """A file without a name, which ends with the last reference to it, or with the process however that ends."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  it ends when nobody refers to it
        self.place = Place(os.getpid(), self._file.fileno(), identity_of(self._file), 0)
        self._reader = OpenFile(Path(f"/proc/self/fd/{self._file.fileno()}"))
        self.size = 0
        weakref.finalize(self, self._file.close)
        weakref.finalize(self, self._reader.close)

    def read(self, begin: int, end: int) -> bytes | bytearray:
        """Give some bytes; see ``OpenFile.read``."""
        return self._reader.read(begin, end)


class Spilled:
    """Knows where row groups of ladders lie on the disk, up to ``max_bytes`` of it and a quarter of what is free.

    What is kept goes with the process. Beside the disk, a ladder takes twelve bytes of memory. Only Linux can be asked
    whether it has bytes of a file in memory; elsewhere nothing is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._max_bytes = folder, 0
        self._groups: dict[str, dict[int, tuple[_Spill, Laid]]] = {}
        self._files: weakref.WeakSet[_Spill] = weakref.WeakSet()
        self._last: _Spill | None = None

    def resize(self, max_bytes: int) -> None:
        """Set the bound."""
        self._max_bytes = max_bytes if CAN_TELL else 0

    @property
    def held(self) -> int:
        """How many bytes of the disk are taken."""
        return sum(file.size for file in self._files)

    def has(self, part: str, group: int) -> bool:
        """Say whether a row group is kept."""
        return group in self._groups.get(part, ())

    def between(
        self, part: str, group: int, first: int, last: int, columns: Sequence[str] = WHOLE_ROW
    ) -> RowGroup | None:
        """Give the rows of a row group between two moments, both included; None if it is not kept.

        Raises:
            WouldWait: the disk would have to be asked, and nobody may wait here.
            OSError: the disk does not give them.
        """
        found = self._groups.get(part, {}).get(group)
        if found is None:
            return None
        file, laid = found
        return laid.between(first, last, file.read, columns)

    def at_hand(self, part: str, group: int, first: int, last: int, columns: Sequence[str]) -> RowGroup | None:
        """Give the same, or None if one would have to wait for it; see ``OpenFile.read``."""
        with suppress(WouldWait), at_once():
            return self.between(part, group, first, last, columns)
        return None

    def at(self, part: str, groups: Sequence[int], moments: Ints, columns: Sequence[str]) -> pa.Table | None:
        """Give the ladders of some moments, which ascend, by these; None unless all of some row groups are kept.

        Raises:
            WouldWait: the disk would have to be asked, and nobody may wait here.
            OSError: the disk does not give them.
        """
        kept = self._groups.get(part, {})
        if not all(group in kept for group in groups):
            return None
        laid = (kept[group] for group in groups)
        return gathered(chain.from_iterable(one.at(moments, file.read) for file, one in laid), columns)

    def keep(self, groups: Sequence[Key], rows: int, lay: Callable[[Place], Sequence[Laid | None]]) -> bool:
        """Have row groups that have so many rows together laid where there is room, and say whether there was.

        ``lay`` gives None for those that there are not, and raises ``NoRoom`` if there is none after all; what else it
        raises goes on.
        """
        try:
            file = self._file_for(rows * A_ROW)
        except OSError:  # nobody may write here
            file = None
            self._max_bytes = 0
        if file is None:
            return False
        try:
            laid = lay(file.place._replace(begin=file.size))
        except NoRoom:  # whoever has that disk needs it more; what is kept stays
            self._max_bytes = 0
            return False
        for (part, group), one in zip(groups, laid, strict=True):
            if one is not None:
                self._groups.setdefault(part, {})[group] = file, one
                file.size = one.end
        return True

    def keep_only(self, parts: Collection[str]) -> None:
        """Let go of the row groups of all other parts, and of everything if the disk has got short meanwhile."""
        if (held := self.held) and shutil.disk_usage(self._folder).free < held:
            parts = ()
        for part in self._groups.keys() - set(parts):
            del self._groups[part]
        if not self._groups:
            self._last = None

    def _file_for(self, size: int) -> _Spill | None:
        """Give the file to write to, if there is room for so many bytes."""
        held = self.held
        if held + size > self._max_bytes:
            return None
        if self._last is None or self._last.size + size > _A_FILE:
            if held + _A_FILE > (held + shutil.disk_usage(self._folder).free) * _SHARE:
                return None
            self._last = _Spill(self._folder)
            self._files.add(self._last)
        return self._last
