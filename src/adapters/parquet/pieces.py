"""Pages of ladders that were unpacked lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..lru import Lru
from .pages import Piece
from .row_groups import RowGroup

#: Bytes that a row takes: nine columns, and its timestamp once more.
_A_ROW = 80


class Pieces:
    """Remembers pieces of row groups within the bound of a memory."""

    def __init__(self, kept: Lru[Any, Any]) -> None:
        self._kept = kept

    def all_of(self, part: str, groups: Sequence[int], first: int, last: int) -> list[RowGroup] | None:
        """Give what holds the rows of some row groups between two moments, or None if not all of it is remembered."""
        found = []
        for group in groups:
            held = next((piece for piece in self._held(part, group) if piece.has(first, last)), None)
            if held is None:
                return None
            found.append(held.rows)
        return found

    def put(self, part: str, group: int, piece: Piece) -> Piece:
        """Remember a piece of a row group beside others that it does not contain, and give it back."""
        if not len(piece.rows.micros):
            return piece
        others = [one for one in self._held(part, group) if one.after < piece.after or one.before > piece.before]
        held = (piece, *others)
        self._kept.put((part, "pieces", group), held, sum(len(one.rows.micros) for one in held) * _A_ROW)
        return piece

    def _held(self, part: str, group: int) -> tuple[Piece, ...]:
        found: tuple[Piece, ...] | None = self._kept.get((part, "pieces", group))
        return found or ()
