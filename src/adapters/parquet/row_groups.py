"""Row groups of snapshots that were read lately, taken apart already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from ...application.rows import micros_of
from ..lru import Lru

Micros: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
#: The name of a part, the number of a row group.
Key = tuple[str, int]


class RowGroup(NamedTuple):
    """The rows of a row group by ascending timestamp, and their timestamps."""

    rows: pa.Table
    micros: Micros

    @classmethod
    def of(cls, rows: pa.Table) -> RowGroup:
        """Sort rows if they are not sorted; rows of one timestamp stay as they are."""
        micros = micros_of(rows)
        if np.any(micros[1:] < micros[:-1]):
            order = np.argsort(micros, kind="stable")
            return cls(rows.take(pa.array(order)), micros[order])
        return cls(rows, micros)

    def between(self, first: int, last: int) -> pa.Table:
        """Give the rows between two moments, both included."""
        begin, end = self.micros.searchsorted(first, "left"), self.micros.searchsorted(last, "right")
        return self.rows.slice(int(begin), int(end - begin))


class RowGroups:
    """Remembers row groups within the bound of a memory."""

    def __init__(self, kept: Lru[Any, Any]) -> None:
        self._kept = kept

    def get(self, key: Key) -> RowGroup | None:
        """Give a row group that is remembered."""
        found: RowGroup | None = self._kept.get(key)
        return found

    def put(self, key: Key, group: RowGroup, size: int) -> RowGroup:
        """Remember a row group of so many bytes, and give it back."""
        self._kept.put(key, group, size)
        return group

    def all_of(self, part: str, groups: Sequence[int]) -> list[RowGroup] | None:
        """Give some row groups of a part, or None if one of them is not remembered."""
        found = []
        for group in groups:
            if (kept := self.get((part, group))) is None:
                return None
            found.append(kept)
        return found


def rows_between(groups: Sequence[RowGroup], first: int, last: int) -> pa.Table:
    """Give the rows of one or more row groups between two moments, both included, by ascending timestamp."""
    cut = [group.between(first, last) for group in groups]
    return cut[0] if len(cut) == 1 else RowGroup.of(pa.concat_tables(cut)).rows
