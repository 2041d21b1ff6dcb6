"""Reading ladders out of the pages of a row group: only those pages are unpacked that hold them.

This reads what gexlake's sink writes and nothing else: plain numbers, zstd, one structure of page headers. Whatever
looks different is left to pyarrow, which reads whole row groups, of any writer.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...application.columns.arrays import Flags
from ...application.columns.schemas import STRIKE_SCHEMA, UTC_MICROS
from .footers import Footer
from .row_groups import RowGroup
from .spliced import Spliced
from .thrift import ANY, number, unsigned, written

_ZSTD = pa.Codec("zstd")
#: A page of data: size unpacked and packed, number of values, plain, levels as runs, statistics or none; then zstd.
_PAGE = re.compile(
    rb"\x15\x00\x15(%b)\x15(%b)\x2c\x15(%b)\x15\x00\x15\x06\x15\x06" % (ANY, ANY, ANY)
    + rb"\x1c(?:(?:\x18\x08.{8}){2}\x16\x00\x28\x08.{8}\x18\x08.{8}\x11\x11)?\x00\x00\x00(?=\x28\xb5\x2f\xfd)",
    re.DOTALL,
)
#: Bytes of the length of what says which values are there, and of a value.
_LENGTH, _NUMBER = 4, 8
_COUNT = re.compile(ANY)
_EVER = np.iinfo(np.int64)
_PLAIN = list(STRIKE_SCHEMA)[1:]
_DOUBLES = pa.float64()
#: Of the same sizes there are many pages.
_number = lru_cache(maxsize=1024)(number)


class NotOurs(Exception):  # no error: pyarrow is asked instead
    """What is read does not look as gexlake's sink writes it."""


#: Where a page lies in its row group: its first row and that of the next one, its bytes, how many they are unpacked.
_Page = tuple[int, int, int, int, int]


class Piece(NamedTuple):
    """Rows of a row group that follow one another by timestamp: all those after a moment and before another one."""

    rows: RowGroup
    after: int
    before: int

    @classmethod
    def whole_of(cls, rows: RowGroup) -> Piece:
        """Make one of all the rows of a row group."""
        return cls(rows, _EVER.min, _EVER.max)

    def has(self, first: int, last: int) -> bool:
        """Say whether no rows between two moments, both included, are missing."""
        return self.after < first and last < self.before

    @property
    def whole(self) -> bool:
        """Say whether it is all of its row group."""
        return (self.after, self.before) == (_EVER.min, _EVER.max)


def piece_with(footer: Footer, group: int, raw: memoryview, first: int, last: int) -> Piece:
    """Unpack the pages that hold the rows between two moments, both included, out of the bytes of a row group.

    Raises:
        NotOurs: pyarrow has to read it.
        OSError: what is packed is damaged.
    """
    if not isinstance(footer.said, Spliced) or footer.said.schema != _schema():
        raise NotOurs
    chunks = _chunks(raw, int(footer.rows[group]))
    micros = np.concatenate([_numbers(_unpacked(raw, page), page, np.int64)[0] for page in chunks[0]])
    if (micros[1:] < micros[:-1]).any():
        raise NotOurs
    low, high = int(micros.searchsorted(first, "left")), int(micros.searchsorted(last, "right"))
    if low < high:
        low = max(row for row, *_ in chunks[0] if row <= low)
        high = min(end for _, end, *_ in chunks[0] if end >= high)
    held = micros[low:high].copy()
    columns = [pa.Array.from_buffers(UTC_MICROS, len(held), [None, pa.py_buffer(held)])]
    for field, pages in zip(_PLAIN, chunks[1:], strict=True):
        wanted = [page for page in pages if page[0] < high and page[1] > low]
        columns.append(_column(raw, wanted, low, high, nullable=field.nullable))
    rows = pa.Table.from_arrays(columns, schema=STRIKE_SCHEMA)
    after = int(micros[low - 1]) if low else _EVER.min
    return Piece(RowGroup(rows, held), after, int(micros[high]) if high < len(micros) else _EVER.max)


def _chunks(raw: memoryview, rows: int) -> list[list[_Page]]:
    """Find the pages of all columns."""
    chunks, at, match = [], 0, _PAGE.match
    for _ in STRIKE_SCHEMA.names:
        pages, row = [], 0
        while row < rows:
            if (found := match(raw, at)) is None:
                raise NotOurs
            size, packed, count = found.groups()
            begin, after = found.end(), row + _number(count)
            at = begin + number(packed)
            if not row < after <= rows or not begin < at <= len(raw):
                raise NotOurs
            pages.append((row, after, begin, at, _number(size)))
            row = after
        chunks.append(pages)
    if at != len(raw):
        raise NotOurs
    return chunks


def _unpacked(raw: memoryview, page: _Page) -> bytes:
    """Unpack a page."""
    row, after, begin, end, size = page
    # A value and its level take no more.
    if not 0 < size <= (after - row + 1) * (_NUMBER + 1) + _LENGTH:
        raise NotOurs
    unpacked: bytes = _ZSTD.decompress(raw[begin:end], size, asbytes=True)
    return unpacked


def _column(raw: memoryview, pages: list[_Page], low: int, high: int, *, nullable: bool) -> pa.Array:
    """Give the numbers of some rows of a column, which lie in these pages; no page is kept in memory with them."""
    values, absent = np.empty(high - low), None
    for page in pages:
        row, after, *_ = page
        begin, end = max(low, row), min(high, after)
        into, some = slice(begin - low, end - low), slice(begin - row, end - row)
        found, present = _numbers(_unpacked(raw, page), page, np.float64, nullable=nullable)
        values[into] = found[some]
        if present is not None:
            absent = np.zeros(high - low, np.bool_) if absent is None else absent
            absent[into] = ~present[some]
    if absent is not None:
        return pa.array(values, mask=absent)
    return pa.Array.from_buffers(_DOUBLES, len(values), [None, pa.py_buffer(values)])


def _numbers(
    unpacked: bytes, page: _Page, kind: type[Any], *, nullable: bool = False
) -> tuple[np.ndarray[Any, Any], Flags | None]:
    """Give the numbers of a page, zero for those that are absent, and which are there; None is all."""
    begin, count, present = 0, page[1] - page[0], None
    if nullable:
        begin = len(all_there := _all_there(count))
        if not unpacked.startswith(all_there):
            begin = _LENGTH + int.from_bytes(unpacked[:_LENGTH], "little")
            present = _levels(unpacked[_LENGTH:begin], count)
            count = int(np.count_nonzero(present))
    if len(unpacked) != begin + count * _NUMBER:
        raise NotOurs
    values = np.frombuffer(unpacked, kind, count, begin)
    if present is None:
        return values, None
    spread = np.zeros(len(present), kind)
    spread[present] = values
    return spread, present


@lru_cache(maxsize=1024)
def _all_there(rows: int) -> bytes:
    """Give what a page begins with in which all rows have a value: the length of the levels, and one run of them."""
    levels = written(rows << 1) + b"\x01"
    return len(levels).to_bytes(_LENGTH, "little") + levels


def _levels(raw: bytes, rows: int) -> Flags:
    """Say which rows of a page have a value: runs of one level, or of eight levels a byte."""
    levels, at, seen = np.empty(rows, np.bool_), 0, 0
    while seen < rows:
        if (found := _COUNT.match(raw, at)) is None:
            raise NotOurs
        count, packed = divmod(unsigned(found[0]), 2)
        at = found.end() + (count if packed else 1)
        run = np.frombuffer(raw[found.end() : at], np.uint8)
        if not 0 < count <= rows or len(run) != at - found.end() or not (packed or seen + count <= rows):
            raise NotOurs
        flags = np.unpackbits(run, bitorder="little")[: rows - seen] if packed else run.repeat(count)
        levels[seen : seen + len(flags)] = flags
        seen += len(flags)
    if at != len(raw):
        raise NotOurs
    return levels


@lru_cache(maxsize=1)
def _schema() -> bytes:
    """Give the schema as the footers of our ladder files begin with it."""
    row = dict.fromkeys(STRIKE_SCHEMA.names, 0)
    table = pa.Table.from_pylist([row], STRIKE_SCHEMA.with_metadata({b"gexlake.part": b""}))
    pq.write_table(table, out := pa.BufferOutputStream(), compression="zstd", use_dictionary=False)
    raw = out.getvalue().to_pybytes()
    by_arrow = partial(pq.read_metadata, pa.BufferReader(raw))
    said = Footer.read(lambda begin, end: raw[begin:end], len(raw), lambda: Footer.of(by_arrow())).said
    return said.schema if isinstance(said, Spliced) else b""
