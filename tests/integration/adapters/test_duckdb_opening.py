"""Opening a lake: what stands in the way is said in gexlake's words, with the cure."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest

from gexlake.adapters.duckdb.connection import Tuning
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.duckdb.schema import MIGRATIONS
from gexlake.domain.errors import GexlakeError, LakeBusy, LakeDamaged, LakeNotFound, LakeTooNew
from gexlake.testing import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import FEED, make_part, make_run, make_snapshots

OWNER = """
import sys, time
from pathlib import Path
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.testing import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import make_part, make_snapshots
sink = InMemoryStrikeSink()
lake = DuckDbLake(Path(sys.argv[1]), sink, InMemoryStrikeSource(sink), read_only=sys.argv[2] == "read")
if sys.argv[2] == "write":
    part, table = make_part(make_snapshots(3))
    lake.snapshots.add(table, part)
print("open", flush=True)
time.sleep(60)
"""


def open_lake(folder: Path, *, read_only: bool = False, migrations: tuple[str, ...] = MIGRATIONS) -> DuckDbLake:
    """Open a lake of which only the store matters."""
    sink = InMemoryStrikeSink()
    tuning = Tuning(migrations=migrations)
    return DuckDbLake(folder, sink, InMemoryStrikeSource(sink), read_only=read_only, tuning=tuning)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of a lake with three snapshots, closed."""
    with closing(open_lake(tmp_path / "lake")) as lake:
        part, table = make_part(make_snapshots(3))
        lake.snapshots.add(table, part)
    return tmp_path / "lake"


@contextmanager
def owner(folder: Path, how: str) -> Iterator[subprocess.Popen[bytes]]:
    """Have another process hold the lake."""
    with subprocess.Popen([sys.executable, "-c", OWNER, str(folder), how], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"open\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("theirs", "read_only"), [("write", False), ("write", True), ("read", False)])
def test_a_lake_that_another_process_holds_is_busy(tmp_path: Path, theirs: str, *, read_only: bool) -> None:
    """The error names the process, at once."""
    folder = tmp_path / "lake"
    open_lake(folder).close()
    with owner(folder, theirs) as process:
        with pytest.raises(LakeBusy) as caught:
            open_lake(folder, read_only=read_only)
        assert (caught.value.pid, caught.value.transient) == (process.pid, True)
    open_lake(folder, read_only=read_only).close()


@pytest.mark.parametrize("name", ["gex.duckdb.tmp", "gex.duckdb.rebuilding.tmp"])
def test_what_a_killed_writer_kept_beside_the_database_is_removed(folder: Path, name: str) -> None:
    """It may be as large as what it was about to commit."""
    (folder / name).mkdir()
    (folder / name / "duckdb_temp_12345_0_storage_DEFAULT-0.tmp").write_bytes(bytes(1000))
    open_lake(folder).close()
    assert not (folder / name).exists()


def test_two_processes_may_read(folder: Path) -> None:
    """As long as nobody writes."""
    with owner(folder, "read"), closing(open_lake(folder, read_only=True)) as lake:
        assert lake.snapshots.latest(FEED).num_rows == 1


def test_one_process_cannot_open_it_in_two_ways(folder: Path) -> None:
    """The error names this very process."""
    with closing(open_lake(folder)), pytest.raises(LakeBusy) as caught:
        open_lake(folder, read_only=True)
    assert caught.value.pid == os.getpid()


@pytest.mark.parametrize("read_only", [False, True])
def test_a_killed_writer_loses_nothing_it_committed(tmp_path: Path, *, read_only: bool) -> None:
    """The write-ahead log is replayed, also by one who may only read, and who leaves it as it is."""
    folder = tmp_path / "lake"
    with owner(folder, "write") as process:
        process.send_signal(signal.SIGKILL)
    log = folder / "gex.duckdb.wal"
    assert log.stat().st_size > 0
    for _ in range(2):
        with closing(open_lake(folder, read_only=read_only)) as lake:
            assert lake.snapshots.between(FEED, None, None, 10).num_rows == 3
    assert log.exists() == read_only


def test_a_lake_that_is_not_there_is_not_made_for_reading(tmp_path: Path) -> None:
    """Nor is its folder."""
    with pytest.raises(LakeNotFound):
        open_lake(tmp_path / "lake", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_lake_opened_for_reading_refuses_to_be_changed(folder: Path) -> None:
    """In gexlake's words."""
    with closing(open_lake(folder, read_only=True)) as lake, pytest.raises(GexlakeError, match="reading only"):
        lake.lineage.save_run(make_run())


def overwrite(path: Path) -> None:
    """Fill a file with something else."""
    path.write_bytes(b"garbage" * 1000)


def cut(path: Path) -> None:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Turn bits over all through the file, but for its first header."""
    content = bytearray(path.read_bytes())
    for block in range(4096, len(content), 4096):
        content[block + 8] ^= 0xFF
    path.write_bytes(content)


def empty(path: Path) -> None:
    """Leave an empty file."""
    path.write_bytes(b"")


def make_folder(path: Path) -> None:
    """Put a folder in its place."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [overwrite, cut, flip, empty, make_folder])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_damaged_database_is_said_to_be_damaged(
    folder: Path, damage: Callable[[Path], None], *, read_only: bool
) -> None:
    """Whatever has happened to it; some damage shows only when the rows are read."""
    damage(folder / "gex.duckdb")
    with pytest.raises(LakeDamaged, match=str(folder)), closing(open_lake(folder, read_only=read_only)) as lake:
        lake.snapshots.between(FEED, None, None, 10)


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """A file of that name with other tables is not turned into a lake."""
    with duckdb.connect(str(tmp_path / "gex.duckdb")) as database:
        database.execute("CREATE TABLE theirs (n INTEGER)")
    with pytest.raises(LakeDamaged, match="theirs"):
        open_lake(tmp_path)
    with duckdb.connect(str(tmp_path / "gex.duckdb")) as database:
        assert database.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("theirs",)]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_lake_of_a_newer_gexlake_is_not_touched(folder: Path, *, read_only: bool) -> None:
    """The error says both versions."""
    with duckdb.connect(str(folder / "gex.duckdb")) as database:
        database.execute("INSERT INTO lake_version VALUES (99, now())")
    with pytest.raises(LakeTooNew) as caught:
        open_lake(folder, read_only=read_only)
    assert (caught.value.found, caught.value.known) == (99, len(MIGRATIONS))


def test_an_older_lake_is_brought_up_by_writing_only(folder: Path) -> None:
    """One who may only read is told what to do."""
    newer = (*MIGRATIONS, "CREATE TABLE added_later (n INTEGER)")
    with pytest.raises(GexlakeError, match="for writing"):
        open_lake(folder, read_only=True, migrations=newer)
    open_lake(folder, migrations=newer).close()
    with closing(open_lake(folder, read_only=True, migrations=newer)) as lake:
        assert lake.snapshots.latest(FEED).num_rows == 1


def test_a_failed_step_of_a_migration_leaves_the_old_version(folder: Path) -> None:
    """All steps or none."""
    with pytest.raises(GexlakeError):
        open_lake(folder, migrations=(*MIGRATIONS, "CREATE TABLE added_later (n INTEGER)", "no SQL"))
    with duckdb.connect(str(folder / "gex.duckdb"), read_only=True) as database:
        assert database.execute("SELECT max(version) FROM lake_version").fetchall() == [(len(MIGRATIONS),)]
        assert database.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'added_later'").fetchall() == [
            (0,)
        ]


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that is closed to everybody, root too")
def test_a_folder_that_may_not_be_written_is_said_to_be_so() -> None:
    """With what to do about it."""
    with pytest.raises(GexlakeError, match="permissions"):
        open_lake(Path("/sys/kernel/gexlake"))


def test_words_in_a_path_do_not_decide_about_an_error(tmp_path: Path, folder: Path) -> None:
    """A lake may lie in a folder with any name."""
    odd = tmp_path / "corrupt checksum, no space left (PID 1)"
    shutil.copytree(folder, odd)
    with closing(open_lake(odd, read_only=True)) as lake, pytest.raises(GexlakeError, match="reading only"):
        lake.lineage.save_run(make_run())
    overwrite(odd / "gex.duckdb")
    with pytest.raises(LakeDamaged):
        open_lake(odd)


def test_a_lake_that_cannot_be_opened_is_let_go_of(tmp_path: Path) -> None:
    """While somebody tells of the error, others may look at the database."""
    sink = InMemoryStrikeSink()
    DuckDbLake(tmp_path, sink, InMemoryStrikeSource(sink)).close()
    with duckdb.connect(str(tmp_path / "gex.duckdb")) as connection:
        connection.execute("DROP TABLE journal")
    with pytest.raises(GexlakeError, match="journal") as told:
        DuckDbLake(tmp_path, sink, InMemoryStrikeSource(sink))
    with duckdb.connect(str(tmp_path / "gex.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM parts").fetchall() == [(0,)]
    del told
