"""The footers of parts: read once, for a part never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from ..lru import Lru

Micros = np.ndarray[Any, np.dtype[np.int64]]
Offsets = np.ndarray[Any, np.dtype[np.int64]]
#: Bytes that a column of a row group takes in memory, by pyarrow 26.
_A_COLUMN = 900
_EVER = np.iinfo(np.int64)


@dataclass(frozen=True, slots=True)
class Footer:
    """What the footer of a file says: where everything is, and between which moments each row group lies.

    ``firsts`` and ``lasts`` are microseconds since 1970, a number a row group, both included; ``begins`` are the bytes
    at which row groups begin, and the last one ends.
    """

    metadata: pq.FileMetaData
    firsts: Micros
    lasts: Micros
    begins: Offsets

    @classmethod
    def of(cls, metadata: pq.FileMetaData) -> Footer:
        """Read the bounds of the row groups; one without statistics may hold any moment."""
        firsts, lasts = np.empty((2, metadata.num_row_groups), np.int64)
        begins = np.zeros(metadata.num_row_groups + 1, np.int64)
        for group in range(metadata.num_row_groups):
            column = metadata.row_group(group).column(0)
            found = column.statistics
            known = found is not None and found.has_min_max
            firsts[group], lasts[group] = (found.min_raw, found.max_raw) if known else (_EVER.min, _EVER.max)
            begins[group] = column.dictionary_page_offset or column.data_page_offset
        if metadata.num_row_groups:
            last = metadata.row_group(metadata.num_row_groups - 1)
            begins[-1] = begins[-2] + sum(last.column(n).total_compressed_size for n in range(last.num_columns))
        return cls(metadata, firsts, lasts, begins)

    def groups(self, first: int | None, last: int | None) -> list[int]:
        """Give the numbers of the row groups that may hold moments between two, both included; None is open."""
        first, last = _EVER.min if first is None else first, _EVER.max if last is None else last
        found: list[int] = np.flatnonzero((self.lasts >= first) & (self.firsts <= last)).tolist()
        return found

    def extent(self, groups: Sequence[int]) -> tuple[int, int]:
        """Give the bytes, from where to where, in which some row groups lie that follow one another."""
        return int(self.begins[groups[0]]), int(self.begins[groups[-1] + 1])


class Footers:
    """Remembers footers by the part's name and the kind of the file, within the bound of a memory.

    Their bytes are estimated: what is said of a column takes much more in memory than in the file.
    """

    def __init__(self, kept: Lru[Any, Any]) -> None:
        self._kept = kept

    def get(self, part: str, kind: str) -> Footer | None:
        """Give a footer that is remembered."""
        found: Footer | None = self._kept.get((part, kind))
        return found

    def put(self, part: str, kind: str, metadata: pq.FileMetaData) -> Footer:
        """Remember a footer."""
        footer = Footer.of(metadata)
        self._kept.put((part, kind), footer, metadata.num_row_groups * metadata.num_columns * _A_COLUMN)
        return footer
