"""Files of parts that stay open for the next question."""

import os
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.parquet.open_files import OpenFile
from gexlake.adapters.parquet.part_writer import SNAPSHOTS_OF_A_GROUP
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.served.lake import ServedLake
from gexlake.application.asking.at_once import WouldWait, at_once
from gexlake.application.asking.query_gex import QueryGex
from gexlake.application.ports.strike_source import WHOLE_ROW
from gexlake.domain.errors import LakeDamaged
from gexlake.domain.parts import Part
from gexlake.testing.builders import FEED, NOON, make_key, make_snapshots, make_tables
from support.serving import put

pytestmark = pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="Linux alone tells what it holds in memory")
LATER = NOON + timedelta(seconds=SNAPSHOTS_OF_A_GROUP)
#: Both kinds of files, asked from a moment to that same moment.
ASKED: tuple[Callable[[ParquetStrikeSource, Part, Any], pa.Table], ...] = (
    lambda source, part, moment: source.ladders([part], moment, moment),
    lambda source, part, moment: source.snapshots_between(part, moment, moment),
)


@pytest.fixture(scope="module")
def first() -> tuple[pa.Table, pa.Table]:
    """Make what is a row group of either file."""
    return make_tables(make_snapshots(SNAPSHOTS_OF_A_GROUP))


@pytest.fixture
def part(tmp_path: Path, first: tuple[pa.Table, pa.Table]) -> Part:
    """Publish a part of two row groups, one that begins at noon and one that begins ``LATER``."""
    sink = ParquetStrikeSink(tmp_path)
    writer = sink.stage(make_key())
    for tables in (first, make_tables(make_snapshots(3, second=SNAPSHOTS_OF_A_GROUP))):
        writer.write(*tables)
    written = writer.close()
    sink.publish([written])
    return written


def open_parts(folder: Path) -> list[str]:
    """Name the files of a lake's parts that this process has open, removed ones too."""
    there = [str(place.readlink()) for place in Path("/proc/self/fd").iterdir() if place.is_symlink()]
    return [path for path in there if path.startswith(str(folder)) and ".parquet" in path]


@pytest.mark.parametrize("ask", ASKED)
def test_what_the_system_holds_in_memory_is_read_at_once(tmp_path: Path, part: Part, ask: Callable[..., pa.Table]):
    """Once the footer is known; before, one waits."""
    source, fresh = ParquetStrikeSource(tmp_path), ParquetStrikeSource(tmp_path)
    source.remember(1 << 20)
    with pytest.raises(WouldWait), at_once():
        ask(source, part, NOON)
    ask(source, part, NOON)
    with at_once():
        found = ask(source, part, LATER)
    assert found.num_rows
    assert found.equals(ask(fresh, part, LATER))


def test_few_bytes_of_a_file_are_at_hand(tmp_path: Path):
    """Not many, for they take long to decode; nor what is not in the file."""
    path = tmp_path / "file"
    pq.write_table(pa.table({"a": range(300_000)}), path, compression="none", use_dictionary=False)
    with OpenFile(path) as file:
        assert file.at_hand(0, 1000)
        assert not file.at_hand(0, 1 << 20)
        assert not file.at_hand(path.stat().st_size - 10, path.stat().st_size + 10)


def test_bytes_of_a_file_are_those_on_the_disk(tmp_path: Path):
    """Where nobody may wait too, if the system has them; what is not in the file is missed."""
    (path := tmp_path / "file").write_bytes(b"0123456789")
    with OpenFile(path) as file:
        with at_once():
            assert file.read(2, 5) == b"234"
            with pytest.raises(WouldWait) as missing:
                file.read(8, 12)
        assert file.read(0, 10) == b"0123456789"
        with pytest.raises(OSError, match="byte 12"):
            file.read(8, 12)
        path.write_bytes(b"0123456789ab")
        assert missing.value.bring is not None
        missing.value.bring()
        with at_once():
            assert file.read(8, 12) == b"89ab"
            with pytest.raises(WouldWait) as much:
                file.read(0, 1 << 20)
    assert much.value.bring is None
    path.unlink()
    missing.value.bring()


@pytest.mark.parametrize("ask", ASKED)
def test_a_removed_part_is_missed_although_it_was_open(tmp_path: Path, part: Part, ask: Callable[..., pa.Table]):
    """Whoever asks for what is not remembered of it is told, and it takes no place on the disk any more."""
    source = ParquetStrikeSource(tmp_path)
    source.remember(1 << 20)
    ask(source, part, NOON)
    assert len(open_parts(tmp_path)) == 1
    ParquetStrikeSink(tmp_path).retire(part)
    with pytest.raises(LakeDamaged):
        ask(source, part, LATER)
    assert open_parts(tmp_path) == []


def test_ladders_are_remembered_by_the_pages_that_were_unpacked(tmp_path: Path, part: Part):
    """As long as there is memory, the file is not asked again, whatever of them is wanted; of others it is."""
    source = ParquetStrikeSource(tmp_path)
    source.remember(1 << 23)
    whole = source.ladders([part], NOON, NOON + timedelta(seconds=2))
    ParquetStrikeSink(tmp_path).retire(part)
    for second in (0, 1, 2):
        moment = NOON + timedelta(seconds=second)
        assert source.ladders([part], moment, moment).equals(whole.slice(3 * second, 3))
    source.remember(0)
    with pytest.raises(LakeDamaged):
        source.ladders([part], NOON, NOON)


def test_what_was_read_ahead_is_asked_of_no_file(tmp_path: Path, part: Part):
    """Whatever of the part is wanted, and whatever of it was asked for before."""
    source, fresh = ParquetStrikeSource(tmp_path), ParquetStrikeSource(tmp_path)
    asked = [(ask, moment) for ask in ASKED for moment in (NOON, LATER)]
    expected = [ask(fresh, part, moment) for ask, moment in asked]
    source.remember(1 << 23)
    source.ladders([part], NOON, NOON)
    assert len(list(source.read_ahead([part]))) == 2  # a step a file
    assert list(source.read_ahead([part])) == []
    ParquetStrikeSink(tmp_path).retire(part)
    assert [ask(source, part, moment) for ask, moment in asked] == expected


def test_a_long_answer_is_put_together_of_what_was_read_ahead(tmp_path: Path):
    """In no file's stead, but where one may wait: so many rows take long."""
    sink, source = ParquetStrikeSink(tmp_path), ParquetStrikeSource(tmp_path)
    writer = sink.stage(make_key())
    for number in range(6):
        writer.write(*make_tables(make_snapshots(150, second=150 * number)))
    sink.publish([part := writer.close()])
    first, last = NOON + timedelta(seconds=70), NOON + timedelta(seconds=880)
    asked = (WHOLE_ROW, ("timestamp", "strike", "gamma"))
    expected = [source.ladders([part], first, last, columns) for columns in asked]
    source.remember(1 << 23)
    assert len(list(source.read_ahead([part]))) == 2
    sink.retire(part)
    assert [source.ladders([part], first, last, columns) for columns in asked] == expected
    with pytest.raises(WouldWait), at_once():
        source.ladders([part], first, last)


def test_parts_are_read_ahead_as_far_as_there_is_memory(tmp_path: Path, part: Part):
    """Snapshots before ladders, and nothing where nothing is to be remembered; one that is gone is passed over."""
    source = ParquetStrikeSource(tmp_path)
    assert list(source.read_ahead([part])) == []
    source.remember(400_000)
    gone = part.model_copy(update={"key": make_key()})
    assert len(list(source.read_ahead([gone, part]))) == 2
    ParquetStrikeSink(tmp_path).retire(part)
    assert source.snapshots_between(part, NOON, NOON).num_rows
    with pytest.raises(LakeDamaged):
        source.ladders([part], LATER, LATER)


def test_open_files_go_with_their_footers(tmp_path: Path, part: Part):
    """The memory that both take is counted once."""
    source = ParquetStrikeSource(tmp_path)
    source.remember(1 << 20)
    source.ladders([part], NOON, NOON)
    assert len(open_parts(tmp_path)) == 1
    source.remember(1)
    assert open_parts(tmp_path) == []


def test_a_server_closes_what_a_commit_removes(tmp_path: Path):
    """Nobody would ask for it again."""
    with closing(DuckDbLake(tmp_path, ParquetStrikeSink(tmp_path), ParquetStrikeSource(tmp_path))) as lake:
        put(lake, make_snapshots(3))
        served = ServedLake(lake, 1 << 20)
        (held,) = served.snapshots.parts()
        assert len(open_parts(tmp_path)) == 2
        served.snapshots.remove_part(held)
        assert open_parts(tmp_path) == []


def test_a_server_need_not_look_for_the_parts_that_it_begins_with_or_that_come(tmp_path: Path):
    """Their files are open and their footers known; one that is missing is told to whoever asks about it."""
    with closing(DuckDbLake(tmp_path, ParquetStrikeSink(tmp_path), ParquetStrikeSource(tmp_path))) as lake:
        put(lake, make_snapshots(3))
        put(lake, make_snapshots(3, second=86_400))
        (gone,) = (part for part in lake.snapshots.parts() if part.first > NOON)
        ParquetStrikeSink(tmp_path).retire(gone)
        served = ServedLake(lake, 1 << 20)
        put(served, make_snapshots(3, second=2 * 86_400))
        query = QueryGex(served)
        for days in (0, 2):
            with at_once():
                assert query.at(FEED, NOON + timedelta(days=days), ladders=True).ladders.num_rows
        with pytest.raises(LakeDamaged):
            query.at(FEED, NOON + timedelta(days=1), ladders=True)
