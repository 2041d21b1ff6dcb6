"""Footers in which nothing is understood but where each row group begins and ends, and between which moments it lies.

A footer is one structure of Thrift's compact protocol. pyarrow makes objects of all columns of all row groups, which
takes milliseconds and megabytes for a full day; a reader of one ladder wants one row group. So its bytes are cut out,
put between the beginning and the end of the footer, and only that is given to pyarrow.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...application.columns.arrays import Ints
from .thrift import ANY, number, unsigned, written

#: Gives the bytes of a file, from where to where.
Read = Callable[[int, int], "bytes | bytearray"]
_MAGIC = b"PAR1"

#: How a row group goes on after the list of its columns has begun: with the timestamps.
_TIMESTAMPS = b"\x26\x00\x1c\x15\x04\x19\x25\x06\x00\x19\x18\x09timestamp\x15\x0c"
#: The same as far as their statistics: number of values, sizes, place of the first page, latest and earliest.
_HEAD = re.compile(
    re.escape(_TIMESTAMPS)
    + rb"\x16(%b)\x16%b\x16%b\x26(%b)\x3c(?:\x18\x08.{8}){2}" % (ANY, ANY, ANY, ANY)
    + rb"\x16\x00\x28\x08(.{8})\x18\x08(.{8})\x11\x11\x00",
    re.DOTALL,
)
#: How it ends: size unpacked, number of rows, place, size.
_TAIL = re.compile(rb"\x00\x16%b\x16(%b)\x26(%b)\x16(%b)\x00\Z" % (ANY, ANY, ANY, ANY), re.DOTALL)
#: What stands between the schema and the first row group: number of rows, and that a list of row groups follows.
_BEFORE = re.compile(rb"\x00\x16(%b)\x19(?:[\x1c-\xec]|\xfc(%b))\Z" % (ANY, ANY), re.DOTALL)
#: What stands behind it: what gexlake says of a part, and who wrote the file, with the usual order of columns.
_ABOUT, _WRITER = b"\x18\x0cgexlake.part\x18", b"parquet-cpp-arrow version "
_AFTER = re.compile(
    rb"\x18([\x01-\x7f]%b[\x20-\x7e]+\x19(?:[\x1c-\xec]|\xfc[\x0f-\x7f])(?:\x1c\x00\x00)+\x00)\Z" % _WRITER
)
#: Bytes that are looked at for an end of which only its own end is known.
_LONGEST = 46


@dataclass(frozen=True, slots=True)
class Spliced:
    """What makes a footer of some row groups: the schema, the bytes in the file at which they are told of, the end."""

    schema: bytes
    places: Ints
    end: bytes

    def metadata(self, read: Read, groups: Sequence[int], rows: int) -> pq.FileMetaData:
        """Have pyarrow understand what is said of row groups that follow one another."""
        first, last = int(self.places[groups[0]]), int(self.places[groups[-1] + 1])
        counts = b"\x16", written(rows << 1), b"\x19\xfc", written(groups[-1] - groups[0] + 1)
        said = b"".join((self.schema, *counts, read(first, last), self.end))
        made: pq.FileMetaData = pickle.loads(_pickled(), buffers=[said])  # noqa: S301  # the pickle is our own
        return made


class Told(NamedTuple):
    """What is understood of a footer; see ``Footer``."""

    firsts: Ints
    lasts: Ints
    begins: Ints
    rows: Ints
    said: Spliced


def learned(raw: bytes, begin: int) -> Told | None:
    """Find the row groups in a footer (with its length and the magic bytes) that begins at a byte; None if in doubt.

    In doubt is whatever gexlake's sink does not write, and whatever does not agree with itself: row groups must be as
    many as the footer says, have as many rows as it says, and fill the file up to it without a gap.
    """
    places = [found.start() for found in re.finditer(re.escape(_TIMESTAMPS), raw)]
    about = raw.find(_ABOUT, places[-1]) if places else -1
    after = _AFTER.search(raw, max(0, raw.rfind(_WRITER) - 2), len(raw) - 8)
    if about < 0 or after is None or not raw.endswith(_MAGIC):
        return None
    # The list of columns begins with its length: in one byte, or behind one.
    lead = 3 if raw[places[0] - 3 : places[0] - 1] == b"\x19\xfc" else 2
    edges = [*(place - lead for place in places), about - 2]
    before = _BEFORE.search(raw, max(0, edges[0] - _LONGEST), edges[0])
    heads = [found for place in places if (found := _HEAD.match(raw, place))]
    tails = [found for edge in edges[1:] if (found := _TAIL.search(raw, edge - _LONGEST, edge))]
    # Values and place of the timestamps are rows and place of the row group, written the same way.
    if before is None or [head.group(1, 2) for head in heads] != [tail.group(1, 2) for tail in tails]:
        return None
    rows, begins, sizes = np.array([[number(one) for one in tail.groups()] for tail in tails]).T
    agreed = (
        len(tails) == (unsigned(before[2]) if before[2] else before[0][-1] >> 4) == len(places)
        and rows.sum() == number(before[1])
        and (begins + sizes == np.append(begins[1:], begin)).all()
    )
    if not agreed:
        return None
    lasts, firsts = (np.array([int.from_bytes(head[n], "little", signed=True) for head in heads]) for n in (3, 4))
    schema = raw[: before.start() + 1]
    said = Spliced(schema, np.array(edges) + begin, b"\x28" + after[1])
    return Told(firsts, lasts, np.append(begins, begin), rows, said)


@lru_cache(maxsize=1)
def _pickled() -> bytes:
    """Give a pickle of metadata without their bytes: nothing else that pyarrow promises makes them of bytes alone."""
    empty = pa.BufferOutputStream()
    pq.write_table(pa.table({"timestamp": pa.array([], pa.int64())}), empty)
    return pickle.dumps(pq.read_metadata(pa.BufferReader(empty.getvalue())), protocol=5, buffer_callback=lambda _: None)
