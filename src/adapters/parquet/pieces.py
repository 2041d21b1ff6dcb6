"""Pages of ladders that were unpacked lately."""

from __future__ import annotations

from typing import Any

from ...domain.parts import Part
from ..lru import Lru
from .pages import Piece
from .row_groups import RowGroup

#: Bytes that a row takes: nine columns, and its timestamp once more.
_A_ROW = 80


class Pieces:
    """Remembers pieces of row groups within the bound of a memory."""

    def __init__(self, kept: Lru[Any, Any]) -> None:
        self._kept = kept

    def get(self, part: str, group: int, first: int, last: int) -> RowGroup | None:
        """Give what holds the rows of a row group between two moments, or None if not all of it is remembered."""
        return next((piece.rows for piece in self._held(part, group) if piece.has(first, last)), None)

    def size(self, part: Part, group: int) -> int:
        """Say how many bytes a row group takes, 0 if it is not remembered as a whole."""
        whole = any(piece.whole for piece in self._held(part.key.name, group))
        return self._kept.size(_key(part.key.name, group)) if whole else 0

    def put(self, part: str, group: int, piece: Piece) -> Piece:
        """Remember a piece of a row group beside others that it does not contain, and give it back."""
        if not len(piece.rows.micros):
            return piece
        others = [one for one in self._held(part, group) if one.after < piece.after or one.before > piece.before]
        held = (piece, *others)
        self._kept.put(_key(part, group), held, sum(len(one.rows.micros) for one in held) * _A_ROW)
        return piece

    def _held(self, part: str, group: int) -> tuple[Piece, ...]:
        found: tuple[Piece, ...] | None = self._kept.get(_key(part, group))
        return found or ()


def _key(part: str, group: int) -> tuple[str, str, int]:
    return part, "pieces", group
