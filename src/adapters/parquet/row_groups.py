"""Row groups of ladders that were read lately, taken apart already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ..lru import Lru

Micros = np.ndarray[Any, np.dtype[np.int64]]


class RowGroups:
    """Remembers row groups by the part's name and their number, within a bound; nothing unless somebody sets one."""

    def __init__(self) -> None:
        self.keeps = False
        self._kept: Lru[tuple[str, int], tuple[pa.Table, Micros]] = Lru(0)

    def __reduce__(self) -> tuple[type[RowGroups], tuple[()]]:
        """Go to another process without what is remembered."""
        return RowGroups, ()

    def resize(self, max_bytes: int) -> None:
        """Set another bound."""
        self.keeps = max_bytes > 0
        self._kept.resize(max_bytes)

    def put(self, part: str, group: int, rows: pa.Table, micros: Micros) -> None:
        """Remember a row group, whose rows are by ascending timestamp."""
        self._kept.put((part, group), (rows, micros), rows.nbytes + micros.nbytes)

    def rows(self, part: str, groups: Sequence[int], first: int, last: int) -> pa.Table | None:
        """Give the rows of some groups between two moments, both included; None if they are not all remembered."""
        found = []
        for group in groups:
            kept = self._kept.get((part, group))
            if kept is None:
                return None
            rows, micros = kept
            begin, end = np.searchsorted(micros, first, "left"), np.searchsorted(micros, last, "right")
            found.append(rows.slice(int(begin), int(end - begin)))
        return pa.concat_tables(found) if found else None
