"""Ladders unpacked into files without a name: for what the memory has no room for, when a server reads ahead."""

from __future__ import annotations

import errno
import os
import shutil
import weakref
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ...application.schemas import LADDER_SCHEMA, STRIKE_SCHEMA, UTC_MICROS
from .open_files import CAN_TELL, OpenFile
from .row_groups import Micros, RowGroup

Numbers = np.ndarray[Any, Any]
#: Of the disk that is free, so much is taken at most.
_SHARE = 0.25
#: So many bytes go to one file. A file takes its place on the disk until nothing in it is wanted any more.
_A_FILE = 1 << 28
_WIDTH = len(LADDER_SCHEMA)
_DOUBLES = pa.float64()
#: Numbers of two decimals are kept as hundredths in half the bytes, if that loses nothing.
_HUNDRED = 100.0
_MOST = 2**31 - 1
_ABSENT = -(2**31)


class _Spill:
    """A file without a name, which ends with the last reference to it, or with the process however that ends."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  it ends when nobody refers to it
        self._reader = OpenFile(Path(f"/proc/self/fd/{self._file.fileno()}"))
        self.size = 0
        weakref.finalize(self, self._file.close)
        weakref.finalize(self, self._reader.close)

    def append(self, raw: bytes) -> int:
        """Write some bytes, and say where they begin.

        Raises:
            OSError: there is no room.
        """
        begin = self.size
        written = self._file.write(raw)
        self.size += written
        if written < len(raw):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return begin

    def read(self, begin: int, end: int) -> bytes | bytearray:
        """Give some bytes; see ``OpenFile.read``."""
        return self._reader.read(begin, end)


class _Group(NamedTuple):
    """Where the rows of a row group lie: in which file and from which byte on, and of each moment the first row."""

    file: _Spill
    begin: int
    kind: np.dtype[Any]
    moments: Micros
    rows: Numbers

    def between(self, first: int, last: int) -> RowGroup:
        """Read the rows between two moments, both included."""
        low, high = int(self.moments.searchsorted(first, "left")), int(self.moments.searchsorted(last, "right"))
        rows, width = self.rows[low : high + 1], _WIDTH * self.kind.itemsize
        begin, end = (self.begin + int(row) * width for row in (rows[0], rows[-1]))
        numbers = np.frombuffer(self.file.read(begin, end), self.kind).reshape(-1, _WIDTH)
        micros = self.moments[low:high].repeat(np.diff(rows))
        return RowGroup(_table(micros, numbers), micros)


class Spilled:
    """Keeps row groups of ladders unpacked on the disk, up to ``max_bytes`` of it and a quarter of what is free.

    What is kept goes with the process. Beside the disk, a ladder takes twelve bytes of memory. Only Linux can be asked
    whether it has bytes of a file in memory; elsewhere nothing is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._max_bytes = folder, 0
        self._groups: dict[str, dict[int, _Group]] = {}
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

    def between(self, part: str, group: int, first: int, last: int) -> RowGroup | None:
        """Give the rows of a row group between two moments, both included; None if it is not kept.

        Raises:
            WouldWait: the disk would have to be asked, and nobody may wait here.
            OSError: the disk does not give them.
        """
        found = self._groups.get(part, {}).get(group)
        return found.between(first, last) if found else None

    def keep(self, part: str, group: int, rows: RowGroup) -> bool:
        """Keep a row group, and say whether there was room for it."""
        micros, begins = np.unique(rows.micros, return_index=True)
        numbers = _numbers(rows.rows)
        try:
            if (file := self._file_for(numbers.nbytes)) is None:
                return False
            begin = file.append(numbers.tobytes())
        except OSError:
            # No room after all, or nobody may write here: whoever has that disk needs it more.
            self._max_bytes = 0
            return False
        ends = np.append(begins, len(rows.micros)).astype(np.int32)
        self._groups.setdefault(part, {})[group] = _Group(file, begin, numbers.dtype, micros, ends)
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


def _numbers(rows: pa.Table) -> Numbers:
    """Give the numbers of ladders row by row, as hundredths if they are; absent ones are no numbers, or ``_ABSENT``."""
    numbers = np.column_stack([rows.column(name).to_numpy() for name in LADDER_SCHEMA.names])
    with np.errstate(over="ignore"):
        hundredths = np.rint(numbers * _HUNDRED)
    fits = np.abs(hundredths) <= _MOST
    whole = np.where(fits, hundredths, _ABSENT).astype(np.int32)
    # To the last bit: a zero may have a sign, which a whole number has not.
    same = fits & ((whole / _HUNDRED).view(np.int64) == numbers.view(np.int64))
    return whole if (same | np.isnan(numbers)).all() else numbers


def _table(micros: Micros, numbers: Numbers) -> pa.Table:
    """Make ladders of numbers that stand row by row."""
    columns = np.empty((_WIDTH, len(numbers)))
    if numbers.dtype == np.int32:
        np.divide(numbers.T, _HUNDRED, out=columns)
        absent = numbers == _ABSENT
    else:
        columns[:] = numbers.T
        absent = np.isnan(numbers)
    made = [pa.Array.from_buffers(UTC_MICROS, len(micros), [None, pa.py_buffer(micros)])]
    some = absent.any(axis=0)
    for number, column in enumerate(columns):
        if some[number]:
            made.append(pa.array(column, mask=absent[:, number]))
        else:
            made.append(pa.Array.from_buffers(_DOUBLES, len(column), [None, pa.py_buffer(column)]))
    return pa.Table.from_arrays(made, schema=STRIKE_SCHEMA)
