"""What goes wrong in the middle: full disks, kills, and a database that has given up."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.connection import Tuning
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.journal.files import FileJournal
from gexlake.domain.errors import DiskFull
from gexlake.testing import Dial, InMemoryStrikeSink, InMemoryStrikeSource, with_dial
from gexlake.testing.builders import FEED, make_file, make_run, make_snapshots, stage_part
from support.lakes import runs_after_beginning_in_vain

KILLED = """
import os, sys
from pathlib import Path
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.testing import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import make_file, make_run, make_snapshots, stage_part

class Dying(InMemoryStrikeSink):
    def publish(self, parts):
        if any(part.first.second == 20 for part in parts):
            os._exit(9)

sink = Dying()
lake = DuckDbLake(Path(sys.argv[1]), sink, InMemoryStrikeSource(sink))
lake.lineage.save_run(make_run())
for number, second in enumerate((0, 20)):
    part, table = stage_part(sink, make_snapshots(3, second=second), unit=f"unit-{second}", file_id=number)
    with lake.unit() as work:
        work.add_part(part, table)
        work.lineage.add_file(make_file(number))
        if sys.argv[2] == "before" and second == 20:
            os._exit(9)
        work.commit()
"""

FULL = """
import resource, sys
from pathlib import Path
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.testing import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.domain.errors import DiskFull
from gexlake.testing.builders import make_file, make_snapshots, stage_part, FEED

sink = InMemoryStrikeSink()
lake = DuckDbLake(Path(sys.argv[1]), sink, InMemoryStrikeSource(sink))
size = sum(path.stat().st_size for path in Path(sys.argv[1]).iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, size + 60_000))
done = 0
try:
    while done < 1000:
        part, table = stage_part(sink, make_snapshots(100, second=done * 100), file_id=done)
        with lake.unit() as work:
            work.add_part(part, table)
            work.lineage.add_file(make_file(done))
            work.commit()
        done += 1
except DiskFull:
    assert lake.snapshots.between(FEED, None, None, 10**6).num_rows == done * 100
    assert part.key.name not in sink.published
    with lake.unit() as work:
        assert len(work.snapshots.parts()) == done
print(done)
"""

GIVEN_UP = """
import resource, sys
from pathlib import Path
import duckdb
from gexlake.adapters.duckdb.connection import Database
from gexlake.adapters.duckdb.snapshots import DuckDbSnapshotStore
from gexlake.domain.errors import DiskFull
from gexlake.testing.builders import FEED, make_part, make_snapshots

database = Database(Path(sys.argv[1]))
store = DuckDbSnapshotStore(database)
part, table = make_part(make_snapshots(500))
store.add(table, part)
before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (database.path.stat().st_size, hard))
for _ in range(2):
    try:
        with database.cursor() as cursor:
            cursor.execute("CHECKPOINT")
    except DiskFull as error:
        assert isinstance(error.__cause__, duckdb.FatalException), error.__cause__
    else:
        raise AssertionError("the checkpoint has found room")
    assert store.between(FEED, None, None, 1000).num_rows == 500
resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
with database.cursor() as cursor:
    cursor.execute("CHECKPOINT")
database.close()
"""


def open_lake(folder: Path, sink: InMemoryStrikeSink | None = None, tuning: Tuning | None = None) -> DuckDbLake:
    """Open a lake over a sink."""
    sink = sink or InMemoryStrikeSink()
    return DuckDbLake(folder, sink, InMemoryStrikeSource(sink), tuning=tuning)


@pytest.mark.parametrize(("when", "seconds"), [("before", [0, 1, 2]), ("after", [0, 1, 2, 20, 21, 22])])
def test_a_process_killed_around_the_commit(tmp_path: Path, when: str, seconds: list[int]) -> None:
    """Before it, the unit never was; after it, settling publishes what was staged."""
    program = [sys.executable, "-c", KILLED, str(tmp_path / "lake"), when]
    assert subprocess.run(program, check=False).returncode == 9
    sink = InMemoryStrikeSink()
    with closing(open_lake(tmp_path / "lake", sink)) as lake:
        for part in lake.snapshots.parts():  # what the killed process had staged
            sink.staged.setdefault(part.key.unit, {})[part.key.name] = []
        sink.staged.setdefault("unit-20", {})
        lake.settle()
        assert sink.staged_units() == []
        assert sorted(sink.published) == sorted(part.key.name for part in lake.snapshots.parts())
        found = lake.snapshots.between(FEED, None, None, 100).column("timestamp").to_pylist()
        assert [moment.second for moment in found] == seconds
        assert len(lake.lineage.latest_files()) == len(seconds) // 3
        assert lake.lineage.runs()[0].status.value == "interrupted"


def test_a_full_disk_leaves_all_earlier_units_whole(tmp_path: Path) -> None:
    """The unit that did not fit is undone, the lake goes on, and opens again with what was committed."""
    program = [sys.executable, "-c", FULL, str(tmp_path / "lake")]
    done = int(subprocess.run(program, check=True, capture_output=True).stdout)
    assert 0 < done < 1000
    with closing(open_lake(tmp_path / "lake")) as lake:
        assert lake.snapshots.between(FEED, None, None, 10**6).num_rows == done * 100
        assert len(lake.lineage.latest_files()) == done


def test_a_database_that_has_given_up_is_opened_again(tmp_path: Path) -> None:
    """DuckDB ends a database for good when a checkpoint fails; the next question opens it anew."""
    subprocess.run([sys.executable, "-c", GIVEN_UP, str(tmp_path)], check=True)


def test_a_crowded_disk_only_puts_off_the_checkpoint(tmp_path: Path) -> None:
    """The write-ahead log grows on; nothing is lost."""
    crowded = Tuning(checkpoint_bytes=1, room_left=lambda _: 0)
    with closing(open_lake(tmp_path / "lake", tuning=crowded)) as lake:
        part, table = stage_part(lake.sink, make_snapshots(3))
        with lake.unit() as work:
            work.add_part(part, table)
            work.commit()
        assert (tmp_path / "lake" / "gex.duckdb.wal").stat().st_size > 0
        assert lake.snapshots.latest(FEED).num_rows == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at the open files of this process")
def test_a_closed_lake_holds_no_file(tmp_path: Path) -> None:
    """Also when a unit was left open and a question is half answered."""
    lake = open_lake(tmp_path / "lake")
    lake.lineage.add_file(make_file(1))
    lake.unit().__enter__()
    lake.close()
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    held = [str(link.readlink()) for link in links if link.exists()]
    assert [path for path in held if str(tmp_path) in path] == []


def test_a_unit_that_cannot_begin_keeps_no_other_waiting(tmp_path: Path) -> None:
    """An import that fails so ends with its thread: a server could never commit again."""
    sink = InMemoryStrikeSink()
    journal = with_dial(FileJournal(tmp_path), Dial("begin", error=DiskFull("journal")))
    with closing(DuckDbLake(tmp_path, sink, InMemoryStrikeSource(sink), journal=journal)) as lake:
        assert runs_after_beginning_in_vain(lake, DiskFull) == [make_run()]
