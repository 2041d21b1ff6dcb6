"""What a decoder gives for a block of records, and the proof that their ladders have the regular shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

from ....application.columns.arrays import Floats, Ints
from ....domain.feed import FeedName
from ....domain.judge import MAX_DEPTH, parse_json, too_deep
from ....domain.rejects import RuleBroken
from .ladders import BARE_ROW, EMPTY_ROW, PAIR, PAIR_BYTES, ROW, ROW_BYTES
from .layout import Layout

# Deleting these from a record leaves its shape: brackets, commas, names.
NUMBERS_AND_SPACE = b"0123456789.-+eE \t\r\n"
#: A text of valid JSON as a whole, where none begins earlier.
TEXT = re.compile(rb'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"', re.DOTALL)
#: What is remembered of shapes is bounded.
_MOST_ROWS = 2000
_MOST_LETTERS = 100
NO_NUMBERS = memoryview(b"")
NO_NAME = FeedName()

Counts = Sequence[int] | Ints


@dataclass(slots=True)
class Parsed:
    """One record of a block, taken apart: scalars by ``layout.names``, ladder and largest changes as doubles.

    Every row of the ladder has eight, NaN for the priors of its ``bare`` rows, which have none.
    """

    layout: Layout
    row: list[Any]
    ladder: memoryview
    pairs: memoryview
    extra: str | None
    envelope: str | None
    name: FeedName
    bare: int = 0


class Alike(NamedTuple):
    """Records of one layout, without an envelope or fields that have no column, taken apart together.

    ``columns`` are the scalars by ``layout.names``, lists or arrays. ``ladders`` has the rows of all records, in memory
    by row or by column, shape (rows, 8), and ``pairs`` the doubles of all pairs one after the other; ``rows`` and
    ``pair_rows`` say how many of them each record has. ``row`` is the shape of every ladder row in the text.
    """

    layout: Layout
    columns: list[Any]
    ladders: Floats
    rows: Counts
    pairs: Any
    pair_rows: Counts
    row: bytes = ROW

    def one_by_one(self) -> list[Parsed | None]:
        """Give the records each for itself."""
        bare = [0] * len(self.rows) if self.row == ROW else self.rows
        return [
            Parsed(self.layout, list(row), ladder, pairs, None, None, NO_NAME, int(without))
            for row, ladder, pairs, without in zip(
                zip(*map(listed, self.columns), strict=True),
                _each(np.ascontiguousarray(self.ladders), self.rows, ROW_BYTES),
                _each(self.pairs, self.pair_rows, PAIR_BYTES),
                bare,
                strict=True,
            )
        ]


def listed(column: Any) -> list[Any]:
    """Give the values of a column as Python's own."""
    values: list[Any] = column.tolist() if isinstance(column, np.ndarray) else column
    return values


def _each(numbers: Any, rows: Counts, size: int) -> Iterator[memoryview]:
    """Give each record its part of the numbers; ``size`` is that of a row, in bytes."""
    whole = memoryview(numbers).cast("B")
    for start, end in pairwise(accumulate(rows, initial=0)):
        yield whole[start * size : end * size]


@dataclass(slots=True)
class Decoded:
    """The records of a block in order: taken apart, None for those only the model can judge, or skipped.

    Those of the usual kind lie in ``alike`` until somebody wants them one by one.
    """

    taken: list[Parsed | None] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    #: Whether the shape of every row that was taken apart is proven.
    regular: bool = True
    alike: Alike | None = None

    @property
    def records(self) -> list[Parsed | None]:
        """The records, each for itself."""
        if self.alike is not None:
            self.taken, self.alike = self.alike.one_by_one(), None
        return self.taken

    def __len__(self) -> int:
        return len(self.taken if self.alike is None else self.alike.rows)


class Decoder(Protocol):
    """Takes blocks of records apart, best in pieces of so many bytes."""

    piece: int

    def decode(self, records: bytes) -> Decoded | None:
        """Take apart records that have commas between them; None if that is not JSON."""

    def begin_batch(self) -> None:
        """Hear that what is taken apart from now on goes into another batch."""
        return

    def decode_like_before(self, text: bytes, start: int, *, lines: bool) -> Decoded | None:
        """Take apart the records from a place on, if they are like those before and that is a shorter way; else None.

        They have commas between them, or stand on ``lines`` of their own, of which the last one may have an end too.
        """
        return None


def is_regular(records: bytes, decoded: Decoded) -> bool:
    """Prove by counting that every ladder taken apart is a list of regular rows, and so every list of pairs.

    What was taken apart says how many full and bare rows and pairs there are, where each list is known to have so many
    items and the numbers for them; the shape says how many there are, and how many brackets. With as many of each, and
    no bracket more than those and their lists need, there is no room for another shape.
    An escape could smuggle a bracket past the count, so the texts of records that have one are left out of it. Records
    that were not taken apart prove nothing here.
    """
    plain = b"\\" not in records
    full = bare = pairs = brackets = 0
    for parsed in decoded.records:
        if parsed is None:
            return False
        full += parsed.ladder.nbytes // ROW_BYTES - parsed.bare
        bare += parsed.bare
        pairs += parsed.pairs.nbytes // PAIR_BYTES
        brackets += 1 + parsed.layout.has_max_priors
        for text in (parsed.extra, parsed.envelope):
            if text and "[" in text:
                kept = _counted(text.encode(), plain=plain)
                full, bare, pairs, brackets = full + kept[0], bare + kept[1], pairs + kept[2], brackets + kept[3]
    return _counted(records, plain=plain) == (full, bare, pairs, brackets)


def _counted(words: bytes, *, plain: bool) -> tuple[int, int, int, int]:
    """Count full rows, bare rows, pairs, and brackets that open something else; but for texts, unless ``plain``."""
    shape = (words if plain else TEXT.sub(b"", words)).translate(None, NUMBERS_AND_SPACE)
    full, absent, empty, pairs = map(shape.count, (ROW, BARE_ROW, EMPTY_ROW, PAIR))
    return full, absent + empty, pairs, shape.count(b"[") - 2 * full - absent - 2 * empty - pairs


def has_shape(records: bytes, alike: Alike, keys: tuple[str, ...]) -> bool:
    """Prove that records have these fields in this order, and nothing but rows of one shape and pairs in their lists.

    What is left of the text without numbers and space must be what such records leave. False proves nothing.
    """
    ticker = alike.columns[alike.layout.names.index("ticker")][0]
    if len(ticker) > _MOST_LETTERS or max(alike.rows) > _MOST_ROWS or max(alike.pair_rows) > _MOST_ROWS:
        return False
    sizes = zip(alike.rows, alike.pair_rows, strict=True)
    expected = b",".join([_shape(keys, ticker, rows, pairs, alike.row) for rows, pairs in sizes])
    return records.translate(None, NUMBERS_AND_SPACE) == expected


@lru_cache(maxsize=512)
def _shape(keys: tuple[str, ...], ticker: str, rows: int, pairs: int, row: bytes) -> bytes:
    """Give what a record of regular shape leaves without numbers and space."""
    values = {
        "ticker": b'"' + ticker.encode() + b'"',
        "strikes": b"[" + b",".join([row] * rows) + b"]",
        "max_priors": b"[" + b",".join([PAIR] * pairs) + b"]",
    }
    fields = [b'"' + key.encode() + b'":' + values.get(key, b"") for key in keys]
    return (b"{" + b",".join(fields) + b"}").translate(None, NUMBERS_AND_SPACE)


def can_be_kept(text: str) -> bool:
    """Whether no object within some kept fields (a JSON object themselves) names a field twice or is nested deeply."""
    if "{" not in text[1:] and text.count("[") < MAX_DEPTH:
        return True
    try:
        return not too_deep(parse_json(text.encode()), MAX_DEPTH + 1)
    except RuleBroken:
        return False
