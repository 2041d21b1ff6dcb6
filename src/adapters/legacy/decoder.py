"""What a decoder gives for a block of records, and the proof that their ladders have the regular shape."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

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
NO_NUMBERS = memoryview(b"")


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


@dataclass(slots=True)
class Decoded:
    """The records of a block in order: taken apart, None for those only the model can judge, or skipped."""

    records: list[Parsed | None] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    #: Whether the shape of every row that was taken apart is proven.
    regular: bool = True


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


def can_be_kept(text: str) -> bool:
    """Whether no object within some kept fields (a JSON object themselves) names a field twice or is nested deeply."""
    if "{" not in text[1:] and text.count("[") < MAX_DEPTH:
        return True
    try:
        return not too_deep(parse_json(text.encode()), MAX_DEPTH + 1)
    except RuleBroken:
        return False
