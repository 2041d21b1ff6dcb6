"""Ladders that are read page by page are those that pyarrow reads, to the last bit."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gexlake.adapters.parquet.footers import Footer
from gexlake.adapters.parquet.pages import NotOurs, piece_with
from gexlake.adapters.parquet.part_writer import ladder_encoding
from gexlake.application.columns.schemas import LADDER_NUMBERS, STRIKE_SCHEMA

COLUMNS = STRIKE_SCHEMA.names
NUMBERS = st.floats(allow_nan=False, width=64)


class File:
    """A file in memory of row groups of so many rows, cut into pages of so many."""

    def __init__(self, rows: pa.Table, group: int, page: int, **options: Any) -> None:
        table = rows.replace_schema_metadata({b"gexlake.part": b"p"})
        out = pa.BufferOutputStream()
        pq.write_table(
            table, out, row_group_size=group, **ladder_encoding(group) | {"write_batch_size": page} | options
        )
        self.raw = out.getvalue().to_pybytes()
        self.footer = Footer.read(
            lambda begin, end: self.raw[begin:end], len(self.raw), lambda: Footer.of(self.whole())
        )

    def whole(self) -> pq.FileMetaData:
        """Have pyarrow read the footer."""
        return pq.read_metadata(pa.BufferReader(self.raw))

    def asked(self, first: int, last: int, raw: bytes = b"") -> pa.Table:
        """Read page by page."""
        found = []
        for group in self.footer.groups(first, last):
            begin, end = self.footer.extent([group])
            piece = piece_with(self.footer, group, memoryview(raw or self.raw)[begin:end], first, last)
            assert piece.has(first, last)
            found.append(piece.rows.between(first, last))
        return pa.concat_tables(found)


def ladders(moments: list[int], **numbers: Any) -> pa.Table:
    """Make rows at some moments; columns that are not given are zero."""
    count = len(moments)
    columns = [numbers.get(name, [0.0] * count) for name in LADDER_NUMBERS]
    return pa.Table.from_arrays(
        [pa.array(moments, STRIKE_SCHEMA.field(0).type), *(pa.array(column, pa.float64()) for column in columns)],
        schema=STRIKE_SCHEMA,
    )


def bits(table: pa.Table) -> dict[str, list[int | None]]:
    """Give the bits of all numbers, which tell -0.0 from 0.0; None where there is none."""
    whole = table.combine_chunks()
    return {name: whole[name].chunk(0).view(pa.int64()).to_pylist() if len(whole) else [] for name in COLUMNS}


@st.composite
def _tables(draw: st.DrawFn) -> pa.Table:
    moments = sorted(draw(st.lists(st.integers(0, 6), min_size=1, max_size=70)))
    absent = draw(st.sampled_from(["none", "some", "runs", "all"]))
    count = len(moments)
    numbers: dict[str, Any] = {}
    for name in LADDER_NUMBERS:
        values: list[float | None] = list(draw(st.lists(NUMBERS, min_size=count, max_size=count)))
        if name.startswith("prior"):
            if absent == "some":
                gone = draw(st.lists(st.booleans(), min_size=count, max_size=count))
                values = [None if none else value for value, none in zip(values, gone, strict=True)]
            elif absent == "runs":
                values = [None if moment % 2 else value for value, moment in zip(values, moments, strict=True)]
            elif absent == "all":
                values = [None] * count
        numbers[name] = values
    return ladders(moments, **numbers)


@settings(max_examples=150)
@given(_tables(), st.integers(1, 80), st.integers(1, 80), st.integers(-1, 7), st.integers(-1, 7))
def test_pages_give_what_pyarrow_gives(rows: pa.Table, group: int, page: int, one: int, other: int):
    """Of one row group or several, one page or many, with or without priors."""
    file, (first, last) = File(rows, group, page), sorted((one, other))
    if not file.footer.groups(first, last):
        return
    micros = rows["timestamp"].cast(pa.int64()).to_numpy()
    expected = rows.filter(pa.array((micros >= first) & (micros <= last)))
    found = file.asked(first, last)
    found.validate(full=True)
    assert found.schema == STRIKE_SCHEMA
    assert bits(found) == bits(expected)


def test_long_runs_of_priors_are_told_apart():
    """Many ladders with them, then many without, then some that lack every third."""
    gone = np.array([False] * 3000 + [True] * 3000 + [n % 3 == 0 for n in range(3000)])
    prior = pa.array(np.arange(9000.0), mask=gone)
    rows = ladders([n // 100 for n in range(9000)], prior_1=np.arange(9000.0), prior_2=prior, prior_5=prior)
    file = File(rows, 9000, 2500)
    for first, last in ((0, 0), (24, 25), (29, 30), (59, 60), (77, 80), (0, 89)):
        assert file.asked(first, last).equals(rows.slice(first * 100, (last + 1 - first) * 100))


def test_a_piece_knows_what_it_has():
    """All rows of its pages, but of the moments at its ends only if no row of them lies in the next page."""
    file = File(ladders([1, 1, 2, 2, 3, 3, 3]), 7, 3)
    begin, end = file.footer.extent([0])
    for asked, has, lacks in ((1, (0, 1), (1, 2)), (2, (0, 2), (2, 3)), (3, (3, 9), (2, 3))):
        piece = piece_with(file.footer, 0, memoryview(file.raw)[begin:end], asked, asked)
        assert (piece.has(*has), piece.has(*lacks)) == (True, False)


@pytest.mark.parametrize(
    "options",
    [
        {"use_dictionary": True},
        {"use_dictionary": ["prior_5"]},
        {"column_encoding": {"gamma": "BYTE_STREAM_SPLIT"}},
        {"compression": "none", "compression_level": None},
        {"compression": "lz4", "compression_level": None},
        {"data_page_version": "2.0"},
        {"write_page_checksum": True},
    ],
    ids=str,
)
def test_other_pages_are_left_to_pyarrow(options: dict[str, Any]):
    """Whatever the sink does not write."""
    with pytest.raises(NotOurs):
        File(ladders([1, 2, 3]), 3, 2, **options).asked(2, 2)


def test_other_columns_and_rows_out_of_order_are_left_to_pyarrow():
    """Rows within a row group; row groups may lie in any order."""
    others = ladders([1]).select(["timestamp", *reversed(LADDER_NUMBERS)])
    for file in (File(others, 1, 1), File(ladders([1, 3, 2]), 3, 2)):
        with pytest.raises(NotOurs):
            file.asked(1, 3)


@settings(max_examples=300)
@given(st.data())
def test_damaged_pages_give_nothing_else_than_pyarrow(data: st.DataObject):
    """Whatever byte is another one: pyarrow reads the same, or refuses rows that were not asked for."""
    rows = ladders(
        [n // 5 for n in range(40)], gamma=np.arange(40.0), prior_3=[n if n % 7 else None for n in range(40)]
    )
    file = File(rows, 40, 15)
    raw = bytearray(file.raw)
    raw[data.draw(st.integers(4, int(file.footer.begins[-1]) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = file.asked(4, 4, raw=bytes(raw))
        whole = pq.ParquetFile(pa.BufferReader(bytes(raw)), metadata=file.whole()).read_row_group(0)
    except (NotOurs, OSError, pa.ArrowException):
        return
    micros = whole["timestamp"].cast(pa.int64()).to_numpy()
    assert bits(found) == bits(whole.filter(pa.array(micros == 4)))
