"""Ladders that are kept unpacked on the disk, in files without a name."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gexlake.adapters.parquet.laid import Laid, Place, lay
from gexlake.adapters.parquet.pages import NotOurs
from gexlake.adapters.parquet.row_groups import RowGroup
from gexlake.adapters.parquet.spilled import Spilled
from gexlake.application.asking.at_once import at_once
from gexlake.application.columns.schemas import STRIKE_SCHEMA
from gexlake.domain.timestamps import to_micros
from gexlake.testing.builders import NOON
from support.mounts import OWN_MOUNTS, may_mount
from support.nameless import without_name

pytestmark = pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="Linux alone tells what it holds in memory")
FIRST = to_micros(NOON)
ROOM = 1 << 24
#: Hundredths, and what no hundredths are: more decimals, a zero with a sign, more than 32 bits hold, or than 64 do.
NUMBERS = {
    "hundredths": (0.01, -12.25, 0.29, 21474836.47),
    "more decimals": (0.01, 0.125, 1 / 3, -5.0),
    "a signed zero": (0.0, -0.0, 1.0, 2.0),
    "large": (21474836.48, -21474836.48, 1.0, 2.0),
    "vast": (1e300, -1.7976931348623157e308, 5e-324, 1.0),
}


def rows_of(numbers: tuple[float, ...], *, absent: bool = False) -> RowGroup:
    """Make ladders of three, one and two rows out of some numbers, which stand in another order in each column."""
    spread = np.resize(np.array(numbers), (8, 6))
    columns = [pa.array(np.roll(column, number)) for number, column in enumerate(spread)]
    if absent:
        columns[3], columns[5] = pa.nulls(6, pa.float64()), pa.array([1.5, None, None, 2.25, None, -0.01])
    moments = pa.array([FIRST] * 3 + [FIRST + 5] + [FIRST + 9] * 2).cast(STRIKE_SCHEMA.field("timestamp").type)
    return RowGroup.of(pa.Table.from_arrays([moments, *columns], schema=STRIKE_SCHEMA))


def keep(spilled: Spilled, part: str, group: int, rows: RowGroup) -> bool:
    """Keep one row group, which this process lays on the disk."""
    return spilled.keep([(part, group)], len(rows.micros), lambda place: lay(place, [rows]))


def same(found: RowGroup | None, expected: pa.Table) -> bool:
    """Compare to the last bit: arrow takes zeros of both signs for one."""
    if found is None or not np.array_equal(found.micros, expected.column("timestamp").cast(pa.int64()).to_numpy()):
        return False
    return found.rows.schema == expected.schema and all(
        repr(ours.to_pylist()) == repr(theirs.to_pylist())
        for ours, theirs in zip(found.rows.columns, expected.columns, strict=True)
    )


@contextmanager
def files_of(size: int) -> Iterator[None]:
    """Let no file grow beyond some bytes: the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("absent", [False, True], ids=["all there", "some absent"])
@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
def test_what_is_kept_comes_back_to_the_last_bit(tmp_path: Path, numbers: tuple[float, ...], *, absent: bool):
    """Between whatever moments, ladder by ladder; and nothing where there is none."""
    spilled, rows = Spilled(tmp_path), rows_of(numbers, absent=absent)
    spilled.resize(ROOM)
    assert keep(spilled, "other", 3, rows_of((1.0, 2.5)))
    assert keep(spilled, "part", 3, rows)
    for first, last in ((0, 9), (0, 0), (5, 5), (5, 9), (1, 8), (-9, 99), (1, 4), (10, 20)):
        with at_once():
            found = spilled.between("part", 3, FIRST + first, FIRST + last)
        assert same(found, rows.between(FIRST + first, FIRST + last)), (first, last)
    assert spilled.between("part", 2, FIRST, FIRST) is None


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
def test_some_columns_come_back_alone(tmp_path: Path, numbers: tuple[float, ...]):
    """The moments first, then the others in the order of a row."""
    spilled, rows = Spilled(tmp_path), rows_of(numbers, absent=True)
    spilled.resize(ROOM)
    assert keep(spilled, "part", 0, rows)
    names = STRIKE_SCHEMA.names
    for columns in (names[:2], [names[0], names[4], names[6]], names[:1]):
        assert same(spilled.between("part", 0, FIRST, FIRST + 5, columns), rows.rows.slice(0, 4).select(columns))


def test_hundredths_take_half_the_bytes(tmp_path: Path):
    """Of six rows of eight numbers."""
    spilled = Spilled(tmp_path)
    spilled.resize(ROOM)
    assert keep(spilled, "part", 0, rows_of(NUMBERS["hundredths"], absent=True))
    assert spilled.held == 6 * 8 * 4
    assert keep(spilled, "part", 1, rows_of(NUMBERS["more decimals"]))
    assert spilled.held == 6 * 8 * (4 + 8)


def test_no_more_is_kept_than_there_is_room_for(tmp_path: Path):
    """What was kept before stays; nothing is kept unless it is asked for. They might all turn out to be doubles."""
    spilled, rows = Spilled(tmp_path), rows_of(NUMBERS["hundredths"])
    assert not keep(spilled, "part", 0, rows)
    spilled.resize(6 * 8 * (4 + 8))
    assert [keep(spilled, "part", group, rows) for group in range(3)] == [True, True, False]
    assert [spilled.has("part", group) for group in range(3)] == [True, True, False]


@pytest.mark.parametrize("size", [0, 300])
def test_a_full_disk_ends_it(tmp_path: Path, size: int):
    """Whoever else writes to that disk needs the room more; what was kept stays, even with room again."""
    spilled, rows = Spilled(tmp_path), rows_of(NUMBERS["hundredths"])
    spilled.resize(ROOM)
    kept = bool(size) and keep(spilled, "part", 0, rows)
    with files_of(size):
        assert not keep(spilled, "part", 1, rows)
    assert not keep(spilled, "part", 1, rows)
    assert spilled.has("part", 0) == kept
    assert not kept or same(spilled.between("part", 0, FIRST, FIRST + 9), rows.rows)


def test_what_breaks_off_takes_no_room(tmp_path: Path):
    """What follows is laid in its place, and comes back as it was."""
    spilled, rows, others = Spilled(tmp_path), rows_of(NUMBERS["hundredths"]), rows_of(NUMBERS["large"])
    spilled.resize(ROOM)
    assert keep(spilled, "before", 0, rows)

    def broken_off() -> Iterator[RowGroup]:
        yield rows
        raise NotOurs

    with pytest.raises(NotOurs):
        spilled.keep([("part", 0), ("part", 1)], 12, lambda place: lay(place, broken_off()))
    assert not spilled.has("part", 0)
    assert [size for _, size in without_name(tmp_path)] == [spilled.held]
    assert keep(spilled, "part", 0, others)
    for part, kept in (("before", rows), ("part", others)):
        assert same(spilled.between(part, 0, FIRST, FIRST + 9), kept.rows)


def test_what_cannot_be_read_is_left_out(tmp_path: Path):
    """Of row groups that are laid together, of several parts; those beside it are kept, each as what it is."""
    spilled, rows, others = Spilled(tmp_path), rows_of(NUMBERS["hundredths"]), rows_of(NUMBERS["large"])
    spilled.resize(ROOM)
    groups = [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    assert spilled.keep(groups, 24, lambda place: lay(place, [others, None, rows, None]))
    assert [spilled.has(*group) for group in groups] == [True, False, True, False]
    assert spilled.keep([("b", 1)], 6, lambda place: lay(place, [None]))
    assert keep(spilled, "b", 2, others)
    for part, group, kept in (("a", 0, others), ("b", 0, rows), ("b", 2, others)):
        assert same(spilled.between(part, group, FIRST, FIRST + 9), kept.rows)


def test_nothing_is_laid_in_another_file(tmp_path: Path):
    """The number of a process, or of what it has open, may mean another one by now, or elsewhere."""
    spilled = Spilled(tmp_path)
    spilled.resize(ROOM)
    with (tmp_path / "others").open("w+b") as other:
        other.write(b"words")
        other.flush()

        def elsewhere(place: Place) -> list[Laid | None]:
            return lay(place._replace(descriptor=other.fileno()), [rows_of((1.0,))])

        assert not spilled.keep([("part", 0)], 6, elsewhere)
    assert (tmp_path / "others").read_bytes() == b"words"


def test_a_folder_that_takes_no_files_ends_it_too(tmp_path: Path):
    """It is an answer sooner or later, and no more than that."""
    spilled = Spilled(tmp_path / "gone")
    spilled.resize(ROOM)
    assert not keep(spilled, "part", 0, rows_of((1.0,)))


def test_the_disk_gets_its_bytes_back(tmp_path: Path):
    """When no part of a file is wanted any more, or nobody holds what is kept; the file has no name at any time."""
    spilled, rows = Spilled(tmp_path), rows_of((1.0, 2.0))
    spilled.resize(ROOM)
    for part in ("a", "b"):
        assert keep(spilled, part, 0, rows)
    spilled.keep_only({"a"})
    assert not spilled.has("b", 0)
    assert same(spilled.between("a", 0, FIRST, FIRST + 9), rows.rows)
    assert [size for _, size in without_name(tmp_path)] == [2 * 6 * 8 * 4]
    assert list(tmp_path.iterdir()) == []
    spilled.keep_only(())
    assert (without_name(tmp_path), spilled.held) == ([], 0)
    assert keep(spilled, "c", 0, rows)
    del spilled
    assert without_name(tmp_path) == []


_SMALL_DISK = """
import os, subprocess, sys
sys.path += sys.argv[2:]
from pathlib import Path
from test_spilled import ROOM, NUMBERS, Spilled, keep, rows_of
disk, rows = Path(sys.argv[1]), rows_of(NUMBERS["hundredths"])
def mount(*options):
    subprocess.run(["mount", *options, disk], check=True)
mount("-t", "tmpfs", "-o", "size=500m", "tmpfs")
spilled = Spilled(disk)
spilled.resize(ROOM)
told = [keep(spilled, "part", 0, rows)]
mount("-o", "remount,size=2g")
told.append(keep(spilled, "part", 0, rows))
spilled.keep_only({"part"})
told.append(spilled.has("part", 0))
with open(disk / "others", "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 1 << 20)
mount("-o", f"remount,size={(1 << 20) + 4096}")
spilled.keep_only({"part"})
told.append(spilled.has("part", 0))
print(told)
"""


@pytest.mark.skipif(not may_mount(), reason="no disk can be mounted here")
def test_a_disk_with_little_room_is_left_to_others(tmp_path: Path):
    """A file of 256 MB must be a quarter of the room at most; when less is free than is taken, all is given back."""
    words = [*OWN_MOUNTS, sys.executable, "-c", _SMALL_DISK, tmp_path, *sys.path]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    assert (done.returncode, done.stdout.strip()) == (0, "[False, True, True, False]"), done.stderr
