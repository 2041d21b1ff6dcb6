"""Reading ahead, which another process does if it is not little: answers stay the same, whatever becomes of it."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import active_children
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gexlake.adapters.disk.lake_folder import LADDERS, SNAPSHOTS
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.asking.at_once import at_once
from gexlake.domain.errors import LakeDamaged
from gexlake.domain.parts import Part
from gexlake.domain.snapshot import StrikeLevel
from gexlake.testing.builders import NOON, make_key, make_ladder, make_snapshots, make_tables, stage_part
from support.nameless import without_name

#: Elsewhere ladders are read into memory.
ON_DISK = pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="Linux alone tells what it holds in memory")
ROOM = 1 << 24
SECOND = timedelta(seconds=1)
#: Parts of a step: that many row groups are taken together.
STEP = 16
#: Parts of a lake of which reading ahead is not little.
MANY = 4 * STEP


def publish(folder: Path, number: int, strikes: list[StrikeLevel]) -> Part:
    """Publish a small part, the later the higher its number."""
    sink = ParquetStrikeSink(folder)
    part, _ = stage_part(sink, make_snapshots(3, second=100 * number, strikes=strikes), unit=f"unit-{number}")
    sink.publish([part])
    return part


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Part]]:
    """Publish parts of two and of more decimals, in turns, in a folder that is only copied."""
    folder = tmp_path_factory.mktemp("published")
    return folder, [publish(folder, number, make_ladder(gamma=12.5 + number % 2 / 8)) for number in range(MANY)]


@pytest.fixture
def parts(published: tuple[Path, list[Part]], tmp_path: Path) -> list[Part]:
    """Give those parts, in the folder of the test."""
    shutil.copytree(published[0], tmp_path, dirs_exist_ok=True)
    return list(published[1])


def _in_row_groups(folder: Path, count: int, strikes: int = 3) -> Part:
    """Publish a part of so many row groups of sixty snapshots."""
    sink = ParquetStrikeSink(folder)
    writer = sink.stage(make_key())
    for number in range(count):
        ladder = make_ladder(range(1, strikes + 1), gamma=12.5 + number)
        writer.write(*make_tables(make_snapshots(60, second=60 * number, strikes=ladder)))
    sink.publish([part := writer.close()])
    return part


def reading(folder: Path, *, memory: int = ROOM, disk: int = ROOM) -> ParquetStrikeSource:
    """Give a source that may take some memory, and some of the disk."""
    source = ParquetStrikeSource(folder)
    source.remember(memory)
    source.spill(disk)
    return source


def ladders(source: ParquetStrikeSource, parts: list[Part]) -> list[pa.Table]:
    """Give the ladders of each part."""
    return [source.ladders([part], part.first, part.last) for part in parts]


def snapshots(source: ParquetStrikeSource, parts: list[Part]) -> list[pa.Table]:
    """Give the snapshots of each part."""
    return [source.snapshots_between(part, part.first, part.last) for part in parts]


@pytest.mark.parametrize(
    "disk", [pytest.param(ROOM, id="onto the disk", marks=ON_DISK), pytest.param(0, id="into memory")]
)
@pytest.mark.parametrize("count", [1, MANY], ids=["little", "much"])
def test_what_was_read_ahead_is_answered_at_once(tmp_path: Path, parts: list[Part], count: int, disk: int):
    """To the last bit, also when the parts are gone; and only once it is read."""
    del parts[count:]
    expected = ladders(ParquetStrikeSource(tmp_path), parts), snapshots(ParquetStrikeSource(tmp_path), parts)
    source = reading(tmp_path, disk=disk)
    assert len(list(source.read_ahead(parts))) == 2 * -(-count // STEP)
    assert list(source.read_ahead(parts)) == []
    for part in parts:
        ParquetStrikeSink(tmp_path).retire(part)
    with at_once():
        assert (ladders(source, parts), snapshots(source, parts)) == expected
    for part in parts:
        source.forget(part)
    assert not disk or len(without_name(tmp_path)) == 1


@ON_DISK
def test_parts_that_are_gone_give_their_room_back(tmp_path: Path, parts: list[Part]):
    """With the next reading; until then they are answered."""
    source = reading(tmp_path)
    list(source.read_ahead(parts))
    ParquetStrikeSink(tmp_path).retire(parts[0])
    assert ladders(source, parts[:1])[0].num_rows == 9
    list(source.read_ahead(parts[1:]))
    with pytest.raises(LakeDamaged):
        ladders(source, parts[:1])
    for part in parts:
        source.forget(part)
    assert len(without_name(tmp_path)) == 1
    list(source.read_ahead([]))
    assert without_name(tmp_path) == []


def test_row_groups_of_a_step_are_told_apart(tmp_path: Path):
    """Each lies where it belongs on the disk, whatever numbers it has; of some columns, too."""
    sink, source = ParquetStrikeSink(tmp_path), reading(tmp_path)
    writer = sink.stage(make_key())
    for number in range(6):
        thousandths = make_ladder(gamma=12.125 if number == 2 else 12.5 + number)
        writer.write(*make_tables(make_snapshots(150, second=150 * number, strikes=thousandths)))
    sink.publish([part := writer.close()])
    asked = [(NOON + begin * SECOND, NOON + (begin + 50) * SECOND) for begin in (20, 130, 310, 440, 880)]
    expected = [ParquetStrikeSource(tmp_path).ladders([part], *moments) for moments in asked]
    assert len(list(source.read_ahead([part]))) == 2
    sink.retire(part)
    with at_once():
        assert [source.ladders([part], *moments) for moments in asked] == expected
        assert source.ladders([part], *asked[1], ("timestamp", "gamma")).column_names == ["timestamp", "gamma"]


@ON_DISK
def test_long_answers_come_from_the_disk_too(tmp_path: Path):
    """All columns or some of them, also when the part is gone."""
    source, part = reading(tmp_path), _in_row_groups(tmp_path, 6)
    columns = ("timestamp", "strike", "oi_gamma")
    whole = ParquetStrikeSource(tmp_path).ladders([part], part.first, part.last)
    list(source.read_ahead([part]))
    ParquetStrikeSink(tmp_path).retire(part)
    assert source.ladders([part], part.first, part.last) == whole
    assert source.ladders([part], part.first, part.last, columns) == whole.select(columns)


@ON_DISK
def test_long_answers_do_not_wait_for_what_lies_unpacked(tmp_path: Path):
    """The part has them in fewer bytes; half a megabyte of a row group is more than one can have at once."""
    source, part = reading(tmp_path), _in_row_groups(tmp_path, 6, strikes=300)
    whole = ParquetStrikeSource(tmp_path).ladders([part], part.first, part.last)
    list(source.read_ahead([part]))
    assert source.ladders([part], part.first, part.last) == whole
    ParquetStrikeSink(tmp_path).retire(part)
    with pytest.raises(LakeDamaged):
        source.ladders([part], part.first, part.last)


def test_only_much_is_read_by_another_process(tmp_path: Path, parts: list[Part]):
    """Which ends with the reading, also with one that is not taken to its end."""
    source = reading(tmp_path)
    for some, others in ((parts[:1], 0), (parts, 1)):
        steps = source.read_ahead(some)
        next(steps)
        assert len(active_children()) == others
        del steps
        assert active_children() == []


def test_a_process_that_is_killed_ends_the_reading(tmp_path: Path, parts: list[Part]):
    """For want of memory, it may be. What was read is there, the rest is read when it is asked for or the next time."""
    source, expected = reading(tmp_path), ladders(ParquetStrikeSource(tmp_path), parts)
    steps = source.read_ahead(parts)
    next(steps)
    (child,) = active_children()
    child.kill()
    child.join()
    assert len(list(steps)) < 2 * MANY // STEP - 1
    assert ladders(source, parts) == expected
    assert len(list(source.read_ahead(parts))) > 0
    assert list(source.read_ahead(parts)) == []


@pytest.mark.parametrize(
    ("kind", "asked", "rows"), [(LADDERS, ladders, 9), (SNAPSHOTS, snapshots, 3)], ids=["ladders", "snapshots"]
)
def test_a_damaged_part_is_passed_over(
    tmp_path: Path, parts: list[Part], kind: str, asked: Callable[..., list[pa.Table]], rows: int
):
    """Whoever asks about it hears of it; the others are read ahead, those of its step too."""
    source = reading(tmp_path)
    source.learn(parts)
    (path,) = (path for path in tmp_path.glob(f"{kind}/**/*.parquet") if path.stem == parts[1].key.name)
    raw = bytearray(path.read_bytes())
    raw[4:200] = bytes(196)
    path.write_bytes(raw)
    list(source.read_ahead(parts))
    with at_once():
        assert [found.num_rows for found in asked(source, parts[:1] + parts[2:])] == [rows] * (MANY - 1)
    with pytest.raises(LakeDamaged):
        asked(source, parts[1:2])


def test_a_damaged_row_group_is_passed_over(tmp_path: Path):
    """Those beside it, which are read in one go with it if all are sound, are read all the same."""
    sink, source = ParquetStrikeSink(tmp_path), reading(tmp_path)
    writer = sink.stage(make_key())
    for number in range(4):
        writer.write(*make_tables(make_snapshots(750, second=750 * number)))
    sink.publish([part := writer.close()])
    source.learn([part])
    moments = [(NOON + 750 * number * SECOND, NOON + (750 * number + 749) * SECOND) for number in range(4)]
    expected = [ParquetStrikeSource(tmp_path).snapshots_between(part, *between) for between in moments]
    (path,) = tmp_path.glob(f"{SNAPSHOTS}/**/*.parquet")
    raw, begin = bytearray(path.read_bytes()), pq.read_metadata(path).row_group(1).column(0).data_page_offset
    raw[begin : begin + 200] = bytes(200)
    path.write_bytes(raw)
    list(source.read_ahead([part]))
    with at_once():
        assert [source.snapshots_between(part, *moments[n]) for n in (0, 2, 3)] == [expected[n] for n in (0, 2, 3)]
    with pytest.raises(LakeDamaged):
        source.snapshots_between(part, *moments[1])


def test_pages_of_ladders_push_no_snapshots_out(tmp_path: Path):
    """They are large, and many are unpacked as long as ladders are not on the disk."""
    sink, source = ParquetStrikeSink(tmp_path), reading(tmp_path, memory=500_000, disk=0)
    writer = sink.stage(make_key())
    for number in range(6):
        writer.write(*make_tables(make_snapshots(125, second=125 * number, strikes=make_ladder(range(1, 21)))))
    sink.publish([part := writer.close()])
    expected = snapshots(source, [part])
    for number in range(6):
        source.ladders([part], NOON + 125 * number * SECOND, NOON + (125 * number + 124) * SECOND)
    sink.retire(part)
    assert snapshots(source, [part]) == expected
