"""What is kept of footers says the same as pyarrow, which reads all of them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gexlake.adapters.disk.lake_folder import LADDERS, SNAPSHOTS
from gexlake.adapters.parquet.footers import Footer
from gexlake.adapters.parquet.part_writer import SNAPSHOTS_OF_A_GROUP
from gexlake.adapters.parquet.paths import LakePaths
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.testing.builders import make_key, make_snapshots, make_tables

#: The list of row groups begins with its length: in one byte, or behind one.
COUNTS = (1, 15, 130)


class InMemory:
    """The bytes of a file."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def read(self, begin: int, end: int) -> bytes:
        """Give some of them."""
        return self.raw[begin:end]

    def whole(self) -> pq.FileMetaData:
        """Have pyarrow read the footer."""
        return pq.read_metadata(pa.BufferReader(self.raw))

    def footer(self) -> Footer:
        """Learn it."""
        return Footer.read(self.read, len(self.raw), lambda: Footer.of(self.whole()))


def bounds(footer: Footer) -> list[list[int]]:
    """Give all numbers of a footer."""
    return [column.tolist() for column in (footer.firsts, footer.lasts, footer.begins, footer.rows)]


@pytest.fixture(scope="module", params=[(kind, count) for kind in (LADDERS, SNAPSHOTS) for count in COUNTS], ids=str)
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> InMemory:
    """Write a part of some row groups, not in order, and give one of its files."""
    kind, count = request.param
    folder, key = tmp_path_factory.mktemp("lake"), make_key()
    writer = ParquetStrikeSink(folder).stage(key, {1: "a \\x18\x0cgexlake.part path"})
    # Snapshots make a row group when there are enough of them, ladders always.
    times = SNAPSHOTS_OF_A_GROUP if kind == SNAPSHOTS else 1
    for n in range(count):
        few = make_tables(make_snapshots(1 + n % 3, second=1000 - 5 * n))
        writer.write(*(pa.concat_tables([rows] * times).combine_chunks() for rows in few))
    writer.close()
    made = InMemory(LakePaths(Path(folder)).staged(key, kind).read_bytes())
    assert made.whole().num_row_groups == count
    return made


def test_a_footer_is_learned_without_pyarrow(file: InMemory):
    """It says the same, and takes a fraction of the memory."""
    learned, read = file.footer(), Footer.of(file.whole())
    assert not isinstance(learned.said, pq.FileMetaData)
    assert bounds(learned) == bounds(read)
    assert learned.size < 2500 + 60 * len(learned.rows)


def test_row_groups_are_read_by_what_their_footer_says_of_them(file: InMemory):
    """One, some that do not follow one another, all of them."""
    footer, whole = file.footer(), pq.ParquetFile(pa.BufferReader(file.raw))
    last = len(footer.rows) - 1
    for groups in ([0], [last], sorted({last // 3, last}), list(range(last + 1))):
        metadata, numbers = footer.metadata(file.read, groups)
        found = pq.ParquetFile(pa.BufferReader(file.raw), metadata=metadata).read_row_groups(numbers)
        assert found.equals(whole.read_row_groups(groups))
        assert found.schema == whole.schema_arrow
        assert metadata.num_rows == footer.rows[groups[0] : groups[-1] + 1].sum()


def test_the_footer_of_another_writer_is_left_to_pyarrow():
    """Also of a file without rows, and of columns without statistics."""
    made = pa.table({"timestamp": pa.array([5, 7, 9], pa.timestamp("us", tz="UTC"))})
    for table, options, found in (
        (made, {"row_group_size": 2}, [[5, 9], [7, 9]]),
        (made, {"write_statistics": False}, [[-(2**63)], [2**63 - 1]]),
        (made.slice(3), {}, [[-(2**63)], [2**63 - 1]]),
    ):
        pq.write_table(table, out := pa.BufferOutputStream(), **options)
        footer = InMemory(out.getvalue().to_pybytes()).footer()
        assert isinstance(footer.said, pq.FileMetaData)
        assert bounds(footer)[:2] == found


@settings(max_examples=50)
@given(data=st.data())
def test_a_damaged_footer_misplaces_nothing(file: InMemory, data: st.DataObject):
    """Whatever byte of it is another one: pyarrow is asked, or the row groups are where they were."""
    length = int.from_bytes(file.raw[-8:-4], "little")
    raw = bytearray(file.raw)
    raw[-1 - data.draw(st.integers(0, length + 7))] = data.draw(st.integers(0, 255))
    asked = file.footer()
    found = Footer.read(InMemory(bytes(raw)).read, len(raw), lambda: Footer.of(file.whole()))
    assert bounds(found)[2:] == bounds(asked)[2:]
