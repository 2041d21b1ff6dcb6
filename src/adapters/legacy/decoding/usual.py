"""Records like those before them are taken apart by compiled code (``_usual.c``), others by another decoder."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ....application.columns.schemas import DAYS
from . import _usual
from .decoder import Alike, Decoded, Decoder
from .ladder_room import LadderRoom
from .ladders import BARE_ROW, EMPTY_ROW, ROW
from .layout import Layout

#: What the value of a field is, as ``_usual.c`` has it.
_NUMBER, _WHOLE, _MOMENT, _TEXT, _PAIRS = range(5)
_LADDERS = {ROW: 5, BARE_ROW: 6, EMPTY_ROW: 7}
_KINDS = {"timestamp": _MOMENT, "ticker": _TEXT, "max_priors": _PAIRS} | dict.fromkeys(DAYS, _WHOLE)
_COMMA, _LINE_END = b",\n"
_SCALARS = (_NUMBER, _WHOLE, _MOMENT)


class UsualDecoder(Decoder):
    """Takes records apart that look like the last ones that another decoder took apart together."""

    def __init__(self, others: Decoder) -> None:
        self._others, self.piece = others, others.piece
        self._usual: _Usual | None = None
        self._room = LadderRoom()

    def decode(self, records: bytes) -> Decoded | None:
        """Take apart records that have commas between them; None if that is not JSON."""
        if (found := self.decode_like_before(records, 0, lines=False)) is not None:
            return found
        decoded = self._others.decode(records)
        if decoded and decoded.alike:
            self._usual = _Usual.of(decoded.alike)
        return decoded

    def begin_batch(self) -> None:
        """Have the next ladders lie by themselves: the memory of those before goes with their batch."""
        self._room = LadderRoom()

    def decode_like_before(self, text: bytes, start: int, *, lines: bool) -> Decoded | None:
        """Take apart the records from a place on; None if one is not usual."""
        alike = self._usual.take(text, start, self._room, _LINE_END if lines else _COMMA) if self._usual else None
        # A line end could stand within a record, or on a line of its own.
        if alike is None or (lines and text.count(b"\n", start) != len(alike.rows) - (not text.endswith(b"\n"))):
            return None
        return Decoded(alike=alike)


class _Usual:
    """What records look like: their layout, their ticker, and the shape of their ladders' rows."""

    def __init__(self, layout: Layout, ticker: str, row: bytes) -> None:
        self._layout, self._ticker, self._row = layout, ticker, row
        kinds = {**_KINDS, "strikes": _LADDERS[row]}
        self._fields = tuple((_quoted(key), kinds.get(key, _NUMBER)) for key in layout.keys)
        scalars = [key for key in layout.keys if kinds.get(key, _NUMBER) in _SCALARS]
        self._width, self._places = len(scalars), {key: n for n, key in enumerate(scalars)}

    @classmethod
    def of(cls, alike: Alike) -> _Usual | None:
        """Learn from records; None if a name among them is not written as it reads."""
        layout = alike.layout
        ticker = alike.columns[layout.names.index("ticker")][0]
        if any(json.dumps(name, ensure_ascii=False).encode() != _quoted(name) for name in (*layout.keys, ticker)):
            return None
        return cls(layout, ticker, alike.row)

    def take(self, text: bytes, start: int, room: LadderRoom, between: int) -> Alike | None:
        """Take apart the records from a place on, if they all look like this; None if one does not."""
        room.make((len(text) - start) // _usual.SHORTEST_ROW + 1)
        taken = _usual.take(text, start, between, self._fields, _quoted(self._ticker), room.columns, room.used)
        if taken is None:
            return None
        scalars, rows, pair_rows, pairs = taken
        counts, numbers = np.frombuffer(rows, np.int64), np.frombuffer(scalars).reshape(-1, self._width)
        return Alike(
            self._layout,
            [self._column(name, numbers) for name in self._layout.names],
            room.keep(int(counts.sum())),
            counts,
            pairs,
            np.frombuffer(pair_rows, np.int64),
            self._row,
        )

    def _column(self, name: str, numbers: Any) -> Any:
        if name == "ticker":
            return [self._ticker] * len(numbers)
        return (numbers.view(np.int64) if name == "timestamp" else numbers)[:, self._places[name]]


def _quoted(name: str) -> bytes:
    return f'"{name}"'.encode()
