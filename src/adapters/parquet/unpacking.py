"""Unpacking row groups for somebody else: most often another process, which has more urgent things to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pyarrow as pa

from ...domain.parts import Part
from .footers import Footer
from .laid import Laid, Place, lay
from .open_files import OpenFile
from .pages import NotOurs, piece_with
from .row_groups import RowGroup, read_group, read_groups


class Packed(NamedTuple):
    """A row group of a file of a part, by its number."""

    path: Path
    footer: Footer
    part: Part
    group: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self.footer.rows[self.group])


#: The rows of a row group as a stream of Arrow's: whoever gets it has next to nothing to do for them.
Sent: TypeAlias = "pa.Buffer"


def send_snapshots(step: Sequence[Packed]) -> list[Sent | None]:
    """Unpack row groups of snapshots; none for those that cannot be read."""
    parts = [list(groups) for _, groups in groupby(step, lambda packed: packed.path)]
    return [_sent(rows) for groups in parts for rows in _together(groups) or _each(groups, _snapshots)]


def send_ladders(step: Sequence[Packed]) -> list[Sent | None]:
    """Unpack row groups of ladders; none for those that cannot be read, or that pyarrow has to read."""
    return [_sent(rows) for rows in _each(step, _ladders)]


def lay_ladders(step: Sequence[Packed], place: Place) -> list[Laid | None]:
    """Unpack as ``send_ladders`` does, but onto the disk.

    Raises:
        NoRoom: the disk does not take them.
    """
    return lay(place, _each(step, _ladders))


def received(sent: Sent) -> RowGroup:
    """Give the rows that were sent; they take as much memory as what was."""
    with pa.ipc.open_stream(sent) as stream:
        return RowGroup.of(stream.read_all())


def _together(groups: Sequence[Packed]) -> list[RowGroup] | None:
    """Read row groups of a part in one go, which takes two thirds of the time; None if that fails for one of them."""
    first, last = groups[0], groups[-1]
    if last.group - first.group + 1 == len(groups):
        with suppress(NotOurs, OSError, MemoryError, pa.ArrowException), OpenFile(first.path) as file:
            return read_groups(file, first.footer, first.part, [packed.group for packed in groups])
    return None


def _each(step: Sequence[Packed], read: Callable[[OpenFile, Packed], RowGroup]) -> Iterator[RowGroup | None]:
    for packed in step:
        rows = None
        # What is wrong with a part is for whoever asks about it to hear.
        with suppress(NotOurs, OSError, MemoryError, pa.ArrowException), OpenFile(packed.path) as file:
            rows = read(file, packed)
        yield rows


def _snapshots(file: OpenFile, packed: Packed) -> RowGroup:
    return read_group(file, packed.footer, packed.part, packed.group)[0]


def _ladders(file: OpenFile, packed: Packed) -> RowGroup:
    footer, group = packed.footer, packed.group
    raw = memoryview(file.read(*footer.extent([group])))
    return piece_with(footer, group, raw, int(footer.firsts[group]), int(footer.lasts[group])).rows


def _sent(rows: RowGroup | None) -> Sent | None:
    if rows is None:
        return None
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, rows.rows.schema) as stream:
        stream.write_table(rows.rows)
    made: Sent = out.getvalue()
    return made
