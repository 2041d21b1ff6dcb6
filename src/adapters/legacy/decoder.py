"""What a decoder gives for a block of records, and the proof that their ladders have the regular shape."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from ...domain.feed import FeedName
from ...domain.judge import MAX_DEPTH, parse_json, too_deep
from ...domain.rejects import RuleBroken
from .layout import Layout

# Deleting these from a record leaves its shape: brackets, commas, names.
NUMBERS_AND_SPACE = b"0123456789.-+eE \t\r\n"
#: A text of valid JSON as a whole, where none begins earlier.
TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
#: A regular ladder row [strike, gamma, oi_gamma, [five priors]] and a pair of max_priors, by shape.
ROW = b"[,,,[,,,,]]"
PAIR = b"[,]"
ROW_BYTES = 8 * 8
PAIR_BYTES = 2 * 8
#: What is remembered of shapes is bounded.
_MOST_ROWS = 2000
_MOST_LETTERS = 100
NO_NUMBERS = memoryview(b"")
NO_NAME = FeedName()


@dataclass(slots=True)
class Parsed:
    """One record of a block, taken apart: scalars by ``layout.names``, ladder and largest changes as doubles."""

    layout: Layout
    row: list[Any]
    ladder: memoryview
    pairs: memoryview
    extra: str | None
    envelope: str | None
    name: FeedName


class Alike(NamedTuple):
    """Records of one layout, without an envelope or fields that have no column, taken apart together.

    ``columns`` are the scalars by ``layout.names``; ``ladders`` and ``pairs`` are buffers of doubles, one a record,
    and ``rows`` and ``pair_rows`` say how many rows are in each.
    """

    layout: Layout
    columns: list[list[Any]]
    ladders: list[Any]
    rows: list[int]
    pairs: list[Any]
    pair_rows: list[int]

    def one_by_one(self) -> list[Parsed | None]:
        """Give the records each for itself."""
        return [
            Parsed(self.layout, list(row), memoryview(ladder), memoryview(pairs), None, None, NO_NAME)
            for row, ladder, pairs in zip(zip(*self.columns, strict=True), self.ladders, self.pairs, strict=True)
        ]


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
        return len(self.taken if self.alike is None else self.alike.ladders)


class Decoder(Protocol):
    """Takes blocks of records apart."""

    def decode(self, records: bytes) -> Decoded | None:
        """Take apart records that have commas between them; None if that is not JSON."""


@lru_cache(maxsize=1)
def make_decoder() -> Decoder:
    """Give the process's decoder: simdjson where it is installed, else the portable one."""
    if importlib.util.find_spec("simdjson"):
        from .simd import SimdDecoder

        return SimdDecoder()
    from .portable import PortableDecoder

    return PortableDecoder()


def is_regular(records: bytes, decoded: Decoded) -> bool:
    """Prove by counting that every ladder taken apart is a flat list of regular rows, and so every list of pairs.

    The buffers say how many numbers there are, the shape how many brackets and regular rows. With as many rows as
    the numbers fill, and no bracket more than those rows and their lists need, there is no room for another shape.
    An escape could smuggle a bracket past the count, so the texts of records that have one are left out of it. Records
    that were not taken apart prove nothing here.
    """
    plain = b"\\" not in records
    shape = (records if plain else TEXT.sub(b"", records)).translate(None, NUMBERS_AND_SPACE)
    rows = pairs = brackets = 0
    for parsed in decoded.records:
        if parsed is None:
            return False
        rows += parsed.ladder.nbytes // ROW_BYTES
        pairs += parsed.pairs.nbytes // PAIR_BYTES
        brackets += 1 + parsed.layout.has_max_priors
        for text in (parsed.extra, parsed.envelope):
            if text and "[" in text:
                words = text.encode()
                kept = (words if plain else TEXT.sub(b"", words)).translate(None, NUMBERS_AND_SPACE)
                rows += kept.count(ROW)
                pairs += kept.count(PAIR)
                brackets += kept.count(b"[") - 2 * kept.count(ROW) - kept.count(PAIR)
    return shape.count(ROW) == rows and shape.count(PAIR) == pairs and shape.count(b"[") == brackets + 2 * rows + pairs


def has_shape(records: bytes, alike: Alike, keys: tuple[str, ...]) -> bool:
    """Prove that records have these fields in this order, and nothing but regular rows and pairs in their lists.

    What is left of the text without numbers and space must be what such records leave. False proves nothing.
    """
    ticker = alike.columns[alike.layout.names.index("ticker")][0]
    if len(ticker) > _MOST_LETTERS or max(alike.rows) > _MOST_ROWS or max(alike.pair_rows) > _MOST_ROWS:
        return False
    sizes = zip(alike.rows, alike.pair_rows, strict=True)
    expected = b",".join([_shape(keys, ticker, rows, pairs) for rows, pairs in sizes])
    return records.translate(None, NUMBERS_AND_SPACE) == expected


@lru_cache(maxsize=512)
def _shape(keys: tuple[str, ...], ticker: str, rows: int, pairs: int) -> bytes:
    """Give what a record of regular shape leaves without numbers and space."""
    values = {
        "ticker": b'"' + ticker.encode() + b'"',
        "strikes": b"[" + b",".join([ROW] * rows) + b"]",
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
