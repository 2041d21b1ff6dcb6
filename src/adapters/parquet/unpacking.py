"""Unpacking row groups for somebody else: most often another process, which has more urgent things to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from ...domain.parts import Part
from .footers import Footer
from .laid import Laid, Place, lay
from .open_files import OpenFile
from .pages import piece_with
from .row_groups import RowGroup, read_group


class Packed(NamedTuple):
    """Some row groups of a file of a part, by their numbers."""

    path: Path
    footer: Footer
    part: Part
    groups: tuple[int, ...]

    @property
    def rows(self) -> int:
        """How many rows they have together."""
        return int(self.footer.rows[list(self.groups)].sum())


#: The rows of a row group as a stream of Arrow's: whoever gets it has next to nothing to do for them.
Sent = bytes


def send_snapshots(packed: Packed) -> list[Sent]:
    """Unpack snapshots.

    Raises:
        OSError, pyarrow.ArrowException: the file is not there or damaged.
    """
    with OpenFile(packed.path) as file:
        return [_sent(read_group(file, packed.footer, packed.part, group)[0]) for group in packed.groups]


def send_ladders(packed: Packed) -> list[Sent]:
    """Unpack ladders.

    Raises:
        NotOurs: pyarrow has to read them.
        OSError, pyarrow.ArrowException: the file is not there or damaged.
    """
    return [_sent(rows) for rows in _ladders(packed)]


def lay_ladders(packed: Packed, place: Place) -> list[Laid]:
    """Unpack ladders onto the disk.

    Raises:
        NoRoom: the disk does not take them.
        NotOurs, OSError, pyarrow.ArrowException: as ``send_ladders``.
    """
    return lay(place, _ladders(packed))


def received(sent: Sent) -> RowGroup:
    """Give the rows that were sent; they take as much memory as what was."""
    with pa.ipc.open_stream(sent) as stream:
        return RowGroup.of(stream.read_all())


def _ladders(packed: Packed) -> Iterator[RowGroup]:
    footer = packed.footer
    with OpenFile(packed.path) as file:
        for group in packed.groups:
            raw = memoryview(file.read(*footer.extent([group])))
            yield piece_with(footer, group, raw, int(footer.firsts[group]), int(footer.lasts[group])).rows


def _sent(rows: RowGroup) -> Sent:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, rows.rows.schema) as stream:
        stream.write_table(rows.rows)
    raw: bytes = out.getvalue().to_pybytes()
    return raw
