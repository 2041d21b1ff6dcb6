"""How ladders lie on the disk to be read in one piece: row by row, as hundredths where that loses nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from io import FileIO
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ...application.columns.arrays import Ints
from ...application.columns.schemas import LADDER_SCHEMA, STRIKE_SCHEMA, UTC_MICROS
from ...application.ports.strike_source import WHOLE_ROW
from .row_groups import RowGroup

Numbers = np.ndarray[Any, np.dtype[Any]]
_WIDTH = len(LADDER_SCHEMA)
_DOUBLES = pa.float64()
#: Bytes that a row takes at most.
A_ROW = 8 * _WIDTH
#: Numbers of two decimals are kept in half the bytes, if that loses nothing.
_HUNDRED = 100.0
_ABSENT = -(2**31)


class NoRoom(Exception):  # no error: it is asked for when it is needed
    """The disk takes no more."""


class Place(NamedTuple):
    """From which byte on there is room, in a file that a process on this machine has open, and which file that is."""

    process: int
    descriptor: int
    identity: tuple[int, int]
    begin: int

    def open(self) -> FileIO:
        """Open the file, from any process of the same user.

        Raises:
            OSError: it cannot be opened, or what is found there is another one.
        """
        file = FileIO(f"/proc/{self.process}/fd/{self.descriptor}", "r+b")
        if identity_of(file) != self.identity:
            file.close()
            raise FileNotFoundError(self.descriptor)
        return file


class Laid(NamedTuple):
    """Where the rows of a row group lie, from which byte on up to which, as what, and each moment's first row."""

    begin: int
    end: int
    kind: np.dtype[Any]
    moments: Ints
    firsts: Numbers

    def between(
        self,
        first: int,
        last: int,
        read: Callable[[int, int], bytes | bytearray],
        columns: Sequence[str] = WHOLE_ROW,
    ) -> RowGroup:
        """Read the rows between two moments, both included; ``read`` gives bytes of the file."""
        low, high = int(self.moments.searchsorted(first, "left")), int(self.moments.searchsorted(last, "right"))
        rows, width = self.firsts[low : high + 1], _WIDTH * self.kind.itemsize
        begin, end = (self.begin + int(row) * width for row in (rows[0], rows[-1]))
        numbers = np.frombuffer(read(begin, end), self.kind).reshape(-1, _WIDTH)
        micros = self.moments[low:high].repeat(rows[1:] - rows[:-1])
        return RowGroup(_table(micros, numbers, columns), micros)

    def at(self, moments: Ints, read: Callable[[int, int], bytes | bytearray]) -> Iterator[tuple[int, Numbers]]:
        """Read the ladders of some moments, which ascend: of each that there is, the moment and its rows."""
        if not len(self.moments):
            return
        low, high = moments.searchsorted(self.moments[0], "left"), moments.searchsorted(self.moments[-1], "right")
        wanted = moments[low:high]
        places = self.moments.searchsorted(wanted)
        width = _WIDTH * self.kind.itemsize
        for place in places[self.moments[places] == wanted].tolist():
            begin, end = (self.begin + int(row) * width for row in self.firsts[place : place + 2])
            yield int(self.moments[place]), np.frombuffer(read(begin, end), self.kind).reshape(-1, _WIDTH)


def gathered(ladders: Iterable[tuple[int, Numbers]], columns: Sequence[str]) -> pa.Table:
    """Give some columns of ladders that were read one by one, by ascending timestamp."""
    found = [STRIKE_SCHEMA.empty_table().select(columns)]
    for _, alike in groupby(ladders, lambda ladder: ladder[1].dtype):
        moments, numbers = zip(*alike, strict=True)
        micros = np.repeat(np.array(moments, np.int64), [len(rows) for rows in numbers])
        found.append(_table(micros, np.concatenate(numbers), columns).select(columns))
    return RowGroup.of(pa.concat_tables(found)).rows


def lay(place: Place, groups: Iterable[RowGroup | None]) -> list[Laid | None]:
    """Lay the rows of row groups one behind the other, those that there are.

    Whatever fails, what was laid of them takes no room.

    Raises:
        NoRoom: the disk does not take them.
    """
    laid: list[Laid | None] = []
    end = place.begin
    try:
        file = place.open()
    except OSError as error:
        raise NoRoom from error
    with file:
        file.seek(end)
        try:
            for rows in groups:
                if rows is None:
                    laid.append(None)
                    continue
                numbers = _numbers(rows.rows)
                _write(file, numbers)
                moments, firsts = np.unique(rows.micros, return_index=True)
                begin, end = end, end + numbers.nbytes
                bounds = np.append(firsts, len(rows.micros)).astype(np.int32)
                laid.append(Laid(begin, end, numbers.dtype, moments, bounds))
        except BaseException:
            file.truncate(place.begin)
            raise
    return laid


def identity_of(file: FileIO) -> tuple[int, int]:
    """Tell a file from all others on this machine."""
    facts = os.fstat(file.fileno())
    return facts.st_dev, facts.st_ino


def _write(file: FileIO, numbers: Numbers) -> None:
    try:
        written = file.write(numbers.data)
    except OSError as error:
        raise NoRoom from error
    if written < numbers.nbytes:
        raise NoRoom


def _numbers(rows: pa.Table) -> Numbers:
    """Give the numbers of ladders row by row, as hundredths if they are; absent ones are no numbers, or ``_ABSENT``."""
    columns = [rows.column(name).to_numpy() for name in LADDER_SCHEMA.names]
    whole = np.empty((rows.num_rows, _WIDTH), np.int32)
    # Column by column: what is made of one stays in the processor's cache.
    for number, column in enumerate(columns):
        found = _hundredths(column)
        if found is None:
            return np.column_stack(columns)
        whole[:, number] = found
    return whole


def _hundredths(numbers: Numbers) -> Numbers | None:
    """Give numbers as hundredths, ``_ABSENT`` for those that are none; None if that would lose anything."""
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes some other number
        again = numbers * _HUNDRED
        whole = np.rint(again, out=again).astype(np.int32)
    np.divide(whole, _HUNDRED, out=again)
    # To the last bit: a zero may have a sign, which a whole number has not.
    same = again.view(np.int64) == numbers.view(np.int64)
    if not same.all():
        absent = np.isnan(numbers)
        if not (same | absent).all():
            return None
        whole[absent] = _ABSENT
        return whole if np.count_nonzero(whole == _ABSENT) == np.count_nonzero(absent) else None
    return whole if (whole != _ABSENT).all() else None


def _table(micros: Ints, numbers: Numbers, names: Sequence[str]) -> pa.Table:
    """Make some columns of ladders, ``timestamp`` among them, of numbers that stand row by row."""
    schema = STRIKE_SCHEMA
    if names is not WHOLE_ROW:
        places, schema = _some(tuple(names))
        numbers = numbers[:, places]
    rows, width = numbers.shape
    columns = np.empty((width, rows))
    if numbers.dtype == np.int32:
        np.divide(numbers.T, _HUNDRED, out=columns)
        absent = numbers == _ABSENT
    else:
        columns[:] = numbers.T
        absent = np.isnan(numbers)
    # One array that is cut into columns is sooner made than as many arrays.
    whole = pa.Array.from_buffers(_DOUBLES, columns.size, [None, pa.py_buffer(columns)])
    made = [whole.slice(begin, rows) for begin in range(0, columns.size, rows)] if rows else [whole] * width
    if absent.any():
        for number in np.flatnonzero(absent.any(axis=0)).tolist():
            made[number] = pa.array(columns[number], mask=absent[:, number])
    moments = pa.Array.from_buffers(UTC_MICROS, rows, [None, pa.py_buffer(micros)])
    return pa.Table.from_arrays([moments, *made], schema=schema)


@lru_cache(maxsize=64)
def _some(names: tuple[str, ...]) -> tuple[list[int], pa.Schema]:
    """Give the places of some columns in a row, and their schema with the moments first."""
    numbers = [name for name in LADDER_SCHEMA.names if name in names]
    schema = pa.schema([STRIKE_SCHEMA.field(name) for name in ("timestamp", *numbers)])
    return list(map(LADDER_SCHEMA.get_field_index, numbers)), schema
