"""The footers of parts: read once, for a part never changes, and kept small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from ...application.columns.arrays import Ints
from ..lru import Lru
from .spliced import Read, Spliced, learned

#: Bytes that a column of a row group takes in the memory of pyarrow 26.
_A_COLUMN = 900
_EVER = np.iinfo(np.int64)
#: Bytes at the end of a file: the length of the footer, and the magic word.
_END = 8
#: Bytes that a footer takes in memory beside its numbers, at most.
_BESIDE = 2000


@dataclass(frozen=True, slots=True)
class Footer:
    """What the footer of a file says: where everything is, and between which moments each row group lies.

    ``firsts`` and ``lasts`` are microseconds since 1970, a number a row group, both included; ``begins`` are the bytes
    at which row groups begin, and the last one ends; ``rows`` are how many each holds. ``said`` has the rest.
    """

    firsts: Ints
    lasts: Ints
    begins: Ints
    rows: Ints
    said: Spliced | pq.FileMetaData

    @classmethod
    def read(cls, read: Read, size: int, otherwise: Callable[[], Footer]) -> Footer:
        """Learn the footer of a file of so many bytes; what to do ``otherwise``, if it is none that gexlake writes."""
        begin = size - _END - int.from_bytes(read(size - _END, size - 4), "little") if size > _END else 0
        told = learned(bytes(read(begin, size)), begin) if begin > 0 else None
        return cls(*told) if told else otherwise()

    @classmethod
    def of(cls, metadata: pq.FileMetaData) -> Footer:
        """Read the bounds of the row groups; one without statistics may hold any moment."""
        firsts, lasts, rows = np.empty((3, metadata.num_row_groups), np.int64)
        begins = np.zeros(metadata.num_row_groups + 1, np.int64)
        for group in range(metadata.num_row_groups):
            row_group = metadata.row_group(group)
            column = row_group.column(0)
            found = column.statistics
            known = found is not None and found.has_min_max
            firsts[group], lasts[group] = (found.min_raw, found.max_raw) if known else (_EVER.min, _EVER.max)
            begins[group] = column.dictionary_page_offset or column.data_page_offset
            rows[group] = row_group.num_rows
        if metadata.num_row_groups:
            last = metadata.row_group(metadata.num_row_groups - 1)
            begins[-1] = begins[-2] + sum(last.column(n).total_compressed_size for n in range(last.num_columns))
        return cls(firsts, lasts, begins, rows, metadata)

    @property
    def size(self) -> int:
        """The bytes that it takes in memory, about."""
        own: int = 5 * self.begins.nbytes + _BESIDE
        if isinstance(self.said, Spliced):
            return own
        columns: int = self.said.num_row_groups * self.said.num_columns
        return own + columns * _A_COLUMN

    def groups(self, first: int | None, last: int | None) -> list[int]:
        """Give the numbers of the row groups that may hold moments between two, both included; None is open."""
        first, last = _EVER.min if first is None else first, _EVER.max if last is None else last
        found: list[int] = ((self.lasts >= first) & (self.firsts <= last)).nonzero()[0].tolist()
        return found

    def extent(self, groups: Sequence[int]) -> tuple[int, int]:
        """Give the bytes, from where to where, in which some row groups lie that follow one another."""
        return int(self.begins[groups[0]]), int(self.begins[groups[-1] + 1])

    def metadata(self, read: Read, groups: Sequence[int]) -> tuple[pq.FileMetaData, list[int]]:
        """Give what pyarrow has to know to read some row groups, by ascending number, and their numbers in there."""
        if not isinstance(self.said, Spliced):
            return self.said, list(groups)
        rows = int(self.rows[groups[0] : groups[-1] + 1].sum())
        return self.said.metadata(read, groups, rows), [group - groups[0] for group in groups]


class Footers:
    """Remembers footers by the part's name and the kind of the file, within the bound of a memory."""

    def __init__(self, kept: Lru[Any, Any]) -> None:
        self._kept = kept

    def get(self, part: str, kind: str) -> Footer | None:
        """Give a footer that is remembered."""
        found: Footer | None = self._kept.get((part, kind))
        return found

    def put(self, part: str, kind: str, footer: Footer) -> Footer:
        """Remember a footer, and give it back."""
        self._kept.put((part, kind), footer, footer.size)
        return footer
