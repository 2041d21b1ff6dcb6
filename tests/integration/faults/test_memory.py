"""Workers that the kernel kills for memory, and memory that is refused."""

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from gexlake.adapters.disk.refusals import refusals
from gexlake.adapters.duckdb.errors import translated
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.processes.process_pool import ProcessWorkPool
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.proving.verify_lake import VerifyLake
from gexlake.domain.errors import TooLittleLeft
from gexlake.domain.runs import ImportRun
from support.commands import Commands, Said
from support.crash_sources import write_blanks
from support.dying_reader import DyingReader, StarvedReader
from support.lake_content import lake_content, nothing_half_done
from support.random_kills import await_worker, workers_of

Run = Callable[..., Said]


@pytest.fixture(scope="module")
def history(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So much to read that workers do it."""
    folder = shutil.copytree(sources / "first", tmp_path_factory.mktemp("history") / "history")
    write_blanks(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(history: Path, commands: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of it that nothing happened to."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    assert commands("import", history, "--lake", lake).status == 1
    return lake


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers in /proc")
def test_import_outlives_a_worker_that_is_killed(
    commands: Commands, history: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """What it was on is read again by another one; nothing is said, for nothing is missing."""
    lake = tmp_path / "lake"
    process = commands.begin("import", history, "--lake", lake, "--workers", "2", "--progress", "none")
    await_worker(process)
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    _, err = process.communicate()

    assert (process.returncode, err) == (1, "")
    assert nothing_half_done(lake)
    assert lake_content(lake) == lake_content(undisturbed)


def imported(lake: Path, source: Path, reader: Callable[[], LegacyReader]) -> ImportRun:
    """Import with workers."""
    with closing(DuckDbLake(lake, ParquetStrikeSink(lake), ParquetStrikeSource(lake))) as opened:
        history = ImportHistory(opened, {"legacy": reader}, ProcessWorkPool(), SystemClock())
        run = history.run(ImportRequest(source, workers=2), SilentProgress())
        assert VerifyLake(opened).run().holds
    return run


@pytest.mark.parametrize(
    ("reader", "told"), [(DyingReader, "the system killed the process that read it, twice"), (StarvedReader, "memory")]
)
def test_file_that_costs_each_worker_its_life_is_named(
    reader: Callable[[], LegacyReader], told: str, history: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """With the cure; the others go in, and it goes in when there is memory for it."""
    lake = tmp_path / "lake"
    run = imported(lake, history, reader)

    (named,) = [error for error in run.errors if "2025-10-13" in error]
    assert told in named
    assert "free some" in named
    assert run.files.failed + run.files.partial == 1

    imported(lake, history, LegacyReader)
    assert nothing_half_done(lake)
    assert lake_content(lake)["ladders"] == lake_content(undisturbed)["ladders"]


@pytest.mark.parametrize("megabytes", [8, 128])
def test_command_without_enough_memory_changes_nothing_or_all(
    megabytes: int, sources: Path, commands: Run, folder: Path, goes_on: Callable[[], None]
) -> None:
    """It says so, if the libraries let it; some end the process themselves. The next one goes on."""
    said = commands("import", sources / "second", "--lake", folder, memory_bytes=megabytes << 20)

    assert said.status != 0
    if said.status == 3:
        assert "too little memory" in said.words
    goes_on()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        pa.ArrowMemoryError("malloc of size 64 failed"),
        OSError(24, "Too many open files"),
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
    ],
)
def test_what_the_system_has_too_little_of_is_no_damage(error: Exception, tmp_path: Path) -> None:
    """Whichever library comes upon it: the sentence says what to do, and that trying again may help."""
    with pytest.raises(TooLittleLeft, match="free some") as caught, refusals(tmp_path):
        raise error
    assert caught.value.transient
    if not isinstance(error, pa.ArrowException) or isinstance(error, MemoryError):
        with pytest.raises(TooLittleLeft, match="free some"), translated("lake"):
            raise error
